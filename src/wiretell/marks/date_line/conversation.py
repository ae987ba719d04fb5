"""Which message of a request is the user's first, what it says, and whether a request is quoted in another.

Clients that load tools on demand put a message of their own before it, of the role `user` too, that holds nothing but
`<available-deferred-tools>`: seen in 2.1.90 and 2.1.91 where the base URL is the vendor's. It is passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import msgspec

from wiretell.marks.body import Text
from wiretell.marks.date_line.documents import Document, Parts, parts_of

_TOOLS: Final = re.compile(r"\s*<available-deferred-tools>.*</available-deferred-tools>\s*", re.DOTALL)
_TOOLS_NAME: Final = b"available-deferred-tools"
"""Without its brackets: Go spells them as escapes."""
_NOTHING: Final = msgspec.Raw(b"null")
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, LookupError)


class _Message(msgspec.Struct):
    role: object = None
    content: msgspec.Raw = _NOTHING
    parts: msgspec.Raw = _NOTHING


class _Block(msgspec.Struct):
    text: str = ""


class _Spelled(msgspec.Struct):
    text: msgspec.Raw = _NOTHING


_NOBODY: Final = -1


@dataclass(slots=True)
class First:
    """The first message of the role `user` of a list."""

    index: int
    """`-1` where there is none."""
    message: _Message | None = None
    blocks: dict[str, list[msgspec.Raw]] = field(default_factory=dict)
    """By the member that holds them, decoded when asked for."""

    def spelled(self, parts: Parts) -> bytes | None:
        """Return a text of it as it is spelled; `parts`: the way from the message. None where there is none."""
        if self.message is None:
            return None
        try:
            value = self._value(parts)
        except _UNREADABLE:
            return None
        return bytes(value).strip()[1:-1]

    def _value(self, parts: Parts) -> msgspec.Raw:
        name, *rest = parts
        value: msgspec.Raw = getattr(self.message, name)
        if not rest:
            return value
        if name not in self.blocks:
            self.blocks[name] = msgspec.json.decode(value, type=list[msgspec.Raw])
        return msgspec.json.decode(self.blocks[name][int(rest[0])], type=_Spelled).text


class Conversations:
    """The first messages of the documents of one body; each part of a document is decoded once."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._documents: dict[int, tuple[bytes, Document]] = {}
        """By identity of the bytes, which are kept for that."""
        self._firsts: dict[tuple[int, str], First | None] = {}
        self._quotes: dict[tuple[int, Parts], bool] = {}

    def first_user(self, text: Text, pointer: str) -> First | None:
        """Return the first message of the role `user` in a list; None where the document is not whole."""
        key = (id(text.document), pointer)
        if key not in self._firsts:
            self._firsts[key] = _first_user(self._document(text.document), text, pointer)
        return self._firsts[key]

    def is_said(self, text: Text, pointer: str) -> bool | None:
        """Whether a text is what a parser takes from a pointer; None where the document is not whole."""
        document = self._document(text.document)
        try:
            value: msgspec.Raw = document.decoded(parts_of(pointer), msgspec.Raw)
        except _UNREADABLE:
            return None
        return bytes(value).strip()[1:-1] == document.mended(text.layers[-1][1].spelled)

    def says(self, text: Text, first: First, rest: str) -> bool:
        """Whether a text is what a parser takes from its place in a message.

        Of two members of one name the last counts, and the other one is no part of the message.
        """
        spelled = self._document(text.document).mended(text.layers[-1][1].spelled)
        return first.spelled(parts_of(rest)) == spelled

    def is_quoted(self, text: Text) -> bool:
        """Whether the document around a text stands in a string of a document that is itself a request."""
        documents = (self._body, *(content.data for _, content in text.layers))
        return any(map(self._is_in_request, documents, text.within))

    def _is_in_request(self, document: bytes, pointer: str) -> bool:
        parts = parts_of(pointer)
        return any(self._is_request(document, parts[:nth]) for nth in range(len(parts)))

    def _is_request(self, document: bytes, parts: Parts) -> bool:
        """Whether the object at the end of a way is a request itself."""
        key = (id(document), parts)
        if key not in self._quotes:
            try:
                self._quotes[key] = _is_request(self._document(document).members(parts))
            except _UNREADABLE:
                self._quotes[key] = False
        return self._quotes[key]

    def _document(self, data: bytes) -> Document:
        if id(data) not in self._documents:
            self._documents[id(data)] = (data, Document(data))
        return self._documents[id(data)][1]


def _is_request(members: object) -> bool:
    """Whether an object has messages, or a prompt for a named model: then strings in it are what somebody says.

    A list that is spelled as a string (`{"messages": "[...]"}`) is what a log writes, and no request's own.
    """
    if not isinstance(members, dict):
        return False
    if any(bytes(memoryview(members.get(name, _NOTHING))[:1]) == b"[" for name in ("messages", "contents", "input")):
        return True
    return "model" in members and ("input" in members or "prompt" in members)


def _first_user(document: Document, text: Text, pointer: str) -> First | None:
    try:
        messages: list[_Message] = document.decoded(parts_of(pointer), list[_Message])
    except _UNREADABLE:
        return None
    # Gemini: in `contents`, a missing role means `user`.
    missing = "user" if "".join((*text.within[-1:], pointer)).endswith("/contents") else None
    said = (
        First(nth, message)
        for nth, message in enumerate(messages)
        if (message.role or missing) == "user" and not _names_tools(message)
    )
    return next(said, First(_NOBODY))


def _names_tools(message: _Message) -> bool:
    """Whether a message is the client's own list of tools."""
    if _TOOLS_NAME not in bytes(memoryview(message.content)[:200]):
        return False
    try:
        content = msgspec.json.decode(message.content, type=str | list[_Block])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    texts = [content] if isinstance(content, str) else [block.text for block in content]
    return len(texts) == 1 and _TOOLS.fullmatch(texts[0]) is not None
