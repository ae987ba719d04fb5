"""Cutting a stream at line ends into pieces of half a MB. Pure, but for reading the stream.

    |line|line|line| |line|line| |a very long li|ne, in windows th|at overlap|
    `--- a piece --' `- a piece-' `-------- pieces of one line --------'

A piece holds whole lines. A line that is too long to be held comes in windows: each is given with some bytes of its
neighbours, and says which bytes are its own, so that what stands on a border is seen whole, and by one window only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from wiretell.logs.interface import MAX_RECORD_BYTES, Readable

PIECE_BYTES: Final = 512 << 10
"""As much as a processor's cache holds: larger pieces are read at half the speed."""
OVERLAP_BYTES: Final = 64 << 10
"""On each side of a window's own bytes. What is longer than this on a border is told shorter than it is."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole lines, or a window of one long line."""

    data: bytes
    offset: int
    """In the file, of the first byte of `data`."""
    before: int = 0
    """Bytes at the beginning of `data` that belong to the window before this one."""
    after: int = 0
    """Bytes at the end of `data` that belong to the window after this one."""
    shared: int = 0
    """Bytes at the end of `data` that the window after this one has as well, its own or not."""
    is_window: bool = False
    is_first: bool = True
    """Of a long line: its first window."""

    @property
    def own(self) -> tuple[int, int]:
        """The file's offsets of the bytes that are this piece's own."""
        return self.offset + self.before, self.offset + len(self.data) - self.after


@dataclass(frozen=True, slots=True)
class Sizes:
    """How a stream is cut."""

    piece: int = PIECE_BYTES
    overlap: int = OVERLAP_BYTES
    longest: int = MAX_RECORD_BYTES
    """Of a line that is held whole."""


def pieces(stream: Readable, offset: int = 0, end: int | None = None, sizes: Sizes = Sizes()) -> Iterator[Piece]:
    """Cut a stream that stands at `offset`, where a line begins, into pieces.

    With `end`, the last line is the one that begins before that offset; it is read to its end.
    """
    return _Cutter(stream, offset, end, sizes).pieces()


class _Cutter:
    def __init__(self, stream: Readable, offset: int, end: int | None, sizes: Sizes) -> None:
        self._stream = stream
        self._end = end
        self._sizes = sizes
        self._at = offset
        """Where `_held` begins in the file."""
        self._back = b""
        """What was read too far."""
        self._held: list[bytes] = []
        """The beginning of a line: blocks without a line end."""
        self._size = 0

    def pieces(self) -> Iterator[Piece]:
        while block := self._block():
            cut = (block.find if self._is_beyond else block.rfind)(b"\n") + 1
            if cut:
                yield self._whole(block[:cut])
                self._hold(block[cut:])
                if self._end is not None and self._at >= self._end:
                    return
            else:
                self._hold(block)
            if self._size > self._sizes.longest:
                yield from self._windows()
                if self._end is not None and self._at >= self._end:
                    return
        if self._size:
            yield self._whole(b"")

    @property
    def _is_beyond(self) -> bool:
        """Whether the bytes read last reach over the end: then the first line end is the last."""
        return self._end is not None and self._at + self._size >= self._end

    def _block(self) -> bytes:
        left = self._sizes.piece if self._end is None else self._end - self._at - self._size
        if left <= 0 and not self._size:
            return b""
        return self._read(min(self._sizes.piece, left) if left > 0 else self._sizes.piece)

    def _read(self, size: int) -> bytes:
        if not self._back:
            return self._stream.read(size)
        taken, self._back = self._back[:size], self._back[size:]
        return taken

    def _hold(self, block: bytes) -> None:
        if block:
            self._held.append(block)
            self._size += len(block)

    def _whole(self, rest: bytes) -> Piece:
        piece = Piece(b"".join((*self._held, rest)), self._at)
        self._at += len(piece.data)
        self._held, self._size = [], 0
        return piece

    def _windows(self) -> Iterator[Piece]:
        """Give a line in windows, up to its end."""
        long = _LongLine(b"".join(self._held), self._at, self._sizes, self._read)
        self._held, self._size = [], 0
        yield from long.windows()
        self._at, self._back = long.at, long.rest + self._back


class _LongLine:
    """A line that is too long to be held, given its beginning."""

    def __init__(self, data: bytes, at: int, sizes: Sizes, read: Callable[[int], bytes]) -> None:
        self._data = data
        self.at = at
        """Where `_data` begins in the file; in the end, where the line ended."""
        self._sizes = sizes
        self._read = read
        self._line_end = -1
        """Offset in `_data` after the line end, -1 while it is not known."""
        self.rest = b""
        """What was read of the lines after it."""

    def windows(self) -> Iterator[Piece]:
        before, is_first = 0, True
        while True:
            stop = before + self._sizes.piece
            self._fill(stop + self._sizes.overlap)
            if 0 <= self._line_end <= stop:
                break
            last = len(self._data) if self._line_end < 0 else self._line_end
            after = min(self._sizes.overlap, last - stop)
            shared = after + self._sizes.overlap
            yield Piece(self._data[: stop + after], self.at, before, after, shared, True, is_first)
            self._drop(stop - self._sizes.overlap)
            before, is_first = self._sizes.overlap, False
        yield Piece(self._data[: self._line_end], self.at, before, 0, 0, True, is_first)
        self.rest = self._data[self._line_end :]
        self.at += self._line_end

    def _fill(self, size: int) -> None:
        while self._line_end < 0 and len(self._data) < size:
            block = self._read(self._sizes.piece)
            found = block.find(b"\n") + 1
            if found or not block:
                self._line_end = len(self._data) + found
            self._data += block

    def _drop(self, size: int) -> None:
        self._data = self._data[size:]
        self.at += size
        if self._line_end >= 0:
            self._line_end -= size
