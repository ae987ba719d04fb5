"""Anthropic Messages: content blocks; tool results stand in the user's messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import ClassVar

from wiretell.gateway.edits.parts.interface import ATTRIBUTION, Kind, Message, Part, Parts, blocks, texts
from wiretell.gateway.edits.spans import Located, Span
from wiretell.model.exchange import WireFormat


class Anthropic(Parts):
    """Bodies of `/v1/messages` and `/v1/messages/count_tokens`."""

    name: ClassVar[WireFormat] = "anthropic-messages"
    words: ClassVar[dict[Kind, tuple[bytes, ...]]] = {"result": (b"tool_result",), "image": (b'"image"',)}

    def system(self, body: Located) -> Iterator[Part]:
        """Texts of `system`, but for the attribution block."""
        for part in texts(body, body.top.get("system"), "/system", "system", ("text",)):
            if not body.starts(part.span).startswith(ATTRIBUTION):
                yield part

    def messages(self, body: Located) -> list[Message]:
        """Items of `messages`."""
        span = body.top.get("messages")
        found = body.items(span) if span is not None else []
        return [Message(f"/messages/{nth}", item) for nth, item in enumerate(found)]

    def parts(self, body: Located, message: Message) -> Iterator[Part]:
        """What the user, the client and its tools said; of the model's messages nothing."""
        if body.role(message.span) not in ("user", "system"):
            return
        members = body.members(message.span)
        role, content, path = body.string(members.get("role")), members.get("content"), f"{message.path}/content"
        if content is None:
            return
        kind: Kind = "own" if role == "user" else "system"
        if body.is_string(content):
            yield Part(kind, path, content)
            return
        for way, span, block, type_ in blocks(body, content, path):
            if type_ == "text" and body.is_string(block.get("text")):
                yield Part(kind, f"{way}/text", block["text"])
            elif type_ == "image":
                yield Part("image", way, span)
            elif type_ == "tool_result" and "content" in block:
                yield from _result(body, block["content"], f"{way}/content")

    def placeholder(self, body: Located, image: Part, text: str) -> bytes:
        """A text block; a cache breakpoint that stood at the image stays."""
        mark = body.members(image.span).get("cache_control")
        kept = b',"cache_control":' + body.raw(mark) if mark is not None else b""
        return b'{"type":"text","text":' + json.dumps(text).encode() + kept + b"}"


def _result(body: Located, content: Span, path: str) -> Iterator[Part]:
    if body.is_string(content):
        yield Part("result", path, content)
        return
    for way, span, block, type_ in blocks(body, content, path):
        if type_ == "text" and body.is_string(block.get("text")):
            yield Part("result", f"{way}/text", block["text"])
        elif type_ == "image":
            yield Part("image", way, span)
