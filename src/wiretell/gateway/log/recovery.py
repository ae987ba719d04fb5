"""What a store does at its start: cut off what a power cut tore, bring the indexes up, find what never ended.

Each thing found and mended is said, and stands in a note of the chain; nothing whole is ever taken away.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import msgspec
import zstandard
from cryptography.exceptions import InvalidTag

from wiretell.gateway.log import cutting, frames
from wiretell.gateway.log.cutting import Cut
from wiretell.gateway.log.frames import Damage, Frame, Kind
from wiretell.gateway.log.index import Address, BlockSpan, Entry, Index
from wiretell.gateway.log.journal import SEGMENT_BYTES, Header, Place, SegmentFile, frame_at, mapped, segments
from wiretell.gateway.log.keys import Keyring
from wiretell.gateway.log.layout import Layout
from wiretell.gateway.log.records import EndRecord, OpeningRecord, Pack, PartRecord, Payload, unsealed

_DAYS: Final = 3
"""An exchange of an earlier day than these last ones is not open any more."""
_BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class StillOpen:
    """An exchange without its end."""

    payload: Payload
    record: OpeningRecord
    day: str
    part: int
    """Number of its last part."""
    stored: int
    """Bytes of the response in its parts."""


@dataclass(slots=True)
class Recovered:
    """What was found."""

    chain: bytes = frames.ORIGIN
    end: Place | None = None
    """Where the last segment goes on; None: a new one is begun."""
    open: list[StillOpen] = field(default_factory=list)
    cut: Cut | None = None
    """What is missing at the end."""
    notes: list[str] = field(default_factory=list)
    """Of what else was found, one sentence each."""


def recover(layout: Layout, keys: Keyring) -> Recovered:
    """Mend a store and say how it stands. :raises OSError: sqlite3.Error: FormatError:"""
    found = Recovered()
    known = cutting.last_known(layout)
    for segment in reversed(segments(layout.store)):
        if _end_of(segment, found, known):
            break
    if found.cut is not None:
        cutting.forget(layout)
    for day in layout.days():
        if day in layout.days()[-_DAYS:] or not layout.indexed(day):
            _bring_up(layout, day, keys, found)
    return found


def record_of(frame: Frame, payload: Payload, keys: Keyring) -> OpeningRecord | PartRecord | EndRecord | None:
    """Return what a frame holds; None: its key was destroyed, or it was tampered with."""
    key = keys.get(payload.scope)
    kinds = {Kind.OPENING: OpeningRecord, Kind.PART: PartRecord, Kind.END: EndRecord}
    kind = kinds.get(Kind(frame.kind)) if frame.kind in set(Kind) else None
    if key is None or kind is None:
        return None
    try:
        record: OpeningRecord | PartRecord | EndRecord = msgspec.msgpack.decode(
            unsealed(payload, frame.kind, key), type=kind
        )
    except (InvalidTag, zstandard.ZstdError, msgspec.DecodeError):
        return None
    return record


def payload_of(frame: Frame) -> Payload | None:
    """Return the clear part of an exchange's frame; None of another, or a broken one."""
    if frame.kind not in (Kind.OPENING, Kind.PART, Kind.END):
        return None
    try:
        return msgspec.msgpack.decode(frame.payload, type=Payload)
    except msgspec.DecodeError:
        return None


def _end_of(segment: SegmentFile, found: Recovered, known: tuple[int, int]) -> bool:
    """Find where the last segment ends; put aside what stands behind. False: there is no frame in it."""
    last: Frame | None = None
    with mapped(segment.path) as data:
        damages = []
        for item in frames.scan(data):
            if isinstance(item, Frame):
                last = item
            else:
                damages.append(item)
    where = f"segment {segment.number} of {segment.day}"
    for damage in damages:
        if not damage.at_end:
            found.notes.append(f"{damage.length} bytes of {where} at {damage.offset} are damaged; nothing was changed.")
    if last is None:
        aside = segment.path.with_suffix(".seg.broken")
        segment.path.rename(aside)
        found.notes.append(f"{where} holds nothing whole; it was put aside as {aside.name}.")
        return False
    found.cut = cutting.cut_of(segment, last, damages[-1] if damages and damages[-1].at_end else None, known)
    found.chain = last.chain
    if last.end <= SEGMENT_BYTES:
        found.end = Place(segment.day, segment.number, last.end)
    else:
        os.truncate(segment.path, last.end)
    return True


def _bring_up(layout: Layout, day: str, keys: Keyring, found: Recovered) -> None:
    """Index what a day's segments have and its index lacks, and find what is open."""
    index = Index(layout.day(day))
    try:
        position = index.position()
        for segment in [s for s in segments(layout.store) if s.day == day and s.number >= position.segment]:
            start = position.offset if segment.number == position.segment else 0
            _index_segment(index, segment, start, keys)
        for exchange in index.open_exchanges():
            found.open += _still_open(layout, index, exchange, keys)
    finally:
        index.close()


def _index_segment(index: Index, segment: SegmentFile, start: int, keys: Keyring) -> None:
    entries: list[Entry] = []
    addresses: list[Address] = []
    spans: list[BlockSpan] = []
    until = start
    with mapped(segment.path) as data:
        for frame, payload in _exchanges(data, start):
            entries.append((Kind(frame.kind), payload, Place(segment.day, segment.number, frame.offset)))
            if payload.count and (pack := _pack_of(frame, payload, keys)) is not None:
                _note_blocks(payload, pack, keys, addresses, spans)
            until = frame.end
            if len(entries) >= _BATCH:
                index.add(entries, addresses, spans, Place(segment.day, segment.number, until))
                entries, addresses, spans = [], [], []
    if entries:
        index.add(entries, addresses, spans, Place(segment.day, segment.number, until))


def _exchanges(data: frames.Data, start: int) -> Iterator[tuple[Frame, Payload]]:
    for item in frames.scan(data, start):
        if not isinstance(item, Damage) and (payload := payload_of(item)) is not None:
            yield item, payload


def _pack_of(frame: Frame, payload: Payload, keys: Keyring) -> Pack | None:
    record = record_of(frame, payload, keys)
    return record.pack if isinstance(record, OpeningRecord | EndRecord) else None


def _note_blocks(payload: Payload, pack: Pack, keys: Keyring, addresses: list[Address], spans: list[BlockSpan]) -> None:
    """Tell the addresses of a pack's blocks. Of a redacted one it cannot be told: it will be stored again."""
    key = keys.get(payload.scope)
    assert key is not None
    redacted = {number for number, _span in pack.spans}
    at = 0
    for number, length in enumerate(pack.lengths):
        if number not in redacted:
            addresses.append((payload.scope, key.address(pack.data[at : at + length]), payload.first + number))
        at += length
    for number, span in pack.spans:
        spans.append((payload.scope, payload.first + number, span.offset, span.length, span.rule))


def _still_open(layout: Layout, index: Index, exchange: bytes, keys: Keyring) -> Iterator[StillOpen]:
    places = index.parts(exchange)
    if 0 not in places:
        return
    opening = frame_at(layout.store, places[0])
    payload = payload_of(opening)
    record = record_of(opening, payload, keys) if payload is not None else None
    if payload is None or not isinstance(record, OpeningRecord):
        return
    part, stored = 0, 0
    for number, place in places.items():
        frame = frame_at(layout.store, place)
        clear = payload_of(frame)
        found = record_of(frame, clear, keys) if clear is not None and number > 0 else None
        if isinstance(found, PartRecord):
            part, stored = number, found.offset + len(found.data)
    yield StillOpen(payload, record, index.day, part, stored)


def header_of(frame: Frame) -> Header | None:
    """Return what a segment's first frame says; None of another frame."""
    if frame.kind != Kind.SEGMENT:
        return None
    try:
        return msgspec.msgpack.decode(frame.payload, type=Header)
    except msgspec.DecodeError:
        return None
