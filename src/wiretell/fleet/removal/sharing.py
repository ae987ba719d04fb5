# paths are texts here, as the system gives them
"""Files of Python packages that several of them list: they stay for as long as one of those packages does.

pip deletes what RECORD lists, whoever else lists it, and what remains does not start. A list is what an installer wrote
beside a package (RECORD, `installed-files.txt`), and not to be trusted: all it can do here is to have files kept.
Where a package has none that can be read, nobody knows what it shares. Reads the disk.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from wiretell.fleet import files, rooted
from wiretell.fleet.readers._python.belongings import inside
from wiretell.fleet.readers._python.dist_info import METADATA, files_of
from wiretell.fleet.readers._python.environments import Environment, environment_of
from wiretell.fleet.walk.interface import Hit, Mark, Surroundings
from wiretell.model.fleet import Install

_CACHE: Final = "__pycache__"
_LIBS: Final = ("lib", "lib64")
_PYTHON: Final = re.compile(r"(?:python|pypy)[0-9.]*\Z")
_PACKAGES: Final = ("site-packages", "dist-packages")


@dataclass(frozen=True, slots=True)
class Shared:
    """What of installs is not theirs alone."""

    sharers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Path -> the metadata folders of the other packages that list it."""
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Folder of an install in which such paths lie -> what is in it, as far down as they lie, each by itself."""


def shared(installs: Iterable[Install], around: Surroundings) -> Shared:
    """Return what of these installs other packages of their environments list too, whether those go or stay."""
    sites: defaultdict[str, list[Install]] = defaultdict(list)
    for item in installs:
        if item.path.endswith(METADATA):  # else an environment, which goes as a whole
            sites[os.path.dirname(item.path)].append(item)
    sharers: defaultdict[str, set[str]] = defaultdict(set)
    parts: dict[str, tuple[str, ...]] = {}
    for items in sites.values():
        lists = _lists(items, around)
        for item in items:
            below: defaultdict[str, set[str]] = defaultdict(set)
            for top, path, metadata in _common(item, lists):
                sharers[path].add(metadata)
                below[top].add(path)
            parts |= {top: tuple(_parts(top, _above(top, paths))) for top, paths in below.items() if top not in paths}
    return Shared({path: frozenset(who) for path, who in sharers.items()}, parts)


class _Own:
    """What installs consist of, files and whole folders. Asked path by path, it climbs no folder twice."""

    def __init__(self, items: Iterable[Install]) -> None:
        self._tops = {"": "", "/": "", "//": ""}
        self._tops |= {path: path for item in items for path in (*item.commands, *item.also)}

    def top(self, path: str) -> str:
        """Return the path of the installs' that a path is or lies in; empty where it is none of theirs."""
        climbed = []
        while path not in self._tops:
            climbed.append(path)
            path = os.path.dirname(path)
        self._tops.update(dict.fromkeys(climbed[1:], self._tops[path]))
        return self._tops[path]


def _lists(items: Sequence[Install], around: Surroundings) -> Mapping[str, frozenset[str]]:
    """Return what each package lists of these installs, which lie in one folder, by the folder of its metadata.

    Nothing else of a list is kept: a home may hold any number of them, each of hundreds of thousands of lines.
    """
    environment = environment_of(Hit(Mark.DIST_INFO, items[0].path, ""), around)
    found = {}
    for site in _sites(environment):
        for name in files.listed(site):
            if name.endswith(METADATA):
                own, path = _Own(items), f"{site}/{name}"
                listed = inside(files_of(path), replace(environment, site=site))
                found[path] = frozenset(each for each in listed if own.top(each))
    return found


def _sites(environment: Environment) -> Iterator[str]:
    """Yield the folder of packages, and those of other Pythons below the same prefix: their programs lie together."""
    yield environment.site
    prefix, seen = environment.prefix.rstrip("/"), {files.real(environment.site)}
    libs = (
        f"{prefix}/{lib}/{name}" for lib in _LIBS for name in files.listed(f"{prefix}/{lib}") if _PYTHON.match(name)
    )
    for site in (f"{lib}/{packages}" for lib in libs for packages in _PACKAGES):
        if (place := files.real(site)) and place not in seen:
            seen.add(place)
            yield site


def _common(item: Install, lists: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str, str]]:
    """Yield what other packages list of an install: the path of the install's that it is or lies in, itself, and whose
    list that is."""
    own = _Own([item])
    for metadata, listed in lists.items():
        for path in listed if metadata != item.path else ():
            top = own.top(path)
            if top and rooted.lies(path) and not _is_folder(path):
                shares = _first_link(top, path)
                yield from ((top, each, metadata) for each in (shares, *(_bytecode(shares) if shares != top else ())))


def _is_folder(path: str) -> bool:
    return rooted.is_folder(path) and not rooted.is_link(path)


def _first_link(top: str, path: str) -> str:
    """Return the link by which a path leads out of a folder, which is what it needs there; itself where none does."""
    here = top
    for part in ("", *path[len(top) :].split("/")):
        here = f"{here}/{part}" if part else here
        if rooted.is_link(here):
            return here
    return path


def _bytecode(path: str) -> Iterator[str]:
    """Yield what Python has compiled of a file, which is listed as a rule by nobody."""
    folder, _, name = path.rpartition("/")
    if name.endswith(".py"):
        begin = name.removesuffix("py")
        names = files.listed(f"{folder}/{_CACHE}")
        yield from (f"{folder}/{_CACHE}/{each}" for each in names if each.startswith(begin))


def _above(top: str, paths: Iterable[str]) -> frozenset[str]:
    """Return the folders between a folder and what lies in it, itself included."""
    found = {top}
    for path in paths:
        folder = os.path.dirname(path)
        while folder not in found:
            found.add(folder)
            folder = os.path.dirname(folder)
    return frozenset(found)


def _parts(folder: str, above: frozenset[str]) -> Iterator[str]:
    """Yield what is in a folder; of the folders on the way to what is shared, what is in them."""
    for name in files.listed(folder):
        path = f"{folder}/{name}"
        if path in above:
            yield from _parts(path, above)
        else:
            yield path
