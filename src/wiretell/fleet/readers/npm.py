# paths are texts here, as the system gives them
"""Packages that npm installed: in the prefix of a Node or of a user, in projects, and what npx, pnpm dlx and bunx keep.

Layouts: https://docs.npmjs.com/cli/v11/configuring-npm/folders. Global packages have no lock file; in projects,
`node_modules/.package-lock.json` says what was installed
(https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json#hidden-lockfiles).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from wiretell.fleet import files, rooted
from wiretell.fleet.catalogue import by_npm
from wiretell.fleet.readers._javascript.installing import installs
from wiretell.fleet.readers._javascript.tree import Found
from wiretell.fleet.readers.interface import Seen
from wiretell.fleet.walk.interface import Hit, Mark, Surroundings, Walked
from wiretell.model.fleet import Manager, NotExamined

_MANAGERS: Final = frozenset({Manager.NPM_GLOBAL, Manager.NPM_USER, Manager.NPM_PROJECT, Manager.NPX})
_HIDDEN: Final = "/node_modules/.package-lock.json"
_MANY: Final = 200
"""Folders of one-time installs that are looked at in one cache."""


class _Entry(msgspec.Struct):
    name: Any = None
    integrity: Any = None


class _Lock(msgspec.Struct):
    packages: dict[str, _Entry] = {}


class Npm:
    """Reader of npm's packages."""

    name = "npm"

    def read(self, walked: Walked, around: Surroundings) -> Iterator[Seen]:
        """Yield what npm installed, and what npx, pnpm dlx and bunx keep."""
        locks: dict[str, _Lock | NotExamined] = {}
        for hit in walked.of(Mark.NODE_MODULES):
            lock = _lock(hit.path.removesuffix("/node_modules"), locks)
            if isinstance(lock, NotExamined):
                yield lock
        more = (*_one_time(around), *_renamed(walked, locks))
        yield from installs(walked, around, _MANAGERS, lambda found: _integrity(found, locks), more)


def _lock(top: str, locks: dict[str, _Lock | NotExamined]) -> _Lock | NotExamined:
    if top not in locks:
        locks[top] = _read(top + _HIDDEN)
    return locks[top]


def _read(path: str) -> _Lock | NotExamined:
    content = files.read(path, files.LOCK_MAX)
    if content is None:
        return _Lock()
    if isinstance(content, NotExamined):
        return content
    try:
        return msgspec.json.decode(content, type=_Lock)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return NotExamined(path, "it is no lock file of npm; packages under other names are not seen")


def _integrity(found: Found, locks: dict[str, _Lock | NotExamined]) -> str:
    lock = _lock(found.place.top, locks)
    key = found.path.removeprefix(found.place.top + "/")
    entry = lock.packages.get(key) if isinstance(lock, _Lock) else None
    return entry.integrity if entry and isinstance(entry.integrity, str) and len(entry.integrity) < 1000 else ""


def _renamed(walked: Walked, locks: dict[str, _Lock | NotExamined]) -> Iterator[Hit]:
    """Yield packages of known products under other names, anywhere in the tree: `name` is told where it differs."""
    for hit in walked.of(Mark.NODE_MODULES):
        top = hit.path.removesuffix("/node_modules")
        lock = _lock(top, locks)
        for key, entry in lock.packages.items() if isinstance(lock, _Lock) else ():
            known = isinstance(entry.name, str) and entry.name.lower() in by_npm() and key.startswith("node_modules/")
            if known and (path := files.inside(top, key)):
                yield Hit(Mark.NODE_PACKAGE, path, hit.home)


def _one_time(around: Surroundings) -> Iterator[Hit]:
    """Yield known packages of pnpm dlx and bunx: in a cache and a temporary folder, where a walk does not go."""
    for home in around.homes:
        for run in files.listed(f"{home.path}/.cache/pnpm/dlx")[:_MANY]:
            folder = f"{home.path}/.cache/pnpm/dlx/{run}"
            for part in files.listed(folder)[:_MANY]:
                yield from _known(f"{folder}/{part}/node_modules", home.path)
    tmp = os.path.join(around.root, "tmp")
    for name in files.listed(tmp):
        if name.startswith("bunx-") and not rooted.is_link(f"{tmp}/{name}"):
            yield from _known(f"{tmp}/{name}/node_modules", "")
            for part in files.listed(f"{tmp}/{name}")[:_MANY]:  # `bunx-0-@scope/name@latest`
                yield from _known(f"{tmp}/{name}/{part}/node_modules", "")


def _known(modules: str, home: str) -> Iterator[Hit]:
    """Yield known packages in a `node_modules`. As in a walk, links to folders above packages are not followed."""
    if rooted.is_link(modules) or rooted.is_link(os.path.dirname(modules)):
        return
    for name in files.listed(modules):
        inner = [f"{name}/{part}" for part in files.listed(f"{modules}/{name}")] if name.startswith("@") else [name]
        for folder in inner:
            if folder.lower() in by_npm():
                yield Hit(Mark.NODE_PACKAGE, f"{modules}/{folder}", home)
