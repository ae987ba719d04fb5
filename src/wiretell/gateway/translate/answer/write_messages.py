"""Writes answers in the Messages protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from wiretell.gateway.translate.answer.interface import Writer
from wiretell.gateway.translate.answer.parts import (
    Begun,
    Block,
    Closed,
    Failed,
    Finished,
    More,
    Reason,
    Step,
    Totals,
    Waiting,
    Whole,
    totals,
)
from wiretell.gateway.translate.failure import messages_error
from wiretell.gateway.translate.jsons import as_object, encoded

_REASONS: Final[Mapping[Reason, str]] = {
    "end": "end_turn",
    "length": "max_tokens",
    "calls": "tool_use",
    "stop": "stop_sequence",
    "refusal": "refusal",
}
_DELTAS: Final = {
    "text": ("text_delta", "text"),
    "thinking": ("thinking_delta", "thinking"),
    "call": ("input_json_delta", "partial_json"),
}


class MessagesWriter(Writer):
    """One answer's."""

    def __init__(self) -> None:
        self._begun = Begun("", "")
        self._blocks: list[Whole] = []
        self._finished: Finished | None = None

    def write(self, step: Step) -> bytes:
        """Return the events for one step. What was used is told at the end: it is not known before."""
        match step:
            case Begun():
                self._begun = step
                return _event("message_start", message=self._message([], None, None, Totals(0, 0, 0, 0, 0)))
            case Block(kind, given, name):
                self._blocks.append(Whole(kind, given, name))
                return self._at("content_block_start", content_block=_empty(step))
            case More(text):
                self._blocks[-1].pieces.append(text)
                kind_of_delta, field = _DELTAS[self._blocks[-1].kind]
                return self._at("content_block_delta", delta={"type": kind_of_delta, field: text})
            case Closed():
                return self._at("content_block_stop")
            case Finished(reason, at, counted):
                self._finished = step
                delta = {"stop_reason": _REASONS[reason], "stop_sequence": at}
                end = _event("message_delta", delta=delta, usage=_usage(totals(counted)))
                return end + _event("message_stop")
            case Failed(message, kind):
                return b"event: error\ndata: " + encoded(messages_error(message, kind)) + b"\n\n"
            case Waiting():
                return _event("ping")

    def whole(self) -> dict[str, Any]:
        """Return the whole answer."""
        finished = self._finished
        assert finished is not None
        content = [_block(block) for block in self._blocks]
        return self._message(content, _REASONS[finished.reason], finished.at, totals(finished.counted))

    def _at(self, kind: str, **fields: Any) -> bytes:
        return _event(kind, index=len(self._blocks) - 1, **fields)

    def _message(self, content: list[Any], reason: str | None, at: str | None, used: Totals) -> dict[str, Any]:
        return {
            "id": f"msg_{self._begun.id.removeprefix('msg_')}",
            "type": "message",
            "role": "assistant",
            "model": self._begun.model,
            "content": content,
            "stop_reason": reason,
            "stop_sequence": at,
            "usage": _usage(used),
        }


def _event(kind: str, **fields: Any) -> bytes:
    return b"event: " + kind.encode() + b"\ndata: " + encoded({"type": kind, **fields}) + b"\n\n"


def _usage(used: Totals) -> dict[str, int]:
    return {
        "input_tokens": used.input,
        "cache_creation_input_tokens": used.cache_write,
        "cache_read_input_tokens": used.cache_read,
        "output_tokens": used.output,
    }


def _empty(block: Block) -> dict[str, Any]:
    match block.kind:
        case "text":
            return {"type": "text", "text": ""}
        case "thinking":
            return {"type": "thinking", "thinking": "", "signature": ""}
        case "call":
            return {"type": "tool_use", "id": block.id, "name": block.name, "input": {}}


def _block(block: Whole) -> dict[str, Any]:
    match block.kind:
        case "text":
            return {"type": "text", "text": block.text}
        case "thinking":
            return {"type": "thinking", "thinking": block.text, "signature": ""}
        case "call":
            return {"type": "tool_use", "id": block.id, "name": block.name, "input": as_object(block.text) or {}}
