"""Programs that start a package: scripts in its environment, and links and wrappers elsewhere that lead there."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable
from typing import Final

from wiretell.fleet import rooted
from wiretell.fleet.files import WRAPPER_MAX, is_path, read
from wiretell.fleet.readers._python.belongings import programs
from wiretell.fleet.readers._python.dist_info import Dist
from wiretell.fleet.readers._python.environments import Environment
from wiretell.fleet.readers.scripts import expanded, started
from wiretell.fleet.walk.interface import Surroundings

_OF_PYTHON: Final = re.compile(
    r"(?:python|pypy|pip|pydoc|idle|2to3|activate|deactivate|wheel|easy_install)\d*(?:[._-].*)?", re.DOTALL
)
"""What an environment has in its folder of programs for itself: no package's own, whatever its list says."""
_MAX_ENTRIES: Final = 20_000


class Links:
    """Links and scripts in the folders where users have their programs; read once."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._folders = _folders(around)
        self._links: dict[str, str] | None = None

    def into(self, folder: str) -> tuple[str, ...]:
        """Return the links that lead to something in a folder; sorted."""
        begin = rooted.real(folder) + os.sep
        return tuple(sorted(link for link, target in self._all().items() if target.startswith(begin)))

    def to(self, path: str) -> tuple[str, ...]:
        """Return the links that lead to one program; sorted."""
        real = rooted.real(path)
        return tuple(sorted(link for link, target in self._all().items() if target == real and link != path))

    def look_at(self, paths: Iterable[str]) -> None:
        """Look at these paths too, and at the folders they lie in: a tool has noted that it put links there."""
        for path in paths:
            if path.startswith("/") and is_path(path):
                whole = rooted.normal(rooted.outside(path))
                self._folders = tuple(dict.fromkeys((*self._folders, whole.rpartition("/")[0])))
                self._all().update(_resolved([whole] if _mode(whole, stat.S_ISLNK) else []))

    def wrappers(self, names: Iterable[str], folder: str) -> tuple[str, ...]:
        """Return the scripts of these names that start something in a folder: copies, where links cannot be made."""
        found = {f"{each}/{name}" for each in self._folders for name in names if is_plain(name)}
        begin = folder.rstrip("/") + os.sep
        return tuple(
            sorted(p for p in found if not p.startswith(begin) and _starts(_script(p), p, begin, self._around))
        )

    def _all(self) -> dict[str, str]:
        if self._links is None:
            self._links = _resolved(link for folder in self._folders for link in _links_of(folder))
        return self._links


def own_scripts(dist: Dist, environment: Environment, files: Iterable[str]) -> tuple[str, ...]:
    """Return a package's programs in its environment's own folder: those among its `files`, and those its entry points
    name where they start its module; sorted."""
    listed = {p for p in programs(files, environment) if is_plain(p.rpartition("/")[2]) and _mode(p, stat.S_ISREG)}
    for name, module in dist.scripts:
        path = f"{environment.scripts}/{name}"
        if is_plain(name) and path not in listed and module.encode("utf-8", "surrogateescape") in _script(path):
            listed.add(path)
    return tuple(sorted(listed))


def is_plain(name: str) -> bool:
    """Whether a name is that of a program which a package may have brought, and no way out of the folder."""
    return bool(name) and "/" not in name and is_path(name) and name not in (".", "..") and not _is_pythons(name)


def _is_pythons(name: str) -> bool:
    return _OF_PYTHON.fullmatch(name.lower()) is not None


def _folders(around: Surroundings) -> tuple[str, ...]:
    """Return where links to programs may lie: each home's, the system's own, and where this user moved them."""
    found = [f"{home.path}/{each}" for home in around.homes for each in (".local/bin", "bin")]
    found.append(f"{around.root.rstrip('/')}/usr/local/bin")
    moved = (around.environment.get(name, "") for name in ("UV_TOOL_BIN_DIR", "PIPX_BIN_DIR", "XDG_BIN_HOME"))
    return tuple(dict.fromkeys([*found, *(folder.rstrip("/") for folder in moved if folder.startswith("/"))]))


def _links_of(folder: str) -> list[str]:
    try:
        with rooted.scan(folder) as entries:
            some = [entry for _, entry in zip(range(_MAX_ENTRIES), entries, strict=False)]
            return [f"{folder}/{entry.name}" for entry in some if entry.is_symlink()]
    except OSError:
        return []  # not there, or closed: the walk says so


def _resolved(links: Iterable[str]) -> dict[str, str]:
    return {link: rooted.real(link) for link in links}


def _script(path: str) -> bytes:
    """Return a script's bytes; none for what is no script, or a link."""
    text = read(path, WRAPPER_MAX) if _mode(path, stat.S_ISREG) else None
    return text if isinstance(text, bytes) and text.startswith(b"#!") else b""


def _starts(script: bytes, path: str, folder: str, around: Surroundings) -> bool:
    """Whether a script is run by an interpreter of a folder, or does nothing but start what is in it.

    Where a folder's name is too long for a first line, installers write a shell's second one (`simple_launcher` of
    distlib): `'''exec' /home/dev/.../python "$0" "$@"`.
    """
    begins = {os.fsencode(folder), os.fsencode(rooted.inside(folder))}
    first, _, rest = script.partition(b"\n")
    second = rest.partition(b"\n")[0] if rest.startswith(b"'''exec' ") else b""
    if any(begin in first or begin in second for begin in begins):
        return True
    return expanded(started(os.fsdecode(script)), path, around).startswith(folder)


def _mode(path: str, is_so: Callable[[int], bool]) -> bool:
    """Whether what lies at a path itself is of a kind; links are not followed."""
    try:
        return is_so(rooted.lstat(path).st_mode)
    except (OSError, ValueError):
        return False
