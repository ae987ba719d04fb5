"""A record in the making, and what all kinds of folders have in common: files, links, folders among the entries."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from wiretell.fleet import rooted
from wiretell.fleet.walk.interface import Mark
from wiretell.fleet.walk.names import PNP, Names
from wiretell.fleet.walk.records import MARKS, SKIPS, Kind, Record

LARGE: Final = 1_000_000
"""Bytes from which a file may be an agent without being named like one: they come as programs of tens to hundreds of
megabytes, or as bundles of JavaScript of several. What is smaller starts one, and is found with it."""
_SCRIPTS: Final = (b".js", b".mjs", b".cjs")
"""Ends of what an interpreter runs, whether or not it may be executed by itself."""

Entries = list[os.DirEntry[bytes]]


class Parts:
    """A record in the making."""

    __slots__ = ("closed", "folders", "hits", "links", "others", "packages", "path", "programs", "skipped", "small")

    def __init__(self, path: bytes) -> None:
        self.path = path
        self.folders: list[bytes] = []
        self.others: list[tuple[int, bytes]] = []
        self.packages: list[bytes] = []
        self.hits: list[tuple[int, bytes]] = []
        self.programs: list[bytes] = []
        self.links: list[bytes] = []
        self.skipped = [0] * SKIPS
        self.closed = 0
        self.small: list[bytes] = []

    def hit(self, mark: Mark, name: bytes) -> None:
        """Note a path that is worth a look."""
        self.hits.append((MARKS.index(mark), name))

    def record(self, kind: Kind, stamp: tuple[int, int, int, int], entries: int) -> Record:
        """Return what is kept of the folder."""
        return Record(
            self.path,
            int(kind),
            stamp,
            entries,
            tuple(self.folders),
            tuple(self.others),
            tuple(self.packages),
            tuple(self.hits),
            tuple(self.programs),
            tuple(self.links),
            tuple(self.skipped) if any(self.skipped) else (),
            self.closed,
            tuple(self.small),
        )


Look = Callable[[Parts, Entries, Names], None]


def folders(
    parts: Parts, entries: Iterable[os.DirEntry[bytes]], names: Names, *, links: bool = True
) -> Iterator[os.DirEntry[bytes]]:
    """Yield the folders among the entries, and deal with all others."""
    rest = []
    for entry in entries:
        if is_folder(entry):
            yield entry
        else:
            rest.append(entry)
    files(parts, rest, names, links=links)


def files(parts: Parts, entries: Iterable[os.DirEntry[bytes]], names: Names, *, links: bool = True) -> None:
    """Look at what is no folder. `links`: note links to folders; in `node_modules` they are packages, and many."""
    commands, settings, path = names.commands, names.settings, parts.path
    for entry in entries:
        name = entry.name
        if name in settings and names.is_setting(path, name):
            parts.hit(Mark.SETTINGS, name)
        if name in PNP:
            parts.hit(Mark.PNP, name)
        elif name.endswith(b".zip") and names.is_zip(name):
            parts.hit(Mark.YARN_ZIP, name)
        if name in commands or _is_large(parts, entry):
            parts.programs.append(name)
        elif links and entry.is_symlink() and rooted.is_folder(entry.path):
            parts.links.append(name)


def _is_large(parts: Parts, entry: os.DirEntry[bytes]) -> bool:
    try:
        if not entry.is_file(follow_symlinks=False):
            return False
        info = entry.stat(follow_symlinks=False)
    except FileNotFoundError:  # gone meanwhile
        return False
    except OSError:
        parts.closed += 1
        return False
    if info.st_size >= LARGE:
        return True
    if info.st_mode & 0o111:
        parts.small.append(entry.name)
    return False


def is_folder(entry: os.DirEntry[bytes]) -> bool:
    """Whether an entry is a folder, and no link to one."""
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:  # on file systems that do not tell an entry's type, it is looked at
        return False


def is_program(path: bytes) -> bool:
    """Whether a candidate is one now: a file that may be executed, or a link to one, or to nothing; or a large file
    that is named like a script for Node, which needs no permission for it.

    Asked of large files and of those that are named like a command.
    """
    try:
        info = os.lstat(path)
        if stat.S_ISLNK(info.st_mode):
            info = rooted.stat(path)
    except OSError:
        return rooted.is_link(path)  # a link that leads nowhere, or in circles
    if not stat.S_ISREG(info.st_mode):
        return False
    return bool(info.st_mode & 0o111) or (info.st_size >= LARGE and path.endswith(_SCRIPTS))


def has_grown(path: bytes) -> bool:
    """Whether a file that was too small to be an agent is one now."""
    try:
        info = os.lstat(path)
    except OSError:
        return False
    return info.st_size >= LARGE and is_program(path)
