"""Writes answers in the Responses protocol."""

from __future__ import annotations

import time
from typing import Any, Literal

from wiretell.gateway.translate.answer.interface import Writer
from wiretell.gateway.translate.answer.parts import (
    Begun,
    Block,
    Closed,
    Failed,
    Finished,
    More,
    Step,
    Totals,
    Waiting,
    Whole,
    totals,
)
from wiretell.gateway.translate.failure import openai_error
from wiretell.gateway.translate.jsons import encoded
from wiretell.gateway.translate.names import Names, unwrapped

_Status = Literal["in_progress", "completed", "incomplete", "failed"]


class ResponsesWriter(Writer):
    """One answer's: an item a block."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._created = int(time.time())
        self._number = 0
        self._begun = Begun("", "")
        self._blocks: list[Whole] = []
        self._finished: Finished | None = None

    def write(self, step: Step) -> bytes:
        """Return the events for one step."""
        match step:
            case Begun():
                self._begun = step
                response = self._response("in_progress", [])
                return self._event("response.created", response=response) + self._event(
                    "response.in_progress", response=response
                )
            case Block(kind, given, name):
                self._blocks.append(Whole(kind, given, name))
                return self._item_begins(self._blocks[-1])
            case More(text):
                self._blocks[-1].pieces.append(text)
                return self._more(self._blocks[-1], text)
            case Closed():
                return self._item_ends(self._blocks[-1])
            case Finished():
                self._finished = step
                response = self.whole()
                return self._event(f"response.{response['status']}", response=response)
            case Failed(message, kind):
                return self._failed(message, kind)
            case Waiting():
                return b": waiting\n\n"

    def whole(self) -> dict[str, Any]:
        """Return the whole answer."""
        finished = self._finished
        assert finished is not None
        why = {"length": "max_output_tokens", "refusal": "content_filter"}.get(finished.reason)
        response = self._response("incomplete" if why else "completed", self._items())
        response["incomplete_details"] = {"reason": why} if why else None
        response["usage"] = _usage(totals(finished.counted))
        return response

    def _items(self) -> list[dict[str, Any]]:
        return [self._item(block, index, "completed") for index, block in enumerate(self._blocks)]

    def _failed(self, message: str, kind: str) -> bytes:
        begun = b"" if self._number else self.write(Begun("", ""))
        response = self._response("failed", [])
        error = openai_error(message, kind)["error"]
        response["error"] = {"code": error["code"] or error["type"], "message": message}
        return begun + self._event("response.failed", response=response)

    def _item_begins(self, block: Whole) -> bytes:
        added = self._at("response.output_item.added", item=self._item(block, len(self._blocks) - 1, "in_progress"))
        if block.kind == "text":
            return added + self._in("response.content_part.added", content_index=0, part=_text(""))
        if block.kind == "thinking":
            part = {"type": "summary_text", "text": ""}
            return added + self._in("response.reasoning_summary_part.added", summary_index=0, part=part)
        return added

    def _more(self, block: Whole, text: str) -> bytes:
        match block.kind:
            case "text":
                return self._in("response.output_text.delta", content_index=0, delta=text, logprobs=[])
            case "thinking":
                return self._in("response.reasoning_summary_text.delta", summary_index=0, delta=text)
            case "call" if block.name in self._names.custom:  # its text is known once its JSON is whole
                return b""
            case "call":
                return self._in("response.function_call_arguments.delta", delta=text)

    def _item_ends(self, block: Whole) -> bytes:
        text = block.text
        match block.kind:
            case "text":
                end = self._in("response.output_text.done", content_index=0, text=text, logprobs=[])
                end += self._in("response.content_part.done", content_index=0, part=_text(text))
            case "thinking":
                part = {"type": "summary_text", "text": text}
                end = self._in("response.reasoning_summary_text.done", summary_index=0, text=text)
                end += self._in("response.reasoning_summary_part.done", summary_index=0, part=part)
            case "call" if block.name in self._names.custom:
                end = self._in("response.custom_tool_call_input.delta", delta=unwrapped(text))
                end += self._in("response.custom_tool_call_input.done", input=unwrapped(text))
            case "call":
                end = self._in("response.function_call_arguments.done", arguments=text)
        item = self._item(block, len(self._blocks) - 1, "completed")
        return end + self._at("response.output_item.done", item=item)

    def _item(self, block: Whole, index: int, status: _Status) -> dict[str, Any]:
        text, given = block.text, self._id(block, index)
        match block.kind:
            case "text":
                content = [_text(text)] if status == "completed" else []
                return {"id": given, "type": "message", "status": status, "role": "assistant", "content": content}
            case "thinking":
                summary = [{"type": "summary_text", "text": text}] if status == "completed" else []
                return {"id": given, "type": "reasoning", "summary": summary, "encrypted_content": None}
            case "call":
                return {"id": given, "status": status, "call_id": block.id, **self._called(block.name, text)}

    def _called(self, joined: str, text: str) -> dict[str, Any]:
        space, name = self._names.spaces.get(joined, ("", joined))
        named = {"name": name, "namespace": space} if space else {"name": name}
        if joined in self._names.custom:
            return {"type": "custom_tool_call", **named, "input": unwrapped(text) if text else ""}
        return {"type": "function_call", **named, "arguments": text}

    def _id(self, block: Whole, index: int) -> str:
        prefix = {"text": "msg", "thinking": "rs", "call": "ctc" if block.name in self._names.custom else "fc"}
        return f"{prefix[block.kind]}_{self._stem}_{index}"

    @property
    def _stem(self) -> str:
        return self._begun.id.removeprefix("resp_")

    def _at(self, kind: str, **fields: Any) -> bytes:
        return self._event(kind, output_index=len(self._blocks) - 1, **fields)

    def _in(self, kind: str, **fields: Any) -> bytes:
        index = len(self._blocks) - 1
        return self._event(kind, item_id=self._id(self._blocks[-1], index), output_index=index, **fields)

    def _event(self, kind: str, **fields: Any) -> bytes:
        data = encoded({"type": kind, "sequence_number": self._number, **fields})
        self._number += 1
        return b"event: " + kind.encode() + b"\ndata: " + data + b"\n\n"

    def _response(self, status: _Status, output: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "id": f"resp_{self._stem}",
            "object": "response",
            "created_at": self._created,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "model": self._begun.model,
            "output": output,
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "metadata": {},
            "usage": None,
        }


def _text(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _usage(used: Totals) -> dict[str, Any]:
    return {
        "input_tokens": used.prompt,
        "input_tokens_details": {"cached_tokens": used.cache_read},
        "output_tokens": used.output,
        "output_tokens_details": {"reasoning_tokens": used.thinking},
        "total_tokens": used.prompt + used.output,
    }
