"""What kind of program a file is: read from its first bytes, never by running it."""

from __future__ import annotations

import errno
import platform
import shlex
import struct
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from wiretell.errors import TargetError
from wiretell.target.interface import NODE, is_visible

PT_INTERP: Final = 3
"""Program header that names the dynamic loader (System V ABI, "Program Header")."""

_MACHINES: Final = {"x86_64": 62, "aarch64": 183}
"""`uname -m` -> e_machine (System V ABI, EM_X86_64 and EM_AARCH64)."""

_SHEBANG_MAX = 4096
_HEADERS_MAX = 512


@dataclass(frozen=True, slots=True)
class Program:
    """How a file is started in the sandbox."""

    runtime: str
    """`node`, `python`, `native` or `static`, as in `Target.runtime`."""
    interpreter: tuple[str, ...] = ()
    """What goes before the file's path; empty where the kernel starts the file by itself."""


def inspect(path: Path) -> Program:
    """Tell how `path` is started. Raises TargetError for what is no program of this machine."""
    try:
        with path.open("rb") as file:
            head = file.read(_SHEBANG_MAX)
            if head.startswith(b"\x7fELF"):
                return _elf(path, file, head)
    except OSError as error:
        raise TargetError(f"{path} cannot be read: {error.strerror}.") from error
    if head.startswith(b"#!"):
        return _script(head)
    if path.suffix in {".js", ".cjs", ".mjs"}:
        return Program("node", (NODE,))
    raise TargetError(f"{path} is neither a Linux program nor a script with a `#!` line.")


def _script(head: bytes) -> Program:
    line = head[2:].split(b"\n", 1)[0].decode("utf-8", "replace")
    try:
        words = shlex.split(line)
    except ValueError:  # an open quote: the kernel does not mind
        words = line.split()
    if words and PurePosixPath(words[0]).name == "env":
        # `env -S node --flag`, `env NAME=value node`: what env itself reads is no part of the interpreter.
        words = words[1:]
        while words and (words[0] == "-S" or "=" in words[0]):
            words = words[1:]
        from_path = True
    else:
        from_path = False
    name = PurePosixPath(words[0]).name if words else ""
    if name in {"node", "nodejs"}:
        return Program("node", (NODE, *words[1:]))
    if name.startswith("python"):
        shown = from_path or is_visible(Path(words[0]))
        return Program("python", () if shown else ("python3", *words[1:]))
    return Program("native")


def _elf(path: Path, file: BinaryIO, head: bytes) -> Program:
    """Read the ELF header and look for PT_INTERP (System V ABI, chapters 4 and 5)."""
    try:
        machine, loader = _elf_facts(file, head)
    except (struct.error, IndexError, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # EINVAL: an offset that no file has
            raise
        raise TargetError(f"{path} begins like a Linux program and is cut off.") from error
    expected = _MACHINES.get(platform.machine())
    if expected is not None and machine != expected:
        raise TargetError(f"{path} is a program for another processor than this machine's {platform.machine()}.")
    return Program("native" if loader else "static")


def _elf_facts(file: BinaryIO, head: bytes) -> tuple[int, bool]:
    """Return (e_machine, whether a dynamic loader is named)."""
    wide = head[4] == 2
    order = "<" if head[5] == 1 else ">"
    (machine,) = struct.unpack_from(order + "H", head, 18)
    table, size_at = struct.unpack_from(order + ("Q" if wide else "I"), head, 32 if wide else 28)[0], 54 if wide else 42
    size, count = struct.unpack_from(order + "HH", head, size_at)
    file.seek(table)
    headers = file.read(size * min(count, _HEADERS_MAX))
    if len(headers) < size * min(count, _HEADERS_MAX) or (count and size < 4):
        raise struct.error
    kinds = (struct.unpack_from(order + "I", headers, size * i)[0] for i in range(min(count, _HEADERS_MAX)))
    return machine, PT_INTERP in kinds
