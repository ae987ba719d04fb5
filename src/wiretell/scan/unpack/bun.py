"""The modules in single-file executables of Bun.

At the end of the payload stand `OFFSETS` (u64 bytes before it, then u32 offset and length of the module table, id of
the entry point, and more) and `TRAILER`. All offsets count from the payload's first byte, which follows from the
first field: no part of the executable around it needs to be understood. ELF files have the payload in a section
`.bun`, after a u64 that holds its length.

The table's records begin with u32 pairs (name, contents, source map, then bytecode and more in newer versions) and
end with four bytes (encoding, loader, format, side). The layout is not documented and has changed; the known sizes are
tried, every record is checked, and the size under which most records hold is taken. Nothing here trusts a number.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from wiretell.scan.unpack.names import clipped

TRAILER: Final = b"\n---- Bun! ----\n"
"""Stands once more among the constants of Bun itself: only the last one counts."""
_OFFSETS: Final = (32, 24)
"""Known sizes of the structure before the trailer, newest first."""
_RECORDS: Final = (52, 36, 28)
"""Known sizes of a record of the module table, newest first."""
_MAX_NAME: Final = 4096
_CARVED: Final = re.compile(rb"// @bun[ \n][^\0]{56,}")
"""Every module that Bun transpiled begins like this and ends before a NUL byte."""

Span = tuple[int, int]
"""[start, end) in bytes of the file."""


@dataclass(frozen=True, slots=True)
class Module:
    """A file in the payload."""

    name: str
    offset: int
    """Of its contents, in bytes of the executable."""
    length: int
    loader: int
    """Bun's number for what it is."""


@dataclass(frozen=True, slots=True)
class Payload:
    """What an executable of Bun carries."""

    start: int
    """In bytes of the executable."""
    end: int
    modules: tuple[Module, ...]
    """In the order of their contents; no two overlap."""
    records: int
    """In the table; those beyond `modules` lie, overlap others, or are empty."""
    lying: int
    """Records that point out of the payload, have no name, or claim bytes that another module has."""
    source_maps: int
    source_map_bytes: int
    bytecodes: int
    bytecode_bytes: int
    """Distinct bytes: newer versions let all modules share one end."""


@dataclass(frozen=True, slots=True)
class _Record:
    name: str
    contents: Span
    loader: int
    rest: tuple[Span, ...]
    """Of source map and bytecode, where the layout has them."""
    whole: bool
    """Every pointer leads into the payload."""


def read_payload(data: memoryview, trailer: int, max_records: int) -> Payload | None:
    """Return the payload that ends with the trailer at `trailer`, or None where there is none that can be believed."""
    best: Payload | None = None
    for start, table, length in _candidates(data, trailer):
        for size in _RECORDS:
            if length % size:
                continue
            rows = [table + size * i for i in range(min(length // size, max_records))]
            read = [_record(data, row, size, start, trailer) for row in rows]
            found = _payload(read, start, trailer + len(TRAILER), length // size)
            if best is None or _score(found) > _score(best):
                best = found
    return best if best is not None and best.modules else None


def _score(payload: Payload) -> tuple[int, int]:
    return len(payload.modules), -payload.lying


def _candidates(data: memoryview, trailer: int) -> Iterator[tuple[int, int, int]]:
    """Give (start of the payload, start of the table, length of the table) for each known structure that holds."""
    for size in _OFFSETS:
        at = trailer - size
        if at < 0:
            continue
        count, table, length = struct.unpack_from("<QII", data, at)
        if count <= at and length and table + length <= count:
            yield at - count, at - count + table, length


def _record(data: memoryview, at: int, size: int, start: int, end: int) -> _Record | None:
    """Return one record, or None where name or contents cannot be true."""
    numbers = struct.unpack_from(f"<{(size - 4) // 4}I", data, at)
    spans = [(start + offset, start + offset + length) for offset, length in zip(*[iter(numbers)] * 2, strict=True)]
    name = _name(data, spans[0], end)
    if name is None or spans[1][1] > end:
        return None
    whole = all(span[1] <= end for span in spans)
    return _Record(name, spans[1], data[at + size - 3], tuple(spans[2:4]), whole)


def _name(data: memoryview, span: Span, end: int) -> str | None:
    if not 0 < span[1] - span[0] <= _MAX_NAME or span[1] > end:
        return None
    try:
        name = bytes(data[span[0] : span[1]]).decode("utf-8")
    except UnicodeDecodeError:
        return None
    return clipped(name) if name.isprintable() else None


def _payload(read: list[_Record | None], start: int, end: int, records: int) -> Payload:
    held = sorted((each for each in read if each is not None), key=lambda each: each.contents)
    modules, reached, lying = [], start, records - len(held)
    for each in held:
        length = each.contents[1] - each.contents[0]
        if not length:
            continue
        if each.contents[0] < reached:
            lying += 1
            continue
        modules.append(Module(each.name, each.contents[0], length, each.loader))
        reached = each.contents[1]
        lying += not each.whole
    maps, codes = ([each.rest[i] for each in held if each.whole and len(each.rest) > i] for i in (0, 1))
    return Payload(start, end, tuple(modules), records, lying, *_measure(maps), *_measure(codes))


def _measure(spans: Iterable[Span]) -> tuple[int, int]:
    """Return how many spans are not empty, and the distinct bytes that they cover."""
    count = total = reached = 0
    for start, end in sorted(spans):
        count += end > start
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return count, total


def carve(data: memoryview, start: int, end: int, known: Iterable[Module] = ()) -> tuple[Span, ...]:
    """Return where JavaScript that Bun transpiled stands between `start` and `end`, outside the `known` modules.

    Without a table: from the mark in the first line to the next NUL byte. `known` is in order.
    """
    found, gaps, reached = [], [], start
    for module in known:
        gaps.append((reached, module.offset))
        reached = module.offset + module.length
    for low, high in (*gaps, (reached, end)):
        if high > low:
            found += [(low + hit.start(), low + hit.end()) for hit in _CARVED.finditer(data[low:high])]
    return tuple(found)
