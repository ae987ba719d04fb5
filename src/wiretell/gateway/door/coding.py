"""Content codings undone, for reading only: what passes stays as it is. A bomb stops the reading, not the passing."""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

import brotli
import zstandard

from wiretell.errors import FormatError

_PIECE_BYTES: Final = 256 << 10
_FED_BYTES: Final = 64 << 10
_MAX_MEMBERS: Final = 16
"""Of gzip: streams one after the other. Empty ones would cost their reader time and grow to nothing."""
_ANY_GROWTH_BYTES: Final = 1 << 20
_MAX_GROWTH: Final = 200
"""Times as large as it came, of what is larger than `_ANY_GROWTH_BYTES`; conversations shrink to a tenth or so."""
_MAX_WINDOW_BYTES: Final = 64 << 20
"""Of zstandard: what a sender may ask us to remember."""


class _FullError(Exception):
    """More came out than is read."""


class Undone(ABC):
    """One content coding, undone piece by piece."""

    @abstractmethod
    def feed(self, data: bytes) -> None:
        """Take coded bytes; give the plain ones to the sink. :raises ValueError: where they are not so coded."""


class _Zlib(Undone):
    def __init__(self, sink: Callable[[bytes], object], *, gzip: bool) -> None:
        self._sink = sink
        self._gzip = gzip
        self._state = zlib.decompressobj(31 if gzip else 15)
        self._begun = False
        self._members = 0

    def feed(self, data: bytes) -> None:
        for start in range(0, len(data), _FED_BYTES):  # what is left of a piece is copied each time, so they are small
            self._feed(data[start : start + _FED_BYTES])

    def _feed(self, data: bytes) -> None:
        while data:
            try:
                plain = self._state.decompress(data, _PIECE_BYTES)
            except zlib.error as error:
                if self._gzip or self._begun:
                    raise ValueError(str(error)) from None
                self._state = zlib.decompressobj(-15)  # "deflate" without zlib's own head, as some servers have it
                self._begun = True
                continue
            self._begun = True
            self._sink(plain)
            data = self._state.unconsumed_tail
            if self._state.eof:
                data = self._state.unused_data
                self._members += 1
                if self._members > _MAX_MEMBERS:
                    raise ValueError(f"it has more than {_MAX_MEMBERS} members")
                self._state = zlib.decompressobj(31 if self._gzip else 15)


class _Brotli(Undone):
    def __init__(self, sink: Callable[[bytes], object]) -> None:
        self._sink = sink
        self._state = brotli.Decompressor()

    def feed(self, data: bytes) -> None:
        try:
            self._sink(self._state.process(data, output_buffer_limit=_PIECE_BYTES))
            while not self._state.can_accept_more_data():
                self._sink(self._state.process(b"", output_buffer_limit=_PIECE_BYTES))
        except brotli.error as error:
            raise ValueError(str(error)) from None


class _Zstd(Undone):
    def __init__(self, sink: Callable[[bytes], object]) -> None:
        self._sink = sink
        state = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES)
        self._writer = state.stream_writer(self, write_size=_PIECE_BYTES, closefd=False)  # type: ignore[arg-type]  # has `write`

    def write(self, plain: bytes) -> int:
        """Take what the decompressor gives: it writes to this as to a file."""
        self._sink(bytes(plain))
        return len(plain)

    def feed(self, data: bytes) -> None:
        try:
            self._writer.write(data)
        except zstandard.ZstdError as error:
            raise ValueError(str(error)) from None


def _undone(coding: str, sink: Callable[[bytes], object]) -> Undone | None:
    match coding:
        case "gzip" | "x-gzip":
            return _Zlib(sink, gzip=True)
        case "deflate":
            return _Zlib(sink, gzip=False)
        case "br":
            return _Brotli(sink)
        case "zstd":
            return _Zstd(sink)
        case _:
            return None


class Reading:
    """Follows a body as it passes. Never fails: what cannot be read is said in `fault`."""

    def __init__(self, coding: str, sink: Callable[[bytes], object], limit: int) -> None:
        """`limit` is in bytes of what comes out. `sink` gets plain bytes in pieces."""
        self._sink = sink
        self._limit = limit
        self._came = 0
        self._given = 0
        self.fault = ""
        """Why the reading stopped; empty while it goes on."""
        coding = coding.strip().lower()
        self._undone = None if coding in {"", "identity"} else _undone(coding, self._take)
        self._plain = self._undone is None
        if self._plain and coding not in {"", "identity"}:
            self.fault = f"its content coding {coding[:40]!r} is not known"

    def _take(self, plain: bytes) -> None:
        self._given += len(plain)
        if self._given > min(self._limit, max(_ANY_GROWTH_BYTES, self._came * _MAX_GROWTH)):
            raise _FullError
        if plain:
            self._sink(plain)

    def feed(self, data: bytes) -> None:
        """Look at more of it."""
        if self.fault:
            return
        if self._undone is None:
            self._sink(data)
            return
        self._came += len(data)
        try:
            self._undone.feed(data)
        except ValueError as error:
            self.fault = f"its content coding is broken ({error})"
        except _FullError:
            self.fault = "it grows beyond what is read when its content coding is undone"


def plain_body(body: bytes, coding: str, limit: int) -> bytes:
    """Return a request's body with its content coding undone.

    :raises FormatError: for an unknown or broken coding, or where it grows beyond `limit` bytes.
    """
    if not coding or coding.strip().lower() == "identity":
        return body
    pieces: list[bytes] = []
    reading = Reading(coding, pieces.append, limit)
    reading.feed(body)
    if reading.fault:
        raise FormatError(f"The request's body cannot be read: {reading.fault}.")
    return b"".join(pieces)
