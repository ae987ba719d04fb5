"""Results of osquery's inventory pack (`wiretell fleet export osquery --inventory`) as snapshots of machines.

osqueryd logs a line for each row that appeared or vanished (`"action": "added" | "removed"`, `"columns"`), or, of a
snapshot query, one line with all rows (`"action": "snapshot"`, `"snapshot"`). Only rows of queries whose names hold
`wiretell_inventory_` are read. Source: https://osquery.readthedocs.io/en/stable/deployment/logging/ ("Results logs").
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec import Struct

from wiretell.fleet.merging.snapshot import Row, Snapshot

QUERY: Final = "wiretell_inventory_"
_NOT_ASKED: Final = "told by osquery: settings, shell start files and MCP entries are not among its tables"


class _Line(Struct, rename={"host": "hostIdentifier", "unix_time": "unixTime"}):
    name: str
    host: str
    unix_time: int | str
    action: str = "added"
    columns: dict[str, Any] = {}
    snapshot: list[dict[str, Any]] = []
    decorations: dict[str, Any] = {}


_DECODER: Final = msgspec.json.Decoder(_Line, strict=False)


class Events:
    """Result lines of many hosts, in whatever order, until they are asked for as snapshots."""

    def __init__(self) -> None:
        self._lines: dict[str, list[_Line]] = {}

    def add(self, line: bytes) -> None:
        """Take one line. :raises msgspec.MsgspecError, ValueError: for what is none."""
        found = _DECODER.decode(line)
        found.unix_time = int(found.unix_time)
        if QUERY in found.name:
            self._lines.setdefault(found.host, []).append(found)

    def snapshots(self) -> Iterator[Snapshot]:
        """Yield each host's state at the end of every day (UTC) on which something was logged."""
        for host, lines in sorted(self._lines.items()):
            yield from _states(host, sorted(lines, key=lambda line: int(line.unix_time)))


def _states(host: str, lines: list[_Line]) -> Iterator[Snapshot]:
    state: dict[str, dict[Row, None]] = {}
    team = ""
    for index, line in enumerate(lines):
        rows = state.setdefault(line.name, {})
        team = str(line.decorations.get("team", team))
        if line.action == "snapshot":
            state[line.name] = dict.fromkeys(map(_row, line.snapshot))
        elif line.action == "removed":
            rows.pop(_row(line.columns), None)
        else:
            rows[_row(line.columns)] = None
        at = _moment(line)
        if index + 1 == len(lines) or _moment(lines[index + 1]).date() != at.date():
            every = [row for query in sorted(state) for row in state[query]]
            yield Snapshot(host, host, team, at, every, [_NOT_ASKED])


def _moment(line: _Line) -> dt.datetime:
    return dt.datetime.fromtimestamp(int(line.unix_time), dt.UTC)


def _row(columns: dict[str, Any]) -> Row:
    def text(key: str) -> str:
        value = columns.get(key)
        return "" if value is None else str(value)

    manager = text("manager")
    kind = "process" if manager in {"running", "process"} else "install"
    return Row(
        kind,
        text("product"),
        text("vendor"),
        text("version"),
        text("sha256"),
        "",
        "running" if kind == "process" else manager,
        text("path"),
        text("user"),
    )
