"""The section table of ELF files (System V ABI, chapter 4), read with `struct`: names and places, nothing else."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from wiretell.scan.unpack.limits import BrokenError

_NOBITS: Final = 8
"""Section that takes no room in the file."""
_COMPRESSED: Final = 0x800
_MAX_SECTIONS: Final = 4096
"""Real programs have some 40; beyond that a table is not believed."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an ELF file."""

    name: str
    offset: int
    """In bytes of the file; the section lies in it whole."""
    size: int
    compressed: bool
    """Its content is packed (SHF_COMPRESSED)."""


def sections(data: memoryview) -> tuple[Section, ...]:
    """Return the sections that have bytes in the file. Raises BrokenError for a table that is cut off or lies.

    A file without a section table has none; it need not have one to run.
    """
    try:
        rows, names_at = _table(data)
        found = [_section(data, row, names_at) for row in rows]
    except (struct.error, IndexError) as error:
        raise BrokenError("its section table is cut off") from error
    return tuple(each for each in found if each is not None)


def _table(data: memoryview) -> tuple[list[tuple[int, int, int, int, int]], int]:
    """Return rows (name, type, flags, offset, size) and where the section names lie."""
    wide, order = data[4] == 2, "<" if data[5] == 1 else ">"
    (table,) = struct.unpack_from(order + ("Q" if wide else "I"), data, 40 if wide else 32)
    size, count, names = struct.unpack_from(order + "HHH", data, 58 if wide else 46)
    if not table or not count:
        return [], 0
    if count > _MAX_SECTIONS or names >= count or size < (64 if wide else 40):
        raise BrokenError(f"its section table claims {count} sections of {size} bytes")
    if table + size * count > len(data):
        raise BrokenError(f"its section table lies at {table}, beyond the end of the file at {len(data)}: cut off")
    form = order + ("IIQQQQ" if wide else "IIIIII")
    rows = [_row(struct.unpack_from(form, data, table + size * i)) for i in range(count)]
    return rows, rows[names][3]


def _row(fields: tuple[int, ...]) -> tuple[int, int, int, int, int]:
    name, kind, flags, _address, offset, size = fields
    return name, kind, flags, offset, size


def _section(data: memoryview, row: tuple[int, int, int, int, int], names_at: int) -> Section | None:
    name, kind, flags, offset, size = row
    if kind in {0, _NOBITS} or not size:
        return None
    if offset + size > len(data):
        raise BrokenError(f"a section of {size} bytes at {offset} ends beyond the file, which has {len(data)}: cut off")
    raw = bytes(data[names_at + name : names_at + name + 64]).partition(b"\0")[0]
    return Section(raw.decode("latin-1"), offset, size, bool(flags & _COMPRESSED))
