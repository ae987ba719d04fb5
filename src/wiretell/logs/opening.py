"""Opening what a user names: a file, a pipe, standard input; compressed ones are unpacked on the way."""

from __future__ import annotations

import contextlib
import io
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

import zstandard

from wiretell.logs.interface import Readable

STANDARD_INPUT: Final = "-"
_GZIP: Final = b"\x1f\x8b\x08"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_PACKED_BYTES: Final = 64 << 10
"""Read at once of a compressed file."""
_SLICE_BYTES: Final = 1 << 10
"""zstd is fed so little at a time: a block of 128 KiB fits into four bytes, and each call decodes all it was fed."""
_ZSTD_WINDOW_BYTES: Final = 128 << 20


def is_packed(head: bytes) -> str:
    """Return how a file is compressed, by its first bytes: `gzip`, `zstd`, or empty."""
    if head.startswith(_GZIP):
        return "gzip"
    return "zstd" if head.startswith(_ZSTD) else ""


@contextlib.contextmanager
def opened(source: str) -> Iterator[Ahead]:
    """Open a source as a stream of what it holds once it is unpacked. OSError where it cannot be opened."""
    if source == STANDARD_INPUT:
        yield _unpacking(sys.stdin.buffer)
        return
    with Path(source).open("rb") as file:
        yield _unpacking(file)


class Ahead:
    """A stream whose beginning can be looked at before it is read, and which ends where it cannot be read further."""

    def __init__(self, stream: Readable, head: bytes = b"") -> None:
        self._stream = stream
        self._head = head
        self.failed = ""
        """Why it could not be read to its end; empty while it can."""

    def head(self, size: int) -> bytes:
        """Return the first `size` bytes, fewer where there are no more, and keep them for `read`."""
        pieces = [self._head]
        have = len(self._head)
        while have < size and (piece := self._more(size - have)):
            pieces.append(piece)
            have += len(piece)
        self._head = b"".join(pieces)
        return self._head[:size]

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes; none: it is at its end."""
        if not self._head:
            return self._more(size)
        taken, self._head = self._head[:size], self._head[size:]
        return taken

    def _more(self, size: int) -> bytes:
        if self.failed:
            return b""
        try:
            return self._stream.read(size)
        except OSError as error:
            self.failed = error.strerror or str(error)
            return b""


def _unpacking(file: Readable) -> Ahead:
    stream = Ahead(file)
    match is_packed(stream.head(len(_ZSTD))):
        case "gzip":
            return Ahead(Unpacked(stream, _Gzip))
        case "zstd":
            return Ahead(Unpacked(stream, _Zstd))
        case _:
            return stream


class _Member(Protocol):
    """One gzip member (RFC 1952) or zstd frame (RFC 8878); several may follow each other."""

    slice_bytes: int

    @property
    def ended(self) -> bool: ...
    @property
    def unused(self) -> bytes: ...
    def unpack(self, data: bytes) -> bytes: ...


class _Gzip:
    slice_bytes = _PACKED_BYTES

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(31)

    @property
    def ended(self) -> bool:
        return self._inflate.eof

    @property
    def unused(self) -> bytes:
        return self._inflate.unused_data

    def unpack(self, data: bytes) -> bytes:
        return self._inflate.decompress(data)


class _Zstd:
    slice_bytes = _SLICE_BYTES

    def __init__(self) -> None:
        self._frame = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES).decompressobj()

    @property
    def ended(self) -> bool:
        return self._frame.eof

    @property
    def unused(self) -> bytes:
        return self._frame.unused_data

    def unpack(self, data: bytes) -> bytes:
        return self._frame.decompress(data)


class Unpacked:
    """What a compressed stream holds. What could be unpacked before an error is given before the error."""

    def __init__(self, packed: Readable, member: type[_Gzip] | type[_Zstd]) -> None:
        self._packed = packed
        self._new = member
        self._member: _Member = member()
        self._begun = False
        self._waiting = b""
        """Packed bytes that were read and not yet unpacked."""
        self._ready = io.BytesIO()

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes; none: it is at its end. OSError where the data is broken or cut off."""
        while True:
            data = self._ready.read(size)
            if data:
                return data
            more = self._more()
            if more is None:
                return b""
            self._ready = io.BytesIO(more)

    def _more(self) -> bytes | None:
        """Unpack a slice; None at the end."""
        if not self._waiting:
            self._waiting = self._packed.read(_PACKED_BYTES)
        if not self._waiting:
            if self._begun:
                raise OSError("the compressed data is cut off")
            return None
        taken = self._waiting[: self._member.slice_bytes]
        self._waiting = self._waiting[self._member.slice_bytes :]
        try:
            data = self._member.unpack(taken)
        except (zlib.error, zstandard.ZstdError) as error:
            raise OSError(f"the compressed data is broken ({error})") from error
        self._begun = True
        if self._member.ended:
            self._waiting = self._member.unused + self._waiting
            self._member, self._begun = self._new(), False
        return data
