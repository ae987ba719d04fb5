"""The values that a lossless JSON tree is made of, and what a token looks like (RFC 8259).

Spans are [start, end) in characters of `Document.text`. Nodes of hundreds of levels cannot be compared by `==` or
written by `repr`, which recurse; `semantic_equal` and `walk` take them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

import msgspec

Span: TypeAlias = tuple[int, int]

BOM: Final = "\ufeff"
SPACE: Final = r"[ \t\n\r]"
_STRING: Final = (
    r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"'
)  # fmt: skip
_NUMBER: Final = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?"
NEXT = re.compile(
    rf"{SPACE}*+(?:({_STRING})|({_NUMBER})|(true|false|null)|([\[{{])|(,)|([\]}}])|(:))"
)  # fmt: skip
"""White space, then one token; the number of the group tells which kind."""
IS_STRING, IS_NUMBER, IS_LITERAL, IS_OPEN, IS_COMMA, IS_CLOSE = 1, 2, 3, 4, 5, 6
_KINDS = {IS_STRING: "string", IS_NUMBER: "number", IS_LITERAL: "literal"}


class String(msgspec.Struct, frozen=True, gc=False):
    """A string, as a key or as a value."""

    start: int
    end: int
    raw: str
    """As spelled, with its quotes and escapes."""
    value: str
    """Decoded; lone surrogates are kept."""

    @property
    def span(self) -> Span:
        """Where it stands, quotes included."""
        return self.start, self.end


class Number(msgspec.Struct, frozen=True, gc=False):
    """A number; `1`, `1.0` and `1e0` are three spellings of one."""

    start: int
    end: int
    raw: str

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.start, self.end


class Literal(msgspec.Struct, frozen=True, gc=False):
    """`true`, `false` or `null`."""

    start: int
    end: int
    raw: str

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.start, self.end


class Array(msgspec.Struct, frozen=True, gc=False):
    """An array with its items in order."""

    start: int
    end: int
    items: tuple[Node, ...]

    @property
    def span(self) -> Span:
        """Where it stands, brackets included."""
        return self.start, self.end


class Member(msgspec.Struct, frozen=True, gc=False):
    """One key of an object and its value."""

    key: String
    value: Node


class Object(msgspec.Struct, frozen=True, gc=False):
    """An object with its members in order; a key may stand there more than once."""

    start: int
    end: int
    members: tuple[Member, ...]

    @property
    def span(self) -> Span:
        """Where it stands, braces included."""
        return self.start, self.end

    def get(self, key: str) -> Node | None:
        """Return the value of a key, the last one where it stands more than once (as JSON.parse does), or None."""
        return next((member.value for member in reversed(self.members) if member.key.value == key), None)


Node: TypeAlias = Object | Array | String | Number | Literal


class Token(NamedTuple):
    """A piece of a document; the pieces together are its text."""

    kind: str
    """`bom`, `space`, `string`, `number`, `literal` or `punctuation`."""
    start: int
    end: int


class Leaf(NamedTuple):
    """One value of a document and the way to it."""

    path: str
    """JSON pointer (RFC 6901)."""
    node: Node
    span: Span
    key: String | None = None
    """The key token, where the value is a member of an object."""
    nth: int = 0
    """How many members with the same key stand before it in the same object: 0, unless keys are repeated."""


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON text and its tree."""

    text: str
    """All of it. Bytes that are no UTF-8 stand here as lone surrogates (U+DC80 to U+DCFF, as in PEP 383)."""
    root: Node

    @property
    def bom(self) -> bool:
        """Whether the text begins with a byte order mark."""
        return self.text.startswith(BOM)

    def render(self) -> str:
        """Write the document from its tree: the spelling of each node, and the text between them."""
        pieces: list[str] = []
        at = 0
        for node in _spelled(self.root):
            pieces += (self.text[at : node.start], node.raw)
            at = node.end
        return "".join(pieces) + self.text[at:]

    def encoded(self) -> bytes:
        """Return the bytes of the text: those that `parse` was given, if it was given bytes."""
        return _encode(self.text)

    def tokens(self) -> Iterator[Token]:
        """Go through the text from end to end, white space included."""
        at = 0
        if self.bom:
            yield Token("bom", 0, 1)
            at = 1
        while (found := NEXT.match(self.text, at)) is not None:
            kind = found.lastindex or 0
            if found.start(kind) > at:
                yield Token("space", at, found.start(kind))
            at = found.end()
            yield Token(_KINDS.get(kind, "punctuation"), found.start(kind), at)
        if at < len(self.text):
            yield Token("space", at, len(self.text))


def _spelled(root: Node) -> Iterator[String | Number | Literal]:
    """Go through all nodes that have a spelling of their own, keys included, in the order of the text."""
    waiting: list[Node] = [root]
    while waiting:
        match waiting.pop():
            case Object(members=members):
                for member in reversed(members):
                    waiting += (member.value, member.key)
            case Array(items=items):
                waiting.extend(reversed(items))
            case leaf:
                yield leaf


def _encode(text: str) -> bytes:
    for how in ("strict", "surrogateescape"):
        try:
            return text.encode("utf-8", how)
        except UnicodeEncodeError:
            continue
    return text.encode("utf-8", "surrogatepass")
