"""Raw deflate and gzip in bounded pieces and linear time, also where a stream is made of thousands of tiny ones.

The standard library's gzip reads names in headers byte by byte: a microsecond each.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

_FIRST_STEP: Final = 4 << 10
_LAST_STEP: Final = 1 << 20
_LONGEST_TEXT: Final = 64 << 10
"""Of a name or comment in a header; there are none that long."""
_CUT: Final = "it is cut off"
_FHCRC, _FEXTRA, _FNAME, _FCOMMENT, _RESERVED = 2, 4, 8, 16, 0xE0


class Inflate:
    """A raw deflate stream (RFC 1951) from a place on."""

    def __init__(self, packed: memoryview, at: int = 0) -> None:
        self._packed, self._at, self._left, self._step = packed, at, b"", _FIRST_STEP
        self._zlib = zlib.decompressobj(-15)

    @property
    def end(self) -> int:
        """Where the bytes behind the stream begin, once `read` gave none."""
        return self._at - len(self._zlib.unused_data)

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes; none at the end. Raises zlib.error, EOFError."""
        while not self._zlib.eof:
            if not self._left:
                self._left = bytes(self._packed[self._at : self._at + self._step])
                self._at += len(self._left)
                self._step = min(2 * self._step, _LAST_STEP)  # small at first: what is behind the end is copied
                if not self._left:
                    raise EOFError(_CUT)
            out = self._zlib.decompress(self._left, size)
            self._left = self._zlib.unconsumed_tail
            if out:
                return out
        return b""


class Gzip:
    """Gzip members one after another (RFC 1952), zeros behind them passed over."""

    def __init__(self, packed: memoryview) -> None:
        self._packed = packed
        self._body: Inflate | None = Inflate(packed, self._header(0))
        self._crc = self._length = 0

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes; none at the end. Raises zlib.error, EOFError, ValueError."""
        while self._body is not None:
            out = self._body.read(size)
            if out:
                self._crc = zlib.crc32(out, self._crc)
                self._length += len(out)
                return out
            self._body = self._next(self._body.end)
        return b""

    def _next(self, at: int) -> Inflate | None:
        """Check what stands behind a member, and begin the next."""
        if at + 8 > len(self._packed):
            raise EOFError(_CUT)
        crc, length = struct.unpack_from("<II", self._packed, at)
        if (crc, length) != (self._crc, self._length & 0xFFFFFFFF):
            raise ValueError("its checksum is wrong")
        self._crc = self._length = 0
        at = self._behind_zeros(at + 8)
        return Inflate(self._packed, self._header(at)) if at < len(self._packed) else None

    def _behind_zeros(self, at: int) -> int:
        step = 16
        while at < len(self._packed):
            some = bytes(self._packed[at : at + step])
            rest = some.lstrip(b"\0")
            at += len(some) - len(rest)
            if rest:
                break
            step = min(2 * step, _LAST_STEP)
        return at

    def _header(self, at: int) -> int:
        """Return where the header at `at` ends (2.3)."""
        head = bytes(self._packed[at : at + 10])
        if len(head) < 10:
            raise EOFError(_CUT)
        flags = head[3]
        if not head.startswith(b"\x1f\x8b\x08") or flags & _RESERVED:
            raise ValueError(f"no gzip header at {at}")
        at += 10
        if flags & _FEXTRA:
            at += 2 + int.from_bytes(bytes(self._packed[at : at + 2]), "little")
        for flag in (_FNAME, _FCOMMENT):
            at = self._behind_text(at) if flags & flag else at
        return at + 2 if flags & _FHCRC else at

    def _behind_text(self, at: int) -> int:
        step = 256
        while step <= _LONGEST_TEXT:
            found = bytes(self._packed[at : at + step]).find(0)
            if found >= 0:
                return at + found + 1
            if at + step >= len(self._packed):
                raise EOFError(_CUT)
            step *= 4
        raise ValueError(f"a name of more than {_LONGEST_TEXT} bytes in its header")
