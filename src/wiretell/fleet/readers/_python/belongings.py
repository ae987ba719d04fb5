"""Which files of an environment are a package's own: what its installer listed, held against what lies there.

A list may be old, broken or hostile. A path counts only if it stays within the environment, and a folder is a package's
own only if everything in it is listed; of a folder that several packages share, the listed files alone are.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from typing import Final

from wiretell.fleet import rooted
from wiretell.fleet.readers._python.environments import Environment

_MAX_SHOWN: Final = 5_000
"""Files that are named one by one; a package that spreads more over shared folders is left to its own installer."""
_DEEPEST: Final = 24
"""Folders in a path; packages have at most a dozen."""
_LONGEST: Final = 1024
"""Characters of a path in a list."""
_BYTECODE: Final = (".pyc", ".pyo")


def inside(listed: Iterable[str], environment: Environment) -> frozenset[str]:
    """Return the absolute paths of a list, without those that lead out of the environment.

    `listed`: as RECORD has them, relative to the folder of packages; not to be trusted.
    """
    return frozenset(_inside(listed, environment.site, f"{environment.prefix.rstrip('/')}/"))


def own_paths(files: Iterable[str], environment: Environment, metadata: str) -> tuple[str, ...]:
    """Return what belongs to a package alone, but its metadata and programs: absolute paths, folders before files.

    `files`: what `inside` returned. `metadata`: the folder they come from.
    """
    site, apart = f"{environment.site}/", (f"{metadata}/", f"{environment.scripts}/")
    own = [path for path in files if path != metadata and not path.startswith(apart)]
    within = {path for path in own if path.startswith(site)}
    elsewhere = [path for path in own if not path.startswith(site)]
    found = [*_own(environment.site, within, _folders(within, environment.site))]
    found += _elsewhere(elsewhere, environment.prefix)
    return tuple(sorted(found)) if len(found) <= _MAX_SHOWN else ()


def programs(files: Iterable[str], environment: Environment) -> set[str]:
    """Return those of the files that lie directly in the environment's folder of programs."""
    begin = f"{environment.scripts}/"
    return {path for path in files if path.startswith(begin) and "/" not in path[len(begin) :]}


def _inside(listed: Iterable[str], site: str, begin: str) -> Iterator[str]:
    for path in listed:
        if len(path) > _LONGEST or path.count("/") > _DEEPEST or "\0" in path:
            continue
        if path.startswith("/") or "./" in path or "//" in path or path.endswith(("/", ".")):
            whole = os.path.normpath(rooted.outside(path) if path.startswith("/") else f"{site}/{path}")
            if whole.startswith(begin):
                yield whole
        elif path:
            yield f"{site}/{path}"  # as nearly all are; to normalise them costs more than all else here


def _folders(files: Iterable[str], top: str) -> set[str]:
    """Return every folder between `top` and a file."""
    found: set[str] = set()
    for path in files:
        folder = path.rpartition("/")[0]
        while folder != top and folder not in found and folder.startswith(top):
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


def _own(top: str, files: set[str], folders: set[str]) -> Iterator[str]:
    """Yield what is wholly listed of a folder that is shared. Links are never followed."""
    for path, entry in _entries(top):
        if path in files and not entry.is_dir(follow_symlinks=False):
            yield path
        elif path in folders and entry.is_dir(follow_symlinks=False):
            yield from _parts(path, files, folders, _DEEPEST)[1]


def _parts(folder: str, files: set[str], folders: set[str], depth: int) -> tuple[bool, list[str]]:
    """Return whether all of a folder is listed, and then the folder itself, or else its parts that are."""
    whole, parts = depth > 0, []
    for path, entry in _entries(folder) if depth else ():
        if entry.is_dir(follow_symlinks=False):
            if entry.name == "__pycache__":
                continue
            if path not in folders:
                whole = False
                continue
            inner, found = _parts(path, files, folders, depth - 1)
            whole = whole and inner
            parts += found
        elif path in files:
            parts.append(path)
        elif not entry.name.endswith(_BYTECODE):
            whole = False
    return (True, [folder]) if whole and parts else (False, parts)


def _entries(folder: str) -> list[tuple[str, os.DirEntry[str]]]:
    try:
        with rooted.scan(folder) as found:
            return [(f"{folder}/{entry.name}", entry) for entry in found]
    except OSError:
        return []  # then it is not wholly known, and stays


def _elsewhere(files: Iterable[str], prefix: str) -> Iterator[str]:
    """Yield files of `share`, `etc` and the like that are there, unless a link leads their folder elsewhere."""
    real = rooted.real(prefix)
    of_folders: dict[str, list[str]] = {}
    for path in files:
        of_folders.setdefault(path.rpartition("/")[0], []).append(path)
    for folder, paths in of_folders.items():
        if rooted.real(folder) == os.path.normpath(real + folder.removeprefix(prefix)):
            yield from filter(_is_file_or_link, paths)


def _is_file_or_link(path: str) -> bool:
    try:
        return not stat.S_ISDIR(rooted.lstat(path).st_mode)
    except OSError:
        return False
