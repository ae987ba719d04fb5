# paths are texts here, as the system gives them
"""What starts a package from outside (links and wrappers), and the file whose hash tells which program it is."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Final

from wiretell.fleet import files, rooted
from wiretell.fleet.readers._javascript.places import MODULES
from wiretell.fleet.readers._javascript.tree import Found, folder_name
from wiretell.fleet.readers.scripts import expanded, is_shim, started
from wiretell.fleet.walk.interface import Surroundings
from wiretell.model.fleet import Manager

_IN_HOMES: Final = (".local/bin", "bin", ".bun/bin", ".yarn/bin", ".local/share/pnpm", ".local/share/pnpm/bin")
_OF_THE_SYSTEM: Final = ("usr/local/bin", "usr/bin", "opt/homebrew/bin")
_ENVIRONMENT: Final = (("PNPM_HOME", ""), ("PNPM_HOME", "bin"), ("BUN_INSTALL", "bin"))
_PROGRAMS: Final = ("{0}", "bin/{0}", "dist/{0}")
"""Where platform packages keep their program, by name of command."""
_VENDORED: Final = ("bin/{0}", "{0}/{0}", "{0}")
"""The same below `vendor/TARGET` (`x86_64-unknown-linux-musl`)."""
_MANY: Final = 40
_PROGRAM_MIN: Final = 1_000_000
"""Bytes; the smallest program of an agent that is known has 60 times as many."""
_LONGEST: Final = 4096
"""Characters of a path (PATH_MAX)."""
_BETWEEN: Final = re.compile(r"[\s\"':=]")


def program(found: Found) -> str:
    """Return the file that starts: a platform package's program, else the first command's file; empty if none is there.

    Of `@openai/codex` that is `@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex`, not `bin/codex.js`,
    which is the same in many versions; of `@continuedev/cli` `dist/index.js`, which `dist/cn.js` does nothing but load.
    """
    for part in found.parts:
        bins = [path for told in part.package.bins.values() if (path := files.inside(part.path, told))]
        for path in (*bins, *_native(part.path, found.product.commands), *_largest(part.path)):
            if rooted.is_file(path):
                return path
    told = found.package.bins
    first = sorted(told, key=lambda name: name not in found.product.commands)
    candidates = [files.inside(found.path, told[name]) for name in first]
    main = files.inside(found.path, found.package.main or ".")
    candidates += [*_native(found.path, found.product.commands), main]
    first_file = next((path for path in candidates if path and rooted.is_file(path)), "")
    return main if _loads(first_file, main) else first_file or _manifest(found)


class Starters:
    """Finds what starts packages from outside. Keeps what it has read, since packages share folders of programs."""

    def __init__(self, around: Surroundings) -> None:
        self._shared = tuple(dict.fromkeys(_shared(around)))
        self._around = around
        self._led: dict[tuple[str, str], tuple[str, ...]] = {}

    def of(self, found: Found) -> tuple[str, ...]:
        """Return links and wrappers outside the package that start it."""
        inside = (found.real, *(part.real for part in found.parts))
        names = {*found.package.bins, *found.product.commands}
        folders = dict.fromkeys((*_own(found), *self._shared))
        paths = (f"{folder}/{name}" for folder in folders for name in names)
        return tuple(sorted(path for path in paths if not _in(path, inside) and self._starts(path, found, inside)))

    def _starts(self, path: str, found: Found, inside: tuple[str, ...]) -> bool:
        names = "|".join(map(re.escape, sorted({*(folder_name(hit.path) for hit in found.hits), found.name})))
        if (path, names) not in self._led:
            self._led[path, names] = tuple(dict.fromkeys(_leads(path, names, self._around)))
        return any(_in(real, inside) for real in self._led[path, names])


def _manifest(found: Found) -> str:
    path = found.path + "/package.json"
    return path if rooted.is_file(path) else ""


def _loads(launcher: str, main: str) -> bool:
    """Whether a file is a small script that names the package's main file, which has the size of a program.

    A package's main file may also be a library beside the program: then what starts does not name it.
    """
    if not launcher or not main or launcher == main or _size(main) < _PROGRAM_MIN:
        return False
    content = files.read(launcher, files.WRAPPER_MAX)
    name = re.escape(os.fsencode(os.path.basename(main)))
    return isinstance(content, bytes) and re.search(rb"(?<![\w.-])" + name + rb"(?![\w.-])", content) is not None


def _native(folder: str, names: Iterable[str]) -> Iterator[str]:
    targets = [f"{folder}/vendor/{target}" for target in files.listed(folder + "/vendor")[:_MANY]]
    for name in names:
        yield from (f"{folder}/{path.format(name)}" for path in _PROGRAMS)
        yield from (f"{target}/{path.format(name)}" for target in targets for path in _VENDORED)


def _largest(folder: str) -> Iterator[str]:
    """Yield the largest file of a platform package, where it has the size of a program."""
    paths = (f"{place}/{name}" for place in (folder, folder + "/bin") for name in files.listed(place)[:_MANY])
    sizes = {path: size for path in paths if (size := _size(path)) >= _PROGRAM_MIN}
    if sizes:
        yield max(sizes, key=lambda path: (sizes[path], path))


def _size(path: str) -> int:
    """Return the bytes of a regular file, not of one that a link leads to; 0 for anything else."""
    with suppress(OSError):
        state = rooted.lstat(path)
        return state.st_size if stat.S_ISREG(state.st_mode) else 0
    return 0


def _own(found: Found) -> Iterator[str]:
    """Yield folders of programs around a package."""
    for hit in found.hits:
        above, _, _ = hit.path.rpartition(MODULES)
        yield above + MODULES + ".bin"
    place = found.place
    if place.manager is Manager.PNPM_GLOBAL:
        home = place.top.partition("/global/")[0]
        yield from (home, home + "/bin")
    if place.manager is Manager.BUN_GLOBAL:
        yield place.top.removesuffix("/install/global") + "/bin"
    yield from (place.top, place.top + MODULES + ".bin", (place.prefix or place.top) + "/bin")


def _shared(around: Surroundings) -> Iterator[str]:
    """Yield folders of programs of all packages."""
    yield from around.path
    yield from (f"{home.path}/{folder}" for home in around.homes for folder in _IN_HOMES)
    yield from (os.path.join(around.root, folder) for folder in _OF_THE_SYSTEM)
    for variable, folder in _ENVIRONMENT:
        if os.path.isabs(value := around.environment.get(variable, "")):
            yield os.path.join(value, folder).rstrip("/")


def _leads(path: str, names: str, around: Surroundings) -> Iterator[str]:
    """Yield real paths that a link leads to, or that a small script starts if that is all it does.

    :param names: of packages, as a pattern.
    """
    if rooted.is_link(path):
        yield files.real(path)
        return
    content = files.read(path, files.WRAPPER_MAX)
    if isinstance(content, bytes) and content.startswith(b"#!"):
        script = os.fsdecode(content)
        named = _named(path, script, names) if is_shim(script) else _meant(started(script), path, around)
        yield from map(files.real, named)


def _named(path: str, script: str, names: str) -> Iterator[str]:
    """Yield what a package manager's script may mean: `"$basedir/../NAME/cli.js"`."""
    found = islice(re.finditer(rf"/(?:{names}|\.bin)/", script), _MANY)
    for word in dict.fromkeys(_word(script, match.start(), match.end()) for match in found):
        yield from _below(word, path)


def _meant(word: str, path: str, around: Surroundings) -> Iterator[str]:
    """Yield what the word that a wrapper starts may mean: `/home/dev/.claude/local/node_modules/.bin/x`."""
    if word:
        yield expanded(word, path, around)
        yield from _below(word, path)


def _below(word: str, path: str) -> tuple[str, ...]:
    """Return what a word in a script may be: absolute, or below the folder of the script or a variable for it."""
    folder = os.path.dirname(path)
    return word, folder + "/" + word.lstrip("/"), folder + "/" + word.partition("/")[2]


def _word(script: str, start: int, end: int) -> str:
    """Return the path that goes on to both sides of a part of it; never looks further than a path can be long."""
    before = _BETWEEN.split(script[max(0, start - _LONGEST) : start])[-1]
    after = _BETWEEN.split(script[end : end + _LONGEST], maxsplit=1)[0]
    return before + script[start:end] + after


def _in(path: str, folders: Iterable[str]) -> bool:
    return any(path.startswith(folder + "/") for folder in folders)
