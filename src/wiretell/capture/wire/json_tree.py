"""A lossless JSON tree (RFC 8259): every token keeps its place and spelling, every member its place among the others.

A usual decoder loses what a covert channel could write with: the order and repetition of keys, the spelling of
escapes and numbers, the white space between tokens. Here a document can be written again to the last byte.
Spans are [start, end) in characters of `Document.text`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from wiretell.capture.wire.json_equal import semantic_equal
from wiretell.capture.wire.json_nodes import (
    BOM,
    IS_CLOSE,
    IS_COMMA,
    IS_LITERAL,
    IS_NUMBER,
    IS_OPEN,
    IS_STRING,
    NEXT,
    SPACE,
    Array,
    Document,
    Leaf,
    Literal,
    Member,
    Node,
    Number,
    Object,
    Span,
    String,
    Token,
)
from wiretell.errors import FormatError

__all__ = [
    "MAX_DEPTH",
    "Array",
    "Document",
    "Leaf",
    "Literal",
    "Member",
    "Node",
    "Number",
    "Object",
    "Span",
    "String",
    "Token",
    "parse",
    "parse_many",
    "semantic_equal",
    "walk",
]

MAX_DEPTH: Final = 512
"""Containers in containers; no API needs more, and deeper values break readers that recurse."""

_COLON = re.compile(rf"{SPACE}*+:")
_LINES = re.compile(rf"{SPACE}*+[^\n]++(?:\n{SPACE}*+)?")
_SPACES = re.compile(rf"{SPACE}*+")


def parse(text: str | bytes) -> Document:
    """Read one JSON text, bytes as UTF-8 with or without a byte order mark.

    Raises FormatError, with the offset in characters, for anything that RFC 8259 does not allow, and for containers
    more than `MAX_DEPTH` deep. Duplicate keys and lone surrogates are allowed, as there.
    """
    decoded = text.decode("utf-8", "surrogateescape") if isinstance(text, bytes) else text
    return _document(decoded, 0)


def parse_many(text: str | bytes) -> tuple[Document, ...]:
    r"""Read JSON texts that stand one a line (NDJSON, JSON Lines). The texts of the documents, joined, are the input.

    Lines end with `\n`, which belongs to the document before it, as do blank lines (those at the beginning to the first
    one). Raises FormatError as `parse` does, with the offset in the whole input; there is no document in nothing.
    """
    decoded = text.decode("utf-8", "surrogateescape") if isinstance(text, bytes) else text
    documents: list[Document] = []
    at = 0
    for piece in _with_blank_lines(decoded):
        documents.append(_document(piece, at))
        at += len(piece)
    return tuple(documents)


def walk(document: Document | Node) -> Iterator[Leaf]:
    """Go through all values in the order of the text, containers before what they hold."""
    root = document.root if isinstance(document, Document) else document
    waiting = [Leaf("", root, root.span)]
    while waiting:
        leaf = waiting.pop()
        yield leaf
        match leaf.node:
            case Object(members=members):
                waiting.extend(reversed(_member_leaves(leaf.path, members)))
            case Array(items=items):
                found = [Leaf(f"{leaf.path}/{at}", item, item.span) for at, item in enumerate(items)]
                waiting.extend(reversed(found))


# --- parsing


class _Open:
    """A container whose end was not reached yet."""

    __slots__ = ("items", "key", "members", "start")

    def __init__(self, start: int, is_object: bool) -> None:
        self.start = start
        self.items: list[Node] = []
        self.members: list[Member] | None = [] if is_object else None
        self.key: String | None = None

    def add(self, node: Node) -> None:
        if self.members is None:
            self.items.append(node)
        else:
            assert self.key is not None
            self.members.append(Member(self.key, node))
            self.key = None

    def close(self, end: int) -> Node:
        if self.members is None:
            return Array(self.start, end, tuple(self.items))
        return Object(self.start, end, tuple(self.members))


def _document(text: str, base: int) -> Document:
    """Parse all of `text`, which stands at `base` in the input."""
    try:
        root, at = _parse(text, 1 if text.startswith(BOM) else 0)
        _expect_end(text, at)
    except _UnexpectedError as unexpected:
        raise _error(text, unexpected.at, unexpected.deep, base) from None
    return Document(text, root)


class _UnexpectedError(Exception):
    """The text is no JSON from `at` on; never leaves this module."""

    def __init__(self, at: int, deep: bool = False) -> None:
        super().__init__(at)
        self.at = at
        self.deep = deep


def _parse(text: str, at: int) -> tuple[Node, int]:
    """Read one value; return it and its end. One loop with a stack of its own, so that depth costs no recursion."""
    stack: list[_Open] = []
    while True:
        found = NEXT.match(text, at)
        if found is None:
            raise _UnexpectedError(at)
        kind = found.lastindex
        top = stack[-1] if stack else None
        node: Node
        if top is not None and top.members is not None and top.key is None:
            if kind == IS_STRING:
                top.key = _string(found)
                at = _after_colon(text, found.end())
                continue
            node = _closed_empty(found, stack)
        elif kind == IS_STRING:
            node = _string(found)
        elif kind == IS_NUMBER:
            node = Number(found.start(kind), found.end(), found[kind])
        elif kind == IS_LITERAL:
            node = Literal(found.start(kind), found.end(), found[kind])
        elif kind == IS_OPEN:
            if len(stack) == MAX_DEPTH:
                raise _UnexpectedError(at, deep=True)
            stack.append(_Open(found.start(kind), found[kind] == "{"))
            at = found.end()
            continue
        else:
            node = _closed_empty(found, stack)
        at = found.end()
        while stack:
            top = stack[-1]
            top.add(node)
            found = NEXT.match(text, at)
            if found is None:
                raise _UnexpectedError(at)
            at = found.end()
            if found.lastindex == IS_COMMA:
                break
            node = _closed(found, stack)
        else:
            return node, at


def _string(found: re.Match[str]) -> String:
    raw = found[IS_STRING]
    # The decoder of the standard library has no opinion left to add: the pattern let only valid escapes through.
    value = json.loads(raw) if "\\" in raw else raw[1:-1]
    return String(found.start(IS_STRING), found.end(), raw, value)


def _after_colon(text: str, at: int) -> int:
    colon = _COLON.match(text, at)
    if colon is None:
        raise _UnexpectedError(at)
    return colon.end()


def _closed(found: re.Match[str], stack: list[_Open]) -> Node:
    """Close the innermost container with the bracket that was found."""
    wanted = "]" if stack[-1].members is None else "}"
    if found[IS_CLOSE] != wanted:
        raise _UnexpectedError(found.start())
    return stack.pop().close(found.end())


def _closed_empty(found: re.Match[str], stack: list[_Open]) -> Node:
    """Close the innermost container where a key or value could stand: only right after it was opened."""
    if not stack or stack[-1].items or stack[-1].members:
        raise _UnexpectedError(found.start())
    return _closed(found, stack)


def _expect_end(text: str, at: int) -> None:
    if _skip_space(text, at) != len(text):
        raise _UnexpectedError(at)


def _skip_space(text: str, at: int) -> int:
    found = _SPACES.match(text, at)
    return found.end() if found else at


def _error(text: str, at: int, deep: bool, base: int) -> FormatError:
    at = _skip_space(text, at)
    if deep:
        what = f"containers are more than {MAX_DEPTH} deep"
    elif at == len(text):
        what = "the text ends too early"
    else:
        what = f"unexpected {text[at]!r}"
    return FormatError(f"no valid JSON: {what} at offset {base + at}")


def _with_blank_lines(text: str) -> list[str]:
    """Cut after lines, with the white space after them; text of nothing but white space stays in one piece."""
    return _LINES.findall(text) or ([text] if text else [])


# --- walking


def _member_leaves(path: str, members: tuple[Member, ...]) -> list[Leaf]:
    seen: dict[str, int] = {}
    leaves: list[Leaf] = []
    for member in members:
        name = member.key.value
        nth = seen.get(name, 0)
        seen[name] = nth + 1
        way = f"{path}/{_escape(name)}"
        leaves.append(Leaf(way, member.value, member.value.span, member.key, nth))
    return leaves


def _escape(name: str) -> str:
    """RFC 6901, section 3."""
    return name.replace("~", "~0").replace("/", "~1")
