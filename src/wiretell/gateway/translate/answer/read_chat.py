"""Reads answers in the Chat protocol, as its many servers speak it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from wiretell.gateway.translate.answer.interface import Reader, count
from wiretell.gateway.translate.answer.parts import Begun, Called, Counted, Ended, Failed, Part, Reason, Said, Stopped
from wiretell.gateway.translate.jsons import mapping, objects, string

_REASONS: Final[Mapping[str, Reason]] = {
    "stop": "end",
    "length": "length",
    "tool_calls": "calls",
    "function_call": "calls",
    "content_filter": "refusal",
}


class ChatReader(Reader):
    """One answer's; of several choices the first. Numbers come after the reason to stop, so `[DONE]` is the end."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        """Index of a call -> its id. Some servers give every call the index 0, or none."""
        self._keys: dict[str, str] = {}
        """Index of a call -> its key."""
        self._begun = 0
        """Calls so far."""
        self._refused = False

    def read(self, data: dict[str, Any]) -> Iterator[Part]:
        """Read one chunk."""
        if data.get("error"):
            yield failure(data["error"])
            return
        if data.get("id") or data.get("model"):
            yield Begun(string(data.get("id")), string(data.get("model")))
        for choice in objects(data.get("choices")):
            if not choice.get("index"):
                yield from self._choice(choice, mapping(choice.get("delta")))
        if isinstance(data.get("usage"), dict):
            yield _counted(data["usage"])

    def whole(self, body: dict[str, Any]) -> Iterator[Part]:
        """Read a whole answer."""
        choices = [{**choice, "delta": choice.get("message")} for choice in objects(body.get("choices"))]
        yield from self.read({**body, "choices": choices})
        yield Ended()

    def _choice(self, choice: dict[str, Any], delta: dict[str, Any]) -> Iterator[Part]:
        yield Said("thinking", string(delta.get("reasoning_content")) or string(delta.get("reasoning")))
        yield Said("text", string(delta.get("content")))
        refusal = string(delta.get("refusal"))
        self._refused = self._refused or bool(refusal)
        yield Said("text", refusal)
        for call in objects(delta.get("tool_calls")):
            yield self._call(call)
        reason = string(choice.get("finish_reason"))
        if reason:
            yield Stopped("refusal" if self._refused else _REASONS.get(reason, "end"))

    def _call(self, call: dict[str, Any]) -> Called:
        function = mapping(call.get("function")) or mapping(call.get("custom"))
        given, name = string(call.get("id")), string(function.get("name"))
        index = str(call.get("index"))
        if index not in self._keys or (given and name and given != self._ids[index]):
            self._keys[index] = str(self._begun)
            self._ids[index] = given
            self._begun += 1
        arguments = string(function.get("arguments")) or string(function.get("input"))
        return Called(self._keys[index], given, name, arguments)


def failure(error: Any) -> Failed:
    """Read an error in the form that OpenAI's protocols have."""
    if isinstance(error, str):
        return Failed(error)
    error = mapping(error)
    kind = error.get("code") if isinstance(error.get("code"), str) else error.get("type")
    return Failed(string(error.get("message")), string(kind))


def _counted(usage: dict[str, Any]) -> Counted:
    prompt = count(usage, "prompt_tokens")
    cached = count(usage, "prompt_tokens_details", "cached_tokens")
    if cached is None:
        cached = count(usage, "prompt_cache_hit_tokens")
    return Counted(
        input=None if prompt is None else max(0, prompt - (cached or 0)),
        cache_read=cached,
        output=count(usage, "completion_tokens"),
        thinking=count(usage, "completion_tokens_details", "reasoning_tokens"),
    )
