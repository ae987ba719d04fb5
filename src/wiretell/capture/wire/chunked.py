"""The chunked transfer coding (RFC 9112, section 7.1), read without losing a byte."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

MAX_CHUNK_LINE_BYTES: Final = 16 << 10
"""A size and its extensions; as much as Node takes."""

_SIZE_LINE = re.compile(rb"[ \t]*+([0-9A-Fa-f]{1,15})([ \t]*+(?:;[^\n]*?)?)\r?\n")
_TRAILERS_END = re.compile(rb"\n\r?\n")


class _At(Enum):
    SIZE = auto()
    DATA = auto()
    TRAILERS = auto()


class ChunkedReader:
    """Reads one chunked body out of a buffer that grows; keeps places in it, not bytes."""

    def __init__(self, max_body_bytes: int, max_trailer_bytes: int) -> None:
        self._max_body = max_body_bytes
        self._max_raw = 2 * max_body_bytes + MAX_CHUNK_LINE_BYTES
        """Chunks of one byte take six on the wire; so what they take is bounded too."""
        self._max_trailers = max_trailer_bytes
        self._state = _At.SIZE
        self._pos = 0
        """Bytes of the raw body that were understood."""
        self._scanned = 0
        """Bytes of it in which no end of the trailers was found."""
        self._left = 0
        """Bytes of the chunk that is being read."""
        self._total = 0
        self._spans: list[tuple[int, int]] = []
        self._extensions: list[bytes] = []
        self.trailers: tuple[int, int] | None = None
        """Span of the trailer section and the blank line that ends it, once the body is complete."""
        self.wrong: str | None = None
        """Why the body cannot be read, if it cannot."""

    @property
    def frames(self) -> tuple[int, ...]:
        """Sizes of the complete chunks in bytes, without the closing chunk of size 0."""
        return tuple(end - start for start, end in self._spans)

    @property
    def extensions(self) -> tuple[bytes, ...]:
        """Of each chunk, the closing one included: what stands on its line after the size."""
        return tuple(self._extensions)

    def body(self, buffer: bytearray, start: int) -> bytes:
        """Return what the chunks hold, the last one as far as it is there."""
        spans = list(self._spans)
        if self._state is _At.DATA:
            spans.append((self._pos, self._pos + self._left))
        return b"".join(bytes(buffer[start + a : start + b]) for a, b in spans)

    def read(self, buffer: bytearray, start: int) -> None:
        """Read on in `buffer`, in which the body begins at `start`; call again when the same buffer has grown."""
        while self.trailers is None and self.wrong is None and self._step(buffer, start):
            pass

    def _step(self, buffer: bytearray, start: int) -> bool:
        """Read one part; return whether it was all there."""
        match self._state:
            case _At.SIZE:
                return self._size(buffer, start + self._pos)
            case _At.DATA:
                return self._data(buffer, start + self._pos)
            case _At.TRAILERS:
                return self._trailer_section(buffer, start + self._pos, start)

    def _size(self, buffer: bytearray, at: int) -> bool:
        line_end = buffer.find(b"\n", at, at + MAX_CHUNK_LINE_BYTES) + 1
        if not line_end:
            if len(buffer) - at >= MAX_CHUNK_LINE_BYTES:
                self.wrong = f"the line of a chunk's size is longer than {MAX_CHUNK_LINE_BYTES} bytes"
            return False
        found = _SIZE_LINE.fullmatch(buffer, at, line_end)
        if found is None:
            self.wrong = "a chunk does not begin with its size"
            return False
        self._left = int(found[1], 16)
        self._total += self._left
        self._extensions.append(bytes(found[2]))
        self._pos += line_end - at
        self._state = _At.DATA if self._left else _At.TRAILERS
        if self._total > self._max_body or self._pos > self._max_raw:
            self.wrong = f"the body of the request is longer than {self._max_body} bytes"
        return self.wrong is None

    def _data(self, buffer: bytearray, at: int) -> bool:
        end = at + self._left
        line_break = bytes(buffer[end : end + 2])
        if line_break in (b"", b"\r"):
            return False
        if line_break[:1] != b"\n" and line_break != b"\r\n":
            self.wrong = "a chunk is longer than its size says"
            return False
        self._spans.append((self._pos, self._pos + self._left))
        self._pos += self._left + (1 if line_break[:1] == b"\n" else 2)
        self._state = _At.SIZE
        return True

    def _trailer_section(self, buffer: bytearray, at: int, start: int) -> bool:
        """Look for the blank line; the line feed of the closing chunk's size line may be its first half."""
        found = _TRAILERS_END.search(buffer, max(at - 1, start + self._scanned - 2), at + self._max_trailers)
        if found is not None:
            self.trailers = (self._pos, found.end() - start)
            return True
        self._scanned = len(buffer) - start
        if len(buffer) - at >= self._max_trailers:
            self.wrong = f"the trailers of the request are longer than {self._max_trailers} bytes"
        return False


@dataclass(frozen=True, slots=True)
class ChunkedBody:
    """What a chunked body says beside its content: all of it could carry something."""

    content: bytes
    frames: tuple[int, ...]
    """Sizes of the chunks in bytes, without the closing one."""
    extensions: tuple[bytes, ...]
    """Of each chunk, the closing one included: what stands on its line after the size, without the line break."""
    trailers: bytes
    """The trailer section with the blank line that ends it."""


def read_chunked(raw_body: bytes) -> ChunkedBody | None:
    """Read `Request.raw_body`; None if it is no complete chunked body."""
    reader = ChunkedReader(len(raw_body), len(raw_body))
    buffer = bytearray(raw_body)
    reader.read(buffer, 0)
    if reader.trailers is None or reader.trailers[1] != len(raw_body):
        return None
    start, end = reader.trailers
    return ChunkedBody(reader.body(buffer, 0), reader.frames, reader.extensions, raw_body[start:end])
