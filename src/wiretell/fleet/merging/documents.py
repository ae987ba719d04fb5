"""Documents of `wiretell fleet inventory` as snapshots. Only what a report needs is decoded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Struct

from wiretell.fleet.checking import Versions
from wiretell.fleet.merging.snapshot import Row, Snapshot

SCHEMA: Final = "wiretell/fleet-inventory/1"
_YEARS: Final = (1970, 9000)


class _Machine(Struct, gc=False):
    id: str = ""
    hostname: str = ""
    team: str = ""


class _Install(Struct, gc=False):
    product: str
    version: str
    id: str = ""
    vendor: str = ""
    manager: str = ""
    path: str = ""
    user: str = ""
    sha256: str = ""


class _Process(Struct, gc=False):
    product: str
    version: str
    vendor: str = ""
    program: str = ""
    user: str = ""
    install: str = ""


class _Setting(Struct, gc=False):
    product: str
    vendor: str = ""
    kind: str = ""
    path: str = ""
    user: str = ""
    model: str = ""


class _NotExamined(Struct, gc=False):
    what: str
    why: str


class _Inventory(Struct, gc=False):
    schema: str
    taken: str
    machine: _Machine
    installs: list[_Install]
    processes: list[_Process] = []
    settings: list[_Setting] = []
    not_examined: list[_NotExamined] = []


_DECODER: Final = msgspec.json.Decoder(_Inventory)


def snapshot(data: bytes) -> Snapshot:
    """Return what a document says. :raises msgspec.MsgspecError, ValueError, RecursionError: for what is none."""
    found = _DECODER.decode(data)
    if found.schema != SCHEMA:
        raise ValueError(f"it is of the form {found.schema[:60]!r}")
    machine = found.machine
    if not machine.id and not machine.hostname:
        raise ValueError("it names no machine")
    return Snapshot(
        machine=machine.id or machine.hostname.lower(),  # host names are of one machine in any case
        hostname=machine.hostname,
        team=machine.team,
        taken=_moment(found.taken),
        rows=list(_rows(found)),
        partly=sorted({item.why for item in found.not_examined}),
        named=bool(machine.id),
    )


def _rows(found: _Inventory) -> Iterator[Row]:
    for it in found.installs:
        yield Row("install", it.product, it.vendor, it.version, it.sha256, "", it.manager, it.path, it.user)
    hashes = {it.id: it.sha256 for it in found.installs} if found.processes else {}
    for ran in found.processes:
        sha256 = hashes.get(ran.install, "")
        yield Row("process", ran.product, ran.vendor, ran.version, sha256, "", "running", ran.program, ran.user)
    named = [setting for setting in found.settings if setting.model]
    if not named:
        return
    versions = Versions((it.product, it.user, it.version) for it in found.installs)
    for each in named:
        client = versions.client(each.product, each.vendor, each.user)
        told = (each.product, each.vendor, client.version, "", each.model, each.kind, each.path, each.user)
        yield Row("setting", *told, used=bool(client.product) or not each.product)


def _moment(text: str) -> dt.datetime:
    """Read a time. :raises ValueError: for what is none, or lies where no inventory can have been taken."""
    at = dt.datetime.fromisoformat(text)
    if not _YEARS[0] <= at.year <= _YEARS[1]:
        raise ValueError(f"it says that it was taken in the year {at.year}")
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)
