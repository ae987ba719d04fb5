"""OpenAI Responses: messages, calls and their outputs are items of `input`; reasoning items are never touched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import ClassVar, Final

from wiretell.gateway.edits.parts.interface import Kind, Message, Part, Parts, blocks
from wiretell.gateway.edits.spans import Located, Span
from wiretell.model.exchange import WireFormat

_KINDS: Final[dict[str, Kind]] = {"user": "own", "system": "system", "developer": "system"}
_OUTPUTS: Final = frozenset({"function_call_output", "custom_tool_call_output", "local_shell_call_output"})


class Responses(Parts):
    """Bodies of `/responses`."""

    name: ClassVar[WireFormat] = "openai-responses"
    words: ClassVar[dict[Kind, tuple[bytes, ...]]] = {"result": (b"_call_output",), "image": (b'"input_image"',)}

    def system(self, body: Located) -> Iterator[Part]:
        """The `instructions`."""
        span = body.top.get("instructions")
        if span is not None and body.is_string(span):
            yield Part("system", "/instructions", span)

    def messages(self, body: Located) -> list[Message]:
        """Items of `input`; a text alone is the only one."""
        span = body.top.get("input")
        if span is None:
            return []
        if body.is_string(span):
            return [Message("/input", span)]
        return [Message(f"/input/{nth}", item) for nth, item in enumerate(body.items(span))]

    def parts(self, body: Located, message: Message) -> Iterator[Part]:
        """Texts and images of messages, outputs of calls."""
        if body.is_string(message.span):
            yield Part("own", message.path, message.span)
            return
        members = body.members(message.span)
        type_ = body.string(members.get("type")) or "message"
        if type_ == "message":
            kind = _KINDS.get(body.string(members.get("role")) or "")
            if kind is not None:
                yield from _content(body, members.get("content"), f"{message.path}/content", kind)
        elif type_ in _OUTPUTS:
            yield from _content(body, members.get("output"), f"{message.path}/output", "result")

    def placeholder(self, body: Located, image: Part, text: str) -> bytes:
        """An input text."""
        del body, image
        return b'{"type":"input_text","text":' + json.dumps(text).encode() + b"}"


def _content(body: Located, content: Span | None, path: str, kind: Kind) -> Iterator[Part]:
    if content is not None and body.is_string(content):
        yield Part(kind, path, content)
        return
    for way, span, block, type_ in blocks(body, content, path):
        if type_ in ("input_text", "text") and body.is_string(block.get("text")):
            yield Part(kind, f"{way}/text", block["text"])
        elif type_ == "input_image":
            yield Part("image", way, span)
