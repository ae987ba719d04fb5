"""What bytes are, told by the bytes before the name."""

from __future__ import annotations

import os
import re
import struct
from typing import Final

from wiretell.scan.interface import BINARY, JAVASCRIPT, PYTHON, TEXT
from wiretell.scan.unpack.tar import is_header

_MAGIC: Final = re.compile(
    rb"(?P<elf>\x7fELF)"
    rb"|(?P<gzip>\x1f\x8b\x08)"
    rb"|(?P<zstd>\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18)"  # RFC 8878, 3.1.1 and 3.1.2: frames, skippable frames
    rb"|(?P<bzip2>BZh[1-9](?:1AY&SY|\x17rE8P\x90))"
    rb"|(?P<zip>PK\x03\x04|PK\x05\x06)"
    rb"|(?P<xz>\xfd7zXZ\0)"
    rb"|(?P<sevenzip>7z\xbc\xaf\x27\x1c)"
    rb"|(?P<rar>Rar!\x1a\x07)"
    rb"|(?P<wasm>\0asm)"
    rb"|(?P<macho>[\xce\xcf]\xfa\xed\xfe|\xfe\xed\xfa[\xce\xcf]|\xca\xfe\xba[\xbe\xbf]\0\0\0[\x01-\x2f])"
)  # a fat Mach-O and a Java class begin alike: the next number is a count there, a version of 45 or more here

_NAMES: Final = {"sevenzip": "7z", "macho": "mach-o"}
_TAR_AT: Final = 257
"""Offset of `ustar` in a header (POSIX.1-2017, pax, "ustar Interchange Format")."""
_ZIP_END: Final = 22 + 0xFFFF
_SAMPLE: Final = 64 << 10
_BAD: Final = 0.05
"""Share of undecodable characters in a sample up to which it is text: old files have a few in another encoding."""
_NULS: Final = 0.001
"""Share of NUL bytes up to which a file with the name of a program is one. JavaScript allows them in literals and
comments, so that a single one must not hide a program from the tokenizer."""

_JAVASCRIPT: Final = frozenset({".js", ".mjs", ".cjs", ".jsx"})
_PYTHON: Final = frozenset({".py", ".pyw"})
_SHEBANG_JS: Final = re.compile(rb"#![^\n]*\b(?:node|nodejs|bun|deno)\b")
_SHEBANG_PY: Final = re.compile(rb"#![^\n]*\bpython[0-9.]*\b")
_BUN_MARK: Final = b"// @bun"
_LOADERS_JS: Final = frozenset({0, 1})
"""Bun's own numbers for jsx and js (bun, src/options.zig, Loader)."""


def container(data: memoryview) -> str:
    """Return the format that the first bytes announce, as `Embedded.format` has it, or an empty text."""
    head = bytes(data[:16])
    found = _MAGIC.match(head)
    if found is not None:
        name = found.lastgroup or ""
        return _NAMES.get(name, name)
    if bytes(data[_TAR_AT : _TAR_AT + 5]) == b"ustar" or is_header(bytes(data[:512])):
        return "tar"
    if head.startswith(b"MZ") and _is_pe(data):
        return "pe"
    if head.startswith(b"#!") and b"PK\x05\x06" in bytes(data[-_ZIP_END:]):
        return "zip"  # a Python zipapp: a first line, then an archive
    return ""


def _is_pe(data: memoryview) -> bool:
    """Whether the field at 0x3c leads to `PE\\0\\0` (Microsoft PE format, "MS-DOS Stub")."""
    if len(data) < 64:
        return False
    (at,) = struct.unpack_from("<I", data, 0x3C)
    return bytes(data[at : at + 4]) == b"PE\0\0"


def kind(data: memoryview, name: str, loader: int | None = None) -> str:
    """Return `javascript`, `python`, `text` or `binary`. `loader`: what Bun says of a module."""
    named = _named(bytes(data[:256]), name, loader)
    if container(data) or not _is_text(data, lenient=named != TEXT):
        return BINARY
    return named


def _named(head: bytes, name: str, loader: int | None) -> str:
    """Return the kind by first line and name, for bytes that turn out to be text."""
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122
    head = head.removeprefix(b"\xef\xbb\xbf")
    if loader in _LOADERS_JS or suffix in _JAVASCRIPT or head.startswith(_BUN_MARK) or _SHEBANG_JS.match(head):
        return JAVASCRIPT
    if suffix in _PYTHON or _SHEBANG_PY.match(head):
        return PYTHON
    return TEXT


def _is_text(data: memoryview, *, lenient: bool) -> bool:
    if re.search(rb"\0", data) is not None and not (lenient and _few_nuls(data)):
        return False
    sample = bytes(data[:_SAMPLE]).decode("utf-8", "replace")
    return sample.count("\ufffd") <= len(sample) * _BAD


def _few_nuls(data: memoryview) -> bool:
    step = 1 << 20
    found = sum(bytes(data[at : at + step]).count(0) for at in range(0, len(data), step))
    return found <= len(data) * _NULS
