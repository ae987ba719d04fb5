"""The door's side of the log: hands exchanges to the writer's process and waits until they are durable.

Every message is held until the writer says that it is written, so that the writer started in place of a dead one gets
what that had not written. What it had written it recognises: none is stored twice.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from wiretell.errors import InternalError, UsageError, WiretellError
from wiretell.gateway.config.values import GatewaySettings
from wiretell.gateway.log import pipe
from wiretell.gateway.log.held import Held, end_blobs, end_meta
from wiretell.gateway.log.interface import Closing, LogError, LogState, Opening, Recorder
from wiretell.gateway.log.layout import Layout
from wiretell.gateway.log.link import Link
from wiretell.gateway.log.pipe import Done, EndMeta, Hello, Message, OpeningMeta, PartMeta, Say, Stop
from wiretell.gateway.log.reader import Store
from wiretell.gateway.log.records import exchange_bytes, row_from, row_values
from wiretell.gateway.log.redaction import Redactor
from wiretell.gateway.log.spill import Spill
from wiretell.gateway.log.starts import Starts
from wiretell.model.exchange import Row

MOST_BYTES: Final = 256 << 20
"""Held for the writer; beyond it nothing new is taken."""
MOST_EXCHANGES: Final = 20_000
_BEGUN_SECONDS: Final = 5.0
"""Longest wait for a request to be written; the exchange goes on without, and its end decides."""
_END_SECONDS: Final = 30.0
"""A disk that does not answer for so long is taken for one that cannot write."""
_STOP_SECONDS: Final = 120.0
_PROBE_SECONDS: Final = 1.0
_MOST_REFUSALS: Final = 1000
"""Exchanges that wait, beyond which refusals that cannot be recorded are not waited for."""
_LAST_SECONDS: Final = 10.0
"""For which a stop waits until all is written."""
_LATE: Final = "the log's writer did not keep up with this exchange."


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
        self._held: dict[str, Held] = {}
        self._of: dict[int, str] = {}
        self._bytes = 0
        self._seq = 0
        self._link: Link | None = None
        self._waiting: dict[str, None] = {}
        """Exchanges that wait, oldest first."""
        self._answered = asyncio.Event()
        """Set when the writer says something, or is gone."""
        self._retry: asyncio.TimerHandle | None = None
        self._restart: asyncio.Task[None] | None = None
        self._ingest: asyncio.Task[None] | None = None
        self._starts = Starts()
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
        held = self._held[exchange_id] = Held(begun=True, lost=full)
        if not full:
            meta = OpeningMeta(row_values(opening.row), opening.content_encoding)
            held.opening = self._hand_over(exchange_id, held, Say.OPENING, meta, (opening.head, opening.body))

    async def begun(self, exchange_id: str) -> None:
        """Wait until the writer has written the request, for some seconds at most."""
        held = self._held.get(exchange_id)
        if held is None or held.opening not in held.messages or self._failing:
            return
        held.written = asyncio.get_running_loop().create_future()
        with suppress(TimeoutError):
            async with asyncio.timeout(_BEGUN_SECONDS):
                await held.written

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
        held = self._held.get(exchange_id) or Held(begun=False)
        self._held[exchange_id] = held
        try:
            if held.end:
                raise InternalError(f"exchange {exchange_id} was ended twice.")
            if held.lost and self._passes:
                raise LogError(_LATE)
            if held.failed:
                self._again(held.messages.values())
            held.future = asyncio.get_running_loop().create_future()
            held.end = self._hand_over(exchange_id, held, Say.END, end_meta(closing, held), end_blobs(closing))
            if self._link is None and self._restart is None:
                raise LogError(self._failing)
            async with asyncio.timeout(_END_SECONDS):
                await held.future
            if held.lost:
                raise LogError(_LATE)
        except (LogError, TimeoutError) as error:
            reason = str(error) or f"the log's writer said nothing for {_END_SECONDS:.0f} s"
            if not self._passes:
                if self._waits_unsent(closing, held, reason):
                    return
                self._wait(closing, held, reason)
                raise LogError(reason) from None
            await self._keep(exchange_id, held)
        finally:
            if not held.waits:
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
        await self._ingested_all()
        self._stopping = True
        if self._retry is not None:
            self._retry.cancel()
        for task in (self._restart, self._ingest):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError, WiretellError):
                    await task
        await self._spill_waiting()
        if (link := self._link) is not None:
            spilled = [exchange_bytes(path.stem) for path in self._spill.kept()]
            link.send(pipe.message(Say.STOP, 0, Stop(spilled)))
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
        for held in list(self._held.values()):
            held.is_sent = bool(held.waits)
            self._again(held.messages.values())

    def _hand_over(
        self, exchange_id: str, held: Held, say: Say, meta: OpeningMeta | PartMeta | EndMeta, blobs: Sequence[bytes]
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
        self._head, self._recorded = done.head or self._head, done.recorded
        for seq in done.written:
            exchange_id = self._of.pop(seq, "")
            held = self._held.get(exchange_id)
            if held is not None and (message := held.messages.pop(seq, None)) is not None:
                self._bytes -= sum(map(len, message.blobs))
                if seq == held.opening and held.written is not None and not held.written.done():
                    held.written.set_result(None)
                if seq == held.end and held.future is not None and not held.future.done():
                    held.future.set_result(None)
                if seq == held.end and held.waits:
                    self._recorded_late(exchange_id)
        for seq in done.failed:
            held = self._held.get(self._of.get(seq, ""))
            if held is None:
                continue
            held.failed, held.is_sent = True, False
            if held.written is not None and not held.written.done():
                held.written.set_result(None)
            if seq == held.end and held.future is not None and not held.future.done():
                held.future.set_exception(LogError(done.reason or "the log's writer refused the exchange."))
        self._answered.set()
        # A little may be writable where an exchange is not: what waits is what says that there is room again.
        self._failing = done.reason or (self._failing if self._waiting else "")
        if not self._failing:
            self._begin_ingest()

    def _on_lost(self, link: Link) -> None:
        if link is not self._link or self._stopping:
            return
        self._link = None
        self._answered.set()
        self._restart = asyncio.get_running_loop().create_task(self._start_again())

    async def _start_again(self) -> None:
        """Start a writer in place of one that died; after some tries, say that the log is failing."""
        try:
            while self._starts.allow():
                try:
                    await self._connect()
                except WiretellError as error:
                    self._failing = str(error)
                    await asyncio.sleep(0.1 * 2**self._starts.count)
                else:
                    return
        finally:
            self._restart = None
        self._failing = self._failing or "the log's writer ended again and again"
        for held in self._held.values():
            if held.future is not None and not held.future.done():
                held.future.set_exception(LogError(self._failing))

    def _probe(self) -> None:
        """Ask now and then whether the log can be written again."""
        if not self._failing or time.monotonic() - self._probed < _PROBE_SECONDS or self._stopping:
            return
        self._probed = time.monotonic()
        if self._waiting and self._link is not None:
            self._try_waiting()
        elif self._link is not None:
            self._link.send(pipe.message(Say.PROBE, 0, None))
        elif self._restart is None and self._starts.count:
            self._restart = asyncio.get_running_loop().create_task(self._start_again())

    async def _keep(self, exchange_id: str, held: Held) -> None:
        """Spill an exchange that the writer could not write; where that fails too, count it as dropped."""
        if held.lost and not held.waits:
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

    def _wait(self, closing: Closing, held: Held, reason: str) -> None:
        """Keep an exchange whose client is told that it is not recorded, until it is; what was not sent is let go."""
        if not held.end or not (held.begun or closing.row.upstream is not None):
            return
        if held.end not in held.messages:  # it is written after all, but for pieces that were dropped
            return
        held.refuse(closing)
        self._queue(closing, reason)

    def _waits_unsent(self, closing: Closing, held: Held, reason: str) -> bool:
        """Keep a refusal of which nothing was sent, while few wait: its client is answered, the log has it later."""
        is_unsent = not held.begun and closing.row.upstream is None and held.end in held.messages
        if not is_unsent or len(self._waiting) >= _MOST_REFUSALS:
            return False
        held.future, held.waits = None, True
        self._queue(closing, reason)
        return True

    def _queue(self, closing: Closing, reason: str) -> None:
        self._waiting[closing.row.exchange_id] = None
        self._failing = self._failing or reason
        self._try_later()

    def _try_later(self) -> None:
        if self._retry is None and not self._stopping:
            self._retry = asyncio.get_running_loop().call_later(_PROBE_SECONDS, self._tried_later)

    def _tried_later(self) -> None:
        self._retry = None
        if self._waiting:
            self._probe()
            self._try_later()

    def _try_waiting(self) -> None:
        """Give the writer the oldest exchange that waits again."""
        held = self._held[next(iter(self._waiting))]
        if not held.is_sent:
            held.is_sent = True
            self._again(held.messages.values())

    def _recorded_late(self, exchange_id: str) -> None:
        """Let go of an exchange that waited, and go on with the next; after the last one the log is whole again."""
        del self._waiting[exchange_id]
        self._forget(exchange_id)
        if self._waiting:
            self._try_waiting()
        else:
            self._failing = ""

    async def _spill_waiting(self) -> None:
        """Keep on the disk what waits still when the door stops; what cannot be kept anywhere is counted, and said."""
        if self._waiting and self._link is not None:
            self._try_waiting()
            until = time.monotonic() + _LAST_SECONDS
            while self._is_trying() and (left := until - time.monotonic()) > 0:
                self._answered.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._answered.wait(), left)
        before = self._dropped
        for exchange_id in list(self._waiting):
            await self._keep(exchange_id, self._held[exchange_id])
            del self._waiting[exchange_id]
            self._forget(exchange_id)
        if lost := self._dropped - before:
            what = "1 exchange was" if lost == 1 else f"{lost} exchanges were"
            sys.stderr.write(f"wiretell: {what} sent and could not be recorded: {self._failing}\n")

    def _is_trying(self) -> bool:
        return self._link is not None and any(self._held[exchange_id].is_sent for exchange_id in self._waiting)

    async def _ingested_all(self) -> None:
        """Wait until what was spilled is taken in, where the log can be written."""
        if self._ingest is not None and not self._failing:
            with suppress(asyncio.CancelledError, WiretellError):
                await asyncio.wait_for(asyncio.shield(self._ingest), _LAST_SECONDS)

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
        held = self._held[path.stem] = Held(begun=True)
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
