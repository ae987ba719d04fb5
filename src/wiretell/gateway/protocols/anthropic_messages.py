"""Anthropic Messages. Source: https://docs.anthropic.com/en/api/messages, /messages-streaming, /messages-count-tokens.

Usage in `message_start` is what went in; `message_delta` has running totals of the output, and may repeat the others.
`input_tokens` excludes cached ones already.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec
from msgspec import Raw, Struct

from wiretell.gateway.protocols import credentials, refusals, targets
from wiretell.gateway.protocols.decoding import EMPTY, clamped, lenient, size_of_text
from wiretell.gateway.protocols.following import Follower
from wiretell.gateway.protocols.interface import Headers, Operation, Peek, Protocol, Refusal, Served
from wiretell.gateway.protocols.peeking import BODILESS, peek, read
from wiretell.model.exchange import Usage, WireFormat

_POSTS: Final[dict[str, Operation]] = {"/v1/messages": "generate", "/v1/messages/count_tokens": "count_tokens"}
_OAUTH: Final = "sk-ant-oat"
"""How tokens of signed-in accounts begin; they are sent as bearer tokens."""
_SESSION = re.compile(r'(?:_session_|"session_id"\s*:\s*")([0-9A-Za-z-]{8,64})(?:"|$)')
"""In `metadata.user_id`, which is `user_..._account_..._session_ID`, or an object of JSON in a string."""


class _CacheCreation(Struct):
    ephemeral_1h_input_tokens: int | None = None


class _Usage(Struct):
    input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation: _CacheCreation | None = None
    output_tokens: int | None = None


class _Block(Struct):
    """A content block, or the delta of one."""

    type: str | None = None
    text: Raw = EMPTY
    thinking: Raw = EMPTY
    partial_json: Raw = EMPTY


class _Message(Struct):
    model: str | None = None
    usage: _Usage | None = None
    content: list[_Block] | None = None


class _Event(Struct):
    type: str = ""
    message: _Message | None = None
    content_block: _Block | None = None
    delta: _Block | None = None
    usage: _Usage | None = None


class _Metadata(Struct):
    user_id: str | None = None


_EVENT = msgspec.json.Decoder(_Event)
_MESSAGE = msgspec.json.Decoder(_Message)
_METADATA = msgspec.json.Decoder(_Metadata)


class MessagesReader(Follower):
    """Follows one response of the Messages API."""

    def event(self, payload: bytes) -> None:
        """Look at the data of one event."""
        event = lenient(_EVENT.decode, payload)
        if event is None:
            return
        match event.type:
            case "content_block_delta":
                self._block(event.delta)
            case "content_block_start":
                self._block(event.content_block)
            case "message_start":
                self._message(event.message or _Message(), final=False)
            case "message_delta":
                self._add(event.usage, final=True)
            case "message_stop" | "error":
                self._last_event_seen = True

    def _read_document(self, document: bytes) -> bool:
        message = lenient(_MESSAGE.decode, document)
        if message is not None:
            self._message(message, final=True)
        return message is not None

    def _message(self, message: _Message, *, final: bool) -> None:
        self._model = message.model
        for block in message.content or ():
            self._block(block)
        self._add(message.usage, final=final)

    def _block(self, block: _Block | None) -> None:
        if block is None:
            return
        self._text_bytes += size_of_text(block.text) + size_of_text(block.thinking) + size_of_text(block.partial_json)
        if (block.type or "").endswith("tool_use"):  # the vendor's own too: server_tool_use, mcp_tool_use
            self._tool_calls += 1

    def _add(self, said: _Usage | None, *, final: bool) -> None:
        """Take totals over; a running total never falls, so the larger one counts."""
        if said is None:
            return
        known = self._said or Usage()
        hour = said.cache_creation.ephemeral_1h_input_tokens if said.cache_creation else None
        self._said = Usage(
            input_tokens=max(known.input_tokens, clamped(said.input_tokens)),
            cache_read_tokens=_larger(known.cache_read_tokens, said.cache_read_input_tokens),
            cache_write_tokens=_larger(known.cache_write_tokens, said.cache_creation_input_tokens),
            cache_write_1h_tokens=max(known.cache_write_1h_tokens, clamped(hour)),
            output_tokens=max(known.output_tokens, clamped(said.output_tokens)),
            reported=known.reported or (final and said.output_tokens is not None),
        )


class AnthropicMessages(Protocol):
    """`/v1/messages`, `/v1/messages/count_tokens`, `/v1/models`, and `HEAD /`, by which clients probe."""

    name: WireFormat = "anthropic-messages"

    def serves(self, method: str, target: str) -> Served | None:
        """Return what a request target is to this protocol."""
        if (parts := targets.split(target)) is None:
            return None
        path, query = parts
        if method == "POST" and path in _POSTS:
            return Served(_POSTS[path], path + query)
        if method == "HEAD" and path == "/":
            return Served("probe", path + query)
        if method == "GET" and (model := targets.model_listing(path, "/v1/models")) is not None:
            return Served("models", path + query, model)
        return None

    def peek(self, body: bytes, served: Served) -> Peek:
        """Decode what is needed of a body."""
        if served.operation in BODILESS:
            return Peek(model=served.model)
        members = read(body, "max_tokens", "metadata")
        metadata = lenient(_METADATA.decode, bytes(members["metadata"])) if "metadata" in members else None
        session = _SESSION.search(metadata.user_id) if metadata and metadata.user_id else None
        return peek(members, limits=("max_tokens",), session=session[1] if session else None)

    def reader(self, *, streamed: bool) -> MessagesReader:
        """Return a follower of one response."""
        return MessagesReader(streamed=streamed)

    def refusal(self, status: int, kind: str, message: str) -> Refusal:
        """Return an error."""
        return refusals.anthropic(status, kind, message)

    def keys(self, headers: Headers, target: str) -> tuple[str, ...]:
        """Return the distinct credentials in a request."""
        return credentials.keys(headers, target)

    def with_key(self, headers: Headers, target: str, key: str) -> tuple[list[tuple[bytes, bytes]], str]:
        """Return headers and target with `key` as `x-api-key`, or as a bearer token where it is one."""
        header = credentials.bearer(key) if key.startswith(_OAUTH) else (b"x-api-key", key.encode("latin-1"))
        return credentials.replaced(headers, target, header)


def _larger(known: int | None, said: int | None) -> int | None:
    return known if said is None else max(known or 0, clamped(said))


PROTOCOL: Final = AnthropicMessages()
