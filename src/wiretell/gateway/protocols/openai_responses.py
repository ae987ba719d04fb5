"""OpenAI Responses. Source: https://platform.openai.com/docs/api-reference/responses and /responses-streaming.

The last event of a stream repeats the whole response, with its usage; `input_tokens` includes the cached ones. On a
WebSocket every message is one event, and a message `response.create` is one request.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Raw, Struct

from wiretell.gateway.protocols import openai, refusals
from wiretell.gateway.protocols.decoding import EMPTY, lenient, size_of_text
from wiretell.gateway.protocols.following import Follower
from wiretell.gateway.protocols.interface import Peek, Served
from wiretell.gateway.protocols.peeking import BODILESS, peek, read, text_in
from wiretell.model.exchange import WireFormat

_LAST: Final = frozenset(
    {"response.completed", "response.incomplete", "response.failed", "response.cancelled", "error"}
)


class _Details(Struct):
    cached_tokens: int | None = None


class _Usage(Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: _Details | None = None


class _Part(Struct):
    text: Raw = EMPTY


class _Item(Struct):
    type: str | None = None
    content: list[_Part] | None = None
    arguments: Raw = EMPTY


class _Response(Struct):
    model: str | None = None
    usage: _Usage | None = None
    output: list[_Item] | None = None


class _Event(Struct):
    type: str = ""
    delta: Raw = EMPTY
    item: _Item | None = None
    response: Raw = EMPTY


_EVENT = msgspec.json.Decoder(_Event)
_RESPONSE = msgspec.json.Decoder(_Response)


class ResponsesReader(Follower):
    """Follows one response of the Responses API."""

    def event(self, payload: bytes) -> None:
        """Look at the data of one event, or one message of a WebSocket."""
        event = lenient(_EVENT.decode, payload)
        if event is None:
            return
        if event.type.endswith(".delta"):
            self._text_bytes += size_of_text(event.delta)
        elif event.type == "response.output_item.added":
            self._item(event.item)
        elif event.type == "response.created" or event.type in _LAST:
            self._last_event_seen |= event.type in _LAST
            self._response(bytes(event.response))

    def _read_document(self, document: bytes) -> bool:
        response = self._response(document)
        for item in (response.output if response else None) or ():
            self._item(item)
            self._text_bytes += size_of_text(item.arguments)
            self._text_bytes += sum(size_of_text(part.text) for part in item.content or ())
        return response is not None

    def _response(self, data: bytes) -> _Response | None:
        response = lenient(_RESPONSE.decode, data)
        if response is None:
            return None
        self._model = response.model or self._model
        if (said := response.usage) is not None:
            cached = said.input_tokens_details.cached_tokens if said.input_tokens_details else None
            self._said = openai.usage(said.input_tokens, cached, said.output_tokens)
        return response

    def _item(self, item: _Item | None) -> None:
        """Count a call; `web_search_call` and others that the vendor's servers run are calls too."""
        self._tool_calls += item is not None and (item.type or "").endswith("_call")


class OpenAIResponses(openai.OpenAI):
    """`/v1/responses`, also as a WebSocket, `/v1/responses/compact`, `/v1/models`; also without `/v1`."""

    name: WireFormat = "openai-responses"
    posts = ("/responses", "/responses/compact")
    sockets = ("/responses",)

    def peek(self, body: bytes, served: Served) -> Peek:
        """Decode what is needed of a body or a message `response.create`. Codex's session is the cache's key."""
        if served.operation in BODILESS:
            return Peek(model=served.model)
        members = read(body, "max_output_tokens", "prompt_cache_key")
        return peek(members, limits=("max_output_tokens",), session=text_in(members, "prompt_cache_key"))

    def reader(self, *, streamed: bool) -> ResponsesReader:
        """Return a follower of one response; on a WebSocket give its messages to `event`."""
        return ResponsesReader(streamed=streamed)

    def websocket_refusal(self, status: int, kind: str, message: str) -> bytes:
        """Return an error as a message on a WebSocket."""
        return refusals.openai_message(status, kind, message)


PROTOCOL: Final = OpenAIResponses()
