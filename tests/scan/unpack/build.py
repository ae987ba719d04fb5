"""Small executables, archives and bombs, all made here: none has a byte of any sample."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from wiretell.model.findings import NotExamined
from wiretell.model.scan import Embedded
from wiretell.scan.interface import Piece
from wiretell.scan.unpack import Limits, pieces

TRAILER = b"\n---- Bun! ----\n"
PROGRAM = b"// @bun @bytecode\n(function(){ return 'planted text of no meaning whatever, long enough'; })();"
RECORDS = {52: 12, 36: 8, 28: 6}
"""Size of a record -> how many u32 numbers it begins with."""


def payload(modules: Sequence[tuple[str, bytes, int]], *, record: int = 52, offsets: int = 32) -> bytes:
    """A payload as Bun appends it: contents, names, module table, offsets, trailer. A module: name, bytes, loader."""
    blob, rows = bytearray(b"\0" * 120), []
    for name, data, loader in modules:
        at = len(blob)
        blob += data + b"\0"
        name_at = len(blob)
        blob += name.encode() + b"\0"
        numbers = [name_at, len(name.encode()), at, len(data)] + [0] * (RECORDS[record] - 4)
        rows.append(struct.pack(f"<{RECORDS[record]}I4B", *numbers, 1, loader, 2, 0))
    table_at = len(blob)
    blob += b"".join(rows)
    end = struct.pack("<QII", len(blob), table_at, record * len(rows))
    return bytes(blob) + end.ljust(offsets, b"\0") + TRAILER


def elf(sections: Mapping[str, bytes], *, wide: bool = True, order: str = "<", tail: bytes = b"") -> bytes:
    """An ELF file of a header, sections, their names, and the section table."""
    names = b"\0" + b"".join(name.encode() + b"\0" for name in (*sections, ".shstrtab"))
    blob, rows = bytearray(64 if wide else 52), [(0, 0, 0, 0, 0, 0)]
    for name, data in (*sections.items(), (".shstrtab", names)):
        rows.append((names.index(b"\0" + name.encode() + b"\0") + 1, 1, 0, 0, len(blob), len(data)))
        blob += data
    form = order + ("IIQQQQ" if wide else "IIIIII")
    size = 64 if wide else 40
    table = len(blob)
    for row in rows:
        blob += struct.pack(form, *row).ljust(size, b"\0")
    blob[:6] = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2])
    struct.pack_into(order + ("Q" if wide else "I"), blob, 40 if wide else 32, table)
    struct.pack_into(order + "HHH", blob, 58 if wide else 46, size, len(rows), len(rows) - 1)
    return bytes(blob) + tail


def bun_executable(modules: Sequence[tuple[str, bytes, int]], **rest: int) -> bytes:
    inner = payload(modules, **rest)
    runtime = b"constants " + TRAILER + b" of the runtime itself" + bytes(4096)
    return elf({".rodata": runtime, ".bun": struct.pack("<Q", len(inner)) + inner})


def tar(files: Mapping[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=form) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return sink.getvalue()


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return sink.getvalue()


def flat_bomb(members: int, kernel: int) -> bytes:
    """A zip archive whose members share one run of `kernel` zeros (as Fifield's overlapping bomb does)."""
    packer = zlib.compressobj(9, wbits=-15)
    packed = packer.compress(bytes(kernel)) + packer.flush()
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, len(packed), kernel, 1, 0) + b"a"
    entry = struct.pack(
        "<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, 0, len(packed), kernel, 1, 0, 0, 0, 0, 0, 0
    ) + b"a"  # fmt: skip
    body = local + packed
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0, 0, len(entry) * members, len(body), 0)
    return body + entry * members + end


Given = tuple[dict[str, Piece], list[Embedded], list[NotExamined]]


def taken(root: Path, limits: Limits | None = None) -> Given:
    """All that `pieces` gives, sorted by what it is."""
    found: dict[str, Piece] = {}
    embedded, missed = [], []
    for each in pieces(root, limits=limits or Limits()):
        match each:
            case Piece():
                found[each.path] = each
            case Embedded():
                embedded.append(each)
            case NotExamined():
                missed.append(each)
    return found, embedded, missed


def taken_bytes(folder: Path, data: bytes, name: str = "x", limits: Limits | None = None) -> Given:
    (folder / name).write_bytes(data)
    return taken(folder / name, limits)
