"""OpenAI Chat Completions. Source: https://platform.openai.com/docs/api-reference/chat and /chat-streaming.

Usage stands in the last chunk of a stream, and only where the client asked for it (`stream_options.include_usage`).
`prompt_tokens` includes the cached ones.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Raw, Struct

from wiretell.gateway.protocols import openai
from wiretell.gateway.protocols.decoding import EMPTY, lenient, size_of_text
from wiretell.gateway.protocols.following import Follower
from wiretell.gateway.protocols.interface import Peek, Served
from wiretell.gateway.protocols.peeking import BODILESS, peek, read, text_in
from wiretell.model.exchange import Usage, WireFormat

_LIMITS: Final = ("max_completion_tokens", "max_tokens")
_CHOICES: Final = ("n", "best_of")
"""`best_of` is of older servers: so many answers are written, of which `n` are sent."""
_MAX_CALLS: Final = 10_000
"""Calls that are told apart in one response; no model makes as many."""


class _Details(Struct):
    cached_tokens: int | None = None


class _Usage(Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Details | None = None
    prompt_cache_hit_tokens: int | None = None
    """Where some servers of this protocol tell what was cached."""


class _Written(Struct):
    """What the model wrote for a function, or for a custom tool."""

    arguments: Raw = EMPTY
    input: Raw = EMPTY


class _Call(Struct):
    index: int | None = None
    id: str | None = None
    function: _Written | None = None
    custom: _Written | None = None


class _Said(Struct):
    """A message, or the delta of one."""

    content: Raw = EMPTY
    reasoning_content: Raw = EMPTY
    refusal: Raw = EMPTY
    tool_calls: list[_Call] | None = None


class _Choice(Struct):
    index: int = 0
    delta: _Said | None = None
    message: _Said | None = None


class _Chunk(Struct):
    model: str | None = None
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: Raw = EMPTY


_CHUNK = msgspec.json.Decoder(_Chunk)


class ChatReader(Follower):
    """Follows one response of Chat Completions."""

    def __init__(self, *, streamed: bool) -> None:
        super().__init__(streamed=streamed)
        self._calls: set[tuple[int, int, str]] = set()
        self._indexes: set[tuple[int, int]] = set()

    def event(self, payload: bytes) -> None:
        """Look at the data of one event."""
        if payload.strip() == b"[DONE]":
            self._last_event_seen = True
        else:
            self._chunk(payload)

    @property
    def ended(self) -> bool:
        """Whether `[DONE]` has come. Some servers leave out the empty line after it."""
        return super().ended or self._splitter.unfinished.strip() == b"[DONE]"

    def _read_document(self, document: bytes) -> bool:
        return self._chunk(document)

    def _chunk(self, data: bytes) -> bool:
        chunk = lenient(_CHUNK.decode, data)
        if chunk is None:
            return False
        self._model = chunk.model or self._model
        for choice in chunk.choices or ():
            self._spoken(choice.index, choice.delta or choice.message)
        if chunk.usage is not None:
            self._said = _usage(chunk.usage)
        if bytes(chunk.error) not in {b"", b"null"}:
            self._last_event_seen = True
        return True

    def _spoken(self, choice: int, said: _Said | None) -> None:
        if said is None:
            return
        self._text_bytes += size_of_text(said.content) + size_of_text(said.reasoning_content)
        self._text_bytes += size_of_text(said.refusal)
        for place, call in enumerate(said.tool_calls or ()):
            self._call(choice, place, call)

    def _call(self, choice: int, place: int, call: _Call) -> None:
        """Count a call once, by its id. Later pieces of it have its index alone; some servers give all the index 0."""
        for written in (call.function, call.custom):
            if written is not None:
                self._text_bytes += size_of_text(written.arguments) + size_of_text(written.input)
        index = place if call.index is None else call.index
        if len(self._calls) < _MAX_CALLS and (call.id or (choice, index) not in self._indexes):
            self._calls.add((choice, index, call.id or ""))
            self._indexes.add((choice, index))
            self._tool_calls = len(self._calls)


class OpenAIChat(openai.OpenAI):
    """`/v1/chat/completions`, `/v1/models`; also without `/v1`."""

    name: WireFormat = "openai-chat"
    posts = ("/chat/completions",)

    def peek(self, body: bytes, served: Served) -> Peek:
        """Decode what is needed of a body."""
        if served.operation in BODILESS:
            return Peek(model=served.model)
        members = read(body, *_LIMITS, *_CHOICES, "prompt_cache_key")
        return peek(members, limits=_LIMITS, session=text_in(members, "prompt_cache_key"), choices=_CHOICES)

    def reader(self, *, streamed: bool) -> ChatReader:
        """Return a follower of one response."""
        return ChatReader(streamed=streamed)


def _usage(said: _Usage) -> Usage:
    details = said.prompt_tokens_details or _Details()
    cached = said.prompt_cache_hit_tokens if details.cached_tokens is None else details.cached_tokens
    return openai.usage(said.prompt_tokens, cached, said.completion_tokens)


PROTOCOL: Final = OpenAIChat()
