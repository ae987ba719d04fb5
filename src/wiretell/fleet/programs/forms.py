"""How a program was made, which says where in it its own texts stand. It is read, never run.

Sources: Node's executables, https://nodejs.org/api/single-executable-applications.html; Go's build information,
https://pkg.go.dev/debug/buildinfo; ELF, elf(5). Bun's are in `bun_graph`.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from wiretell.fleet.programs.bun_graph import graph
from wiretell.fleet.programs.spans import Area, Bytes, find

PROGRAM_MIN: Final = 8 << 20
"""Bytes. An executable that is an agent has its runtime in it: the smallest known one has 100 MB."""

EXECUTABLE: Final = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"MZ")
"""How executables of Linux, macOS and Windows begin."""
_SCRIPT: Final = re.compile(rb"#![^\n]{0,200}\b(?:node|bun|deno)\b")
_SCRIPT_NAMES: Final = (".js", ".mjs", ".cjs")

_SEA: Final = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1"
"""Node's own ends in 0 until a program is put into it."""
_GO: Final = "\xff Go buildinf:"
_GO_MAX: Final = 1 << 20
_GO_INLINE: Final = 2
"""Flag: the texts follow, as since Go 1.18; before, pointers to them did."""


_SECTION: Final = struct.Struct("<IIQQQQIIQQ")
"""Of ELF (elf(5)): name, type, flags, address, offset, size, and what does not matter here."""
_PROGBITS: Final = 1
_ALLOCATED: Final = 2
_EXECUTED: Final = 4
_TABLES: Final = (b".eh_frame", b".gcc_except_table", b".gopclntab")


class Form(StrEnum):
    """How a program was made."""

    BUN = "bun"
    SEA = "sea"
    """A Node single executable application."""
    GO = "go"
    NATIVE = "native"
    """Any other executable."""
    SCRIPT = "script"
    """JavaScript for Node, Bun or Deno in one file."""


@dataclass(frozen=True, slots=True)
class Made:
    """How a file was made, and where to look in it."""

    form: Form
    texts: tuple[Area, ...]
    """Where its own texts stand."""
    arguments: tuple[Area, ...] = ()
    """Of Bun: the options that it was built with."""
    found: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """Of other executables: the places of the texts that were asked for, since it was read anyway."""


def made(file: Bytes, name: str, texts: Iterable[str] = ()) -> Made | None:
    """Return how a file was made; None for what is neither an executable nor a script for Node and its kin.

    :param name: the file's; some scripts are told by nothing else.
    :param texts: to be looked for in executables that are no copy of Bun, which have to be read whole.
    """
    head = file.at(0, 256)
    if head.startswith(EXECUTABLE):
        return (_bun(file) or _compiled(file, texts)) if file.size >= PROGRAM_MIN else None
    is_script = _SCRIPT.match(head) or (name.lower().endswith(_SCRIPT_NAMES) and b"\0" not in head)
    return Made(Form.SCRIPT, (Area(0, file.size),)) if is_script else None


def go_module(file: Bytes, at: int) -> tuple[str, str]:
    """Return a Go program's main package and version (empty where it was built without); empty where there is none.

    :param at: where the magic of Go's build information stands.
    """
    raw = file.at(at, _GO_MAX)
    if len(raw) < 33 or not raw[15] & _GO_INLINE:
        return "", ""
    _compiler, rest = _counted(raw, 32)
    text, _end = _counted(raw, rest)
    lines = [line.split("\t") for line in text[16:-16].decode("utf-8", "replace").split("\n")]
    fields = {line[0]: line[1:] for line in reversed(lines) if len(line) > 1}
    package, module = fields.get("path", [""])[0], fields.get("mod", ["", ""])
    version = module[1] if len(module) > 1 else ""
    return package, "" if version == "(devel)" else version.removeprefix("v")


def _bun(file: Bytes) -> Made | None:
    found = graph(file)
    return Made(Form.BUN, (found.texts,), (found.arguments,)) if found else None


def _compiled(file: Bytes, texts: Iterable[str]) -> Made:
    data = _data(file)
    found = find(file, data, (_SEA, _GO, *texts))
    for at in found.get(_GO, ()):
        if go_module(file, at)[0]:
            return Made(Form.GO, (Area(at, min(file.size, at + _GO_MAX)),))
    sea = found.get(_SEA)
    return Made(Form.SEA, (Area(sea[0], file.size),)) if sea else Made(Form.NATIVE, data, found=found)


def _data(file: Bytes) -> tuple[Area, ...]:
    """Return where an ELF file of 64 bits keeps its constants; of any other, all of it.

    Most of a large program is code and tables for unwinding it, in which no text stands.
    """
    whole = (Area(0, file.size),)
    head = file.at(0, 64)
    if head[:6] != b"\x7fELF\x02\x01" or len(head) < 64:
        return whole
    (table,) = struct.unpack_from("<Q", head, 0x28)
    size, count, names = struct.unpack_from("<HHH", head, 0x3A)
    raw = file.at(table, size * count)
    if size != _SECTION.size or not count or len(raw) < size * count or names >= count:
        return whole
    sections = [_SECTION.unpack_from(raw, at) for at in range(0, len(raw), size)]
    texts = file.at(sections[names][4], min(sections[names][5], 1 << 16))
    areas = []
    for name, kind, flags, _address, offset, length, *_rest in sections:
        is_data = kind == _PROGBITS and flags & _ALLOCATED and not flags & _EXECUTED
        if is_data and not texts[name:].startswith(_TABLES) and offset + length <= file.size:
            areas.append(Area(offset, offset + length))
    return tuple(sorted(areas, key=lambda area: area.start)) or whole


def _counted(raw: bytes, at: int) -> tuple[bytes, int]:
    """Return the text at an offset whose length stands before it as a varint, and where it ends."""
    length = shift = 0
    while at < len(raw) and shift < 35:
        byte = raw[at]
        length |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return raw[at : at + length], at + length
    return b"", len(raw)
