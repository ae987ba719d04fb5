"""Reads answers in the Responses protocol."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wiretell.gateway.translate.answer.interface import Reader, count
from wiretell.gateway.translate.answer.parts import (
    Begun,
    Called,
    Counted,
    Ended,
    Part,
    Reason,
    Said,
    Stopped,
    Waiting,
)
from wiretell.gateway.translate.answer.read_chat import failure
from wiretell.gateway.translate.jsons import mapping, objects, string

_SAID = {
    "response.output_text.delta": "text",
    "response.refusal.delta": "text",
    "response.reasoning_summary_text.delta": "thinking",
    "response.reasoning_text.delta": "thinking",
}


class ResponsesReader(Reader):
    """One answer's. What an item is said to hold at its end, and did not come in pieces, is read then."""

    def __init__(self) -> None:
        self._said: set[str] = set()
        """Items of which text came in pieces."""
        self._done: set[str] = set()
        self._refused = False

    def read(self, data: dict[str, Any]) -> Iterator[Part]:
        """Read one event."""
        kind, key = string(data.get("type")), str(data.get("output_index"))
        match kind:
            case "response.created":
                response = mapping(data.get("response"))
                yield Begun(string(response.get("id")), string(response.get("model")))
            case "response.output_item.added":
                yield from _call(key, mapping(data.get("item")))
            case "response.output_item.done":
                yield from self._item(key, mapping(data.get("item")))
            case "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta":
                yield Called(key, arguments=string(data.get("delta")))
            case "response.reasoning_summary_part.added":
                if data.get("summary_index"):
                    yield Said("thinking", "\n\n")
            case "response.completed" | "response.incomplete" | "response.failed":
                yield from self._end(mapping(data.get("response")))
            case "error":
                yield failure(data.get("error") or data)
            case "response.in_progress":
                yield Waiting()
            case _ if kind in _SAID:
                yield from self._more(kind, key, string(data.get("delta")))

    def whole(self, body: dict[str, Any]) -> Iterator[Part]:
        """Read a whole answer."""
        yield from self._end(body)

    def _more(self, kind: str, key: str, text: str) -> Iterator[Part]:
        self._said.add(key)
        self._refused = self._refused or kind == "response.refusal.delta"
        yield Said("thinking" if _SAID[kind] == "thinking" else "text", text)

    def _item(self, key: str, item: dict[str, Any]) -> Iterator[Part]:
        if key in self._done:
            return
        self._done.add(key)
        for call in _call(key, item):
            whole = item.get("arguments") if item.get("type") == "function_call" else item.get("input")
            yield Called(key, call.id, call.name, whole=string(whole), done=True)
        if key not in self._said:
            yield from self._texts(item)

    def _texts(self, item: dict[str, Any]) -> Iterator[Part]:
        parts = [part for part in objects(item.get("content")) if item.get("type") == "message"]
        for part in parts:
            self._refused = self._refused or part.get("type") == "refusal"
            yield Said("text", string(part.get("text")) + string(part.get("refusal")))
        if item.get("type") == "reasoning":
            told = objects(item.get("summary")) or objects(item.get("content"))
            yield Said("thinking", "\n\n".join(string(part.get("text")) for part in told))

    def _end(self, response: dict[str, Any]) -> Iterator[Part]:
        yield Begun(string(response.get("id")), string(response.get("model")))
        for index, item in enumerate(objects(response.get("output"))):
            yield from self._item(str(index), item)
        yield _counted(mapping(response.get("usage")))
        if response.get("status") == "failed" or response.get("error"):
            yield failure(response.get("error"))
            return
        yield Stopped(self._reason(response))
        yield Ended()

    def _reason(self, response: dict[str, Any]) -> Reason:
        why = mapping(response.get("incomplete_details")).get("reason")
        if why == "content_filter" or self._refused:
            return "refusal"
        return "length" if response.get("status") == "incomplete" else "end"


def _call(key: str, item: dict[str, Any]) -> Iterator[Called]:
    if item.get("type") in {"function_call", "custom_tool_call"}:
        yield Called(key, string(item.get("call_id")) or string(item.get("id")), string(item.get("name")))


def _counted(usage: dict[str, Any]) -> Counted:
    prompt = count(usage, "input_tokens")
    cached = count(usage, "input_tokens_details", "cached_tokens")
    return Counted(
        input=None if prompt is None else max(0, prompt - (cached or 0)),
        cache_read=cached,
        output=count(usage, "output_tokens"),
        thinking=count(usage, "output_tokens_details", "reasoning_tokens"),
    )
