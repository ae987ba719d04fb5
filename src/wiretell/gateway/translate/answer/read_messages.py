"""Reads answers in the Messages protocol."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from wiretell.gateway.translate.answer.interface import Reader, count
from wiretell.gateway.translate.answer.parts import (
    Begun,
    Called,
    Counted,
    Ended,
    Failed,
    Part,
    Reason,
    Said,
    Stopped,
    Waiting,
)
from wiretell.gateway.translate.jsons import mapping, objects, string

_REASONS: Final[Mapping[str, Reason]] = {
    "end_turn": "end",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "calls",
    "stop_sequence": "stop",
    "refusal": "refusal",
}


class MessagesReader(Reader):
    """One answer's. Blocks of other kinds (server tools) are left out: only texts, thinking and calls come of them."""

    def __init__(self) -> None:
        self._calls: set[str] = set()
        """Indexes of the blocks that are calls."""

    def read(self, data: dict[str, Any]) -> Iterator[Part]:
        """Read one event."""
        yield from self._noted(self._event(data))

    def _event(self, data: dict[str, Any]) -> Iterator[Part]:
        match data.get("type"):
            case "message_start":
                message = mapping(data.get("message"))
                yield Begun(string(message.get("id")), string(message.get("model")))
                yield _counted(message.get("usage"))
            case "content_block_start":
                yield from _started(str(data.get("index")), mapping(data.get("content_block")))
            case "content_block_delta":
                yield from _more(str(data.get("index")), mapping(data.get("delta")))
            case "content_block_stop":
                yield from self._stopped(str(data.get("index")))
            case "message_delta":
                yield _counted(data.get("usage"))
                yield from _why(mapping(data.get("delta")))
            case "message_stop":
                yield Ended()
            case "error":
                error = mapping(data.get("error"))
                yield Failed(string(error.get("message")), string(error.get("type")))
            case "ping":
                yield Waiting()

    def whole(self, body: dict[str, Any]) -> Iterator[Part]:
        """Read a whole answer."""
        yield Begun(string(body.get("id")), string(body.get("model")))
        for index, block in enumerate(objects(body.get("content"))):
            yield from self._noted(_started(str(index), block))
            yield from self._stopped(str(index))
        yield _counted(body.get("usage"))
        yield from _why(body)
        yield Ended()

    def _noted(self, parts: Iterator[Part]) -> Iterator[Part]:
        for part in parts:
            if isinstance(part, Called):
                self._calls.add(part.key)
            yield part

    def _stopped(self, key: str) -> Iterator[Part]:
        if key in self._calls:
            yield Called(key, done=True)


def _started(key: str, block: dict[str, Any]) -> Iterator[Part]:
    match block.get("type"):
        case "text":
            yield Said("text", string(block.get("text")))
        case "thinking":
            yield Said("thinking", string(block.get("thinking")))
        case "tool_use":
            given = block.get("input")
            arguments = json.dumps(given, ensure_ascii=False, separators=(",", ":")) if given else ""
            yield Called(key, string(block.get("id")), string(block.get("name")), arguments)


def _more(key: str, delta: dict[str, Any]) -> Iterator[Part]:
    match delta.get("type"):
        case "text_delta":
            yield Said("text", string(delta.get("text")))
        case "thinking_delta":
            yield Said("thinking", string(delta.get("thinking")))
        case "input_json_delta":
            yield Called(key, arguments=string(delta.get("partial_json")))


def _why(delta: Mapping[str, Any]) -> Iterator[Part]:
    reason = string(delta.get("stop_reason"))
    if reason:
        yield Stopped(_REASONS.get(reason, "end"), string(delta.get("stop_sequence")) or None)


def _counted(usage: Any) -> Counted:
    usage = mapping(usage)
    return Counted(
        input=count(usage, "input_tokens"),
        cache_read=count(usage, "cache_read_input_tokens"),
        cache_write=count(usage, "cache_creation_input_tokens"),
        output=count(usage, "output_tokens"),
    )
