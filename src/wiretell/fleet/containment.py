# paths are texts here, as the system gives them
"""The one gate that installs pass before they leave: what one names must lie where the install lies.

Anybody may put a link into a home, and name anything by it: another home, the system's programs. What a path *means*
counts, not how it is spelled. A path that begins in a home and leads into another one, or into the system's folders, is
not that home's; what lies there is looked at where it lies. Reads the disk only to resolve links.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from wiretell.fleet import rooted
from wiretell.fleet.walk import starts
from wiretell.fleet.walk.interface import Surroundings
from wiretell.model.fleet import Install, NotExamined

_SYSTEM_FOLDERS: Final = ("usr", "opt", "snap", "etc", "bin", "sbin", "lib", "var/lib")
"""Below the root: what lies there is the system's, and no home's by a link."""
_MOVED: Final = (*starts.MOVED, "PIPX_BIN_DIR", "PIPX_MAN_DIR", "POETRY_CACHE_DIR", "UV_CACHE_DIR", "UV_TOOL_BIN_DIR")
_XDG: Final = ("XDG_BIN_HOME", "XDG_DATA_HOME")
_SYSTEM: Final = "system"
_NEVER: Final = "never"
"""What holds a home or the system's folders, or lies outside of a mounted image."""
_ELSEWHERE: Final = ""
"""Neither in a home that is looked at nor the system's: another disk, a share, a home that nobody asked for."""
_TMP: Final = "tmp"
"""Everybody may make folders in it: each is a ground of its own."""
_SHOWN: Final = 3


def contained(installs: Iterable[Install], around: Surroundings) -> Iterator[Install | NotExamined]:
    """Yield installs with those paths alone that are theirs; NotExamined for one whose own path leads to what is not.

    Of a home: what lies within the home without its links, and on other disks what the home's owner owns. Outside of
    homes: what lies in the system's folders, and links and scripts in homes that start it. What is left out is told in
    `note`. What was contained stays as it is.
    """
    grounds = _Grounds(around)
    for install in installs:
        ground = grounds.named(install.path) or _SYSTEM
        if grounds.owns(ground, install.path):
            yield _trimmed(install, ground, grounds)
        else:
            yield _told(install, rooted.real(install.path))


def _trimmed(install: Install, ground: str, grounds: _Grounds) -> Install:
    named = dict.fromkeys((*install.commands, *install.also, *install.wanted_by))
    foreign = {path for path in named if not grounds.owns(ground, path)}
    hashed = install.hashed if not install.hashed or grounds.may_read(ground, install.hashed) else ""
    if not foreign and hashed == install.hashed:
        return install
    new = [path for path in sorted({*foreign, *({install.hashed} - {hashed, ""})}) if path not in install.note]
    return replace(
        install,
        hashed=hashed,
        sha256=install.sha256 if hashed else "",
        commands=tuple(path for path in install.commands if path not in foreign),
        also=tuple(path for path in install.also if path not in foreign),
        wanted_by=tuple(path for path in install.wanted_by if path not in foreign),
        note=" ".join(filter(None, (install.note, _sentence(new)))),
    )


def _sentence(foreign: list[str]) -> str:
    if not foreign:
        return ""
    more = f" and {len(foreign) - _SHOWN:,} more" if len(foreign) > _SHOWN else ""
    return f"Not counted as its own, since it lies or leads elsewhere: {', '.join(foreign[:_SHOWN])}{more}."


def _told(install: Install, real: str) -> NotExamined:
    named = " ".join(filter(None, (install.product, install.version)))
    why = f"it is named like {named}, but leads to {real}, which is not of the same home or system; look at that place"
    return NotExamined(install.path, why)


class _Grounds:
    """Whose ground a path is on: a home, by its real place; the system's; a folder below `tmp`; or elsewhere."""

    def __init__(self, around: Surroundings) -> None:
        root = around.root.rstrip("/")
        homes = {home.path.rstrip("/"): rooted.real(home.path) for home in around.homes}
        self._named = dict(sorted(homes.items(), key=lambda item: -len(item[0])))
        self._homes = sorted(set(homes.values()), key=len, reverse=True)
        self._root = rooted.real(root) if root else ""
        system = {rooted.real(f"{root}/{folder}") for folder in _SYSTEM_FOLDERS}
        self._system = {folder for folder in system if not self._root or _in(folder, self._root)}
        self._tmp = (f"{root}/{_TMP}", rooted.real(f"{root}/{_TMP}"))
        own = around.environment.get("HOME", "")
        self._own = real if own.startswith("/") and (real := rooted.real(own)) in self._homes else ""
        self._moved = tuple(
            folder.rstrip("/")
            for folder in (*(around.environment.get(name, "") for name in (*_MOVED, *_XDG)), *around.path)
            if folder.startswith("/")
        )
        self._resolved: dict[str, str] = {}

    def named(self, path: str) -> str:
        """Return the ground that a path begins on, as it is spelled; empty outside of homes and `tmp`."""
        found = next((real for home, real in self._named.items() if _in(path, home)), "")
        if found or not _in(path, self._tmp[0]):
            return found or self._by_variable(path)
        return _first(path.removeprefix(self._tmp[0]), self._tmp[1])

    def owns(self, ground: str, path: str) -> bool:
        """Whether a path, as it is named and where it leads, is of a ground: nothing else is taken away with it."""
        if not path.startswith("/") or os.path.normpath(path) != path:
            return False
        named, spot, real = self.named(path), self._spot(path), self._real(path)
        if ground == _SYSTEM:
            return self._owned_by_system(path, named, spot, real)
        if named == ground:
            return self._is_of(spot, ground, lies=True) and self._is_of(real, ground, lies=False)
        return not named and spot != real and self._place(real) == ground and _is_trusted(path, real)

    def may_read(self, ground: str, path: str) -> bool:
        """Whether the hash of what a path leads to may stand beside an install."""
        return self.owns(ground, path) or self._place(self._real(path)) == _ELSEWHERE

    def _owned_by_system(self, path: str, named: str, spot: str, real: str) -> bool:
        places = self._place(spot), self._place(real)
        if not named:
            return all(place in (_SYSTEM, _ELSEWHERE) for place in places) and _is_trusted(path, real)
        return named in self._homes and places[0] == named and places[1] in (named, _SYSTEM, _ELSEWHERE)

    def _is_of(self, place: str, ground: str, *, lies: bool) -> bool:
        """Whether a place is a home's own: on another disk its owner's, or what only a link in the home leads to."""
        found = self._place(place)
        if found == ground:
            return True
        apart = found == _ELSEWHERE or (_in(found, self._tmp[1]) and found not in self._homes)
        return apart and ground in self._homes and (not lies or _same_owner(place, ground))

    def _place(self, real: str) -> str:
        """Return the ground that a path without links is on."""
        if home := next((home for home in self._homes if _in(real, home)), ""):
            return home
        if any(each == real or _in(each, real) for each in (*self._homes, *self._system, self._tmp[1])):
            return _NEVER
        if any(_in(real, folder) for folder in self._system):
            return _SYSTEM
        if self._root and not _in(real, self._root):
            return _NEVER
        return _first(real.removeprefix(self._tmp[1]), self._tmp[1]) if _in(real, self._tmp[1]) else _ELSEWHERE

    def _by_variable(self, path: str) -> str:
        """Return the home of the user who takes the inventory for what a variable of theirs names by another way."""
        moved = self._own and any(_in(path, folder) for folder in self._moved)
        return self._own if moved and self._place(self._spot(path)) == self._own else ""

    def _spot(self, path: str) -> str:
        """Return where a path itself lies: links above it resolved, itself not."""
        folder, name = os.path.split(path)
        if folder not in self._resolved:
            self._resolved[folder] = rooted.real(folder)
        return os.path.join(self._resolved[folder], name)

    def _real(self, path: str) -> str:
        spot = self._spot(path)
        return rooted.real(spot) if rooted.is_link(spot) else spot


def _in(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip("/") + "/") and path != folder


def _first(rest: str, folder: str) -> str:
    return f"{folder}/{rest.lstrip('/').partition('/')[0]}"


def _same_owner(path: str, home: str) -> bool:
    try:
        return rooted.lstat(path).st_uid == rooted.stat(home).st_uid
    except OSError:
        return False


def _is_trusted(path: str, real: str) -> bool:
    """Whether no link on the way was made by somebody to whom what it leads to does not belong; root may make any."""
    if path == real:
        return True
    try:
        owners = {0, rooted.lstat(real).st_uid}
        above = path
        while above != os.path.dirname(above):
            if rooted.is_link(above) and rooted.lstat(above).st_uid not in owners:
                return False
            above = os.path.dirname(above)
    except OSError:
        return False
    return True
