"""Members of tar archives as slices of the archive: POSIX ustar and pax, GNU long names.

Own reader, since the standard library's keeps every member, follows chains of headers by recursion, and (before late
2025) never came back from a negative size (CVE-2025-8194).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from wiretell.scan.unpack.limits import BrokenError

_BLOCK: Final = 512
_MAX_HEADER: Final = 1 << 20
"""Of an extended header."""
_DIGITS: Final = 9
"""Of the length of a record in one, at most, with the blank behind it."""
_REGULAR: Final = frozenset(b"0\x007")


@dataclass(frozen=True, slots=True)
class TarMember:
    """A regular file in the archive."""

    name: str
    offset: int
    size: int
    readable: bool
    """False for sparse files, whose bytes do not stand there in order."""


def members(data: memoryview) -> Iterator[TarMember]:
    """Give the regular files one by one. Raises BrokenError where a header is none."""
    at, name, size = 0, "", -1
    sparse = False
    while at + _BLOCK <= len(data):
        head = bytes(data[at : at + _BLOCK])
        if not any(head):
            return  # two blocks of zeros end an archive; what follows one of them is never read by tar either
        length, kind = _checked(head, at), head[156:157]
        begin = at + _BLOCK
        if kind in {b"L", b"x"}:
            text = _header_text(data, begin, length)
            if kind == b"L":
                name = text.partition(b"\0")[0].decode("utf-8", "backslashreplace")
            else:
                name, size, sparse = _pax(text, name, size)
        elif kind in {b"g", b"K"}:
            pass
        else:
            length = size if size >= 0 else length
            if begin + length > len(data):
                raise BrokenError(f"its member at {at} claims {length} bytes and the archive ends before them")
            if kind[0] in _REGULAR or kind == b"S":
                yield TarMember(name or _name(head), begin, length, not sparse and kind != b"S")
            name, size, sparse = "", -1, False
        at = begin + -(-length // _BLOCK) * _BLOCK


def is_header(head: bytes) -> bool:
    """Whether a block is the header of a named file; archives from before POSIX have no mark but the checksum."""
    if len(head) < _BLOCK or not head[0] or head[154] not in b"\0 ":
        return False
    return _number(head[148:156]) == _sum(head)


def _sum(head: bytes) -> int:
    return sum(head[:148]) + sum(head[156:]) + 8 * ord(" ")


def _checked(head: bytes, at: int) -> int:
    """Return the size that a header states, its checksum checked. Raises BrokenError."""
    if _number(head[148:156]) != _sum(head):
        raise BrokenError(f"the header at {at} has a wrong checksum")
    size = _number(head[124:136])
    if size < 0:
        raise BrokenError(f"the header at {at} states no size")
    return size


def _number(field: bytes) -> int:
    """Return an octal number, or a base-256 one as GNU has it; -1 for what is neither."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    try:
        return int(field.strip(b" \0") or b"0", 8)
    except ValueError:
        return -1


def _header_text(data: memoryview, begin: int, length: int) -> bytes:
    if length > _MAX_HEADER or begin + length > len(data):
        raise BrokenError(f"it has an extended header of {length} bytes")
    return bytes(data[begin : begin + length])


def _pax(text: bytes, name: str, size: int) -> tuple[str, int, bool]:
    sparse = False
    for key, value in _records(text):
        if key == b"path":
            name = value.decode("utf-8", "backslashreplace")
        elif key == b"size":
            size = int(value) if value.isdigit() and len(value) < 20 else size
        elif key.startswith(b"GNU.sparse."):
            sparse = True
    return name, size, sparse


def _records(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give key and value of the records of a pax header (POSIX.1-2017, pax, "pax Extended Header").

    Each is `LENGTH KEY=VALUE LF`, LENGTH that of the whole record. From the first one that is none on, all are left:
    the header that follows tells a size and a name as well.
    """
    at = 0
    while at < len(text):
        digits = text[at : at + _DIGITS].partition(b" ")[0]
        length = int(digits) if digits.isdigit() else 0
        record = text[at : at + length]
        if len(record) <= len(digits) + 1 or len(record) != length or not record.endswith(b"\n"):
            return
        key, _, value = record[len(digits) + 1 : -1].partition(b"=")
        yield key, value
        at += length


def _name(head: bytes) -> str:
    name = head[:100].partition(b"\0")[0]
    prefix = head[345:500].partition(b"\0")[0] if head[257:263] == b"ustar\0" else b""
    return (prefix + b"/" + name if prefix else name).decode("utf-8", "backslashreplace")
