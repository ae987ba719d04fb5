"""Keys over compressed bytes: no text shows through, but the header of gzip (RFC 1952) or zlib (RFC 1950) does.

gzip: without a name, a comment and a time, as libraries write it, eight bytes are known, and the next two (level and
system) take few values: a key of up to eight bytes follows from them. zlib: two bytes, of which a key of one byte
follows, and one of two for the two levels in use. The checksum at the end leaves no doubt. Longer keys, and keys over
a raw stream, are not found.
"""

from __future__ import annotations

from collections.abc import Iterator

from wiretell.scan.keys.ciphers import FAMILIES, shortest, tables, undo
from wiretell.scan.keys.layers import gzip, plausible_block, zlib_stream

_GZIP = b"\x1f\x8b\x08\0\0\0\0\0"
_LEVELS = b"\0\x02\x04"
_SYSTEMS = b"\x03\xff\0\x13\x0a\x07"
_ZLIB = (b"\x78\x9c", b"\x78\xda", b"\x78\x5e", b"\x78\x01")
_IN_USE = 2
_SMALLEST = 24


def unpacked(blob: bytes) -> Iterator[tuple[str, bytes, str, bytes]]:
    """Give cipher, key, compression and plain bytes of every key under which the blob decompresses."""
    if len(blob) < _SMALLEST:
        return
    for family in FAMILIES:
        for key in _zlib_keys(family, blob):
            if text := zlib_stream(undo(family, key, blob)):
                yield family, key, "zlib", text
        if (found := _gzip_key(family, blob)) and (text := gzip(undo(family, found, blob))):
            yield family, found, "gzip", text


def _zlib_keys(family: str, blob: bytes) -> Iterator[bytes]:
    decode = tables(family)
    for rank, header in enumerate(_ZLIB):
        key = shortest(bytes(decode[plain][byte] for plain, byte in zip(header, blob, strict=False)))
        usual = len(key) == 1 or rank < _IN_USE
        if usual and any(key) and plausible_block(decode[key[0]][blob[2]].to_bytes() + _UNSTORED):
            yield key


def _gzip_key(family: str, blob: bytes) -> bytes | None:
    """Return the shortest key that fits the known bytes, level, system and the last byte.

    The last byte of the file is zero: it is the highest of its size before compression.
    """
    known = undo(family, _GZIP, blob[:8])
    size = next(size for size in range(1, 9) if known[size:] == known[: 8 - size])
    decode = tables(family)
    level, system, last = (decode[known[at % size]][blob[at]] for at in (8, 9, len(blob) - 1))
    fits = level in _LEVELS and system in _SYSTEMS and not last
    return known[:size] if fits and any(known) else None


_UNSTORED = bytes(4)
"""What follows the first byte is not looked at but for stored blocks, which no compressor writes for text."""
