# paths are texts here, as the system gives them
"""What the kernel says of processes (proc(5)). Of a command line no more is read than its beginning."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from wiretell.fleet.surroundings import users_of
from wiretell.fleet.walk.interface import Surroundings

_LINE_MAX: Final = 1 << 16
"""Bytes of a file in /proc; a command line may be longer."""
_WORDS_MAX: Final = 32
_UNKNOWN: Final = (-1, -1)
_DELETED: Final = " (deleted)"
_STAT_MAX: Final = 1 << 22


@dataclass(frozen=True, slots=True)
class Running:
    """What the kernel says of one process."""

    pid: int
    folder: str
    """Its folder in /proc."""
    exe: str
    deleted: bool
    inside: bool
    """Whether it sees the files that this machine's root holds; false in a container."""
    words: tuple[str, ...]
    """The command line as far as the script; never kept."""
    started: str
    user: str


@dataclass(frozen=True, slots=True)
class System:
    """What processes are held against."""

    proc: str
    boot: int
    """When the machine started, in seconds since 1970; 0 where the kernel does not say."""
    names: Mapping[int, str]
    """Of users, by their ids."""
    root: tuple[int, int]
    """Device and inode of the machine's root. A container has another, though its link reads `/` too."""

    @classmethod
    def of(cls, around: Surroundings) -> System:
        """Return that of a machine. Of two users with one id, the first is meant, as for the system itself."""
        names = {user.uid: user.name for user in reversed(users_of(around.root))}
        return cls(around.proc, _boot(around.proc), names, _place(around.root))


def running(system: System, pid: int) -> Running | None:
    """Return what runs; None for the kernel's own threads, and for what has ended.

    :raises PermissionError: for a process of somebody else's.
    """
    folder = f"{system.proc}/{pid}"
    try:
        exe = os.readlink(f"{folder}/exe")
        words = _read(f"{folder}/cmdline").rstrip("\0").split("\0")
        ticks = _read(f"{folder}/stat").rpartition(")")[2].split()[19]  # field 22, of which two stand before ")"
        owner = re.search(r"^Uid:\s+(\d+)", _read(f"{folder}/status"), re.MULTILINE)
        seconds = system.boot + int(ticks) // _ticks()
        started = dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except PermissionError:
        raise
    except (OSError, ValueError, IndexError, OverflowError):
        return None
    uid = int(owner[1]) if owner else -1
    return Running(
        pid=pid,
        folder=folder,
        exe=exe.removesuffix(_DELETED),
        deleted=exe.endswith(_DELETED),
        inside=_place(f"{folder}/root") in (system.root, _UNKNOWN),
        words=tuple(words[:_WORDS_MAX]),
        started=started,
        user=system.names.get(uid, str(uid) if owner else ""),
    )


def _place(folder: str) -> tuple[int, int]:
    try:
        info = os.stat(folder)
    except OSError:
        return _UNKNOWN
    return info.st_dev, info.st_ino


def _ticks() -> int:
    return os.sysconf("SC_CLK_TCK")


def _boot(proc: str) -> int:
    try:
        found = re.search(r"^btime (\d+)", _read(f"{proc}/stat", _STAT_MAX), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def _read(path: str, limit: int = _LINE_MAX) -> str:
    with open(path, "rb") as file:
        return os.fsdecode(file.read(limit))
