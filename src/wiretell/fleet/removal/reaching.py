"""How far a removal reaches: what homes and system are in truth, and which folders it leaves empty. Reads the disk."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from os.path import basename, dirname
from typing import Final

from wiretell.fleet import rooted
from wiretell.fleet.removal.bounds import Bounds, holds
from wiretell.fleet.walk import starts
from wiretell.fleet.walk.interface import Surroundings
from wiretell.model.fleet import Install, Manager

_SYSTEM: Final = ("usr", "opt", "srv", "snap", "var/lib")
"""Folders below the root in which programs of the system lie, beside those in which a walk begins."""
_MOVED: Final = ("PIPX_BIN_DIR", "PIPX_MAN_DIR", "UV_CACHE_DIR", "UV_TOOL_BIN_DIR", "XDG_BIN_HOME", "XDG_DATA_HOME")
"""Variables that name a folder in which readers look by themselves."""
_SHARED: Final = frozenset({".local", ".local/bin", ".local/share", ".local/state", ".config", ".cache", "bin"})
"""Folders below a home that belong to no product."""
_ENTRIES: Final = 1000
"""A folder with more in it is not one that a removal empties."""


def bounds(around: Surroundings) -> Bounds:
    """Return how far homes and system reach. An image's links are followed within the image."""
    root = os.path.realpath(around.root)
    folders = (rooted.real(folder) for folder in _begins(around))
    return Bounds(
        root=root,
        homes=tuple((home.path, rooted.real(home.path)) for home in around.homes),
        system=tuple(dict.fromkeys(folder for folder in folders if holds(root, folder))),
    )


def _begins(around: Surroundings) -> Iterator[str]:
    yield from (os.fsdecode(start.path) for start in starts.of(around) if not start.home)
    yield from (os.path.join(around.root, folder) for folder in _SYSTEM)
    yield from filter(os.path.isabs, (around.environment.get(name, "") for name in _MOVED))


def own(paths: Iterable[str], around: Surroundings, places: Mapping[str, str]) -> Iterator[str]:
    """Yield the paths that belong to the owner of the home in which they are named, on another disk maybe."""
    for path in paths if not around.is_root else ():
        home = next((home.path for home in around.homes if holds(home.path, path)), "")
        if home and path in places and _is_of(places[path], home):
            yield path


def _is_of(place: str, home: str) -> bool:
    """Whether something belongs to the owner of a home."""
    try:
        return os.lstat(place).st_uid == rooted.stat(home).st_uid
    except OSError:
        return False


def parents(
    installs: Iterable[Install], around: Surroundings, places: Mapping[str, str]
) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield folders that may be empty when installs are gone, with what is in them now.

    Of npm the folder of a scope; of vendors' own installers the product's folders. No others: what an empty folder is
    for, nobody knows who did not make it.
    """
    homes = [rooted.real(home.path) for home in around.homes]
    for item in installs:
        for path in (item.path, *item.also):
            if (place := places.get(path)) is None:
                continue
            for folder in (*_scope(place), *(_product(place, homes) if item.manager is Manager.NATIVE else ())):
                names = _names(folder)
                if names and os.access(dirname(folder), os.W_OK | os.X_OK):
                    yield folder, names


def _scope(place: str) -> Iterator[str]:
    folder = dirname(place)
    if basename(folder).startswith("@") and basename(dirname(folder)) == "node_modules":
        yield folder


def _product(place: str, homes: Iterable[str]) -> Iterator[str]:
    """Yield the folders above a program, up to one that everybody uses."""
    home = next((home for home in homes if holds(home, place)), "")
    folder = dirname(place)
    while home and folder != home and holds(home, folder) and os.path.relpath(folder, home) not in _SHARED:
        yield folder
        folder = dirname(folder)


def _names(folder: str) -> frozenset[str]:
    """Return what is in a folder; nothing where that is too much, or cannot be read."""
    try:
        with os.scandir(folder) as entries:
            names = frozenset(entry.name for entry in islice(entries, _ENTRIES + 1))
    except OSError:
        return frozenset()
    return names if len(names) <= _ENTRIES else frozenset()
