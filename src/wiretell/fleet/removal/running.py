"""Which file a process runs, by inode: what its command line and its title say, it may say of itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wiretell.fleet.removal import disk
from wiretell.fleet.removal.disk import Identity
from wiretell.model.fleet import Process

_LINE_MAX: Final = 1 << 16
_WORDS_MAX: Final = 32


@dataclass(frozen=True, slots=True)
class Ran:
    """What a process runs: its program, or an interpreter's script."""

    path: str
    """Without links."""
    file: Identity
    program: Identity
    """The program itself; of an interpreter not the same as `file`."""


def ran(process: Process) -> Ran | None:
    """Return what a process runs now, if that is the file which the inventory says; None where it is not, or is gone.

    The program is the kernel's word (`/proc/PID/exe`). A script has to be named in the command line, from the folder
    in which the process is, and be the same file. Of a title in the place of a command line nothing can be told.
    """
    folder = f"/proc/{process.pid}"
    try:
        program = disk.identity_of(os.stat(f"{folder}/exe"))
        path = os.path.realpath(process.program, strict=True)
        file = disk.identity_of(os.stat(path))
    except (OSError, ValueError):
        return None
    if file == program or file in _scripts(folder):
        return Ran(path, file, program)
    return None


def _scripts(folder: str) -> Iterator[Identity]:
    """Yield the files that the first words of a command line name."""
    try:
        with Path(f"{folder}/cmdline").open("rb") as file:
            words = file.read(_LINE_MAX).split(b"\0")[1:_WORDS_MAX]
    except OSError:
        return
    for word in words:
        try:
            yield disk.identity_of(os.stat(os.path.join(os.fsencode(folder), b"cwd", word) if word else b""))
        except (OSError, ValueError):
            continue
