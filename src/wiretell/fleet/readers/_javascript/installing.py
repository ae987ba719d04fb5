# paths are texts here, as the system gives them
"""From a package that was found to an `Install`: what starts it, what belongs to it, what asks for it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Final

from wiretell.fleet import files, rooted
from wiretell.fleet.readers._javascript import package
from wiretell.fleet.readers._javascript.places import LOCKS, Place, is_own_store, place, store_folder
from wiretell.fleet.readers._javascript.starting import Starters, program
from wiretell.fleet.readers._javascript.tree import Found, aliases, folder_name, gather
from wiretell.fleet.readers.interface import Seen
from wiretell.fleet.walk.interface import Hit, Surroundings, Walked
from wiretell.model.fleet import Install, Manager, NotExamined, Scope

Integrity = Callable[[Found], str]
"""What a package manager noted of the archive it installed; empty where it noted nothing."""

_GLOBAL: Final = frozenset({Manager.NPM_GLOBAL, Manager.NPM_USER})
_ABOVE: Final = 8
"""Folders above a project in which a workspace's files are looked for."""
_LOCKS: Final = tuple(name for name, _ in LOCKS)
_MANAGERS_OWN: Final = frozenset({*_LOCKS, "node_modules", "package.json", "pnpm-workspace.yaml", ".pnpm"})
"""What npx, pnpm dlx, `pnpm add --global` and bunx leave in a folder of their own."""
_REINSTALLS: Final = (
    ".nvm/default-packages",
    ".default-npm-packages",
    ".nodenv/default-packages",
    ".config/mise/config.toml",
)
"""Files in a home whose packages come back with the next Node (nvm, asdf and nodenv, mise)."""


def installs(
    walked: Walked, around: Surroundings, managers: frozenset[Manager], integrity: Integrity, more: Iterable[Hit] = ()
) -> Iterator[Seen]:
    """Yield every install that the given managers brought, and what of it could not be read."""
    extra = (*more, *aliases(walked, managers))
    starters = Starters(around)
    for found in gather(walked, managers, extra):
        if isinstance(found, NotExamined):
            yield found
            continue
        yield install(found, around, starters, integrity(found))
        if found.package.problem:
            yield found.package.problem


def install(found: Found, around: Surroundings, starters: Starters, integrity: str) -> Install:
    """Describe one."""
    whose = found.place
    sole = _sole(found)
    return Install(
        product=found.product.name,
        vendor=found.product.vendor,
        name=found.name,
        version=found.package.version,
        manager=whose.manager,
        around=whose.around,
        scope=_scope(found),
        user=_user(found.hits[0], around),
        path=found.path,
        hashed="" if found.is_foreign else program(found),
        integrity=integrity,
        commands=() if found.is_foreign else starters.of(found),
        also=() if found.is_foreign else _also(found, sole),
        wanted_by=() if sole else wanted_by(found),
        note=found.note,
    )


def wanted_by(found: Found) -> tuple[str, ...]:
    """Return the files that would bring it back: `package.json` around it, lock files that name it."""
    asking: dict[str, None] = {}
    linked = not is_own_store(found.path)
    for hit in found.hits:
        whose = place(hit, found.real)
        if whose.manager in _GLOBAL:
            asking.update(dict.fromkeys(_of_a_global(hit, found, whose)))
        else:
            only_named = linked and is_own_store(hit.path)  # a workspace's root keeps what its members ask for
            asking.update(dict.fromkeys(_of_a_project(whose.top, _names(found), only_named=only_named)))
    return tuple(sorted(asking))


def _of_a_project(top: str, names: tuple[str, ...], *, only_named: bool) -> Iterator[str]:
    """Yield a project's own `package.json`, since it may ask for what brings it, and all files that name it."""
    own = f"{top}/package.json"
    if not only_named and rooted.is_file(own):
        yield own
    folder = top
    for height in range(_ABOVE):
        for name in ("package.json", *_LOCKS):
            path = f"{folder}/{name}"
            if mentions(path, names):
                yield path
        folder = os.path.dirname(folder)
        if folder in {"/", ""} or (height == 0 and _is_whole(top)):
            return


def _is_whole(top: str) -> bool:
    """Whether a project has a lock file of its own: then what lies above it is another's."""
    return any(rooted.is_file(f"{top}/{name}") for name in _LOCKS)


def _of_a_global(hit: Hit, found: Found, whose: Place) -> Iterator[str]:
    parent = hit.path.removeprefix(whose.top + "/node_modules/").partition("/node_modules/")
    if parent[2]:
        yield f"{whose.top}/node_modules/{parent[0]}/package.json"
    if hit.home:
        paths = (f"{hit.home}/{path}" for path in _REINSTALLS)
        yield from (path for path in paths if mentions(path, _names(found)))


def _names(found: Found) -> tuple[str, ...]:
    return tuple({found.name, found.folder})


def mentions(path: str, names: Iterable[str]) -> bool:
    """Whether a file holds one of the names whole: `cline` is not in `decline` or `cline-tools`."""
    try:
        info = rooted.stat(path)
    except (OSError, ValueError):  # ValueError: a NUL or a lone surrogate in a name
        return False
    stamp = (info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns)
    return _mentions(path, frozenset(names), stamp)


@lru_cache(maxsize=4096)
def _mentions(path: str, names: frozenset[str], stamp: tuple[int, ...]) -> bool:  # noqa: ARG001 - of the file, as it is now
    """All members of a workspace ask the same of its one lock file, which has megabytes."""
    content = files.read(path, files.LOCK_MAX)
    if not isinstance(content, bytes):
        return False
    whole = b"|".join(re.escape(os.fsencode(name)) for name in sorted(names))
    return re.search(rb"(?<![\w.-])(?:" + whole + rb")(?![\w.-])", content) is not None


def _also(found: Found, sole: tuple[str, ...]) -> tuple[str, ...]:
    """Return what belongs to it alone outside its folder; never what a link of the user's own leads to."""
    paths = [*sole, store_folder(found.real)]
    paths += [hit.path for hit in found.hits[1:]]
    for part in found.parts:
        paths.append(store_folder(part.real) or part.path)
    paths += [*_hoisted(found), *_volta(found)]
    named = {named for path in paths if path and (named := _as_named(found, path))}
    return tuple(sorted(_outermost(named, found.path)))


def _as_named(found: Found, path: str) -> str:
    """Return a path as the home it lies in is named, which may be a link; empty outside of the home the package was
    found in: a link may lead into somebody else's. What lies in no home is held to its ground by `fleet.containment`.
    """
    home = found.hits[0].home
    if not home or path.startswith(home + "/"):
        return path
    real = files.real(home)
    return home + path[len(real) :] if real and path.startswith(real + "/") else ""


def _outermost(paths: set[str], own: str) -> Iterator[str]:
    """Yield paths that lie in none of the others, nor in the package itself."""
    for path in paths:
        above = path
        while above != os.path.dirname(above):  # `/`, `//` or nothing
            above = os.path.dirname(above)
            if above in paths or above == own:
                break
        else:
            if path != own:
                yield path


def _sole(found: Found) -> tuple[str, ...]:
    """Return the folder that a manager made for this one package, and the links to it; none where it holds others."""
    top = found.place.top
    one_time = found.place.manager is Manager.NPX
    pnpm = found.place.manager is Manager.PNPM_GLOBAL and os.path.basename(os.path.dirname(top)).startswith("v")
    if found.is_foreign or not (one_time or pnpm) or not _is_the_managers(top):
        return ()
    if len(told := package.at(top).wishes) != 1 or not _is_of(found, told):
        return ()
    beside = os.path.dirname(top)
    links = (f"{beside}/{name}" for name in files.listed(beside))
    return (top, *(link for link in links if rooted.is_link(link) and files.real(link) == files.real(top)))


def _is_the_managers(top: str) -> bool:
    """Whether a folder holds nothing but what a package manager puts there: a user's project may have such a path."""
    return not rooted.is_link(top) and all(name in _MANAGERS_OWN for name in files.listed(top))


def _is_of(found: Found, told: Iterable[str]) -> bool:
    return any(name in {found.name, found.folder} for name in told)


def _hoisted(found: Found) -> Iterator[str]:
    """Yield links beside a store's packages: pnpm and bun make them for packages that use more than they ask for."""
    inside = {found.real, *(part.real for part in found.parts)}
    names = {folder_name(path) for path in (*(hit.path for hit in found.hits), *(part.path for part in found.parts))}
    for store in {os.path.dirname(folder) for real in inside if (folder := store_folder(real))}:
        links = (f"{store}/node_modules/{name}" for name in {*names, found.name})
        yield from (link for link in links if rooted.is_link(link) and files.real(link) in inside)


def _volta(found: Found) -> list[str]:
    """Volta keeps each global package in an image of its own, with notes beside it (`volta install`)."""
    prefix = found.place.prefix
    tools, images, name = prefix.partition("/tools/image/packages/")
    if found.place.around != "volta" or not images:
        return []
    notes = [f"{tools}/tools/user/packages/{name}.json"]
    notes += [f"{tools}/tools/user/bins/{command}.json" for command in found.package.bins]
    shims = [f"{tools}/bin/{command}" for command in found.package.bins]
    return [prefix, *(path for path in (*notes, *shims) if rooted.lies(path))]


def _scope(found: Found) -> Scope:
    """A product's own tree in a folder that it keeps in the home (`~/.claude/local`) is no project."""
    home = found.hits[0].home
    kept = (f"{home}/{folder}/" for folder in found.product.config)
    if home and any(f"{found.place.top}/".startswith(folder) for folder in kept):
        return Scope.USER
    return found.place.scope


def _user(hit: Hit, around: Surroundings) -> str:
    return next((home.user for home in around.homes if home.path == hit.home), "") if hit.home else ""
