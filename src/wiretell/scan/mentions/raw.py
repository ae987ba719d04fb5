"""What can be found in bytes that no tokenizer reads: native code, data, text. Four passes, each at memory speed.

Every pattern begins with one fixed byte, which `re` looks for by `memchr`: 245 MB take 0.1 s a pass. So only what has
such a beginning is found: names of files and hosts, and variables whose ends say what they are. Names that a native
program gives to `getenv` cannot be told from any other upper-case text, so no others are listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from wiretell.model.scan import Place
from wiretell.scan.interface import BINARY, TEXT, Piece
from wiretell.scan.mentions.facts import FILES
from wiretell.scan.mentions.layout import Layout, gaps
from wiretell.scan.pages import let_go

FILE, URL, VARIABLE = "file", "url", "variable"
MOST: Final = 200_000
"""Finds in one piece; no honest program has as many."""


@dataclass(frozen=True, slots=True)
class RawFind:
    """One find in raw bytes."""

    kind: str
    """`file`, `url` or `variable`."""
    name: str
    place: Place


_PATHS: Final = tuple(sorted((name for name in FILES if name.startswith("/")), key=len, reverse=True))
_WORDS: Final = tuple(name for name in FILES if not name.startswith("/"))
_SLASH: Final = re.compile(
    b"/(?:(/[A-Za-z0-9][A-Za-z0-9.-]{2,252})|" + b"|".join(re.escape(name[1:].encode()) for name in _PATHS) + b")"
)
_ENDING: Final = re.compile(rb"_(?:BASE_URL|API_BASE|API_URL|API_HOST|API_KEY|AUTH_TOKEN)(?![A-Z0-9_])")
_BEFORE: Final = re.compile(rb"[A-Z][A-Z0-9_]{1,60}\Z")
_BACK: Final = 64
"""Bytes before an ending that hold the name it belongs to."""
_AHEAD: Final = 256
"""Bytes that hold the longest host name."""
_SPAN: Final = 8 << 20
"""Bytes that are looked at in one go; then their pages are let go."""
_CHUNK: Final = 1 << 20


def search(piece: Piece, layout: Layout) -> Iterator[RawFind]:
    """Yield what the raw bytes of a piece name, where no other piece covers them. Only `text` and `binary`."""
    if piece.kind not in (TEXT, BINARY):
        return
    found = 0
    for start, end in gaps(piece, layout):
        for find in _span(piece, start, end):
            yield find
            found += 1
            if found >= MOST:
                return


def _span(piece: Piece, start: int, end: int) -> Iterator[RawFind]:
    """By windows that overlap: what begins in a window is found in it."""
    for low in range(start, end, _SPAN):
        high = min(low + _SPAN, end)
        first = max(low - _BACK, start)
        view = memoryview(piece.data)[first : min(high + _AHEAD, end)]
        inside = range(low - first, high - first)
        yield from _slashes(piece.path, view, first, inside)
        yield from _variables(piece.path, view, first, inside)
        for word in _WORDS:
            yield from _words(piece.path, view, first, inside, word)
        let_go(piece.data, first, high)


def _slashes(path: str, view: memoryview, base: int, inside: range) -> Iterator[RawFind]:
    for match in _SLASH.finditer(view):
        at = match.start()
        if at not in inside:
            continue
        if match[1] is None:
            yield RawFind(FILE, match[0].decode(), Place(path, base + at, match.end() - at))
        elif at > 0 and view[at - 1] == ord(":"):
            host = match[1][1:].decode()
            yield RawFind(URL, host, Place(path, base + at + 2, len(host)))


def _variables(path: str, view: memoryview, base: int, inside: range) -> Iterator[RawFind]:
    for match in _ENDING.finditer(view):
        if match.start() not in inside:
            continue
        before = _BEFORE.search(bytes(view[max(0, match.start() - _BACK) : match.start()]))
        if before:
            at = match.start() - len(before[0])
            name = bytes(view[at : match.end()]).decode()
            yield RawFind(VARIABLE, name, Place(path, base + at, len(name)))


def _words(path: str, view: memoryview, base: int, inside: range, word: str) -> Iterator[RawFind]:
    """By pieces that overlap: `bytes.find` is fast, and mapped memory has none."""
    needle = word.encode()
    for start in range(inside.start, inside.stop, _CHUNK):
        stop = min(start + _CHUNK, inside.stop)
        chunk = bytes(view[start : stop + len(needle) - 1])
        at = chunk.find(needle)
        while at >= 0:
            yield RawFind(FILE, word, Place(path, base + start + at, len(needle)))
            at = chunk.find(needle, at + 1)
