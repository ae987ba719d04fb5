"""Writes answers in the Chat protocol."""

from __future__ import annotations

import time
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
from wiretell.gateway.translate.failure import openai_error
from wiretell.gateway.translate.jsons import encoded
from wiretell.gateway.translate.names import Names, unwrapped

_REASONS: Final[Mapping[Reason, str]] = {
    "end": "stop",
    "length": "length",
    "calls": "tool_calls",
    "stop": "stop",
    "refusal": "content_filter",
}


class ChatWriter(Writer):
    """One answer's. `usage`: whether the client asked for numbers at a stream's end."""

    def __init__(self, names: Names, *, usage: bool) -> None:
        self._names = names
        self._wants_usage = usage
        self._created = int(time.time())
        self._begun = Begun("", "")
        self._blocks: list[Whole] = []
        self._calls = -1
        """Index of the open call, or of the last."""
        self._finished: Finished | None = None

    def write(self, step: Step) -> bytes:
        """Return the events for one step."""
        match step:
            case Begun():
                self._begun = step
                return self._chunk({"role": "assistant", "content": ""})
            case Block(kind, given, name):
                self._blocks.append(Whole(kind, given, name))
                return self._call_begins(step) if kind == "call" else b""
            case More(text):
                self._blocks[-1].pieces.append(text)
                return self._more(self._blocks[-1], text)
            case Closed():
                return self._closes(self._blocks[-1])
            case Finished():
                self._finished = step
                return self._chunk({}, _REASONS[step.reason]) + self._numbers(step) + b"data: [DONE]\n\n"
            case Failed(message, kind):
                return b"data: " + encoded(openai_error(message, kind)) + b"\n\n"
            case Waiting():
                return b": waiting\n\n"

    def whole(self) -> dict[str, Any]:
        """Return the whole answer."""
        finished = self._finished
        assert finished is not None
        choice = {"index": 0, "message": self._message(), "logprobs": None, "finish_reason": _REASONS[finished.reason]}
        answer = self._answer("chat.completion", [choice])
        return {**answer, "usage": _usage(totals(finished.counted))}

    def _message(self) -> dict[str, Any]:
        texts = {kind: [block.text for block in self._blocks if block.kind == kind] for kind in ("text", "thinking")}
        message: dict[str, Any] = {"role": "assistant", "content": "".join(texts["text"]) or None, "refusal": None}
        if texts["thinking"]:
            message["reasoning_content"] = "\n\n".join(texts["thinking"])
        calls = [self._call(block) for block in self._blocks if block.kind == "call"]
        return {**message, "tool_calls": calls} if calls else message

    def _call(self, block: Whole) -> dict[str, Any]:
        if block.name in self._names.custom:
            custom = {"name": block.name, "input": unwrapped(block.text)}
            return {"id": block.id, "type": "custom", "custom": custom}
        return {"id": block.id, "type": "function", "function": {"name": block.name, "arguments": block.text}}

    def _call_begins(self, block: Block) -> bytes:
        self._calls += 1
        kind, field = ("custom", "input") if block.name in self._names.custom else ("function", "arguments")
        call = {"index": self._calls, "id": block.id, "type": kind, kind: {"name": block.name, field: ""}}
        return self._chunk({"tool_calls": [call]})

    def _more(self, block: Whole, text: str) -> bytes:
        if block.kind == "text":
            return self._chunk({"content": text})
        if block.kind == "thinking":
            return self._chunk({"reasoning_content": text})
        if block.name in self._names.custom:  # its text is known once its JSON is whole
            return b""
        return self._chunk({"tool_calls": [{"index": self._calls, "function": {"arguments": text}}]})

    def _closes(self, block: Whole) -> bytes:
        if block.kind != "call" or block.name not in self._names.custom:
            return b""
        return self._chunk({"tool_calls": [{"index": self._calls, "custom": {"input": unwrapped(block.text)}}]})

    def _numbers(self, finished: Finished) -> bytes:
        if not self._wants_usage:
            return b""
        chunk = {**self._answer("chat.completion.chunk", []), "usage": _usage(totals(finished.counted))}
        return b"data: " + encoded(chunk) + b"\n\n"

    def _chunk(self, delta: dict[str, Any], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return b"data: " + encoded(self._answer("chat.completion.chunk", [choice])) + b"\n\n"

    def _answer(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{self._begun.id.removeprefix('chatcmpl-')}",
            "object": kind,
            "created": self._created,
            "model": self._begun.model,
            "choices": choices,
        }


def _usage(used: Totals) -> dict[str, Any]:
    return {
        "prompt_tokens": used.prompt,
        "completion_tokens": used.output,
        "total_tokens": used.prompt + used.output,
        "prompt_tokens_details": {"cached_tokens": used.cache_read},
        "completion_tokens_details": {"reasoning_tokens": used.thinking},
    }
