"""Keys over compressed bytes: no text shows through, but the header of gzip (RFC 1952) or zlib (RFC 1950) does.

gzip: magic number, method and flags (none, or a name) are four bytes; a key of up to four follows from them. Without
a name and a time, as some libraries write it, eight are known, and so are keys of up to eight. The next two (level and
system) take few values, and the last is zero. zlib: two bytes, of which four pairs are in use; a key of up to two
follows from each. The checksum at the end leaves no doubt. Longer keys, and keys over a raw stream, are not found.
"""

from __future__ import annotations

from collections.abc import Iterator

from wiretell.scan.keys.ciphers import FAMILIES, shortest, tables, undo
from wiretell.scan.keys.layers import gzip, plausible_block, zlib_stream

_GZIP = b"\x1f\x8b\x08\0"
_NAMED = b"\x1f\x8b\x08\x08"
_KNOWN = ((_GZIP, range(1, 5)), (_NAMED, range(1, 5)), (_GZIP + bytes(4), range(5, 9)))
"""What a file begins with, and the lengths of key that follow from it."""
_LEVELS = b"\0\x02\x04"
_SYSTEMS = b"\x03\xff\0\x13\x0a\x07"
_ZLIB = (b"\x78\x9c", b"\x78\xda", b"\x78\x5e", b"\x78\x01")
_SMALLEST = 24


def unpacked(blob: bytes) -> Iterator[tuple[str, bytes, str, bytes]]:
    """Give cipher, key, compression and plain bytes of every key under which the blob decompresses."""
    if len(blob) < _SMALLEST:
        return
    for family in FAMILIES:
        for key in _zlib_keys(family, blob):
            if text := zlib_stream(undo(family, key, blob)):
                yield family, key, "zlib", text
        for key in _gzip_keys(family, blob):
            if text := gzip(undo(family, key, blob)):
                yield family, key, "gzip", text


def _zlib_keys(family: str, blob: bytes) -> Iterator[bytes]:
    decode = tables(family)
    for header in _ZLIB:
        key = shortest(bytes(decode[plain][byte] for plain, byte in zip(header, blob, strict=False)))
        if any(key) and plausible_block(decode[key[0]][blob[2]].to_bytes() + _UNSTORED):
            yield key


def _gzip_keys(family: str, blob: bytes) -> Iterator[bytes]:
    """Give the keys that fit the known bytes, level, system and the last byte, shortest first.

    The last byte of the file is zero: it is the highest of its size before compression.
    """
    decode = tables(family)
    for header, sizes in _KNOWN:
        known = undo(family, header, blob[: len(header)])
        for size in sizes:
            if known[size:] != known[:-size] or not any(known) or len(shortest(known[:size])) < size:
                continue
            level, system, last = (decode[known[at % size]][blob[at]] for at in (8, 9, len(blob) - 1))
            if level in _LEVELS and system in _SYSTEMS and not last:
                yield known[:size]


_UNSTORED = bytes(4)
"""What follows the first byte is not looked at but for stored blocks, which no compressor writes for text."""
