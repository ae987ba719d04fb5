"""Undoes content codings (RFC 9110, 8.4.1), and finds how a coded body can be made again of what is in it. Pure."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Final

import brotli
import zstandard

from wiretell.errors import FormatError

_SNIFFED: Final = 16
MOST_BYTES: Final = 256 << 20
"""No body is unpacked to more: a few kilobytes can claim to be terabytes."""


def decoded(body: bytes, coding: str) -> bytes:
    """Return a body without its codings, which stand in the order they were applied.

    :raises FormatError: for an unknown coding, a broken body, or one of more than `MOST_BYTES`.
    """
    for name in reversed([name.strip().lower() for name in coding.split(",")]):
        if name and name != "identity":
            body = _one(body, name)
    return body


def sniffed(body: bytes) -> tuple[bytes | None, bool]:
    """Return a body of which the coding is not told, uncoded, and whether it had one; None: it is no text, nor known.

    Bodies of model hosts are JSON or events: what begins with ASCII, or is UTF-8, has no coding.
    """
    with suppress(UnicodeDecodeError):
        return (body if body[:_SNIFFED].isascii() or body.decode() else b""), False
    for name in _DECODERS:
        with suppress(FormatError):
            return _one(body, name), True
    return None, False


def recoder(body: bytes, coding: str, plain: bytes) -> str | None:
    """Return the name of what makes `body` of `plain` again, byte for byte; None: nothing known does."""
    names = [name for name in RECODERS if name.startswith(f"{coding.strip().lower()}-")]
    return next((name for name in names if RECODERS[name](plain) == body), None)


def _one(body: bytes, name: str) -> bytes:
    decode = _DECODERS.get(name)
    if decode is None:
        raise FormatError(f"the content coding {name!r} is not known.")
    try:
        return decode(body)
    except (zlib.error, zstandard.ZstdError, brotli.error, EOFError) as error:
        raise FormatError(f"the body is not what its content coding {name!r} says: {error}.") from None


def _inflated(body: bytes, bits: int) -> bytes:
    unpacker = zlib.decompressobj(bits)
    plain = unpacker.decompress(body, MOST_BYTES)
    if not unpacker.eof or unpacker.unused_data:
        raise zlib.error("it ends too early, or too late")
    return plain


def _deflate(body: bytes) -> bytes:
    try:
        return _inflated(body, zlib.MAX_WBITS)
    except zlib.error:
        return _inflated(body, -zlib.MAX_WBITS)  # as some send it, without zlib's frame


def _brotli(body: bytes) -> bytes:
    unpacker = brotli.Decompressor()
    plain: bytes = unpacker.process(body, output_buffer_limit=MOST_BYTES)
    if not unpacker.is_finished():
        raise brotli.error("it ends too early, or is too long")
    return plain


def _zstd(body: bytes) -> bytes:
    unpacker = zstandard.ZstdDecompressor().decompressobj()
    plain = unpacker.decompress(body) if _claimed(body) <= MOST_BYTES else None
    if plain is None or not unpacker.eof or unpacker.unused_data:
        raise zstandard.ZstdError("it ends too early, or is too long")
    return plain


def _claimed(body: bytes) -> int:
    """Return how long a zstd frame can become: what it says, or what its length allows (each block at most 128 KiB)."""
    size = zstandard.frame_content_size(body)
    if size >= 0:
        return size
    with zstandard.ZstdDecompressor().stream_reader(body) as reader:
        total = 0
        while total <= MOST_BYTES and (piece := reader.read(1 << 20)):
            total += len(piece)
    return total


def _zstd_with(level: int, *, size: bool) -> Callable[[bytes], bytes]:
    def encode(plain: bytes) -> bytes:
        if size:
            return zstandard.ZstdCompressor(level=level).compress(plain)
        packer = zstandard.ZstdCompressor(level=level, write_content_size=False).compressobj()
        return packer.compress(plain) + packer.flush()

    return encode


_DECODERS: Final[Mapping[str, Callable[[bytes], bytes]]] = MappingProxyType(
    {
        "gzip": lambda body: _inflated(body, zlib.MAX_WBITS | 16),
        "x-gzip": lambda body: _inflated(body, zlib.MAX_WBITS | 16),
        "deflate": _deflate,
        "br": _brotli,
        "zstd": _zstd,
    }
)
RECODERS: Final[Mapping[str, Callable[[bytes], bytes]]] = MappingProxyType(
    {
        "zstd-3-stream": _zstd_with(3, size=False),
        "zstd-3": _zstd_with(3, size=True),
        "zstd-1-stream": _zstd_with(1, size=False),
        "gzip-6": lambda plain: gzip.compress(plain, 6, mtime=0),
        "gzip-9": lambda plain: gzip.compress(plain, 9, mtime=0),
    }
)
"""How clients code their bodies; tried in this order."""
