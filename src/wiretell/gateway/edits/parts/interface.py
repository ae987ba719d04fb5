"""What the edits must know of a protocol's request bodies: which values are whose. Pure, and lazy: a message is taken
apart only when a rule asks for it. What a rule must never touch (the model's own text, signed thinking, encrypted
content, the vendor's attribution block) is no part at all, so that no rule can reach it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

import msgspec

from wiretell.gateway.edits.spans import Located, Span
from wiretell.model.exchange import WireFormat

Kind = Literal["own", "result", "image", "system"]
"""A text in the user's message, a text in a tool's result, an image, a text of the system prompt."""

ATTRIBUTION: Final = "x-anthropic-billing-header"
"""How the vendor's attribution block begins; a gateway that changes it makes it inconsistent."""
CLIENT_TAGS: Final = (
    "<system-reminder>",
    "<available-deferred-tools>",
    "<environment_context>",
    "<user_instructions>",
    "<session_context>",
)
"""A text in a user's message that begins so was written by the client, and begins no turn of the user's."""


@dataclass(frozen=True, slots=True)
class Part:
    """A value that rules may touch."""

    kind: Kind
    path: str
    """JSON pointer."""
    span: Span
    """Of the string with its quotes; of an image, of the whole block."""


@dataclass(frozen=True, slots=True)
class Message:
    """An item of the conversation."""

    path: str
    span: Span


class Parts(ABC):
    """One protocol's way to lay out a conversation."""

    name: ClassVar[WireFormat]
    words: ClassVar[dict[Kind, tuple[bytes, ...]]]
    """Bytes one of which stands in every message that has parts of a kind (`own`, `system`: not used)."""

    @abstractmethod
    def system(self, body: Located) -> Iterator[Part]:
        """Go through the texts of the system prompt that stand outside the conversation."""

    @abstractmethod
    def messages(self, body: Located) -> list[Message]:
        """Return the items of the conversation, without looking into them."""

    @abstractmethod
    def parts(self, body: Located, message: Message) -> Iterator[Part]:
        """Go through the parts of an item, in order. Empty for what the model said."""

    @abstractmethod
    def placeholder(self, body: Located, image: Part, text: str) -> bytes:
        """Return a text block to stand in an image's place."""

    def begins_turn(self, body: Located, message: Message) -> bool:
        """Whether an item holds text of the user's own: by these, turns are counted."""
        if body.is_string(message.span):
            return True
        try:
            said: _Said = body.decoded(message.span, _Said)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return any(
                part.kind == "own" and not is_client_text(body.starts(part.span)) for part in self.parts(body, message)
            )
        if said.role != "user":
            return False
        content = [said.content] if isinstance(said.content, str) else [block.text for block in said.content]
        return not all(map(is_client_text, (*content, *(part.text for part in said.parts))))


class _Block(msgspec.Struct):
    text: str = ""


class _Said(msgspec.Struct):
    """An item of any protocol, as far as turns are counted by it; without a role it is Gemini's, and the user's."""

    role: str = "user"
    content: str | list[_Block] = ""
    parts: list[_Block] = []


def is_client_text(text: str) -> bool:
    """Whether a text in a user's message was written by the client, or is none."""
    begin = text.lstrip()
    return not begin or begin.startswith(CLIENT_TAGS)


def texts(body: Located, span: Span | None, path: str, kind: Kind, types: tuple[str, ...]) -> Iterator[Part]:
    """Go through a content that is one string, or a list of blocks of which some are texts."""
    if span is None:
        return
    if body.is_string(span):
        yield Part(kind, path, span)
        return
    for nth, item in enumerate(body.items(span)):
        block = body.members(item)
        text = block.get("text")
        if text is not None and body.is_string(text) and body.string(block.get("type")) in types:
            yield Part(kind, f"{path}/{nth}/text", text)


def blocks(body: Located, span: Span | None, path: str) -> Iterator[tuple[str, Span, dict[str, Span], str]]:
    """Go through the blocks of a content that is a list: pointer, where it stands, members, type."""
    for nth, item in enumerate(body.items(span) if span is not None else ()):
        block = body.members(item)
        yield f"{path}/{nth}", item, block, body.string(block.get("type")) or ""
