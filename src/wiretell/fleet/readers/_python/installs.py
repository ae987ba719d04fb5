"""From the metadata of packages to installs: what the three readers do alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from wiretell.fleet import catalogue, rooted
from wiretell.fleet.files import listed
from wiretell.fleet.readers._python import wishes
from wiretell.fleet.readers._python.belongings import inside, own_paths
from wiretell.fleet.readers._python.dist_info import Dist, known, load
from wiretell.fleet.readers._python.environments import Environment, environment_of
from wiretell.fleet.readers._python.links import Links, own_scripts
from wiretell.fleet.walk.interface import Mark, Surroundings, Walked
from wiretell.model.fleet import Install, Manager, NotExamined, Scope
from wiretell.policy.versions import order

Seen = Install | NotExamined

_TWICE: Final = "Its environment holds the metadata of two versions, as an upgrade that was cut short leaves it."


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a tool's environment is for, as the tool itself noted."""

    main: str
    """The package, normalised as in `catalogue.pypi_folder`; everything else in the environment came with it."""
    tool: str
    """`pipx`, `uv`."""
    also: tuple[str, ...] = ()
    failed: tuple[NotExamined, ...] = ()


Purposes = Callable[[Environment, Links], Purpose]


@dataclass(frozen=True, slots=True)
class Found:
    """One package, and where."""

    environment: Environment
    dist: Dist


def found(walked: Walked, around: Surroundings, managers: Collection[Manager | None]) -> Iterator[Found]:
    """Yield the known packages whose environment is of one of the managers; each folder once, however it is named."""
    seen: set[tuple[int, int]] = set()
    for hit in walked.of(Mark.DIST_INFO):
        told = known(hit.path)
        place = environment_of(hit, around) if told else None
        if told is None or place is None or place.manager not in managers:
            continue
        identity = _identity(hit.path)
        if identity not in seen:
            seen |= {identity} if identity else set()
            yield Found(place, load(hit.path, *told))


def installs(
    walked: Walked, around: Surroundings, managers: Collection[Manager | None], purposes: Purposes | None = None
) -> Iterator[Seen]:
    """Yield one install for each metadata folder of a known package, and what could not be read.

    `purposes`: for tools that give each program an environment of its own, which is then what is removed.
    """
    links, users = Links(around), {home.path: home.user for home in around.homes}
    groups = groupby(found(walked, around, managers), lambda each: each.environment)
    for environment, members in groups:
        purpose = purposes(environment, links) if purposes else None
        yield from purpose.failed if purpose else ()
        whole = False
        for dist, is_twin in _newest_first(members):
            is_main = not whole and purpose is not None and _is_main(dist, environment, purpose)
            whole = whole or is_main
            install = _install(dist, environment, links, users.get(environment.home, ""))
            install = _of_tool(install, environment, links, purpose, is_main) if purpose else install
            yield replace(install, note=f"{install.note} {_TWICE}".strip()) if is_twin else install
            yield from dist.failed


def _is_main(dist: Dist, environment: Environment, purpose: Purpose) -> bool:
    """Whether the environment is for this package. What a cache holds is there for all that is in it."""
    return environment.is_throwaway or catalogue.pypi_folder(dist.name) == purpose.main


def _newest_first(members: Iterator[Found]) -> Iterator[tuple[Dist, bool]]:
    """Yield packages in the order of their names, the newest first, and whether there are several of one name."""
    dists = sorted((each.dist for each in members), key=_rank, reverse=True)
    names = [catalogue.pypi_folder(dist.name) for dist in dists]
    for dist, name in zip(dists, names, strict=True):
        yield dist, names.count(name) > 1


def _rank(dist: Dist) -> tuple[str, bool, object, str]:
    key = order(dist.version)
    return (catalogue.pypi_folder(dist.name), key is not None, key or (), dist.path)


def _install(dist: Dist, environment: Environment, links: Links, user: str) -> Install:
    """Return a package as pip leaves it: metadata here, its code and programs beside it."""
    assert environment.manager is not None
    files = inside(dist.files or (), environment)
    own = own_scripts(dist, environment, files)
    names = {path.rpartition("/")[2] for path in own} | {name for name, _ in dist.scripts}
    elsewhere = links.wrappers(names, environment.scripts)
    leading = tuple(link for path in own for link in links.to(path))
    return Install(
        product=dist.product.name,
        vendor=dist.product.vendor,
        name=dist.name,
        version=dist.version,
        manager=environment.manager,
        around=environment.around,
        scope=environment.scope,
        user=user,
        path=dist.path,
        hashed=dist.hashed,
        commands=tuple(sorted({*own, *elsewhere, *leading})),
        also=(*own_paths(files, environment, dist.path), *_conda_records(dist, environment)),
        note=_note(dist, environment),
    )


def _conda_records(dist: Dist, environment: Environment) -> tuple[str, ...]:
    """Return what conda itself keeps of a package: `conda-meta/NAME-VERSION-BUILD.json`."""
    if dist.installer != "conda":
        return ()
    name = re.compile(re.escape(f"{dist.name.lower()}-{dist.version}-") + r"[^-/]+\.json")
    folder = f"{environment.prefix}/conda-meta"
    return tuple(f"{folder}/{each}" for each in listed(folder) if name.fullmatch(each))


def _of_tool(install: Install, environment: Environment, links: Links, purpose: Purpose, is_main: bool) -> Install:
    if not is_main:
        whose = environment.prefix.rpartition("/")[2]
        note = f"It lies in the environment that {purpose.tool} made for {whose}."
        return replace(install, around=environment.prefix, note=f"{note} {install.note}".strip())
    outside = [path for path in install.commands if not path.startswith(f"{environment.prefix}/")]
    commands = tuple(sorted({*outside, *links.into(environment.scripts)}))
    return replace(install, path=environment.prefix, commands=commands, also=purpose.also)


def _note(dist: Dist, environment: Environment) -> str:
    brought = {"debian": "Debian's package manager put it there.", "conda": "conda put it there."}
    told = (environment.note, brought.get(dist.installer, ""), *dist.notes)
    return " ".join(filter(None, told))


def with_project(install: Install, environment_prefix: str, home: str) -> Iterator[Seen]:
    """Yield an install with the project it serves, and that project's files that ask for it."""
    environment = Environment(install.manager, environment_prefix, environment_prefix, home)
    project = wishes.project_of(environment)
    if not project:
        yield install
        return
    wished = list(wishes.wished_by(project, install.name))
    yield replace(install, scope=Scope.PROJECT, wanted_by=tuple(path for path in wished if isinstance(path, str)))
    yield from (each for each in wished if isinstance(each, NotExamined))


def _identity(path: str) -> tuple[int, int] | None:
    try:
        state = rooted.stat(path)
    except OSError:
        return None
    return state.st_dev, state.st_ino
