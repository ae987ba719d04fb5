# paths are texts here, as the system gives them
"""What vendors' own installers put into home folders: one place a product, several versions side by side.

A vendor's own folder says whose program it is, and often which version. A folder that everybody uses (`~/.local/bin`)
says nothing: there a program must be recognised by what is in it.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Final

from wiretell import policy
from wiretell.fleet import files, rooted
from wiretell.fleet.programs.confirming import confirmed
from wiretell.fleet.programs.forms import EXECUTABLE
from wiretell.fleet.programs.hashing import Digests
from wiretell.fleet.programs.identifying import identify
from wiretell.fleet.readers.interface import Seen
from wiretell.fleet.walk.interface import Home, Surroundings, Walked
from wiretell.model.fleet import Install, Manager, NotExamined, Scope
from wiretell.policy import Product

SHARED: Final = frozenset({".local/bin", "bin"})
"""Folders below a home that belong to no product."""

_VERSION: Final = r"(?P<version>\d[\w.+-]*)"
_PARTLY: Final = (".lock", ".tmp", ".part", ".partial", ".download")
"""Ends of names that installers use while they work."""


_File = tuple[int, int]
"""Device and inode."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A file that stands where a product's installer puts one."""

    product: Product
    path: str
    """The program."""
    top: str
    """What is the version's own: its folder, or the program."""
    version: str
    shared: bool


class Native:
    """One install for each version that is there."""

    name = "vendors' own installers"

    def __init__(self, digests: Digests | None = None) -> None:
        """`digests` remembers what was recognised."""
        self._digests = digests or Digests(None)

    def read(self, walked: Walked, around: Surroundings) -> Iterator[Seen]:  # asked like all readers  # noqa: ARG002 - asked like all readers
        """Yield installs, and what stands in a shared folder and is not what its name says."""
        for home in around.homes:
            failed: list[NotExamined] = []
            links = cache(partial(_links, home, around))  # most homes hold nothing that needs them
            taken: set[str] = set()
            for place in _places(home, around, failed):
                if place.top not in taken:
                    yield from self._seen(place, home, links)
                    taken.add(place.top)
            yield from failed

    def _seen(self, place: _Place, home: Home, links: Callable[[], Mapping[_File, Sequence[str]]]) -> Iterator[Seen]:
        is_one = True
        try:
            found = identify(place.path, self._digests)
            is_one = found is not None or (not rooted.is_link(place.path) and _is_program(place.path))
        except OSError as error:
            yield _closed(place.path, error)
            found = None
        if place.shared and (found is None or found.product != place.product.name):
            return  # `binaries` says what it is, or that its name alone says nothing
        if not is_one:
            why = f"It lies where {place.product.name}'s installer puts programs, but is none, or leads elsewhere."
            yield NotExamined(place.path, why)
            return
        try:
            commands = tuple(_leading(links(), place))
        except OSError:
            return  # it was there a moment ago
        install = Install(
            product=place.product.name,
            vendor=place.product.vendor,
            name=_name(place),
            version=place.version,
            manager=Manager.NATIVE,
            scope=Scope.USER,
            user=home.user,
            path=place.top,
            hashed=place.path,
            commands=commands,
        )
        yield confirmed(install, found, "place")


def _is_program(path: str) -> bool:
    """Whether a file is an executable or a script, by how it begins.

    :raises OSError: if it cannot be read.
    """
    file = files.regular(path)
    if isinstance(file, NotExamined):
        raise OSError(errno.EINVAL, file.why, path)
    if file is None:
        return False
    with file:
        return file.read(8).startswith((*EXECUTABLE, b"#!"))


def _name(place: _Place) -> str:
    name = os.path.basename(place.path)
    return place.product.commands[0] if name == place.version and place.product.commands else name


def _closed(path: str, error: OSError) -> NotExamined:
    return NotExamined(path, f"It cannot be read: {error.strerror or error}.")


def _places(home: Home, around: Surroundings, failed: list[NotExamined]) -> Iterator[_Place]:
    for product in policy.products().values():
        for pattern in product.native:
            shared = os.path.dirname(pattern) in SHARED
            for base, rest in _bases(home, around, pattern):
                for path, top, version in _matches(base, rest.split("/"), failed):
                    yield _Place(product, path, top, version, shared)


def _bases(home: Home, around: Surroundings, pattern: str) -> Iterator[tuple[str, str]]:
    """Yield folders in which a pattern begins: the home, and where the user's own settings move a part of it."""
    yield home.path, pattern
    data = around.environment.get("XDG_DATA_HOME", "")
    own = around.environment.get("HOME", "") == home.path
    if own and os.path.isabs(data) and pattern.startswith(".local/share/"):
        yield data, pattern.removeprefix(".local/share/")


def _matches(base: str, parts: list[str], failed: list[NotExamined]) -> Iterator[tuple[str, str, str]]:
    """Yield program, what is the version's own, and version, for each regular file that fits. Links are not followed
    at the part that tells the version: they lead to one that is found by itself."""
    if not parts:
        if rooted.is_file(base):
            yield base, "", ""
        return
    here, rest = parts[0], parts[1:]
    if "{version}" not in here:
        for path, top, version in _matches(os.path.join(base, here), rest, failed):
            yield path, top or path, version
        return
    for name, version in _versions(base, here, failed):
        at = os.path.join(base, name)
        for path, _top, _version in _matches(at, rest, failed):
            yield path, at, version


def _versions(folder: str, pattern: str, failed: list[NotExamined]) -> list[tuple[str, str]]:
    """Return names in a folder that fit, each with the version it tells, in order."""
    expression, found = _expression(pattern), []
    try:
        with rooted.scan(folder) as entries:
            for entry in entries:
                match = expression.fullmatch(entry.name)
                is_one = match and policy.order(match["version"]) and not entry.name.endswith(_PARTLY)
                if match and is_one and not entry.is_symlink():
                    found.append((entry.name, match["version"]))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        failed.append(_closed(folder, error))
    return sorted(found)


@lru_cache(maxsize=256)
def _expression(pattern: str) -> re.Pattern[str]:
    before, _mark, after = pattern.partition("{version}")
    return re.compile(re.escape(before) + _VERSION + re.escape(after))


def _links(home: Home, around: Surroundings) -> Mapping[_File, Sequence[str]]:
    """Return links in the folders where commands are looked for, by the file that they lead to in the end."""
    folders = dict.fromkeys([*(os.path.join(home.path, each) for each in sorted(SHARED)), *around.path])
    found: dict[_File, list[str]] = {}
    for folder in folders:
        try:
            with rooted.scan(folder) as entries:
                links = [os.path.join(folder, entry.name) for entry in entries if entry.is_symlink()]
        except OSError:
            continue  # the walk says so of folders that it could not read
        for link in links:
            with suppress(OSError):  # it leads nowhere
                info = rooted.stat(link)
                found.setdefault((info.st_dev, info.st_ino), []).append(link)
    return found


def _leading(links: Mapping[_File, Sequence[str]], place: _Place) -> Iterator[str]:
    """Yield links that lead to a program. One to another name of the same file is not its own."""
    info, program = rooted.stat(place.path), rooted.real(place.path)
    for link in sorted(links.get((info.st_dev, info.st_ino), ())):
        if link != place.path and rooted.real(link) == program:
            yield link
