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
_WINDOW: Final = 64
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
    view = memoryview(piece.data)[start:end]
    yield from _slashes(piece.path, view, start)
    yield from _variables(piece.path, view, start)
    for word in _WORDS:
        yield from _words(piece.path, view, start, word)


def _slashes(path: str, view: memoryview, base: int) -> Iterator[RawFind]:
    for match in _SLASH.finditer(view):
        at = match.start()
        if match[1] is None:
            yield RawFind(FILE, match[0].decode(), Place(path, base + at, match.end() - at))
        elif at > 0 and view[at - 1] == ord(":"):
            host = match[1][1:].decode()
            yield RawFind(URL, host, Place(path, base + at + 2, len(host)))


def _variables(path: str, view: memoryview, base: int) -> Iterator[RawFind]:
    for match in _ENDING.finditer(view):
        before = _BEFORE.search(bytes(view[max(0, match.start() - _WINDOW) : match.start()]))
        if before:
            at = match.start() - len(before[0])
            name = bytes(view[at : match.end()]).decode()
            yield RawFind(VARIABLE, name, Place(path, base + at, len(name)))


def _words(path: str, view: memoryview, base: int, word: str) -> Iterator[RawFind]:
    """By pieces that overlap: `bytes.find` is fast, and mapped memory has none."""
    needle = word.encode()
    for start in range(0, len(view), _CHUNK):
        chunk = bytes(view[start : start + _CHUNK + len(needle) - 1])
        at = chunk.find(needle)
        while at >= 0:
            yield RawFind(FILE, word, Place(path, base + start + at, len(needle)))
            at = chunk.find(needle, at + 1)
