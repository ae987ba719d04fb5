"""OpenAI Chat Completions: tool results are messages of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import ClassVar, Final

from wiretell.gateway.edits.parts.interface import Kind, Message, Part, Parts, blocks
from wiretell.gateway.edits.spans import Located
from wiretell.model.exchange import WireFormat

_KINDS: Final[dict[str, Kind]] = {
    "user": "own",
    "tool": "result",
    "function": "result",
    "system": "system",
    "developer": "system",
}


class Chat(Parts):
    """Bodies of `/chat/completions`."""

    name: ClassVar[WireFormat] = "openai-chat"
    words: ClassVar[dict[Kind, tuple[bytes, ...]]] = {
        "result": (b'"tool"', b'"function"'),
        "image": (b'"image_url"',),
    }

    def system(self, body: Located) -> Iterator[Part]:
        """Nothing: system prompts are messages."""
        del body
        yield from ()

    def messages(self, body: Located) -> list[Message]:
        """Items of `messages`."""
        span = body.top.get("messages")
        found = body.items(span) if span is not None else []
        return [Message(f"/messages/{nth}", item) for nth, item in enumerate(found)]

    def parts(self, body: Located, message: Message) -> Iterator[Part]:
        """What others than the model said, by role."""
        kind = _KINDS.get(body.role(message.span) or "")
        content = body.members(message.span).get("content") if kind is not None else None
        if kind is None or content is None:
            return
        path = f"{message.path}/content"
        if body.is_string(content):
            yield Part(kind, path, content)
            return
        for way, span, block, type_ in blocks(body, content, path):
            if type_ == "text" and body.is_string(block.get("text")):
                yield Part(kind, f"{way}/text", block["text"])
            elif type_ == "image_url":
                yield Part("image", way, span)

    def placeholder(self, body: Located, image: Part, text: str) -> bytes:
        """A text part."""
        del body, image
        return b'{"type":"text","text":' + json.dumps(text).encode() + b"}"
