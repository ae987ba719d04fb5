"""Reads a log while a gateway writes it, or when none does: exchanges as they were, byte for byte.

    store = Store(Path("exchanges"))
    stored = store.exchange("0190...")
    stored.request_body           # as it came over the wire

A body in which a secret was redacted has asterisks there; `redacted` says where. What belongs to a user whose key was
destroyed raises `ErasedError`.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from wiretell.errors import FormatError, InconclusiveError, UsageError
from wiretell.gateway.log import coding, days, recovery
from wiretell.gateway.log.checking import Checked, check
from wiretell.gateway.log.frames import Frame
from wiretell.gateway.log.index import Index
from wiretell.gateway.log.journal import Place, frame_at
from wiretell.gateway.log.keys import Keyring
from wiretell.gateway.log.layout import Layout
from wiretell.gateway.log.records import (
    END_PART,
    BodyRecord,
    EndRecord,
    OpeningRecord,
    Pack,
    PartRecord,
    edit_to,
    exchange_bytes,
    merged,
    row_from,
    unfold,
)
from wiretell.model.exchange import LedgerEntry, Row

_INDEX_SECONDS: Final = 0.6
_PACKS: Final = 256
"""Packs of blocks kept in memory: consecutive exchanges of a session share nearly all of theirs."""


class ErasedError(InconclusiveError):
    """The exchange is a user's whose key was destroyed."""


@dataclass(frozen=True, slots=True)
class Redacted:
    """A place that is not recoverable."""

    part: str
    """`request-head`, `request`, `sent-head`, `sent`, `response-head`, `response`, `upstream`."""
    offset: int
    """In bytes, in that part; of a body with a content coding: in what it codes."""
    length: int
    rule: str


@dataclass(frozen=True, slots=True)
class Stored:
    """One exchange as it was."""

    row: Row
    request_head: bytes
    request_body: bytes
    """As it came over the wire; with its content coding undone where `lost` names `request`."""
    request_text: bytes
    """The same, content coding undone."""
    sent_head: bytes
    sent_body: bytes | None
    """As sent upstream; None: nothing was sent."""
    response_head: bytes
    response_body: bytes
    """As the client got it."""
    response_text: bytes
    """The same, content coding undone where that can be done."""
    upstream_body: bytes | None
    """Only where the client got another body than the upstream sent."""
    redacted: tuple[Redacted, ...]
    edits: tuple[LedgerEntry, ...]
    lost: tuple[str, ...] = ()
    """Bodies that are not what was on the wire, by their hash or by a content coding that was undone to redact them;
    and requests whose day retention deleted."""
    chain: str = ""
    """The chain's value at its end, 64 hex digits: `wiretell gateway check --head` finds it. Empty: it is open yet."""

    def whole(self, part: str) -> bool:
        """Whether a part is there byte for byte."""
        return part not in self.lost and all(place.part != part for place in self.redacted)


class Store:
    """A log's originals, to read. Bounded memory; not thread-safe."""

    def __init__(self, folder: Path) -> None:
        """Open a log's folder. :raises UsageError: if it is none. FormatError: if its keys are broken."""
        self._layout = Layout(folder)
        self._layout.check()
        self._keys = Keyring(self._layout.keys)
        self._indexes: dict[str, Index] = {}
        self._packs: OrderedDict[Place, Pack] = OrderedDict()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close its files."""
        for index in self._indexes.values():
            index.close()
        self._indexes.clear()

    def check(self, head: str | None = None) -> Checked:
        """Go through the chain; `head`: 64 hex digits that must be in it. :raises OSError: if it cannot be read."""
        return check(self._layout, head)

    def ids(self, scopes: set[int] | None = None) -> Iterator[str]:
        """Yield the ids of all exchanges that ended, a day after the other, by time within it."""
        for day in self._layout.days():
            for exchange in sorted(self._index(day).exchanges(scopes)):
                yield str(uuid.UUID(bytes=exchange))

    def exchanges(self) -> Iterator[Stored]:
        """Yield all exchanges but erased ones."""
        for exchange_id in self.ids():
            try:
                yield self.exchange(exchange_id)
            except ErasedError:
                continue

    def rows(self) -> Iterator[tuple[str, Row | None]]:
        """Yield ids and rows, None for erased ones."""
        for exchange_id in self.ids():
            try:
                yield exchange_id, self.row(exchange_id)
            except ErasedError:
                yield exchange_id, None

    def row(self, exchange_id: str) -> Row:
        """Return one exchange's row. :raises UsageError: if it is not there. ErasedError: FormatError:"""
        opening, end, _parts, _chain = self._records(exchange_id)
        return self._row(exchange_id, opening, end)

    def exchange(self, exchange_id: str) -> Stored:
        """Return one exchange. :raises UsageError: if it is not there. ErasedError: FormatError: if it is damaged."""
        opening, end, parts, chain = self._records(exchange_id)
        row = self._row(exchange_id, opening, end)
        found: list[Redacted] = []
        lost: list[str] = []
        request_head, request, request_text = self._request(exchange_id, opening, found, lost)
        if end is None:
            response = _joined(parts, found, "response")
            return Stored(
                row, request_head, request, request_text, b"", None, b"", response, response, None, tuple(found), ()
            )
        edits = tuple(edit_to(edit, exchange_id) for edit in end.edits)
        sent_head, sent = self._sent(exchange_id, row, opening, end, request, request_text, found)
        _add(found, "response-head", end.response_head_spans)
        response = _joined([*parts, end.response], found, "response")
        if end.lost:
            lost.append("response")
        upstream = _joined([end.upstream], found, "upstream") if end.upstream is not None else None
        text = response if end.lost else _undone(response, end.response_coding)
        lost += _unlike(row, request, sent, response, found)
        return Stored(
            row, request_head, request, request_text, sent_head, sent, end.response_head, response, text, upstream,
            tuple(found), edits, tuple(lost), chain,
        )  # fmt: skip

    def _records(self, exchange_id: str) -> tuple[OpeningRecord | None, EndRecord | None, list[PartRecord], str]:
        """Return an exchange's records, and the chain's value at its end."""
        opening: OpeningRecord | None = None
        end: EndRecord | None = None
        parts: list[PartRecord] = []
        chain = ""
        places = self._places(exchange_bytes(exchange_id))
        if not places:
            raise UsageError(f"{exchange_id} is not in this log; `wiretell gateway check` says what is.")
        for part in sorted(places, key=lambda part: (part == END_PART, part)):
            frame = frame_at(self._layout.store, places[part])
            record = self._record(exchange_id, places[part], frame)
            if isinstance(record, OpeningRecord):
                opening = record
            elif isinstance(record, PartRecord):
                parts.append(record)
            elif isinstance(record, EndRecord):
                end, chain = record, frame.chain.hex()
        return opening, end, parts, chain

    def _places(self, exchange: bytes) -> dict[int, Place]:
        """Return where an exchange's frames stand. A running writer brings its index up some moments after an end."""
        places = self._indexed(exchange)
        until = time.monotonic() + _INDEX_SECONDS
        while END_PART not in places and time.monotonic() < until and self._layout.locked():
            time.sleep(_INDEX_SECONDS / 20)
            places = self._indexed(exchange)
        return places

    def _indexed(self, exchange: bytes) -> dict[int, Place]:
        places: dict[int, Place] = {}
        for day in days.nearest(self._layout, exchange):
            places.update(self._index(day).parts(exchange))
            if END_PART in places and (0 in places or day <= days.day_of(exchange)):
                break
        return places

    def _record(self, exchange_id: str, place: Place, frame: Frame) -> OpeningRecord | PartRecord | EndRecord:
        payload = recovery.payload_of(frame)
        if payload is None:
            raise FormatError(f"segment {place.segment} of {place.day} is damaged at byte {place.offset}.")
        record = recovery.record_of(frame, payload, self._keys)
        if record is None and self._keys.get(payload.scope) is None:
            self._keys.reload()  # of a user that came after this was opened
            record = recovery.record_of(frame, payload, self._keys)
            if record is None and self._keys.get(payload.scope) is None:
                raise _erased(exchange_id, payload.part)
        if record is None:
            raise FormatError(f"{exchange_id} cannot be decrypted: segment {place.segment} of {place.day} was changed.")
        return record

    def _row(self, exchange_id: str, opening: OpeningRecord | None, end: EndRecord | None) -> Row:
        before = opening.row if opening is not None else []
        values: list[Any] = merged(before, end.row) if end is not None else before
        if len(values) < 2 or values[0] is None:
            return Row(exchange_id=exchange_id, ts=0, account="")  # retention deleted the day of its opening
        return row_from(values)

    def _request(
        self, exchange_id: str, opening: OpeningRecord | None, found: list[Redacted], lost: list[str]
    ) -> tuple[bytes, bytes, bytes]:
        if opening is None:
            lost += ["request-head", "request"]
            return b"", b"", b""
        _add(found, "request-head", opening.head_spans)
        text = self._body(exchange_id, opening.body, "request", found)
        how = opening.body.recode
        if how == "wire":
            return opening.head, opening.wire, text
        if how == "lost":
            lost.append("request")
        return opening.head, coding.RECODERS[how](text) if how in coding.RECODERS else text, text

    def _sent(
        self, exchange_id: str, row: Row, opening: OpeningRecord | None, end: EndRecord, request: bytes, text: bytes,
        found: list[Redacted],
    ) -> tuple[bytes, bytes | None]:  # fmt: skip
        """Return head and body as sent upstream: a body made anew, the request's, or that with its edits."""
        head = unfold(end.sent_head, opening.head if opening is not None else b"")
        _add(found, "sent-head", end.sent_head_spans)
        if end.sent is not None:
            return head, self._body(exchange_id, end.sent, "sent", found)
        if not end.sent_head and row.sent_sha256 is None:
            return head, None
        edits = [(edit.offset, edit.before, edit.after) for edit in end.edits]
        found += [replace(place, part="sent") for place in found if place.part == "request"]
        if not edits and hashlib.sha256(request).hexdigest() == row.sent_sha256:
            return head, request
        return head, _edited(text, edits)

    def _body(self, exchange_id: str, body: BodyRecord, part: str, found: list[Redacted]) -> bytes:
        scope = self._scope(exchange_id, part)
        pieces: list[bytes] = []
        at = 0
        for first, count in zip(body.runs[::2], body.runs[1::2], strict=True):
            ordinal = first
            while ordinal < first + count:
                start, pack = self._pack(exchange_id, scope, body.day, ordinal)
                inside = _slice(pack, ordinal - start, first + count - ordinal)
                for number, span in pack.spans:
                    if ordinal - start <= number < ordinal - start + inside.blocks:
                        offset = at + sum(pack.lengths[ordinal - start : number]) + span.offset
                        found.append(Redacted(part, offset, span.length, span.rule))
                pieces.append(inside.data)
                at += len(inside.data)
                ordinal += inside.blocks
        return b"".join(pieces)

    def _scope(self, exchange_id: str, part: str) -> int:
        places = self._places(exchange_bytes(exchange_id))
        place = places[0 if part == "request" else END_PART]
        payload = recovery.payload_of(frame_at(self._layout.store, place))
        return payload.scope if payload is not None else 0

    def _pack(self, exchange_id: str, scope: int, day: str, ordinal: int) -> tuple[int, Pack]:
        found = self._index(day).pack(scope, ordinal)
        if found is None:
            raise FormatError(f"{exchange_id} needs block {ordinal} of {day}, which is not there; see `gateway check`.")
        first, _count, place = found
        if (known := self._packs.get(place)) is not None:
            self._packs.move_to_end(place)
            return first, known
        record = self._record(exchange_id, place, frame_at(self._layout.store, place))
        assert isinstance(record, OpeningRecord | EndRecord)
        self._packs[place] = record.pack
        while len(self._packs) > _PACKS:
            self._packs.popitem(last=False)
        return first, record.pack

    def _index(self, day: str) -> Index:
        if day not in self._indexes:
            self._indexes[day] = Index(self._layout.day(day), read_only=True)
        return self._indexes[day]


def _unlike(row: Row, request: bytes, sent: bytes | None, response: bytes, found: list[Redacted]) -> list[str]:
    """Return the bodies that are not what the row's hashes say, though nothing was redacted in them."""
    bodies = (
        ("request", request, row.request_sha256),
        ("sent", sent, row.sent_sha256),
        ("response", response, row.response_sha256),
    )
    redacted = {place.part for place in found}
    return [
        part
        for part, body, expected in bodies
        if body is not None and expected and part not in redacted and hashlib.sha256(body).hexdigest() != expected
    ]


@dataclass(frozen=True, slots=True)
class _Slice:
    data: bytes
    blocks: int


def _slice(pack: Pack, first: int, most: int) -> _Slice:
    """Return consecutive blocks of a pack."""
    lengths = pack.lengths[first : first + most]
    start = sum(pack.lengths[:first])
    return _Slice(pack.data[start : start + sum(lengths)], len(lengths))


def _joined(parts: list[PartRecord], found: list[Redacted], name: str) -> bytes:
    for part in parts:
        found += [Redacted(name, part.offset + span.offset, span.length, span.rule) for span in part.spans]
    return b"".join(part.data for part in parts)


def _add(found: list[Redacted], part: str, spans: list[Any]) -> None:
    found += [Redacted(part, span.offset, span.length, span.rule) for span in spans]


def _edited(text: bytes, edits: list[tuple[int, bytes, bytes]]) -> bytes:
    """Return a body with its edits; their offsets count in the body before any."""
    pieces, at = [], 0
    for offset, before, after in sorted(edits):
        pieces += [text[at:offset], after]
        at = offset + len(before)
    return b"".join([*pieces, text[at:]])


def _undone(body: bytes, name: str) -> bytes:
    try:
        return coding.decoded(body, name)
    except FormatError:
        return body


def _erased(exchange_id: str, part: int) -> ErasedError:
    what = "its request" if part != END_PART else "it"
    return ErasedError(f"{exchange_id} is erased: the key that sealed {what} was destroyed; nothing can be rebuilt.")
