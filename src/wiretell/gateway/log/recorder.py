"""The door's side of the log: hands exchanges to the writer's process and waits until they are durable.

Every message is held until the writer says that it is written, so that the writer started in place of a dead one gets
what that had not written. What it had written it recognises: none is stored twice.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from wiretell.errors import InternalError, UsageError, WiretellError
from wiretell.gateway.config.values import GatewaySettings
from wiretell.gateway.log import pipe
from wiretell.gateway.log.interface import Closing, LogError, LogState, Opening, Recorder
from wiretell.gateway.log.layout import Layout
from wiretell.gateway.log.link import Link
from wiretell.gateway.log.pipe import Done, EndMeta, Hello, Message, OpeningMeta, PartMeta, Say
from wiretell.gateway.log.reader import Store
from wiretell.gateway.log.records import edit_from, exchange_bytes, row_from, row_values
from wiretell.gateway.log.redaction import Redactor
from wiretell.gateway.log.spill import Spill
from wiretell.model.exchange import Row

MOST_BYTES: Final = 256 << 20
"""Held for the writer; beyond it nothing new is taken."""
MOST_EXCHANGES: Final = 20_000
_END_SECONDS: Final = 30.0
"""A disk that does not answer for so long is taken for one that cannot write."""
_STOP_SECONDS: Final = 120.0
_TRIES: Final = 5
"""Starts of a writer in `_TRIES_SECONDS`, before the log counts as failing."""
_TRIES_SECONDS: Final = 60.0
_PROBE_SECONDS: Final = 1.0


@dataclass(slots=True)
class _Held:
    """An exchange that is open, or not durable yet."""

    begun: bool
    messages: dict[int, Message] = field(default_factory=dict)
    """Not yet written, by sequence number."""
    failed: bool = False
    """Whether some of them came back."""
    sent: int = 0
    """Bytes of the response so far."""
    lost: bool = False
    """Whether pieces of the response were dropped: the writer did not keep up."""
    end: int = 0
    """Sequence number of its end."""
    future: asyncio.Future[None] | None = None


class ProcessRecorder(Recorder):
    """Records by a process of its own. For one event loop."""

    def __init__(self, settings: GatewaySettings) -> None:
        """Take the settings. :raises UsageError: where they name no folder, or a broken pattern."""
        if settings.log is None:
            raise UsageError("nothing is recorded with `log = false`; no recorder is needed.")
        self._settings = settings
        self._layout = Layout(settings.log.absolute())
        self._redactor = Redactor(settings.redact, builtin=settings.redact_builtin)
        self._passes = settings.on_log_failure == "pass"
        self._spill = Spill(self._layout.spill, self._redactor, sync=settings.durable == "disk")
        self._held: dict[str, _Held] = {}
        self._of: dict[int, str] = {}
        self._bytes = 0
        self._seq = 0
        self._link: Link | None = None
        self._restart: asyncio.Task[None] | None = None
        self._ingest: asyncio.Task[None] | None = None
        self._starts: deque[float] = deque()
        self._stopping = False
        self._failing = "the log's writer has not been started"
        self._probed = 0.0
        self._head = ""
        self._recorded = 0
        self._spilled = 0
        self._has_spilled = True
        """Whether spilled exchanges may wait, of an earlier run too."""
        self._dropped = 0
        self._notes: list[str] = []
        self._recovered: tuple[Row, ...] = ()

    @property
    def recovered(self) -> tuple[Row, ...]:
        """Rows of exchanges whose gateway ended before them; told at each start until one has stopped cleanly."""
        return self._recovered

    def recovered_body(self, exchange_id: str) -> bytes:
        """Return what was recorded of the response of such an exchange. :raises UsageError: if it is not there."""
        with Store(self._layout.root) as store:
            return store.exchange(exchange_id).response_text

    @property
    def writer_pid(self) -> int:
        """Process id of the writer; 0 while there is none."""
        return self._link.pid if self._link is not None else 0

    async def start(self) -> None:
        """Start the writer. :raises LogError: if it cannot write. UsageError: if the log is in use."""
        await self._connect()
        self._begin_ingest()

    def begin(self, opening: Opening) -> None:
        """Hand over a request. :raises LogError: where nothing can be written now, and the settings say `refuse`."""
        self._probe()
        full = self._bytes + len(opening.body) > MOST_BYTES or len(self._held) >= MOST_EXCHANGES
        if not self._passes and (self._failing or full):
            raise LogError(self._failing or "the log's writer does not keep up; try again.")
        exchange_id = opening.row.exchange_id
        held = self._held[exchange_id] = _Held(begun=True, lost=full)
        if not full:
            meta = OpeningMeta(row_values(opening.row), opening.content_encoding)
            self._hand_over(exchange_id, held, Say.OPENING, meta, (opening.head, opening.body))

    def part(self, exchange_id: str, data: bytes) -> None:
        """Hand over a piece of the response. One that is more than can be held makes `end` fail."""
        held = self._held.get(exchange_id)
        if held is None or held.lost or not data:
            return
        if self._bytes + len(data) > MOST_BYTES:
            held.lost = True
            return
        meta = PartMeta(exchange_bytes(exchange_id), held.sent)
        held.sent += len(data)
        self._hand_over(exchange_id, held, Say.PART, meta, (data,))

    async def end(self, closing: Closing) -> None:
        """Make an exchange durable. :raises LogError: where it is not."""
        exchange_id = closing.row.exchange_id
        held = self._held.get(exchange_id) or _Held(begun=False)
        self._held[exchange_id] = held
        try:
            if held.lost:
                raise LogError("the log's writer did not keep up with this exchange.")
            if held.failed:
                self._again(held.messages.values())
            held.future = asyncio.get_running_loop().create_future()
            held.end = self._hand_over(exchange_id, held, Say.END, _end_meta(closing, held), _end_blobs(closing))
            if self._link is None and self._restart is None:
                raise LogError(self._failing)
            async with asyncio.timeout(_END_SECONDS):
                await held.future
        except (LogError, TimeoutError) as error:
            reason = str(error) or f"the log's writer said nothing for {_END_SECONDS:.0f} s"
            if not self._passes:
                raise LogError(reason) from None
            await self._keep(exchange_id, held)
        finally:
            self._forget(exchange_id)

    def state(self) -> LogState:
        """Return how the log is doing."""
        fields = {"mended": " ".join(self._notes)} if self._notes else {}
        return LogState(
            queued=len(self._held),
            queued_bytes=self._bytes,
            spilled=self._spilled,
            dropped=self._dropped,
            failing=self._failing,
            head=self._head,
            recorded=self._recorded,
            fields=fields,
        )

    async def stop(self) -> None:
        """Write all that waits, Parquet too, and end the writer."""
        self._stopping = True
        for task in (self._restart, self._ingest):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError, WiretellError):
                    await task
        if (link := self._link) is not None:
            link.send(pipe.message(Say.STOP, 0, None))
            await link.ended(_STOP_SECONDS)
            link.close()
            await link.gone
        self._link = None
        self._failing = "the log's writer was stopped"
        self._spill.close()

    async def _connect(self) -> None:
        settings = self._settings
        still = [exchange_id for exchange_id, held in self._held.items() if held.begun]
        spilled = [path.stem for path in self._spill.kept()]
        rules = [(rule.name, rule.pattern) for rule in settings.redact]
        hello = Hello(
            str(self._layout.root),
            settings.durable == "disk",
            settings.retention_days,
            rules,
            settings.redact_builtin,
            [exchange_bytes(exchange_id) for exchange_id in (*still, *spilled)],
        )
        link = await Link.started(hello, self._on_done, self._on_lost)
        ready = link.ready.result()
        self._recovered = tuple(row_from(row) for row in ready.unfinished)
        self._head = ready.head
        self._failing = ""
        self._link = link
        for note in ready.notes:
            self._notes.append(note)
            sys.stderr.write(f"wiretell: {note}\n")
        self._again(message for held in list(self._held.values()) for message in held.messages.values())

    def _hand_over(
        self, exchange_id: str, held: _Held, say: Say, meta: OpeningMeta | PartMeta | EndMeta, blobs: Sequence[bytes]
    ) -> int:
        self._seq += 1
        message = pipe.message(say, self._seq, meta, blobs)
        held.messages[self._seq] = message
        self._of[self._seq] = exchange_id
        self._bytes += sum(map(len, blobs))
        if self._link is not None:
            self._link.send(message)
        return self._seq

    def _again(self, messages: Iterable[Message]) -> None:
        if self._link is not None:
            for message in messages:
                self._link.send(message)

    def _on_done(self, done: Done) -> None:
        """Let go of what is written; what came back waits for the end of its exchange."""
        self._failing, self._head, self._recorded = done.reason, done.head or self._head, done.recorded
        for seq in done.written:
            held = self._held.get(self._of.pop(seq, ""))
            if held is not None and (message := held.messages.pop(seq, None)) is not None:
                self._bytes -= sum(map(len, message.blobs))
                if seq == held.end and held.future is not None and not held.future.done():
                    held.future.set_result(None)
        for seq in done.failed:
            held = self._held.get(self._of.get(seq, ""))
            if held is None:
                continue
            held.failed = True
            if seq == held.end and held.future is not None and not held.future.done():
                held.future.set_exception(LogError(done.reason or "the log's writer refused the exchange."))
        if not done.reason:
            self._begin_ingest()

    def _on_lost(self, link: Link) -> None:
        if link is not self._link or self._stopping:
            return
        self._link = None
        self._restart = asyncio.get_running_loop().create_task(self._start_again())

    async def _start_again(self) -> None:
        """Start a writer in place of one that died; after some tries, say that the log is failing."""
        try:
            while self._may_start():
                try:
                    await self._connect()
                except WiretellError as error:
                    self._failing = str(error)
                    await asyncio.sleep(0.1 * 2 ** len(self._starts))
                else:
                    return
        finally:
            self._restart = None
        self._failing = self._failing or "the log's writer ended again and again"
        for held in self._held.values():
            if held.future is not None and not held.future.done():
                held.future.set_exception(LogError(self._failing))

    def _may_start(self) -> bool:
        now = time.monotonic()
        while self._starts and now - self._starts[0] > _TRIES_SECONDS:
            self._starts.popleft()
        self._starts.append(now)
        return len(self._starts) <= _TRIES

    def _probe(self) -> None:
        """Ask now and then whether the log can be written again."""
        if not self._failing or time.monotonic() - self._probed < _PROBE_SECONDS or self._stopping:
            return
        self._probed = time.monotonic()
        if self._link is not None:
            self._link.send(pipe.message(Say.PROBE, 0, None))
        elif self._restart is None and self._starts:
            self._restart = asyncio.get_running_loop().create_task(self._start_again())

    async def _keep(self, exchange_id: str, held: _Held) -> None:
        """Spill an exchange that the writer could not write; where that fails too, count it as dropped."""
        if held.lost:
            self._dropped += 1
            return
        try:
            await self._spill.keep(exchange_id, list(held.messages.values()))
            self._spilled += 1
            self._has_spilled = True
        except OSError:
            self._dropped += 1

    def _forget(self, exchange_id: str) -> None:
        held = self._held.pop(exchange_id, None)
        for seq, message in held.messages.items() if held is not None else ():
            self._of.pop(seq, None)
            self._bytes -= sum(map(len, message.blobs))

    def _begin_ingest(self) -> None:
        if self._has_spilled and self._ingest is None and not self._stopping:
            self._ingest = asyncio.get_running_loop().create_task(self._ingest_all())

    async def _ingest_all(self) -> None:
        """Give the writer what was spilled, a file after the other."""
        try:
            for path in self._spill.kept():
                if not await self._ingested(path):
                    return
            self._has_spilled = bool(self._spill.kept())  # one may have come meanwhile
        finally:
            self._ingest = None

    async def _ingested(self, path: Path) -> bool:
        if path.stem in self._held:
            return False
        held = self._held[path.stem] = _Held(begun=True)
        held.future = asyncio.get_running_loop().create_future()
        try:
            for message in self._spill.read(path):
                self._seq += 1
                held.messages[self._seq] = Message(message.say, self._seq, message.meta, message.blobs)
                self._of[self._seq] = path.stem
                self._bytes += sum(map(len, message.blobs))
                held.end = self._seq
            self._again(held.messages.values())
            async with asyncio.timeout(_END_SECONDS):
                await held.future
            self._spill.drop(path)
        except (OSError, LogError, TimeoutError):
            return False
        finally:
            self._forget(path.stem)
        return True


def _end_meta(closing: Closing, held: _Held) -> EndMeta:
    if held.end:
        raise InternalError(f"exchange {closing.row.exchange_id} was ended twice.")
    edits = [edit_from(entry) for entry in closing.edits]
    has_sent, has_upstream = closing.sent_body is not None, closing.upstream_body is not None
    return EndMeta(row_values(closing.row), held.begun, edits, has_sent, has_upstream)


def _end_blobs(closing: Closing) -> tuple[bytes, bytes, bytes, bytes]:
    return closing.response_head, closing.sent_head, closing.sent_body or b"", closing.upstream_body or b""
