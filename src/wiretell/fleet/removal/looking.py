"""Looks at the disk for a plan: what is there, where links lead, what this user may take away. Changes nothing."""

from __future__ import annotations

import fnmatch
import glob
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from os.path import basename, dirname, join, lexists
from pathlib import Path
from typing import Final

from wiretell import policy
from wiretell.fleet import files, rooted
from wiretell.fleet.catalogue import pypi_folder
from wiretell.fleet.removal import disk
from wiretell.fleet.removal.known import Known
from wiretell.fleet.removal.reaching import bounds, own, parents
from wiretell.fleet.removal.running import Ran, ran
from wiretell.fleet.removal.sharing import shared
from wiretell.fleet.walk.interface import Home, Surroundings
from wiretell.model.fleet import Checked, Install, NotExamined

_FILE_MAX: Final = 4 << 20
"""Bytes of a package.json or a requirements file that are read for a line."""
_LINES: Final = 100_000
_PARENTS: Final = 256
"""Processes above this one; a chain of them in a circle there is none, but it is not ours."""


def look(checked: Checked, around: Surroundings) -> Known:
    """Return what a plan for this check has to know. Reads; nothing that lies there makes it fail."""
    with rooted.within(around.root):
        return _known(checked, around)


def _known(checked: Checked, around: Surroundings) -> Known:
    banned = {judged.finding.id for judged in checked.banned}
    installs = [item for item in checked.inventory.installs if item.id in banned]
    config = dict(_config(around, {item.product for item in checked.inventory.installs}))
    sharing = shared(installs, around)
    pieces = [path for parts in sharing.parts.values() for path in parts]
    places = dict(_places((*_listed(checked, around, config), *pieces)))
    named = [path for item in installs for path in (item.path, *item.commands, *item.also)]
    mine = [path for path in (*named, *pieces) if path in places]
    taken = dict.fromkeys([*mine, *(path for paths in config.values() for path in paths)])
    return Known(
        homes=around.homes,
        user=checked.inventory.machine.user,
        number=str(os.geteuid()),
        is_root=around.is_root,
        is_live=around.root == "/" and bool(around.proc),
        root=around.root,
        config=config,
        places=places,
        leads={path: rooted.real(path) for path in mine if rooted.is_link(path)},
        folders=frozenset(path for path in taken if _is_folder(path)),
        closed=dict(_closed(taken, places)),
        shared=dict(_shared(installs)),
        sharing=sharing,
        bounds=bounds(around),
        own=frozenset(own(taken, around, places)),
        mounts=disk.mounts(),
        ran=dict(_ran(checked, around)),
        parents=dict(parents(installs, around, places)),
        lines=dict(_lines(installs)),
        own_pids=frozenset(_own_pids()),
    )


def _config(around: Surroundings, products: Iterable[str]) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    """Yield what is there of the catalogue's configuration, by home and product."""
    known = policy.products()
    for home in around.homes:
        for name in sorted(products):
            globs = known[name].config if name in known else ()
            found = sorted({path for each in globs for path in _found(home, each)})
            if found:
                yield (home.path, name), tuple(found)


def _found(home: Home, pattern: str) -> Iterator[str]:
    if os.path.isabs(pattern) or ".." in pattern.split("/"):
        return
    yield from _matching(home.path, [part for part in pattern.split("/") if part not in ("", ".")])


def _matching(folder: str, parts: Sequence[str]) -> Iterator[str]:
    """Yield what lies below a folder under names that globs name, part by part; hidden ones only for hidden globs."""
    if not parts:
        return
    names, rest = [parts[0]], parts[1:]
    if glob.has_magic(parts[0]):
        hidden = parts[0].startswith(".")
        names = [each for each in fnmatch.filter(files.listed(folder), parts[0]) if hidden or not each.startswith(".")]
    for path in (join(folder, name) for name in names):
        if rest:
            yield from _matching(path, rest)
        elif rooted.lies(path):
            yield path


def _listed(checked: Checked, around: Surroundings, config: dict[tuple[str, str], tuple[str, ...]]) -> Iterator[str]:
    """Yield every path that a plan compares."""
    for item in checked.inventory.installs:
        yield from (item.path, *item.commands, *item.also, *item.wanted_by)
    yield from (process.program for process in checked.inventory.processes if process.program)
    yield from (setting.path for setting in checked.inventory.settings)
    yield from (home.path for home in around.homes)
    for paths in config.values():
        yield from paths


def _places(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    for path in dict.fromkeys(paths):
        try:
            place = disk.place_of(path)
        except (OSError, ValueError):
            continue
        if os.path.isabs(path) and lexists(place):
            yield path, place


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(rooted.lstat(path).st_mode)
    except (OSError, ValueError):
        return False


def _closed(paths: Iterable[str], places: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what this user may not rename, with the reason; ownership in a folder with the sticky bit included."""
    for path in paths:
        place = places.get(path, path)
        parent = dirname(place)
        try:
            found, above = os.lstat(place), os.lstat(parent)
        except (OSError, ValueError) as error:
            yield path, str(error)
            continue
        if not os.access(parent, os.W_OK | os.X_OK):
            yield path, f"the folder {parent} may not be written to by this user"
        elif above.st_mode & stat.S_ISVTX and os.geteuid() not in (0, found.st_uid, above.st_uid):
            yield path, f"it is another user's, in {parent}, where only owners may remove (sticky bit)"
        elif found.st_dev != above.st_dev:
            yield path, "another file system is mounted there"


def _shared(installs: Iterable[Install]) -> Iterator[tuple[str, str]]:
    """Yield paths that are more than the install: an environment with other packages, a working copy of git."""
    for item in installs:
        for path in (item.path, *item.also):
            if not _is_folder(path):
                continue
            if rooted.lies(join(path, ".git")):
                yield path, "it is a working copy of git"
            elif item.manager.value in ("venv", "pip-user", "pip-system") and rooted.lies(join(path, "pyvenv.cfg")):
                yield path, "it is an environment, in which other packages may be"


def _ran(checked: Checked, around: Surroundings) -> Iterator[tuple[int, Ran]]:
    """Yield what processes run; nothing of a machine that does not run."""
    for process in checked.inventory.processes if around.proc else ():
        if process.install and (found := ran(process)):
            yield process.pid, found


def _lines(installs: Iterable[Install]) -> Iterator[tuple[tuple[str, str], int]]:
    texts: dict[str, list[str]] = {}
    for item in installs:
        for path in item.wanted_by:
            if path not in texts:
                texts[path] = _read(path)
            for number, text in enumerate(texts[path], 1):
                if _asks(text, item.name, basename(path)):
                    yield (path, item.name), number
                    break


def _asks(line: str, name: str, file: str) -> bool:
    """Whether a line asks for a package: `"NAME": ...` in JSON, a requirement that begins with it elsewhere."""
    if file.endswith(".json"):
        return f'"{name}"' in line and ":" in line
    begin = line.strip().strip("\"'-, ").lower()
    end = next((at for at, char in enumerate(begin) if not (char.isalnum() or char in "-_.@/")), len(begin))
    return pypi_folder(begin[:end]) == pypi_folder(name)


def _read(path: str) -> list[str]:
    try:
        file = files.regular(path)
        if file is None or isinstance(file, NotExamined):
            return []
        with file:
            return os.fsdecode(file.read(_FILE_MAX)).splitlines()[:_LINES]
    except (OSError, ValueError):
        return []


def _own_pids() -> Iterator[int]:
    """Yield this process and those above it, to the first."""
    pid = os.getpid()
    for _ in range(_PARENTS):
        yield pid
        try:
            text = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2]
            pid = int(text.split()[1])
        except (OSError, ValueError, IndexError):
            return
        if pid <= 0:
            return
