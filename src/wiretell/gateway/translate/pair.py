"""The translator of one pair of protocols."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

from wiretell.errors import FormatError
from wiretell.gateway.protocols.sse import EventSplitter
from wiretell.gateway.translate.answer.interface import Reader, Writer
from wiretell.gateway.translate.answer.parts import Ended, Failed, Part
from wiretell.gateway.translate.answer.read_chat import ChatReader
from wiretell.gateway.translate.answer.read_messages import MessagesReader
from wiretell.gateway.translate.answer.read_responses import ResponsesReader
from wiretell.gateway.translate.answer.sequencer import Sequencer
from wiretell.gateway.translate.answer.write_chat import ChatWriter
from wiretell.gateway.translate.answer.write_messages import MessagesWriter
from wiretell.gateway.translate.answer.write_responses import ResponsesWriter
from wiretell.gateway.translate.failure import client_error
from wiretell.gateway.translate.interface import StreamTranslator, TranslatedRequest, Translator
from wiretell.gateway.translate.jsons import decoded, encoded, mapping
from wiretell.gateway.translate.names import Names, names
from wiretell.gateway.translate.request import translated
from wiretell.model.exchange import WireFormat

PATHS: Final[Mapping[WireFormat, str]] = {
    "anthropic-messages": "/v1/messages",
    "openai-chat": "/chat/completions",
    "openai-responses": "/responses",
}
"""Below an upstream's `base_url`."""

MAX_WHOLE_BYTES: Final = 64 << 20
"""Of an answer that is JSON where a stream was asked for."""

_READERS: Final[Mapping[WireFormat, Callable[[], Reader]]] = {
    "anthropic-messages": MessagesReader,
    "openai-chat": ChatReader,
    "openai-responses": ResponsesReader,
}
_DONE: Final = b"[DONE]"
_CONTENTS: Final = ("content", "choices", "output")
"""Where the three protocols have what the model said."""


class Pair(Translator):
    """One pair's; holds nothing of any request."""

    def __init__(self, client: WireFormat, upstream: WireFormat) -> None:
        assert client != upstream, "same-format traffic is passed as it is"
        self.client = client
        self.upstream = upstream

    def request(self, body: bytes, model: str) -> TranslatedRequest:
        """Translate a request."""
        sent, losses = translated(self.client, self.upstream, decoded(body, "The request"), model)
        return TranslatedRequest(PATHS[self.upstream], encoded(sent), losses)

    def response(self, body: bytes, request_body: bytes = b"") -> bytes:
        """Translate a whole answer; also where the upstream sent a stream unasked."""
        answer = _Answer(_READERS[self.upstream](), self._writer(request_body))
        if body.lstrip()[:1] == b"{":
            answer.whole(decoded(body, "The upstream's answer"))
        else:
            for data in EventSplitter(MAX_WHOLE_BYTES).feed(body + b"\n\n"):
                answer.event(data)
        answer.close()
        return answer.result()

    def stream(self, request_body: bytes) -> StreamTranslator:
        """Return a translator of one streamed answer."""
        return _Stream(_Answer(_READERS[self.upstream](), self._writer(request_body)))

    def error(self, status: int, body: bytes) -> bytes:
        """Put an error into the client's form."""
        return client_error(self.client, status, body)

    def _writer(self, request_body: bytes) -> Writer:
        request: dict[str, Any] = {}
        with suppress(FormatError):
            request = decoded(request_body, "The request") if request_body else {}
        renamed: Names = names(self.client, request)
        match self.client:
            case "anthropic-messages":
                return MessagesWriter()
            case "openai-chat":
                usage = mapping(request.get("stream_options")).get("include_usage") is True
                return ChatWriter(renamed, usage=usage)
            case _:
                return ResponsesWriter(renamed)


class _Answer:
    """One answer on its way."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer
        self._sequencer = Sequencer()
        self._failed: Failed | None = None

    def event(self, data: bytes) -> bytes:
        """Translate the data of one event; what is no JSON object is nothing."""
        if data.strip() == _DONE:
            return self._written([Ended()])
        try:
            return self._written(self._reader.read(decoded(data, "event")))
        except FormatError:
            return b""

    def whole(self, body: dict[str, Any]) -> bytes:
        """Translate a whole answer."""
        if isinstance(body.get("error"), dict):
            return self._written(self._reader.read({"type": "error", **body}))
        if not any(isinstance(body.get(name), list) for name in _CONTENTS):
            return self.fail("The upstream's answer is JSON, but holds no answer.")
        return self._written(self._reader.whole(body))

    def fail(self, message: str) -> bytes:
        """End the answer in an error."""
        return self._written([Failed(message, "api_error")])

    def close(self) -> bytes:
        """Return what remains at the end of the upstream's bytes."""
        return b"".join(self._step(step) for step in self._sequencer.close())

    def result(self) -> bytes:
        """Return the whole answer. :raises FormatError: where it ended in an error."""
        if self._failed is not None:
            raise FormatError(f"The upstream's answer cannot be translated: {self._failed.message}")
        return encoded(self._writer.whole())

    def _written(self, parts: Iterable[Part]) -> bytes:
        return b"".join(self._step(step) for part in parts for step in self._sequencer.feed(part))

    def _step(self, step: Any) -> bytes:
        if isinstance(step, Failed):
            self._failed = step
        return self._writer.write(step)


class _Stream(StreamTranslator):
    """Cuts events, or gathers an answer that is JSON after all."""

    def __init__(self, answer: _Answer) -> None:
        self._answer = answer
        self._splitter = EventSplitter()
        self._json: bytearray | None = None
        self._begun = False

    def feed(self, data: bytes) -> bytes:
        """Take more of the upstream's bytes."""
        if not self._begun:
            data = data.lstrip()
            if not data:
                return b""
            self._begun = True
            self._json = bytearray() if data.startswith(b"{") else None
        if self._json is not None:
            self._json += data
            return self._bounded()
        skipped = self._splitter.skipped
        given = b"".join([self._answer.event(event) for event in self._splitter.feed(data)])
        if self._splitter.skipped > skipped:
            given += self._answer.fail("The upstream sent an event that is too large to translate.")
        return given

    def close(self) -> bytes:
        """Take the end of the upstream's bytes."""
        if self._json is None:
            last = self._splitter.unfinished
            return (self._answer.event(last) if last else b"") + self._answer.close()
        try:
            given = self._answer.whole(decoded(bytes(self._json), "answer"))
        except FormatError:
            given = b""
        return given + self._answer.close()

    def _bounded(self) -> bytes:
        assert self._json is not None
        if len(self._json) <= MAX_WHOLE_BYTES:
            return b""
        self._json = bytearray()
        return self._answer.fail("The upstream sent an answer that is too large to translate.")
