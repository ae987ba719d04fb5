"""Results of osquery's inventory pack (`wiretell fleet export osquery --inventory`) as snapshots of machines.

Every form that osqueryd and Fleet write is read: a line for each row that appeared or vanished (`"action": "added" |
"removed"`, `"columns"`); a line with all rows of a snapshot query (`"snapshot"`); a line with all changes
(`"diffResults"`, by `--logger_event_type=false`); lists of such lines, as servers get and keep them (`"data"`).
Decorations lie in `decorations` or beside the rest. Only rows of queries whose names hold `wiretell_inventory_` are
read.
Sources: https://osquery.readthedocs.io/en/stable/deployment/logging/ ("Schedule results", "Special top-level fields"),
https://osquery.readthedocs.io/en/stable/deployment/remote/ ("Logger request POST body").
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
from msgspec import Struct

from wiretell.fleet.merging.snapshot import Row, Snapshot

QUERY: Final = "wiretell_inventory_"
_NOT_ASKED: Final = "told by osquery: settings, shell start files and MCP entries are not among its tables"
_WORDS: Final = (b'"hostIdentifier"', b'"host_identifier"', b'"calendarTime"', b'"unixTime"')
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LIST: Final = b"["
_INITIAL: Final = "0"
"""`counter` of the first run of a query, and of the first one after its `epoch` changed: it lists all rows anew."""

Columns = dict[str, Any]


class _Changes(Struct, gc=False):
    added: list[Columns] | str = []
    removed: list[Columns] | str = []


class Line(Struct, gc=False, rename={"host": "hostIdentifier", "calendar": "calendarTime", "unix": "unixTime"}):
    """One logged result. osquery writes numbers as texts, or as numbers where it was told to (`numerics`)."""

    name: str
    host: str = ""
    host_identifier: str = ""
    hostname: str = ""
    unix: int | str = 0
    calendar: str = ""
    action: str = "added"
    columns: Columns = {}
    snapshot: list[Columns] | None = None
    changes: _Changes | None = msgspec.field(default=None, name="diffResults")
    epoch: int | str = ""
    counter: int | str = ""
    decorations: Columns = {}
    team: str = ""

    @property
    def machine(self) -> str:
        """What osquery's flag `--host_identifier` makes of the machine: its host name, its UUID."""
        return self.host or self.host_identifier or self.hostname


class _Posted(Struct, gc=False):
    data: list[Line]


class _Unnamed(Struct):
    """What a line of osquery has where it is of another query, of whatever form."""

    name: str


_DECODER: Final = msgspec.json.Decoder(Line, strict=False)
_LINES: Final = msgspec.json.Decoder(list[Line], strict=False)
_POSTED: Final = msgspec.json.Decoder(_Posted, strict=False)
_NAMES: Final = msgspec.json.Decoder(_Unnamed)


def speaks(data: bytes) -> bool:
    """Whether a JSON text looks like osquery's."""
    return any(word in data for word in _WORDS)


class Events:
    """Result lines of many hosts, in whatever order, until they are asked for as snapshots."""

    def __init__(self) -> None:
        self.lines: dict[str, list[tuple[dt.datetime, Line]]] = {}
        """Machine -> its lines, as they came."""

    def add(self, text: bytes) -> None:
        """Take a line, or a list of them. :raises msgspec.MsgspecError, ValueError: for what is none."""
        taken = [(_moment(line), line) for line in _lines(text) if QUERY in line.name]
        if not all(line.machine for _, line in taken):
            raise ValueError("a result of osquery names no host")
        for at, line in taken:
            self.lines.setdefault(line.machine, []).append((at, line))

    def extend(self, lines: dict[str, list[tuple[dt.datetime, Line]]]) -> None:
        """Take what other events have, after what came here."""
        for machine, more in lines.items():
            self.lines.setdefault(machine, []).extend(more)

    def snapshots(self) -> Iterator[Snapshot]:
        """Yield each host's state at the end of every day (UTC) on which something was logged."""
        for machine, lines in sorted(self.lines.items()):
            yield from _states(machine, sorted(lines, key=lambda each: each[0]))


def _lines(text: bytes) -> Iterable[Line]:
    if text.lstrip()[:1] == _LIST:
        return _LINES.decode(text)
    try:
        return (_DECODER.decode(text),)
    except msgspec.ValidationError:
        if b'"data"' not in text:
            return _strange(text)
    return _POSTED.decode(text).data


def _strange(text: bytes) -> Iterable[Line]:
    """Return nothing for a line of another query, whatever it holds. :raises msgspec.ValidationError: for all else."""
    if QUERY not in _NAMES.decode(text).name:
        return ()
    return (_DECODER.decode(text),)


def _states(machine: str, lines: list[tuple[dt.datetime, Line]]) -> Iterator[Snapshot]:
    state: dict[str, _Rows] = {}
    team, hostname = "", machine
    for index, (at, line) in enumerate(lines):
        team = line.team or str(line.decorations.get("team") or team)
        hostname = line.hostname or str(line.decorations.get("hostname") or hostname)
        state.setdefault(line.name, _Rows()).follow(line, at)
        if index + 1 == len(lines) or lines[index + 1][0].date() != at.date():
            every = [row for query in sorted(state) for row in state[query].now()]
            yield Snapshot(machine, hostname, team, at, every, [_NOT_ASKED], source="osquery")


class _Rows:
    """The rows of one query on one machine, from line to line.

    Rows are told apart by all their columns, also those that nobody reads: what vanishes is what appeared.
    """

    def __init__(self) -> None:
        self._rows: dict[tuple[tuple[str, str], ...], Columns] = {}
        self._began: tuple[str, dt.datetime] | None = None
        self._shown: dt.datetime | None = None
        """Of the last snapshot."""

    def follow(self, line: Line, at: dt.datetime) -> None:
        """Apply a line."""
        if line.snapshot is not None or line.action == "snapshot":
            self._whole(line, at)
            return
        if str(line.counter) == _INITIAL and self._began != (str(line.epoch), at):
            self._began = (str(line.epoch), at)
            self._rows.clear()
        if line.changes is not None:
            self._remove(_listed(line.changes.removed))
            self._add(_listed(line.changes.added))
        elif line.action == "removed":
            self._remove((line.columns,))
        else:
            self._add((line.columns,))

    def _whole(self, line: Line, at: dt.datetime) -> None:
        """Apply a snapshot: all rows in one line, or, by `--logger_snapshot_event_type`, a line each of one moment."""
        if line.snapshot is not None or self._shown != at:
            self._rows.clear()
        self._shown = at
        self._add(line.snapshot if line.snapshot is not None else (line.columns,))

    def now(self) -> Iterable[Row]:
        """Return the rows that are there, each once. A row without a product says only that the machine is there."""
        return dict.fromkeys(row for row in map(_row, self._rows.values()) if row.product)

    def _add(self, rows: Iterable[Columns]) -> None:
        self._rows |= {_key(columns): columns for columns in rows}

    def _remove(self, rows: Iterable[Columns]) -> None:
        for columns in rows:
            self._rows.pop(_key(columns), None)


def _listed(rows: list[Columns] | str) -> list[Columns]:
    """Return rows; osquery writes an empty text where there are none."""
    return [] if isinstance(rows, str) else rows


def _key(columns: Columns) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, str(value)) for name, value in columns.items()))


def _moment(line: Line) -> dt.datetime:
    """Return when a line was made. :raises ValueError: where it does not tell."""
    seconds = int(line.unix or 0)
    if seconds > 0:
        try:
            return dt.datetime.fromtimestamp(seconds, dt.UTC)
        except (OverflowError, OSError):
            raise ValueError(f"no clock shows {seconds} seconds since 1970") from None
    return _calendar(line.calendar)


def _calendar(text: str) -> dt.datetime:
    """Read C's asctime, UTC, as osquery writes it: `Mon May  2 22:27:32 2016 UTC`. Names of months are English ones
    wherever this runs, unlike those of `strptime`."""
    try:
        _, month, day, clock, year, *_ = text.split()
        return dt.datetime.combine(
            dt.date(int(year), _MONTHS.index(month) + 1, int(day)), dt.time.fromisoformat(clock), dt.UTC
        )
    except ValueError:
        raise ValueError(f"a result of osquery tells no time: {text[:40]!r}") from None


def _row(columns: Columns) -> Row:
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
