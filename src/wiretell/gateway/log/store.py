"""The store as its one writer sees it: exchanges in, frames out, a commit at a time.

What was taken since the last `commit` is written in one go, or not at all: then the caller is told which messages
failed, and they may be given again. Nothing here talks to the door; `writer.py` does.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from wiretell.errors import FormatError
from wiretell.gateway.log import coding, days, recovery
from wiretell.gateway.log.frames import Kind
from wiretell.gateway.log.index import Index, Unindexed
from wiretell.gateway.log.journal import Journal, Place
from wiretell.gateway.log.keys import Keyring, UserKey
from wiretell.gateway.log.layout import Layout
from wiretell.gateway.log.ledger import Ledger
from wiretell.gateway.log.passing import (
    Open,
    Outcome,
    Pending,
    coding_of,
    complete,
    derive,
    is_text,
    plain,
    reason,
    reopened,
    session,
    warn,
)
from wiretell.gateway.log.pipe import EndMeta, OpeningMeta
from wiretell.gateway.log.records import (
    COLUMN,
    EMPTY,
    END_PART,
    BodyRecord,
    EndRecord,
    OpeningRecord,
    Pack,
    PartRecord,
    Payload,
    changed,
    exchange_bytes,
    fold,
    row_from,
    row_values,
    sealed,
)
from wiretell.gateway.log.redaction import Redactor, masked
from wiretell.gateway.log.shelf import Shelf, Shelved
from wiretell.gateway.tables.interface import Deriver
from wiretell.model.exchange import Ended

PART_BYTES: Final = 256 << 10
"""A response that has grown by so much is written down before its end."""
PART_SECONDS: Final = 2.0
"""So is what came of one so long ago: what a power cut can take of a stream that is still open."""
HELD_BYTES: Final = 8 << 10
"""Not written before more has come: a secret may only have begun."""
FRESH_MS: Final = 20_000
"""Less than the door waits for an end before it gives an exchange to the writer again."""
_UNINDEXED: Final = 500
"""Frames after which the index is brought up, however much waits."""
_UNSEARCHED: Final = "The {}'s content coding could not be undone, so it was not searched for secrets."
_UNCODED: Final = "The upstream's response held a secret; it is stored without it and without its content coding."
_UNDERIVED: Final = "The columns that the request's body tells are missing: it could not be read ({})."
_USER: Final = COLUMN["user"]
_PROTOCOL: Final = COLUMN["protocol"]
_VERSION: Final = COLUMN["client_version"]
_REQUEST_SHA256: Final = COLUMN["request_sha256"]


class LogStore:
    """Takes exchanges. Not thread-safe."""

    def __init__(
        self,
        layout: Layout,
        *,
        sync: bool,
        redactor: Redactor,
        deriver: Deriver,
        on_row: Callable[[bytes, Place], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Open a log that is locked already, and mend what a crash left. :raises OSError: FormatError:"""
        self._layout = layout
        self._redactor = redactor
        self._deriver = deriver
        self._on_row = on_row
        self._clock = clock
        self.keys = Keyring(layout.keys)
        self.recovered = recovery.recover(layout, self.keys)
        self.journal = Journal(layout.store, sync=sync, chain=self.recovered.chain)
        self._day = ""
        self._until = datetime.min.replace(tzinfo=UTC)
        """When the day ends."""
        if self.recovered.end is not None:
            self.journal.resume(self.recovered.end)
        if self.recovered.cut is not None:  # at once: after this start nothing else tells of it
            self.journal.append(self._clock().strftime("%Y-%m-%d"), [self._noted(self.recovered.cut.note())])
        self.ledger = Ledger(layout.ledger, sync=sync)
        self._index: Index | None = None
        self._unindexed = Unindexed()
        self._start_ms = time.time_ns() // 1_000_000
        self._open: dict[bytes, Open] = {
            found.payload.exchange: reopened(found, self.keys) for found in self.recovered.open
        }
        self._pending: list[Pending] = []
        self._done: list[int] = []
        self._failed: list[int] = []
        self._ended: set[bytes] = set()
        self.recorded = 0
        self.failing = ""

    @property
    def open_exchanges(self) -> list[bytes]:
        """Exchanges without an end."""
        return list(self._open)

    @property
    def day(self) -> str:
        """The day that is written to. It never goes back within a run, whatever the clock does."""
        return self._day

    def opening(self, seq: int, meta: OpeningMeta, head: bytes, body: bytes) -> None:
        """Take a request."""
        exchange = exchange_bytes(meta.row[0])
        if exchange in self._open or self._is_over(exchange):
            self._done.append(seq)  # sent again by a door whose writer died between writing and saying so
            return
        try:
            self._turn_day()
            key = self.keys.of(meta.row[_USER])
        except (OSError, sqlite3.Error) as error:
            self._refuse([seq], error)
            return
        record, first = self._opening_record(meta, key, head, body)
        opened = self._open[exchange] = Open(exchange, key, record.row, record.head, self._day)
        payload = self._payload(record, Kind.OPENING, opened, 0, first, record.pack)
        self._pending.append(Pending(Kind.OPENING, payload, (seq,)))

    def part(self, seq: int, exchange: bytes, offset: int, data: bytes) -> None:
        """Take a piece of a response; what is known of it already is passed over."""
        found = self._open.get(exchange)
        if found is None:
            (self._done if self._is_over(exchange) else self._failed).append(seq)
            return
        known = found.stored + len(found.buffer)
        if not found.buffer:
            found.since = time.monotonic()
        found.buffer += data[max(0, known - offset) :]
        found.seqs.append((seq, offset + len(data)))
        if len(found.buffer) > PART_BYTES + HELD_BYTES and is_text(found):
            self._write_part(found, HELD_BYTES)

    def end(self, seq: int, meta: EndMeta, blobs: Sequence[bytes]) -> None:
        """Take an exchange's end. `blobs`: response head, sent head, sent body, upstream's body."""
        exchange = exchange_bytes(meta.row[0])
        found = self._open.get(exchange)
        if found is None and self._is_over(exchange):
            self._done.append(seq)
            return
        if found is None and meta.begun:
            self._failed.append(seq)
            return
        try:
            self._turn_day()
            key = self.keys.of(meta.row[_USER])
        except (OSError, sqlite3.Error) as error:
            self._refuse([seq], error)
            return
        self._end(seq, found or Open(exchange, key, [], b"", ""), key, meta, blobs)

    def unfinished(self, exchange: bytes) -> None:
        """End an exchange whose gateway ended first."""
        found = self._open[exchange]
        row = replace(row_from(found.row), ended=Ended.UNFINISHED.value)
        row = replace(row, response_bytes=found.stored + len(found.buffer))
        self._turn_day()
        key = self.keys.get(found.key.number) or self.keys.of(row.user)
        self._end(-1, found, key, EndMeta(row_values(row), True, [], False, False), (b"", b"", b"", b""))

    def note(self, text: dict[str, Any]) -> None:
        """Record an act of the store itself. :raises OSError:"""
        self._turn_day()
        self.journal.append(self._day, [self._noted(text)])

    def _noted(self, text: dict[str, Any]) -> tuple[Kind, bytes]:
        return Kind.NOTE, msgspec.msgpack.encode({"at": self._clock().isoformat(timespec="seconds"), **text})

    def flush_parts(self, older_s: float = PART_SECONDS) -> None:
        """Write what came of responses so long ago."""
        now = time.monotonic()
        for found in self._open.values():
            if found.buffer and now - found.since >= older_s and is_text(found):
                self._turn_day()
                self._write_part(found, 0 if older_s == 0 else HELD_BYTES)

    def commit(self) -> Outcome:
        """Write what was taken; when it returns, ends among it are durable."""
        pending, self._pending = self._pending, []
        done, self._done = self._done, []
        failed, self._failed = self._failed, []
        if pending:
            try:
                places = self._append(pending)
            except OSError as error:
                self._roll_back(pending)
                self.failing = reason(error)
                return Outcome(done, failed + [s for p in pending for s in p.seqs], self.failing)
            self.failing = ""
            self._settle(pending, places)
        return Outcome(done + [s for p in pending for s in p.seqs if s >= 0], failed, self.failing)

    def bring_index_up(self) -> None:
        """Note what was appended, for readers. Where that fails, it is tried again; the segments are the truth."""
        if self._index is None or not self._unindexed.entries:
            return
        with suppress(sqlite3.Error):
            self._index.add(self._unindexed.entries, self._unindexed.addresses, self._unindexed.spans, self.journal.end)
            self._unindexed = Unindexed()
            self._ended = {exchange for p in self._pending if p.kind is Kind.END for exchange in (p.payload.exchange,)}

    def probe(self) -> str:
        """Try whether anything can be written; return why not."""
        try:
            self.note({"note": "probe"})
            self.failing = ""
        except (OSError, sqlite3.Error) as error:
            self.failing = reason(error)
        return self.failing

    def forget(self, scopes: Sequence[int]) -> None:
        """Drop what memory still holds of users whose keys were destroyed."""
        if self._index is not None:
            self._shelf.forget(scopes)

    def close(self) -> None:
        """Close all files. What was not committed is lost."""
        self.bring_index_up()
        self.journal.close()
        self.ledger.close()
        if self._index is not None:
            self._index.close()

    def _opening_record(self, meta: OpeningMeta, key: UserKey, head: bytes, body: bytes) -> tuple[OpeningRecord, int]:
        """Return the record, and the ordinal of its first block."""
        head, head_spans = self._redactor.head(head)
        text, how, unknown = plain(body, meta.coding)
        values = meta.row
        shelved = self._shelf.put(key, session(values), text)
        if not values[_REQUEST_SHA256]:
            values[_REQUEST_SHA256] = shelved.sha256() if text is body else hashlib.sha256(body).hexdigest()
        self._derive(values, masked(text, shelved.spans), shelved)
        if shelved.spans and how:
            how = "lost"
        stored = BodyRecord(len(text), shelved.runs, self._day, "" if unknown else meta.coding, how)
        if unknown:
            warn(values, _UNSEARCHED.format("request"))
        wire = body if how == "wire" else b""
        return OpeningRecord(values, head, head_spans, stored, shelved.pack, wire), shelved.first

    def _derive(self, values: list[Any], text: bytes, shelved: Shelved) -> None:
        """Add what the body tells. A body that the deriver cannot stand must not end the writer of all."""
        try:
            told = self._deriver.derive(values[_PROTOCOL], values[_VERSION], text, shelved.known)
        except Exception as error:  # whatever a stranger's bytes made it raise
            warn(values, _UNDERIVED.format(type(error).__name__))
            return
        if told is not None:
            derive(values, told[0])
            shelved.note(told[1])

    def _end(self, seq: int, found: Open, key: UserKey, meta: EndMeta, blobs: Sequence[bytes]) -> None:
        values = meta.row
        complete(values, found.row)
        response_head, response_head_spans = self._redactor.head(blobs[0])
        sent_head, sent_head_spans = self._redactor.head(blobs[1])
        name = coding_of(blobs[0])
        last, lost, searched = self._last_part(found, name)
        if not searched:
            warn(values, _UNSEARCHED.format("response"))
        sent, pack, first = None, EMPTY, 0
        if meta.has_sent:
            shelved = self._shelf.put(key, session(values) + "\0sent", blobs[2])
            sent, pack, first = BodyRecord(len(blobs[2]), shelved.runs, self._day), shelved.pack, shelved.first
        upstream = self._upstream_part(values, blobs[3]) if meta.has_upstream else None
        same_key = found.key.number == key.number and bool(found.row)
        record = EndRecord(
            changed(values, found.row if same_key else None),
            response_head, response_head_spans, last, name,
            fold(sent_head, found.head if same_key else b""), sent_head_spans,
            [self._redacted_edit(edit) for edit in meta.edits], sent, pack, upstream, lost,
        )  # fmt: skip
        found.key = key
        payload = self._payload(record, Kind.END, found, END_PART, first, pack)
        seqs = (*(s for s, _ in found.seqs), seq)
        self._pending.append(Pending(Kind.END, payload, seqs, values, record.edits))
        self._ended.add(found.exchange)
        self._open.pop(found.exchange, None)

    def _last_part(self, found: Open, name: str) -> tuple[PartRecord, bool, bool]:
        """Return the response's rest; whether it lost its content coding to redaction; whether it was searched."""
        data = bytes(found.buffer)
        if not name:
            spans = self._redactor.spans_of_stream(data)
            return PartRecord(found.stored, masked(data, spans), spans), False, True
        try:
            plain = coding.decoded(data, name)
        except FormatError:
            return PartRecord(found.stored, data, []), False, not data
        spans = self._redactor.spans_of_stream(plain)
        if not spans:
            return PartRecord(found.stored, data, []), False, True
        return PartRecord(found.stored, masked(plain, spans), spans), True, True

    def _write_part(self, found: Open, held: int) -> None:
        until = len(found.buffer) - held
        if until <= 0:
            return
        spans = self._redactor.spans_of_stream(bytes(found.buffer))
        until = min([until, *(span.offset for span in spans if span.offset + span.length > until)])
        if until <= 0:
            return
        spans = [span for span in spans if span.offset < until]
        found.part += 1
        record = PartRecord(found.stored, masked(bytes(found.buffer[:until]), spans), spans)
        found.stored += until
        del found.buffer[:until]
        seqs = tuple(seq for seq, end in found.seqs if end <= found.stored)
        found.seqs = [(seq, end) for seq, end in found.seqs if end > found.stored]
        found.since = time.monotonic()
        payload = self._payload(record, Kind.PART, found, found.part, 0, EMPTY)
        self._pending.append(Pending(Kind.PART, payload, seqs))

    def _upstream_part(self, values: list[Any], data: bytes) -> PartRecord:
        """Return the upstream's body where the client got another; which coding it has, its bytes alone say."""
        text, coded = coding.sniffed(data)
        if text is None:
            warn(values, _UNSEARCHED.format("upstream's response"))
            text = data
        spans = self._redactor.spans_of_stream(text)
        if coded and spans:
            warn(values, _UNCODED)
        return PartRecord(0, masked(text, spans) if spans else data, spans)

    def _redacted_edit(self, edit: Any) -> Any:
        before, after = (masked(text, self._redactor.spans(text)) for text in (edit.before, edit.after))
        return msgspec.structs.replace(edit, before=before, after=after)

    def _payload(self, record: msgspec.Struct, kind: Kind, found: Open, part: int, first: int, pack: Pack) -> Payload:
        data = sealed(record, kind, found.exchange, part, found.key)
        return Payload(found.exchange, found.key.number, part, found.day, first, len(pack.lengths), data)

    def _append(self, pending: Sequence[Pending]) -> list[Place]:
        if self._index is None or self.journal.end.day not in ("", self._day):
            self._turn_day()
        entries = [(p.kind, msgspec.msgpack.encode(p.payload)) for p in pending]
        return self.journal.append(self._day, entries, sync=any(p.kind is Kind.END for p in pending))

    def _settle(self, pending: Sequence[Pending], places: Sequence[Place]) -> None:
        """Bring what follows from a commit up to it: memory, index, ledger, tables."""
        addresses, spans = self._shelf.commit()
        entries = [(p.kind, p.payload, place) for p, place in zip(pending, places, strict=True)]
        self._unindexed.add(entries, addresses, spans)
        if len(self._unindexed.entries) > _UNINDEXED:
            self.bring_index_up()
        for found in {p.payload.exchange for p in pending if p.kind is not Kind.END}:
            if (still := self._open.get(found)) is not None:
                still.safe = (still.part, still.stored)
        for p, place in zip(pending, places, strict=True):
            if p.row is not None:
                self.recorded += 1
                self.ledger.add(p.row[0], p.edits)
                self._on_row(msgspec.msgpack.encode(p.row), place)
                if p.payload.opened not in ("", self._day):
                    days.close_open(self._layout, p.payload)
        self.ledger.write()

    def _roll_back(self, pending: Sequence[Pending]) -> None:
        """Be as before what could not be written; what came of the exchanges in it must be given again."""
        self._shelf.rollback()
        for p in pending:
            exchange = p.payload.exchange
            self._ended.discard(exchange)
            found = self._open.get(exchange)
            if p.kind is Kind.OPENING:
                self._open.pop(exchange, None)
            elif found is not None:
                found.part, found.stored = found.safe
            if found is not None:
                self._failed += [seq for seq, _end in found.seqs]
                found.buffer.clear()
                found.seqs.clear()

    def _refuse(self, seqs: list[int], error: Exception) -> None:
        self.failing = reason(error)
        self._failed += seqs

    def _is_over(self, exchange: bytes) -> bool:
        """Whether an exchange has its end in the store, today or on the days before."""
        if exchange in self._ended:
            return True
        if self._is_fresh(exchange):
            return False
        if self._index is not None and END_PART in self._index.parts(exchange):
            return True
        return days.is_over(self._layout, exchange, self._day)

    def _is_fresh(self, exchange: bytes) -> bool:
        """Whether an exchange began so short ago, by the UUIDv7 that names it, that the door cannot have given it up
        and sent it again."""
        began_ms = int.from_bytes(exchange[:6])
        return began_ms > self._start_ms and 0 <= time.time_ns() // 1_000_000 - began_ms < FRESH_MS

    def _turn_day(self) -> None:
        """Begin a new day where the clock says so, but not in the middle of a batch."""
        now = self._clock()
        if self._index is not None and (self._pending or now < self._until):
            return
        today = max(now.strftime("%Y-%m-%d"), self._day)
        self._until = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        if self._index is not None and today == self._day:
            return
        if self._index is not None:
            self.bring_index_up()
            self._index.close()
            self._index = None
        folder = self._layout.day(today)
        folder.mkdir(mode=0o700, exist_ok=True)
        self._index = Index(folder)
        self._unindexed = Unindexed()
        self._day = today
        self._shelf = Shelf(self._index, self._redactor)
