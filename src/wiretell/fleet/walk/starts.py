"""Where a walk begins: homes, the system's folders in which agents are installed, what variables and PATH point to."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from wiretell.fleet import rooted
from wiretell.fleet.walk.interface import Surroundings
from wiretell.fleet.walk.records import Kind

SYSTEM: Final = (
    ("usr/local", Kind.PLAIN),
    ("opt", Kind.PLAIN),
    ("srv", Kind.PLAIN),
    ("usr/lib/node_modules", Kind.MODULES),
    ("usr/share/nodejs", Kind.MODULES),  # where Debian puts them
    ("home/linuxbrew/.linuxbrew", Kind.PLAIN),
    ("usr/bin", Kind.COMMANDS),
    ("usr/sbin", Kind.COMMANDS),
    ("bin", Kind.COMMANDS),
    ("sbin", Kind.COMMANDS),
    ("snap/bin", Kind.COMMANDS),
)
"""Below the root. Most of them are on every machine, or on none: one that is missing is not spoken of."""
MOVED: Final = (
    "ASDF_DATA_DIR",
    "BUN_INSTALL",
    "FNM_DIR",
    "MISE_DATA_DIR",
    "NPM_CONFIG_PREFIX",
    "NVM_DIR",
    "N_PREFIX",
    "PIPX_HOME",
    "PNPM_HOME",
    "UV_TOOL_DIR",
    "VOLTA_HOME",
    "YARN_GLOBAL_FOLDER",
    "npm_config_prefix",
)
"""Variables that name a folder with installs in it."""


@dataclass(frozen=True, slots=True)
class Start:
    """One folder to begin in. It may be a link."""

    path: bytes
    kind: Kind
    name: str
    """For what was examined: `home of dev`."""
    home: str = ""
    required: bool = False
    """It is spoken of where it is missing."""


def of(around: Surroundings) -> tuple[Start, ...]:
    """Return where to begin, homes first. One that lies in another is walked by itself, and not by the other.

    Of an image the folders that its own links lead to: what is below them is looked at as the system has it.
    """
    starts = [
        Start(os.fsencode(home.path.rstrip("/") or "/"), Kind.HOME, f"home of {home.user}", home.path, required=True)
        for home in around.homes
    ]
    starts += _system(around)
    starts += [_at(path, around) for path in moved(around)]
    starts += [start for start in _path(around) if not _covered(start.path, starts)]
    once: dict[bytes, Start] = {}
    for start in starts:
        path = os.fsencode(rooted.named(os.fsdecode(start.path)))
        once.setdefault(path, replace(start, path=path))
    return tuple(once.values())


def moved(around: Surroundings) -> Iterator[bytes]:
    """Yield the folders that variables name (`MOVED`)."""
    for name in MOVED:
        path = around.environment.get(name, "").rstrip("/")
        if path.startswith("/"):
            yield os.fsencode(path)


def real(starts: tuple[Start, ...]) -> tuple[bytes, ...]:
    """Return where the folders that are walked whole really lie, each with a slash behind it."""
    return tuple(rooted.real(start.path).rstrip(b"/") + b"/" for start in starts if _goes_down(start))


def joined(root: str, path: str) -> str:
    """Return a system path below `root`; one that is there already stays."""
    base = root.rstrip("/")
    if base and (path == base or path.startswith(base + "/")):
        return path
    return f"{base}/{path.lstrip('/')}"


def _system(around: Surroundings) -> Iterator[Start]:
    for path, kind in SYSTEM:
        full = joined(around.root, path)
        yield Start(os.fsencode(full), kind, full)
    for folder, beginning, kind in (("usr/lib", "python3", Kind.LIBRARY), ("tmp", "bunx-", Kind.PLAIN)):
        yield from _beginning(joined(around.root, folder), beginning, kind)


def _beginning(folder: str, beginning: str, kind: Kind) -> Iterator[Start]:
    names = []
    with contextlib.suppress(OSError):
        names = sorted(name for name in rooted.names(folder) if name.startswith(beginning))  # as bytes go
    for name in names:
        if not rooted.is_link(f"{folder}/{name}"):
            yield Start(os.fsencode(f"{folder}/{name}"), kind, f"{folder}/{name}")


def _at(path: bytes, around: Surroundings) -> Start:
    """A folder that a variable names may lie where a walk of the home would pass it by, such as in a cache."""
    name = os.fsdecode(path)
    home = next((home.path for home in around.homes if is_in(path, home.path)), "")
    return Start(path, Kind.PLAIN, name, home)


def is_in(path: bytes, folder: str) -> bool:
    """Whether a path lies in a folder, by its name."""
    return path.startswith(os.fsencode(folder.rstrip("/")) + b"/")


def _path(around: Surroundings) -> Iterator[Start]:
    for folder in around.path:
        if folder.startswith("/"):
            path = joined(around.root, folder).rstrip("/")
            yield Start(os.fsencode(path), Kind.PROGRAMS, path)


def _covered(path: bytes, starts: list[Start]) -> bool:
    return any(path == start.path or (_goes_down(start) and path.startswith(start.path + b"/")) for start in starts)


def _goes_down(start: Start) -> bool:
    return start.kind not in (Kind.COMMANDS, Kind.PROGRAMS)
