"""Steps of decoding that need no key: encodings of text, and compressions, within bounds."""

from __future__ import annotations

import binascii
import re
import zlib
from base64 import b32decode
from collections.abc import Callable, Iterator
from typing import Final

import zstandard

LARGEST: Final = 1 << 20
"""Bytes that one decompression may give; a list is smaller, a bomb is not."""
RATIO: Final = 100
"""How many times its own size something may grow; text grows by 10 at most."""
_ALLOWANCE = 4096
_SHORTEST = 8
"""Characters of the shortest encoding that is worth a look inside another one."""
_WINDOW = 1 << 23
_SPACE = re.compile(rb"\s+")
_HEX = re.compile(rb"(?:[0-9a-f]{2})+|(?:[0-9A-F]{2})+")
_BASE32 = re.compile(rb"[A-Z2-7]+={0,6}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_BASE64URL = re.compile(rb"[A-Za-z0-9_-]+={0,2}")
_URL = bytes.maketrans(b"-_", b"+/")
_TEXT_START = re.compile(rb"[\t\n\r -~]{8}")


def undone(parts: tuple[bytes, ...]) -> Iterator[tuple[str, tuple[bytes, ...]]]:
    """Give every step that can be undone on all parts alike, with what it leaves."""
    readers = _ENCODINGS if _TEXT_START.match(parts[0]) else _COMPRESSIONS
    for name, reader in readers:
        out = []
        for part in parts:
            if not part or not (plain := reader(part)):
                break
            out.append(plain)
        else:
            yield name, tuple(out)


def _hex(text: bytes) -> bytes | None:
    return binascii.unhexlify(text) if _encoded(_HEX, text) else None


def _base32(text: bytes) -> bytes | None:
    try:
        return b32decode(_padded(text, 8)) if _encoded(_BASE32, text) else None
    except binascii.Error:
        return None


def _base64(text: bytes) -> bytes | None:
    text = _SPACE.sub(b"", text)
    try:
        return binascii.a2b_base64(_padded(text, 4)) if _encoded(_BASE64, text) else None
    except binascii.Error:
        return None


def _base64url(text: bytes) -> bytes | None:
    return _base64(text.translate(_URL)) if _encoded(_BASE64URL, text) and (b"-" in text or b"_" in text) else None


def _encoded(form: re.Pattern[bytes], text: bytes) -> bool:
    return len(text) >= _SHORTEST and form.fullmatch(text) is not None


def _padded(text: bytes, block: int) -> bytes:
    bare = text.rstrip(b"=")
    return bare + b"=" * (-len(bare) % block)


def _utf16(blob: bytes) -> bytes | None:
    """Read UTF-16 whose characters are ASCII, either byte order."""
    for zeros, others in ((blob[1::2], blob[::2]), (blob[::2], blob[1::2])):
        if len(zeros) >= _SHORTEST and not zeros.strip(b"\0") and b"\0" not in others:
            return others
    return None


def gzip(blob: bytes) -> bytes | None:
    """Decompress a gzip file (RFC 1952), its checksum verified; None for anything else and for what grows too large."""
    return _inflated(blob, 31) if blob[:2] == b"\x1f\x8b" else None


def zlib_stream(blob: bytes) -> bytes | None:
    """Decompress a zlib stream (RFC 1950), its checksum verified."""
    headed = len(blob) > 6 and blob[0] & 15 == 8 and blob[0] < 0x80 and (blob[0] << 8 | blob[1]) % 31 == 0
    return _inflated(blob, 15) if headed else None


def _deflate(blob: bytes) -> bytes | None:
    """Decompress a raw stream (RFC 1951) that ends where the blob ends."""
    return _inflated(blob, -15) if plausible_block(blob) else None


def plausible_block(blob: bytes) -> bool:
    """Tell whether a block of DEFLATE can begin so (RFC 1951, 3.2.3): cheaper than an attempt."""
    match blob[0] >> 1 & 3:
        case 0:
            stored, inverted = int.from_bytes(blob[1:3], "little"), int.from_bytes(blob[3:5], "little")
            return len(blob) >= 5 and stored ^ inverted == 0xFFFF
        case 1:
            return True
        case 2:
            return blob[0] >> 3 <= 29
        case _:
            return False


def _zstd(blob: bytes) -> bytes | None:
    if blob[:4] != b"\x28\xb5\x2f\xfd":
        return None
    try:
        reader = zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(blob)
        plain = reader.read(_bound(blob) + 1)
    except zstandard.ZstdError:
        return None
    return plain if len(plain) <= _bound(blob) else None


def _inflated(blob: bytes, window: int) -> bytes | None:
    stream = zlib.decompressobj(window)
    try:
        plain = stream.decompress(blob, _bound(blob))
    except zlib.error:
        return None
    return plain if stream.eof and not (stream.unused_data and window < 0) else None


def _bound(blob: bytes) -> int:
    return min(LARGEST, _ALLOWANCE + RATIO * len(blob))


_Reader = Callable[[bytes], bytes | None]
_ENCODINGS: tuple[tuple[str, _Reader], ...] = (
    ("hex", _hex),
    ("base32", _base32),
    ("base64", _base64),
    ("base64url", _base64url),
)
_COMPRESSIONS: tuple[tuple[str, _Reader], ...] = (
    ("gzip", gzip),
    ("zlib", zlib_stream),
    ("zstd", _zstd),
    ("utf-16", _utf16),
    ("deflate", _deflate),
)
