"""Programs made up for tests: the true layouts, with nothing in them that could run."""

from __future__ import annotations

import struct

from wiretell.fleet.programs import forms

TRAILER = b"\n---- Bun! ----\n"
CLAUDE = (
    'var x={ISSUES_EXPLAINER:"report the issue at https://github.com/anthropics/claude-code/issues",'
    'PACKAGE_URL:"@anthropic-ai/claude-code",README_URL:"https://code.claude.com/docs/en/overview",VERSION:"VV"};'
)
CODEX = "codex_cli_rs\0codex_exec\0enabled flags (codex-doctor/VVversion response exceeds size limit"


def bun(source: str = "", version: str = "99.1.2", arguments: str = "", wide: bool = False, size: int = 52) -> bytes:
    """Return an ELF file that ends as Bun's do: modules, their table, arguments, offsets, trailer."""
    name = b"/$bunfs/root/cli"
    text = ("// @bun\n" + source).replace("VV", version).encode("utf-16-le" if wide else "latin-1")
    names_at, text_at = 0, len(name) + 1
    table_at = text_at + len(text)
    entry = struct.pack("<IIII", names_at, len(name), text_at, len(text)).ljust(size, b"\0")
    arguments_at = table_at + len(entry)
    options = arguments.replace("VV", version).encode()
    graph = name + b"\0" + text + entry + options
    offsets = struct.pack("<QIIIIII", len(graph), table_at, len(entry), 0, arguments_at, len(options), 0)
    return filled() + graph + offsets + TRAILER + b"\0" * 64


def filled(head: bytes = b"\x7fELF\x02\x01", before: bytes = TRAILER) -> bytes:
    """Return the beginning of an executable that is large enough to be looked at. `before`: as Bun itself holds it."""
    return head.ljust(64, b"\0") + before + b"\0" * forms.PROGRAM_MIN


def native(text: str, version: str = "99.1.2") -> bytes:
    """Return an executable without sections that holds a text."""
    return filled() + b"\1" + text.replace("VV", version).encode() + b"\1" * 64


def sea(source: str, version: str = "99.1.2") -> bytes:
    """Return a Node single executable application."""
    fuse = b"NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1\0"
    return filled() + fuse + b"NODE_SEA_BLOB\0\0\0\x20\xda\x43\x01" + source.replace("VV", version).encode()


def go(package: str, module: str, version: str) -> bytes:
    """Return a Go program, as `debug/buildinfo` describes it."""
    info = f"path\t{package}\nmod\t{module}\t{version}\th1:abc=\nbuild\t-compiler=gc\n".encode()
    marked = b"\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6" + info
    marked += b"\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2"
    head = b"\xff Go buildinf:" + bytes([8, 2])
    return filled() + head.ljust(32, b"\0") + _counted(b"go1.25.1") + _counted(marked)


def script(text: str, version: str = "99.1.2") -> bytes:
    """Return a bundle for Node, as long as bundles are."""
    return ("#!/usr/bin/env node\n" + text.replace("VV", version) + "\n" + "void 0;" * 20_000).encode()


def elf(sections: dict[str, tuple[int, bytes]]) -> bytes:
    """Return an ELF file of 64 bits with sections: flags and contents by name. Filled up in a section of its own."""
    sections = {**sections, ".filling": (0, b"\0" * forms.PROGRAM_MIN)}
    names = b"\0" + b"".join(name.encode() + b"\0" for name in sections) + b".shstrtab\0"
    body, table = b"", struct.pack("<IIQQQQIIQQ", *[0] * 10)
    for name, (flags, content) in {**sections, ".shstrtab": (0, names)}.items():
        at = names.index(b"\0" + name.encode() + b"\0") + 1
        kind = 3 if name == ".shstrtab" else 1
        table += struct.pack("<IIQQQQIIQQ", at, kind, flags, 0, 64 + len(body), len(content), 0, 0, 1, 0)
        body += content
    head = bytearray(b"\x7fELF\x02\x01".ljust(64, b"\0"))
    struct.pack_into("<Q", head, 0x28, 64 + len(body))
    struct.pack_into("<HHH", head, 0x3A, 64, len(sections) + 2, len(sections) + 1)
    return bytes(head) + body + table


def _counted(content: bytes) -> bytes:
    length, head = len(content), b""
    while length >= 0x80:
        head += bytes([length & 0x7F | 0x80])
        length >>= 7
    return head + bytes([length]) + content
