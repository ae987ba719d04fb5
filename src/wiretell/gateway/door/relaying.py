"""Step 12 of an exchange: a response passes to the client as it comes, and is looked at in passing.

The last bytes are held back: the event that ends the protocol's stream, the chunk that completes the announced
length, the end of the body. Whoever relays gives them out once the exchange is durable.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

from wiretell.errors import FormatError
from wiretell.gateway.door import heads
from wiretell.gateway.door.coding import Reading
from wiretell.gateway.door.server import Cycle
from wiretell.gateway.door.upstream import Answer, UpstreamError
from wiretell.gateway.protocols.interface import UsageReader
from wiretell.gateway.translate.interface import StreamTranslator, Translator
from wiretell.model.exchange import Ended

_TAIL_WAIT_S: Final = 0.25
"""How long the end of the body may follow the protocol's last event; what comes later is not passed on."""
_MAX_HELD_BYTES: Final = 8 << 20
_MAX_READ_BYTES: Final = 512 << 20
"""Of a response with its content coding undone: what lies behind is passed, not read."""
_MAX_WHOLE_BYTES: Final = 64 << 20
"""Of a response that is translated as a whole."""


class Relay(ABC):
    """One response on its way to the client."""

    def __init__(self, cycle: Cycle, note: Callable[[bytes], object], idle_s: float) -> None:
        """`note` gets each piece of the body as the client gets it, before it does."""
        self._cycle = cycle
        self._note = note
        self._idle_s = idle_s
        self._held: list[bytes] = []
        self.head = b""
        """Of the response, as the client gets it."""
        self._given_bytes = 0
        self.upstream_body: bytes | None = None
        """As the upstream sent it, where the client gets another."""
        self.fault = ""
        """Why the response could not be read to its end; it was passed all the same."""

    @abstractmethod
    async def pass_on(self, answer: Answer) -> None:
        """Pass all of it but for what is held. :raises UpstreamError: ClientLeftError."""

    def _start(self, head: bytes) -> None:
        self.head = head
        self._cycle.start(head)
        self._cycle.flush()

    async def _give(self, data: bytes) -> None:
        self._take(data)
        await self._cycle.give(data, self._idle_s)

    def _hold(self, data: bytes) -> None:
        self._take(data)
        self._held.append(data)

    def _take(self, data: bytes) -> None:
        self._given_bytes += len(data)
        self._note(data)

    def finish(self) -> None:
        """Give the client the rest."""
        if not self._cycle.response_started:
            self._cycle.start(self.head)
        self._cycle.finish(b"".join(self._held))

    async def break_off(self) -> None:
        """Give the client what came, and cut the connection as the upstream did."""
        await self._let_go()
        self._cycle.cut()

    async def _let_go(self) -> None:
        """Give the client what was held, and go on."""
        if not self._cycle.response_started:
            self._start(self.head)
        for data in self._held:
            await self._cycle.give(data, self._idle_s)
        self._held.clear()


class Passing(Relay):
    """The same protocol on both sides: byte for byte."""

    def __init__(
        self,
        cycle: Cycle,
        note: Callable[[bytes], object],
        idle_s: float,
        reader: UsageReader | None,
        warning: str,
        *,
        streamed: bool,
    ) -> None:
        super().__init__(cycle, note, idle_s)
        self._reader = reader
        self._warning = warning
        self._streamed = streamed

    async def pass_on(self, answer: Answer) -> None:
        """Pass it."""
        headers = heads.to_client(answer.headers, self._warning)
        head = self._cycle.prepare(answer.status, answer.reason, headers)
        length = self._length(answer)
        if length == 0:
            self.head = head  # it is the last that the client gets
            await answer.read()
            return
        coding = heads.text_of(answer.headers, b"content-encoding")
        reading = Reading(coding, self._reader.feed, _MAX_READ_BYTES) if self._reader else None
        data = answer.at_once()
        if not data:
            self._start(head)
            data = await answer.read()
        while data:
            if reading is not None:
                reading.feed(data)
                self.fault = reading.fault
            is_last = self._given_bytes + len(data) == length or self._has_ended()
            if is_last and not self.head:
                self.head = head  # all is here: head and body are given out together
            elif not self.head:
                self._start(head)
            if is_last:
                self._hold(data)
                if self._given_bytes == length or await self._rest(answer):
                    return
            else:
                await self._give(data)
            data = await answer.read()

    def _has_ended(self) -> bool:
        return self._streamed and self._reader is not None and self._reader.ended

    def _length(self, answer: Answer) -> int | None:
        """Return how long the body will be; None where its end says so."""
        if self._cycle.scope["method"] == "HEAD" or answer.status in {204, 304}:
            return 0
        value = heads.value_of(answer.headers, b"content-length")
        return int(value) if value is not None and value.isdigit() else None

    async def _rest(self, answer: Answer) -> bool:
        """Hold what still follows the last event; return whether that was all. Else what was held is given out."""
        size = 0
        try:
            async with asyncio.timeout(_TAIL_WAIT_S):
                while size < _MAX_HELD_BYTES:
                    data = await answer.read()
                    if not data:
                        return True
                    self._hold(data)
                    size += len(data)
        except TimeoutError:
            return True
        await self._let_go()
        return False


class Translating(Relay):
    """Another protocol on the upstream's side."""

    def __init__(
        self,
        cycle: Cycle,
        note: Callable[[bytes], object],
        idle_s: float,
        reader: UsageReader | None,
        warning: str,
        through: Translator,
        request_body: bytes,
    ) -> None:
        super().__init__(cycle, note, idle_s)
        self._reader = reader
        self._warning = warning
        self._through = through
        self._request_body = request_body
        self._came = bytearray()

    async def pass_on(self, answer: Answer) -> None:
        """Translate it: event by event where it is a stream, else as a whole."""
        streamed = heads.text_of(answer.headers, b"content-type").startswith("text/event-stream")
        try:
            if streamed and answer.status < 300:
                await self._stream(answer, self._through.stream(self._request_body))
            else:
                await self._whole(answer)
        finally:
            self.upstream_body = bytes(self._came)

    def _headers(self, answer: Answer, content_type: bytes) -> list[tuple[bytes, bytes]]:
        kept = heads.without_entity(heads.to_client(answer.headers, self._warning))
        return [*kept, (b"content-type", content_type)]

    def _look(self, data: bytes) -> None:
        if self._reader is not None:
            self._reader.feed(data)
        if len(self._came) < _MAX_WHOLE_BYTES:
            self._came += data
        else:
            self.fault = "the upstream's own response is too large to be kept"

    async def _stream(self, answer: Answer, stream: StreamTranslator) -> None:
        headers = self._headers(answer, b"text/event-stream; charset=utf-8")
        self._start(self._cycle.prepare(answer.status, answer.reason, headers))
        try:
            while data := await answer.read():
                self._look(data)
                made = stream.feed(data)
                if self._reader is not None and self._reader.ended:
                    self._hold(made)
                    break
                if made:
                    await self._give(made)
        finally:
            if rest := stream.close():
                self._hold(rest)

    async def _whole(self, answer: Answer) -> None:
        while len(self._came) < _MAX_WHOLE_BYTES and (data := await answer.read()):
            self._look(data)
        came = bytes(self._came)
        try:
            if answer.status < 300:
                made = self._through.response(came, self._request_body)
            else:
                made = self._through.error(answer.status, came)
        except FormatError as error:
            raise UpstreamError(Ended.UPSTREAM_CUT, f"The upstream's answer cannot be translated: {error}") from None
        headers = [*self._headers(answer, b"application/json"), (b"content-length", b"%d" % len(made))]
        self.head = self._cycle.prepare(answer.status, answer.reason, headers)
        self._hold(made)
