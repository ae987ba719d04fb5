"""Members of zip archives and wheels (APPNOTE.TXT 6.3.10), read from the central directory without unpacking.

Own reader, since the standard library's builds an object for each of the claimed members before the first can be
refused, and (before 2024) let members share their bytes, of which flat bombs are made (CVE-2024-0450).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from wiretell.scan.unpack.limits import BrokenError
from wiretell.scan.unpack.names import clipped

_END: Final = struct.Struct("<4s4H2IH")
_END64: Final = struct.Struct("<4sQ2H2I4Q")
_ENTRY: Final = struct.Struct("<4s6H3I5H2I")
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_MAX_COMMENT: Final = 0xFFFF
_WIDE: Final = 0xFFFFFFFF
_METHODS: Final = {0: "stored", 8: "deflate", 12: "bzip2", 93: "zstd"}


@dataclass(frozen=True, slots=True, order=True)
class ZipMember:
    """A file in the archive, as the central directory has it."""

    header: int
    """Offset of its local header."""
    packed: int
    size: int
    """As claimed; not believed when it is unpacked."""
    method: str
    """`stored`, `deflate`, `bzip2`, `zstd`, or `method N` for one that nothing here unpacks."""
    encrypted: bool
    name: str


def members(data: memoryview, most: int) -> tuple[ZipMember, ...]:
    """Return up to `most` files in the order of their bytes. Raises BrokenError."""
    start, end, shift = _directory(data)
    try:
        return tuple(sorted(_entries(data, start, end, shift, most)))
    except struct.error as error:
        raise BrokenError("its directory is cut off") from error


def _directory(data: memoryview) -> tuple[int, int, int]:
    """Return start and end of the central directory, and by how much a prefix (a script) shifts all offsets."""
    tail = bytes(data[-(_END.size + _MAX_COMMENT) :])
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or len(tail) - found < _END.size:
        raise BrokenError("it has no directory at its end: cut off, or no zip archive")
    end = len(data) - len(tail) + found
    *_, size, offset, _ = _END.unpack_from(tail, found)
    wide = end - 20 - _END64.size
    if (
        wide >= 0
        and bytes(data[end - 20 : end - 16]) == b"PK\x06\x07"
        and bytes(data[wide : wide + 4]) == b"PK\x06\x06"
    ):
        *_, size, offset = _END64.unpack_from(data, wide)
        end = wide
    start = end - size
    if start < 0 or offset > start:
        raise BrokenError(f"its directory claims {size} bytes at {offset}, which the file has not")
    return start, end, start - offset


def _entries(data: memoryview, at: int, end: int, shift: int, most: int) -> Iterator[ZipMember]:
    count = 0
    while at + _ENTRY.size <= end and count < most:
        fields = _ENTRY.unpack_from(data, at)
        signature, flags, method = fields[0], fields[3], fields[4]
        packed, size, name_length, extra_length, comment = fields[8:13]
        if signature != b"PK\x01\x02":
            raise BrokenError(f"its directory has no entry at {at}")
        name = bytes(data[at + _ENTRY.size : at + _ENTRY.size + name_length])
        extra = bytes(data[at + _ENTRY.size + name_length :][:extra_length])
        size, packed, header = _widened(size, packed, fields[16], extra)
        at += _ENTRY.size + name_length + extra_length + comment
        count += 1
        if not name.endswith(b"/"):
            text = name.decode("utf-8" if flags & 0x800 else "cp437", "backslashreplace")
            known = _METHODS.get(method, f"method {method}")
            yield ZipMember(header + shift, packed, size, known, bool(flags & 1), clipped(text))


def _widened(size: int, packed: int, header: int, extra: bytes) -> tuple[int, int, int]:
    """Replace fields that do not fit 32 bits by those of the zip64 extra field (4.5.3)."""
    while len(extra) >= 4:
        tag, length = struct.unpack_from("<HH", extra)
        if tag == 1:
            values = iter(struct.unpack_from(f"<{min(length, len(extra) - 4) // 8}Q", extra, 4))
            return (
                next(values, size) if size == _WIDE else size,
                next(values, packed) if packed == _WIDE else packed,
                next(values, header) if header == _WIDE else header,
            )
        extra = extra[4 + length :]
    return size, packed, header


def content(data: memoryview, member: ZipMember, free_from: int) -> tuple[int, int]:
    """Return where the member's bytes stand: [start, end). Raises BrokenError.

    `free_from`: where the member before it ended; members that share bytes are the making of bombs.
    """
    if member.header < free_from:
        raise BrokenError("it shares its bytes with another member, as bombs do")
    if member.header + _LOCAL.size > len(data) or bytes(data[member.header : member.header + 4]) != b"PK\x03\x04":
        raise BrokenError("the directory leads to no member")
    *_, name_length, extra_length = _LOCAL.unpack_from(data, member.header)
    start = member.header + _LOCAL.size + name_length + extra_length
    if start + member.packed > len(data):
        raise BrokenError(f"it claims {member.packed} bytes and the archive ends before them")
    return start, start + member.packed
