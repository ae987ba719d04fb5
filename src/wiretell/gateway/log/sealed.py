"""Rows and edits as the chain has them, in one pass over the segments: what tables and ledger must agree with."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import zstandard
from cryptography.exceptions import InvalidTag

from wiretell.gateway.log.frames import Frame, Kind, scan
from wiretell.gateway.log.journal import Place, mapped, segments
from wiretell.gateway.log.keys import Keyring
from wiretell.gateway.log.layout import Layout
from wiretell.gateway.log.records import Edit, EndRecord, Payload, edit_to, merged, row_from, unsealed
from wiretell.gateway.log.recovery import payload_of
from wiretell.gateway.tables import columns
from wiretell.gateway.tables.erasing import erased
from wiretell.gateway.tables.folders import day_of
from wiretell.model.exchange import Row

_ENTRY: Final = ("path", "offset", "before", "after", "rule")


class _OpeningRow(msgspec.Struct, array_like=True):
    """The beginning of an `OpeningRecord`: its body is not looked at."""

    row: list[Any]


_opening = msgspec.msgpack.Decoder(_OpeningRow)
_end = msgspec.msgpack.Decoder(EndRecord)


@dataclass(frozen=True, slots=True)
class Sealed:
    """One exchange that ended."""

    exchange_id: str
    row: Row | None
    """None: it was erased, or what the row is made of is damaged or deleted."""
    edits: Sequence[Edit]
    place: Place
    """Of its end."""


def sealed(layout: Layout) -> Iterator[Sealed]:
    """Go through the ended exchanges in the order of the chain. :raises OSError: if a segment cannot be read."""
    keys = Keyring(layout.keys)
    began: dict[bytes, list[Any] | None] = {}
    for segment in segments(layout.store):
        with mapped(segment.path) as data:
            for item in scan(data):
                payload = payload_of(item) if isinstance(item, Frame) else None
                if payload is None or not isinstance(item, Frame):
                    continue
                if item.kind == Kind.OPENING:
                    opened = _unsealed(payload, item.kind, keys, _opening)
                    began[payload.exchange] = opened.row if opened is not None else None
                elif item.kind == Kind.END:
                    yield _ended(payload, began, keys, Place(segment.day, segment.number, item.offset))


def _ended(payload: Payload, began: dict[bytes, list[Any] | None], keys: Keyring, place: Place) -> Sealed:
    before = began.pop(payload.exchange, [])
    record = _unsealed(payload, Kind.END, keys, _end)
    name = str(uuid.UUID(bytes=payload.exchange))
    if record is None or before is None:
        return Sealed(name, None, (), place)
    values = merged(before, record.row)
    row = row_from(values) if len(values) > 2 and values[0] is not None else None
    return Sealed(name, row, record.edits, place)


def _unsealed(payload: Payload, kind: int, keys: Keyring, decoder: Any) -> Any:
    key = keys.get(payload.scope)
    if key is None:
        return None
    try:
        return decoder.decode(unsealed(payload, kind, key))
    except (InvalidTag, zstandard.ZstdError, msgspec.DecodeError):
        return None


def cells(row: Row, names: Iterable[str]) -> tuple[Any, ...]:
    """Return some columns of a row as a table gives them back."""
    return tuple(columns.clamped(name, [getattr(row, name)])[0] for name in names)


class Agreement:
    """Compares rows of tables with the chain's."""

    def __init__(self, layout: Layout, names: Iterable[str] = columns.NAMES) -> None:
        """Read the chain; `names`: columns that are compared. :raises OSError: if it cannot be read."""
        self._names = tuple(dict.fromkeys(("ts", *names)))
        self._days = layout.days()
        self._flushed = _flushed(layout)
        self._chain: dict[str, tuple[Any, ...] | None] = {}
        self._due: dict[str, int] = {}
        """When those began that must stand in the tables."""
        for found in sealed(layout):
            self._chain[found.exchange_id] = cells(found.row, self._names) if found.row is not None else None
            if found.row is not None and _at(found.place) <= _at(self._flushed) and self._is_kept(found.row.ts):
                self._due[found.exchange_id] = found.row.ts

    def problem(self, row: Row) -> str:
        """Return what is wrong with a row of a table, one sentence; empty: nothing."""
        if row.exchange_id not in self._chain:
            return f"{row.exchange_id} stands in the tables, and not in the chain." if self._is_kept(row.ts) else ""
        self._due.pop(row.exchange_id, None)
        chained = self._chain[row.exchange_id]
        found = cells(row, self._names)
        if chained is None:
            if found == cells(erased(row), self._names) or not self._is_kept(row.ts):
                return ""
            return f"The tables tell of {row.exchange_id} what the chain has erased or damaged."
        if found == chained:
            return ""
        which = [name for name, one, other in zip(self._names, found, chained, strict=True) if one != other]
        return f"Of {row.exchange_id} the tables say otherwise than the chained records: {', '.join(which)}."

    def missing(self, since: int | None = None, until: int | None = None) -> Iterator[str]:
        """Say, of exchanges that began in a time (microseconds), which no row was asked about that should be there."""
        for exchange_id, ts in self._due.items():
            if (since is None or ts >= since) and (until is None or ts < until):
                yield f"{exchange_id} stands in the chain, and not in the tables."

    def _is_kept(self, ts: int) -> bool:
        """Whether retention has not deleted the day on which an exchange began."""
        return bool(self._days) and day_of(ts).isoformat() >= self._days[0]


def ledger_problems(layout: Layout, lines: Iterable[str]) -> Iterator[str]:
    """Compare `lines` of the ledger, read before, with the chain's edits; one sentence an exchange."""
    entries: dict[str, Counter[tuple[Any, ...]]] = {}
    for line in lines:
        try:
            entry = json.loads(line)
            exchange_id = str(entry["exchange_id"])
            values = tuple(entry.get(name) for name in _ENTRY)
            hash(values)
        except (ValueError, KeyError, TypeError, AttributeError):  # torn by a power cut: then its entry is missing
            continue
        entries.setdefault(exchange_id, Counter())[values] += 1
    until = _flushed(layout)
    for found in sealed(layout):
        told = entries.pop(found.exchange_id, Counter())
        if found.row is None or told == _edits(found) or (not told and _at(found.place) > _at(until)):
            continue
        yield f"Of {found.exchange_id} the ledger says otherwise than the chained records."
    oldest = min(layout.days(), default="")
    yield from (f"{left} stands in the ledger, and not in the chain." for left in entries if _day(left) >= oldest)


def _edits(found: Sealed) -> Collection[Any]:
    told = (edit_to(edit, found.exchange_id) for edit in found.edits)
    return Counter(tuple(getattr(entry, name) for name in _ENTRY) for entry in told)


def _day(exchange_id: str) -> str:
    try:
        return day_of((uuid.UUID(exchange_id).int >> 80) * 1000).isoformat()
    except ValueError:
        return "9999-12-31"


def _flushed(layout: Layout) -> Place:
    """Return up to which end rows stand in tables. Segments are counted over all days, so their order is that."""
    try:
        found = msgspec.json.decode(layout.flushed.read_bytes(), type=Place)
    except (OSError, msgspec.DecodeError):
        return Place("", 0, -1)
    return found


def _at(place: Place) -> tuple[int, int]:
    return place.segment, place.offset
