"""Decompression in a stream: bounded in bytes, in ratio and in what one scan may unpack."""

from __future__ import annotations

import bz2
import mmap
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import zstandard

from wiretell.scan.unpack.inflate import Gzip, Inflate
from wiretell.scan.unpack.limits import Account, BrokenError, RefusedError
from wiretell.scan.unpack.views import Reader

_CHUNK: Final = 1 << 20
_IN_MEMORY: Final = 16 << 20
"""Larger pieces go through a file without a name, so that memory stays bounded by what is looked at."""
_MAX_WINDOW: Final = 128 << 20
"""Memory that a zstd frame may ask for (zstd's own --long=27; RFC 8878, 3.1.1.1.2)."""

_ERRORS: Final = (zlib.error, zstandard.ZstdError, EOFError, ValueError, OSError)
"""What the libraries raise for broken input; bz2's own are kinds of OSError."""


_Source = Callable[[int], bytes]
"""Takes a number of bytes; gives as many at most, none at the end. Raises what the library raises."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What came out of a compressed piece."""

    data: memoryview
    cut: str = ""
    """Why it is not all of it; empty where it is."""


class _Frames:
    """Zstandard frames one after another (RFC 8878), fed in small pieces.

    The library's own stream reader ends without a word where a frame is cut off. One block of 3 bytes and a letter can
    stand for 128 KiB, so that a piece of `_FEED` bytes makes 64 MiB at most.
    """

    _FEED: Final = 2048

    def __init__(self, packed: memoryview) -> None:
        self._packed, self._at = packed, 0
        self._library = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
        self._frame = self._library.decompressobj()
        self._open = False

    def read(self, _size: int, /) -> bytes:
        """Return some bytes; none at the end. Raises ZstdError, EOFError."""
        while self._at < len(self._packed):
            fed = self._packed[self._at : self._at + self._FEED]
            out = self._frame.decompress(fed)
            self._at += len(fed) - len(self._frame.unused_data)
            self._open = not self._frame.eof
            if self._frame.eof:
                self._frame = self._library.decompressobj()
            if out:
                return out
        if self._open:
            raise EOFError("it is cut off")
        return b""


def _source(form: str, packed: memoryview) -> _Source:
    match form:
        case "gzip":
            return Gzip(packed).read
        case "zstd":
            return _Frames(packed).read
        case "bzip2":
            return bz2.BZ2File(Reader(packed), "rb").read1  # `read` loses what stands before a break
        case "deflate":
            return Inflate(packed).read
    raise BrokenError(f"nothing here unpacks {form}")


def unpack(form: str, packed: memoryview, account: Account) -> Unpacked:
    """Decompress `packed`. Raises RefusedError where a limit forbids it, BrokenError where nothing comes out.

    What came out before a break or the limit of one piece is returned, with `cut` saying why it ends there; what
    exceeds the ratio is taken for a bomb and dropped.
    """
    account.may_unpack()
    limits, written, cut = account.limits, 0, ""
    room = min(limits.piece_bytes, limits.total_bytes - account.unpacked)
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as sink:
        try:
            source = _source(form, packed)
            while written <= room and (chunk := source(_CHUNK)):
                written += len(chunk)
                account.took(len(chunk))
                if written > limits.ratio_from and written > limits.ratio * len(packed):
                    raise RefusedError(f"they unpack to more than {limits.ratio} times their size, as bombs do")
                sink.write(chunk)
        except _ERRORS as error:
            if not written:
                raise BrokenError(f"it is no whole {form} stream ({_words(error)})") from error
            cut = f"the {form} stream breaks off after {written} bytes ({_words(error)})"
        if written > room:
            cut = f"only its first {room >> 20} MiB were unpacked, the limit"
        return Unpacked(_view(sink, min(written, room)), cut)


def _view(sink: tempfile.SpooledTemporaryFile[bytes], size: int) -> memoryview:
    if size <= _IN_MEMORY:
        sink.seek(0)
        return memoryview(sink.read(size))
    sink.flush()
    return memoryview(mmap.mmap(sink.fileno(), size, access=mmap.ACCESS_READ))


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
