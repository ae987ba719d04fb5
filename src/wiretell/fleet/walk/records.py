"""What is kept of one folder, from one walk to the next."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import msgspec

from wiretell.fleet.walk.interface import Mark


class Kind(IntEnum):
    """What a folder is, by its name and by where it lies: it decides what is looked for and where the walk goes on."""

    PLAIN = 0
    """Any folder."""
    MODULES = 1
    """`node_modules`: packages, and scopes of packages."""
    SCOPE = 2
    """`node_modules/@SCOPE`: packages."""
    STORE = 3
    """`.pnpm`: a folder for each package and version."""
    IN_STORE = 4
    """`.pnpm/FOLDER`: a `node_modules` of its own."""
    SITE = 5
    """`site-packages`, `dist-packages`: packages of Python."""
    LIBRARY = 6
    """`lib` of an environment and `lib/python3.X`: a library, in which only packages matter."""
    EXTENSIONS = 7
    """`extensions`: of an editor, or anything."""
    COMMANDS = 8
    """Programs of the system: only their names are looked at; the system's package manager knows the rest."""
    PROGRAMS = 9
    """A folder of PATH outside all that is walked: one level."""
    HOME = 10
    """A user's: whatever lies in it, it is no environment."""


class Skip(IntEnum):
    """What is not walked, by rule."""

    PACKAGE = 0
    """Of npm: but for its own `node_modules`."""
    PYTHON = 1
    """A package of Python, or a standard library."""
    ENVIRONMENT = 2
    """Headers and packages as they came, of an environment of conda."""
    EXTENSION = 3
    GIT = 4
    """A repository's own data, of git or its like."""
    CACHE = 5
    """A package manager's cache, or compiled files."""
    CONTAINER = 6
    """Layers of containers."""


SKIPS: Final = len(Skip)
MARKS: Final = tuple(Mark)
"""A record keeps a mark's place in here."""


class Record(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One folder as it was listed. Names and paths as the file system has them; names are relative to the folder."""

    path: bytes
    kind: int
    stamp: tuple[int, int, int, int]
    """Device, inode, and when contents and status changed, in ns. A folder that has the same has the same names in it:
    giving, taking and renaming sets both times, and the second cannot be set back."""
    entries: int
    folders: tuple[bytes, ...] = ()
    """To be walked as plain folders."""
    others: tuple[tuple[int, bytes], ...] = ()
    """To be walked as another kind; relative, of one part or more."""
    packages: tuple[bytes, ...] = ()
    """Of which only `node_modules` is looked for, each time anew: it comes and goes without this folder changing."""
    hits: tuple[tuple[int, bytes], ...] = ()
    """Place of the mark in `MARKS`, relative path."""
    programs: tuple[bytes, ...] = ()
    """Large files, and files named like commands: whether they may be executed is looked at each time anew."""
    links: tuple[bytes, ...] = ()
    """Links to folders outside of what is walked."""
    skipped: tuple[int, ...] = ()
    """How many of each `Skip`; empty where none."""
    closed: int = 0
    """Entries of which no more than the name may be seen."""
    small: tuple[bytes, ...] = ()
    """Files that may be executed and are too small to be an agent: written anew in place, they may have become one."""
