"""Texts in large files. Nothing is mapped into memory: a mapped file that somebody shortens ends the process that
reads it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

CHUNK: Final = 4 << 20
"""Bytes that are looked at at once."""
PLACES: Final = 256
"""Of one text that are looked at."""


class Bytes:
    """A file's bytes by offset. What is no longer there when it is read is empty."""

    def __init__(self, handle: int, size: int) -> None:
        self._handle = handle
        self.size = size
        self.count = 0
        """Bytes that were read so far."""

    def at(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes."""
        if offset < 0 or length <= 0:
            return b""
        try:
            found = os.pread(self._handle, min(length, max(0, self.size - offset)), offset)
        except (OSError, OverflowError):
            return b""
        self.count += len(found)
        return found

    def chunks(self, area: Area, overlap: int) -> Iterator[tuple[int, bytes]]:
        """Yield an area's bytes with their offset, in pieces that share `overlap` bytes."""
        offset = area.start
        while offset < area.end:
            data = self._data(offset)
            if data - offset > CHUNK + overlap:  # a hole, as large as anybody likes, holds nothing
                offset = data - overlap
                continue
            piece = self.at(offset, min(CHUNK + overlap, area.end - offset))
            if not piece:
                return
            yield offset, piece
            offset += CHUNK

    def _data(self, offset: int) -> int:
        """Return where the next bytes stand that are not in a hole (lseek(2), SEEK_DATA); the end if there are none."""
        try:
            return os.lseek(self._handle, offset, os.SEEK_DATA)
        except OSError as error:  # ENXIO: nothing but a hole follows; others: the file system does not tell
            return self.size if error.errno == errno.ENXIO else offset


@dataclass(frozen=True, slots=True)
class Area:
    """A part of a file. Offsets in bytes."""

    start: int
    end: int
    encoding: str = "latin-1"
    """`utf-16-le` where Bun has kept the source so: it does for one with characters beyond Latin-1."""


def find(file: Bytes, areas: Iterable[Area], texts: Iterable[str], places: int = PLACES) -> dict[str, list[int]]:
    """Return where texts stand: for each that is there at all its first `places`, in order."""
    wanted, found = list(texts), dict[str, list[int]]()
    for area in areas:
        needles = {text: text.encode(area.encoding) for text in wanted}
        overlap = max(map(len, needles.values()), default=1) - 1
        for offset, piece in file.chunks(area, overlap):
            for text in [text for text in wanted if len(found.get(text, ())) < places]:
                for at in _places(piece, needles[text]):
                    known = found.setdefault(text, [])
                    # What two pieces share is seen twice.
                    if len(known) < places and (not known or offset + at > known[-1]):
                        known.append(offset + at)
            if all(len(found.get(text, ())) >= places for text in wanted):
                return found
    return found


def _places(piece: bytes, needle: bytes) -> Iterator[int]:
    at = piece.find(needle)
    while at >= 0:
        yield at
        at = piece.find(needle, at + 1)
