"""Gemini: parts of contents. A part with a thought signature is never touched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import ClassVar, Final

from wiretell.gateway.edits.parts.interface import Kind, Message, Part, Parts
from wiretell.gateway.edits.spans import Located, Span
from wiretell.model.exchange import WireFormat

_SIGNATURES: Final = ("thoughtSignature", "thought_signature")


class Gemini(Parts):
    """Bodies of `:generateContent` and `:streamGenerateContent`. Members in either spelling, camel or snake."""

    name: ClassVar[WireFormat] = "gemini"
    words: ClassVar[dict[Kind, tuple[bytes, ...]]] = {
        "result": (b"functionResponse", b"function_response"),
        "image": (b"inlineData", b"inline_data"),
    }

    def system(self, body: Located) -> Iterator[Part]:
        """Texts of the system instruction."""
        for name in ("systemInstruction", "system_instruction"):
            if name in body.top:
                yield from _parts(body, body.members(body.top[name]), f"/{name}", "system")

    def messages(self, body: Located) -> list[Message]:
        """Items of `contents`."""
        span = body.top.get("contents")
        found = body.items(span) if span is not None else []
        return [Message(f"/contents/{nth}", item) for nth, item in enumerate(found)]

    def parts(self, body: Located, message: Message) -> Iterator[Part]:
        """What the user and the tools said; a content without a role is the user's."""
        members = body.members(message.span)
        if "role" not in members or body.string(members["role"]) in ("user", "function"):
            yield from _parts(body, members, message.path, "own")

    def placeholder(self, body: Located, image: Part, text: str) -> bytes:
        """A text part."""
        del body, image
        return b'{"text":' + json.dumps(text).encode() + b"}"


def _parts(body: Located, members: dict[str, Span], path: str, kind: Kind) -> Iterator[Part]:
    for nth, span in enumerate(body.items(members["parts"]) if "parts" in members else ()):
        part, way = body.members(span), f"{path}/parts/{nth}"
        if any(name in part for name in _SIGNATURES):
            continue
        if body.is_string(part.get("text")):
            yield Part(kind, f"{way}/text", part["text"])
        for name in ("functionResponse", "function_response"):
            if name in part and "response" in (response := body.members(part[name])):
                yield from _strings(body, response["response"], f"{way}/{name}/response")
        if any(name in part and _is_image(body, part[name]) for name in ("inlineData", "inline_data")):
            yield Part("image", way, span)


def _is_image(body: Located, data: Span) -> bool:
    members = body.members(data)
    type_ = body.string(members.get("mimeType", members.get("mime_type"))) or ""
    return type_.startswith("image/")


def _strings(body: Located, span: Span, path: str) -> Iterator[Part]:
    """Go through the strings of a result, which may be any JSON object."""
    waiting = [(path, span)]
    while waiting:
        way, value = waiting.pop()
        if body.is_string(value):
            yield Part("result", way, value)
            continue
        members = [(f"{way}/{_escaped(name)}", inner) for name, inner in body.members(value).items()]
        items = [(f"{way}/{nth}", inner) for nth, inner in enumerate(body.items(value))]
        waiting.extend(reversed(members or items))


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
