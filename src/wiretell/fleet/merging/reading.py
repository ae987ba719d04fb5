"""Inventories out of files: documents of `wiretell fleet inventory`, one a file or one a line, or osquery's results.

Of each document only what a report needs is decoded; a document that is broken or of another form is told of and left
out whole, and the rest is read.
"""

from __future__ import annotations

import datetime as dt
import errno
import glob
import gzip
import io
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from wiretell.errors import UsageError
from wiretell.fleet.checking import Versions
from wiretell.fleet.merging import osquery
from wiretell.fleet.merging.snapshot import Row, Snapshot
from wiretell.model.fleet import NotExamined

SCHEMA: Final = "wiretell/fleet-inventory/1"
FILE_MAX: Final = 1 << 32
"""Bytes of one file; what is larger is told of."""
_ENDS: Final = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz", ".log")
_SAID_MAX: Final = 50
_SAID: Final = 200
"""Characters of a decoder's complaint that are repeated."""
_NO_INVENTORY: Final = f"it is neither an inventory ({SCHEMA}) nor a result of osquery: {{}}"
_OF_OSQUERY: Final = (b'"hostIdentifier"', b'"host_identifier"')
_GZIP: Final = b"\x1f\x8b"
_BROKEN: Final = (msgspec.MsgspecError, ValueError, RecursionError)


class _Machine(Struct):
    id: str = ""
    hostname: str = ""
    team: str = ""


class _Install(Struct):
    product: str
    version: str
    vendor: str = ""
    manager: str = ""
    path: str = ""
    user: str = ""
    sha256: str = ""


class _Process(Struct):
    product: str
    version: str
    vendor: str = ""
    program: str = ""
    user: str = ""


class _Setting(Struct):
    product: str
    vendor: str = ""
    kind: str = ""
    path: str = ""
    user: str = ""
    model: str = ""


class _NotExamined(Struct):
    what: str
    why: str


class _Inventory(Struct):
    schema: str
    taken: str
    machine: _Machine
    installs: list[_Install]
    processes: list[_Process] = []
    settings: list[_Setting] = []
    not_examined: list[_NotExamined] = []


_DECODER: Final = msgspec.json.Decoder(_Inventory)


@dataclass(slots=True)
class Read:
    """What has been read so far, and what could not be."""

    unread: list[NotExamined]
    more_unread: int = 0

    def fail(self, path: str, why: str) -> None:
        """Keep in mind that something was not read."""
        if len(self.unread) < _SAID_MAX:
            self.unread.append(NotExamined(path, why))
        else:
            self.more_unread += 1


def files(paths: Sequence[str]) -> list[str]:
    """Return the files that are meant: a file, a folder (read whole), or a glob; in the order of names.

    :raises UsageError: for a path that leads to none.
    """
    found: dict[str, None] = {}
    for path in paths:
        if Path(path).is_dir():
            named = sorted(_below(path))
        elif Path(path).exists():
            named = [path]
        else:
            named = sorted(name for name in glob.glob(path, recursive=True) if Path(name).is_file())
        if not named:
            raise UsageError(f"{path} holds no inventory: name a JSON file, a folder of them or a glob.")
        found |= dict.fromkeys(named)
    return list(found)


def _below(folder: str) -> Iterator[str]:
    for base, folders, names in os.walk(folder):
        folders.sort()
        yield from (os.path.join(base, name) for name in names if name.endswith(_ENDS))


def snapshots(paths: Sequence[str], read: Read, advance: Callable[[], None]) -> Iterator[Snapshot]:
    """Yield what files hold. What cannot be read is added to `read`; `advance` is called after each file."""
    events = osquery.Events()
    for path in paths:
        try:
            yield from _of_file(path, read, events)
        except OSError as error:
            read.fail(path, error.strerror or str(error))
        advance()
    yield from events.snapshots()


def _of_file(path: str, read: Read, events: osquery.Events) -> Iterator[Snapshot]:
    data = _bytes(path)
    try:
        yield _snapshot(_DECODER.decode(data))
        return
    except _BROKEN as error:
        whole = str(error)
    lines = [(number, line) for number, line in enumerate(data.splitlines(), 1) if line.strip()]
    if not lines or not _is_json(lines[0][1]):
        read.fail(path, _NO_INVENTORY.format(whole[:_SAID]) if lines else "it is empty")
        return
    for number, line in lines:
        where = path if len(lines) == 1 else f"{path}:{number}"
        try:
            if any(word in line for word in _OF_OSQUERY):
                events.add(line)
            else:
                yield _snapshot(_DECODER.decode(line))
        except _BROKEN as error:
            read.fail(where, _NO_INVENTORY.format(str(error)[:_SAID]))


def _is_json(line: bytes) -> bool:
    """Whether a line is a whole JSON text, so that the file has one a line."""
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except _BROKEN:
        return False
    return True


def _bytes(path: str) -> bytes:
    """Read a file, unpacked. :raises OSError: what cannot be read, is broken or too large."""
    with open(path, "rb") as file:
        data = file.read(FILE_MAX + 1)
    if data.startswith(_GZIP):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
                data = packed.read(FILE_MAX + 1)
        except (EOFError, zlib.error) as error:
            raise OSError(errno.EIO, f"its gzip stream is broken ({error})") from None
    if len(data) > FILE_MAX:
        raise OSError(errno.EFBIG, f"it is larger than {FILE_MAX >> 30} GiB")
    return data


def _snapshot(found: _Inventory) -> Snapshot:
    if found.schema != SCHEMA:
        raise ValueError(f"it is of the form {found.schema[:60]!r}")
    machine = found.machine
    return Snapshot(
        machine=machine.id or machine.hostname,
        hostname=machine.hostname,
        team=machine.team,
        taken=_moment(found.taken),
        rows=list(_rows(found)),
        partly=sorted({item.why for item in found.not_examined}),
    )


def _rows(found: _Inventory) -> Iterator[Row]:
    for it in found.installs:
        yield Row("install", it.product, it.vendor, it.version, it.sha256, "", it.manager, it.path, it.user)
    for ran in found.processes:
        yield Row("process", ran.product, ran.vendor, ran.version, "", "", "running", ran.program, ran.user)
    named = [setting for setting in found.settings if setting.model]
    if not named:
        return
    versions = Versions((it.product, it.user, it.version) for it in found.installs)
    for each in named:
        client = versions.client(each.product, each.vendor, each.user)
        told = (each.product, each.vendor, client.version, "", each.model, each.kind, each.path, each.user)
        yield Row("setting", *told, used=bool(client.product) or not each.product)


def _moment(text: str) -> dt.datetime:
    at = dt.datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)
