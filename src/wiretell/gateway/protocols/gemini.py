"""Gemini. Source: https://ai.google.dev/api/generate-content and /api/tokens.

The path names the model. Every piece of a stream has the running usage; `promptTokenCount` includes the cached tokens,
`candidatesTokenCount` excludes the thoughts. A stream is events with `alt=sse`, else a JSON array.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

import msgspec
from msgspec import Raw, Struct, field

from wiretell.gateway.protocols import credentials, refusals, targets
from wiretell.gateway.protocols.decoding import EMPTY, MAX_COUNT, clamped, count_of, lenient, size_of_text
from wiretell.gateway.protocols.following import Follower
from wiretell.gateway.protocols.interface import Headers, Operation, Peek, Protocol, Refusal, Served
from wiretell.gateway.protocols.peeking import BODILESS, most, read
from wiretell.model.exchange import Usage, WireFormat

_VERSIONS: Final = ("/v1beta", "/v1alpha", "/v1")
_CALL = re.compile(r"(/v1(?:beta|alpha)?/models)/([^/:]+):([A-Za-z]+)", re.ASCII)
_CONFIGS: Final = ("generationConfig", "generation_config")
_METHODS: Final[dict[str, Operation]] = {
    "generateContent": "generate",
    "streamGenerateContent": "generate",
    "embedContent": "generate",
    "batchEmbedContents": "generate",
    "countTokens": "count_tokens",
}


class _Usage(Struct, rename="camel"):
    prompt_token_count: int | None = None
    cached_content_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None


class _Part(Struct, rename="camel"):
    text: Raw = EMPTY
    function_call: Raw = EMPTY


class _Content(Struct):
    parts: list[_Part] | None = None


class _Candidate(Struct, rename="camel"):
    content: _Content | None = None
    finish_reason: str | None = None


class _Feedback(Struct, rename="camel"):
    block_reason: str | None = None


class _Piece(Struct, rename="camel"):
    candidates: list[_Candidate] | None = None
    usage_metadata: _Usage | None = None
    model_version: str | None = None
    prompt_feedback: _Feedback | None = None
    error: Raw = EMPTY


class _Config(Struct):
    camel: Raw = field(name="maxOutputTokens", default=EMPTY)
    snake: Raw = field(name="max_output_tokens", default=EMPTY)
    camel_candidates: Raw = field(name="candidateCount", default=EMPTY)
    snake_candidates: Raw = field(name="candidate_count", default=EMPTY)


_PIECE = msgspec.json.Decoder(_Piece)
_PIECES = msgspec.json.Decoder(list[_Piece])
_CONFIG = msgspec.json.Decoder(_Config)


class GeminiReader(Follower):
    """Follows one response of `generateContent` or `streamGenerateContent`."""

    def event(self, payload: bytes) -> None:
        """Look at the data of one event."""
        piece = lenient(_PIECE.decode, payload)
        if piece is not None:
            self._piece(piece)

    def _read_document(self, document: bytes) -> bool:
        if document.lstrip().startswith(b"["):
            pieces = lenient(_PIECES.decode, document)
        else:
            one = lenient(_PIECE.decode, document)
            pieces = None if one is None else [one]
        for piece in pieces or ():
            self._piece(piece)
        self._said = self._said and replace(self._said, reported=True)
        return pieces is not None

    def _piece(self, piece: _Piece) -> None:
        self._model = piece.model_version or self._model
        for candidate in piece.candidates or ():
            self._candidate(candidate)
        blocked = piece.prompt_feedback is not None and piece.prompt_feedback.block_reason is not None
        if blocked or bytes(piece.error) not in {b"", b"null"}:
            self._last_event_seen = True
        if piece.usage_metadata is not None:
            self._said = _usage(piece.usage_metadata, final=self._last_event_seen)

    def _candidate(self, candidate: _Candidate) -> None:
        self._last_event_seen |= candidate.finish_reason is not None
        for part in (candidate.content.parts if candidate.content else None) or ():
            self._text_bytes += size_of_text(part.text) + len(bytes(part.function_call))
            self._tool_calls += bytes(part.function_call) not in {b"", b"null"}


class Gemini(Protocol):
    """`/v1beta/models/NAME:generateContent` and its sisters, `/v1beta/models`; `v1alpha` and `v1` too."""

    name: WireFormat = "gemini"

    def serves(self, method: str, target: str) -> Served | None:
        """Return what a request target is to this protocol."""
        if (parts := targets.split(target)) is None:
            return None
        path, query = parts
        if method == "POST":
            return _call(path, query)
        if method == "HEAD" and path == "/":
            return Served("probe", path + query)
        for version in _VERSIONS if method == "GET" else ():
            if (model := targets.model_listing(path, f"{version}/models")) is not None:
                return Served("models", path + query, model)
        return None

    def peek(self, body: bytes, served: Served) -> Peek:
        """Decode what is needed of a body; model and streaming stand in the target."""
        if served.operation in BODILESS:
            return Peek(model=served.model)
        limit, choices = _limits(read(body, *_CONFIGS))
        return Peek(served.model, served.stream, limit, choices=choices)

    def reader(self, *, streamed: bool) -> GeminiReader:
        """Return a follower of one response."""
        return GeminiReader(streamed=streamed)

    def refusal(self, status: int, kind: str, message: str) -> Refusal:
        """Return an error."""
        return refusals.google(status, kind, message)

    def keys(self, headers: Headers, target: str) -> tuple[str, ...]:
        """Return the distinct credentials in a request."""
        return credentials.keys(headers, target)

    def with_key(self, headers: Headers, target: str, key: str) -> tuple[list[tuple[bytes, bytes]], str]:
        """Return headers and target with `key` as `x-goog-api-key`, and no key in the query."""
        return credentials.replaced(headers, target, (b"x-goog-api-key", key.encode("latin-1")))


def _call(path: str, query: str) -> Served | None:
    found = _CALL.fullmatch(path)
    if found is None or found[3] not in _METHODS:
        return None
    model = targets.model_name(found[2])
    if model is None or ":" in model:
        return None
    return Served(_METHODS[found[3]], path + query, model, stream=found[3] == "streamGenerateContent")


def _limits(members: dict[str, Raw]) -> tuple[int | None, int]:
    """Return how many tokens an answer may have, and how many answers are asked for.

    Google's servers take names in camel and in snake case.
    """
    given = (lenient(_CONFIG.decode, bytes(members[name])) for name in _CONFIGS if name in members)
    configs = [config for config in given if config is not None]
    limits = (count_of(limit) for config in configs for limit in (config.camel, config.snake))
    choices = most(*(count for config in configs for count in (config.camel_candidates, config.snake_candidates)))
    return next((limit for limit in limits if limit is not None), None), choices


def _usage(said: _Usage, *, final: bool) -> Usage:
    prompt, cached = clamped(said.prompt_token_count), said.cached_content_token_count
    output = clamped(said.candidates_token_count) + clamped(said.thoughts_token_count)
    return Usage(
        input_tokens=min(max(prompt - clamped(cached), 0) + clamped(said.tool_use_prompt_token_count), MAX_COUNT),
        cache_read_tokens=None if cached is None else clamped(cached),
        output_tokens=min(output, MAX_COUNT),
        reported=final,
    )


PROTOCOL: Final = Gemini()
