"""`node_modules`, scopes in it, and pnpm's store."""

from __future__ import annotations

import os

from wiretell.fleet.walk.interface import Mark
from wiretell.fleet.walk.names import Names
from wiretell.fleet.walk.parts import Entries, Parts, folders, is_folder
from wiretell.fleet.walk.plain import enter, plain_deep
from wiretell.fleet.walk.records import Kind, Skip


def _packages(parts: Parts, entries: Entries, names: Names, scope: bytes = b"") -> None:
    """Mark known packages: folders, and links to where they are."""
    for entry in entries:
        if names.is_npm(scope + entry.name) and (is_folder(entry) or entry.is_symlink()):
            parts.hit(Mark.NODE_PACKAGE, entry.name)


def modules(parts: Parts, entries: Entries, names: Names) -> None:
    """`node_modules`: mark what is known; of a package only its own packages are looked for."""
    _packages(parts, entries, names)
    for entry in folders(parts, entries, names, links=False):
        name = entry.name
        if name == b".pnpm":
            parts.others.append((Kind.STORE, name))
        elif name.startswith(b"@"):
            parts.others.append((Kind.SCOPE, name))
        elif name.startswith(b"."):  # `.bin`: links to what is in here; `.cache`, `.vite`
            parts.skipped[Skip.CACHE] += 1
        else:
            _inside(parts, entry)


def modules_deep(parts: Parts, entries: Entries, names: Names) -> None:
    """`node_modules`, and the interior of what is in it."""
    _packages(parts, entries, names)
    for entry in folders(parts, entries, names):
        if entry.name.startswith(b"@"):
            parts.others.append((Kind.SCOPE, entry.name))
        else:
            enter(parts, entry.name)


def scope(parts: Parts, entries: Entries, names: Names) -> None:
    """`node_modules/@SCOPE`."""
    _packages(parts, entries, names, _scope_of(parts))
    for entry in folders(parts, entries, names, links=False):
        _inside(parts, entry)


def scope_deep(parts: Parts, entries: Entries, names: Names) -> None:
    """`node_modules/@SCOPE`, and the packages' interiors."""
    _packages(parts, entries, names, _scope_of(parts))
    plain_deep(parts, entries, names)


def _scope_of(parts: Parts) -> bytes:
    return parts.path.rpartition(b"/")[2] + b"/"


def _inside(parts: Parts, package: os.DirEntry[bytes]) -> None:
    """Of a package's interior, only its own `node_modules` is of interest."""
    parts.packages.append(package.name)
    parts.skipped[Skip.PACKAGE] += 1
    if not os.access(package, os.X_OK):  # then nobody can tell whether it has one
        parts.closed += 1


def store(parts: Parts, entries: Entries, names: Names) -> None:
    """pnpm's: a folder whose name tells its package needs no look into it; `node_modules` links to all the others."""
    for entry in folders(parts, entries, names):
        name = names.in_store(entry.name)
        if entry.name != b"node_modules" and (name is None or names.is_npm(name)):
            parts.others.append((Kind.IN_STORE, entry.name))
        else:
            parts.skipped[Skip.PACKAGE] += 1


def store_deep(parts: Parts, entries: Entries, names: Names) -> None:
    """pnpm's store, and the interior of what is in it."""
    for entry in folders(parts, entries, names):
        if entry.name == b"node_modules":
            parts.folders.append(entry.name)  # links to the packages in here: none of its own
        else:
            enter(parts, entry.name)


def in_store(parts: Parts, entries: Entries, names: Names) -> None:
    """A folder of pnpm's store: its `node_modules`."""
    for entry in folders(parts, entries, names):
        if entry.name == b"node_modules":
            parts.others.append((Kind.MODULES, entry.name))
        else:
            parts.skipped[Skip.PACKAGE] += 1
