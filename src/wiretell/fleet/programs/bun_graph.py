"""What `bun build --compile` puts behind a copy of Bun: the program's modules, their table, and options for Bun.

    modules | table | options | offsets | trailer | symbols, signatures

Source: https://github.com/oven-sh/bun/blob/main/src/StandaloneModuleGraph.zig. Bun itself holds the trailer too, as a
constant; there nothing fits that should stand before it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from wiretell.fleet.programs.spans import CHUNK, Area, Bytes

_TRAILER: Final = b"\n---- Bun! ----\n"
_TAIL: Final = 64 << 20
"""Bytes. What stands behind the trailer is smaller."""
_OFFSETS: Final = (struct.Struct("<QIIIIII"), struct.Struct("<QIII4x"))
"""Length of all; modules: offset, length; which begins; in later versions options: offset, length; flags."""
_MODULE: Final = struct.Struct("<IIII")
"""Name and contents of a module: offset, length; what follows differs from version to version."""
_SIZES: Final = (52, 36, 44, 32, 28, 40, 48, 56, 60, 64)
"""Lengths of a module's entry, the usual ones first."""
_MODULES: Final = 200_000
_NAMES: Final = (b"/$bunfs/", b"B:/~BUN/", b"B:\\~BUN\\", b"compiled://")


@dataclass(frozen=True, slots=True)
class Graph:
    """Where a program's own parts stand."""

    texts: Area
    """From the first module to the last: sources, and files that were built in."""
    arguments: Area


def graph(file: Bytes) -> Graph | None:
    """Return where the modules stand that Bun has put into a copy of itself; None for anything else, Bun too."""
    end = _last(file, _TRAILER, max(0, file.size - _TAIL))
    if end < 0:
        return None
    for offsets in _OFFSETS:
        raw = file.at(end - offsets.size, offsets.size)
        if len(raw) == offsets.size:
            fields = [*offsets.unpack(raw), 0, 0]
            if found := _graph(file, end - offsets.size, fields):
                return found
    return None


def _graph(file: Bytes, end: int, fields: list[int]) -> Graph | None:
    length, table, size, first, arguments, arguments_size, *_flags = fields
    base = end - length
    if base < 0 or not size or table + size > length or arguments + arguments_size > length:
        return None
    spans = _modules(file, base, file.at(base + table, size), length)
    if not spans:
        return None
    begin = file.at(spans[min(first, len(spans) - 1)][0], 64)
    return Graph(
        Area(min(span[0] for span in spans), max(span[1] for span in spans), _encoding(begin)),
        Area(base + arguments, base + arguments + arguments_size),
    )


def _modules(file: Bytes, base: int, table: bytes, length: int) -> list[tuple[int, int]]:
    """Return where the contents of modules begin and end; nothing where the table is none."""
    for size in _SIZES:
        if len(table) % size or len(table) // size > _MODULES:
            continue
        entries = [_MODULE.unpack_from(table, at) for at in range(0, len(table), size)]
        names = (file.at(base + entry[0], min(entry[1], 64)) for entry in entries[:8])
        if all(name.startswith(_NAMES) for name in names):
            spans = [(base + at, base + at + count) for _name, _length, at, count in entries if at + count <= length]
            return [span for span in spans if span[0] < span[1]]
    return []


def _encoding(begin: bytes) -> str:
    return "utf-16-le" if len(begin) >= 16 and not any(begin[1::2]) and any(begin[::2]) else "latin-1"


def _last(file: Bytes, needle: bytes, start: int) -> int:
    """Return where a text stands last at or behind `start`, or -1."""
    end = file.size
    while end > start:
        begin = max(start, end - CHUNK)
        at = file.at(begin, end - begin + len(needle)).rfind(needle)
        if at >= 0:
            return begin + at
        end = begin
    return -1
