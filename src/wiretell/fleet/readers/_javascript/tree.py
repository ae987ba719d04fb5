# paths are texts here, as the system gives them
"""Packages of known products in `node_modules`: one for each real place, with the platform packages that are its own.

hits of the walk -> whose they are (places.py) -> real places -> package.json (package.py) -> parts -> Found
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from wiretell.fleet import files, rooted
from wiretell.fleet.catalogue import by_npm
from wiretell.fleet.readers._javascript import package
from wiretell.fleet.readers._javascript.package import Package
from wiretell.fleet.readers._javascript.places import MODULES, Place, is_own_store, place
from wiretell.fleet.walk.interface import Hit, Mark, Walked
from wiretell.model.fleet import Manager, NotExamined
from wiretell.policy import Product

_DEEPEST: Final = 12
"""Folders above a package in which Node would find what it needs, and platform packages of platform packages."""


@dataclass(frozen=True, slots=True)
class Part:
    """A package that belongs to another: its program for this platform."""

    path: str
    """Where the other package finds it."""
    real: str
    package: Package


@dataclass(frozen=True, slots=True)
class Found:
    """One package of a known product in one real place."""

    product: Product
    folder: str
    """Name of its folder in `node_modules`, scope included: `@openai/codex`."""
    hits: tuple[Hit, ...]
    """Every path that leads to it: links of projects first, then the place itself in a store."""
    real: str
    place: Place
    package: Package
    parts: tuple[Part, ...] = field(default=())
    note: str = ""
    is_foreign: bool = False
    """Whether it is a link to what is no known package and has another name: nothing beyond the link belongs to it."""

    @property
    def path(self) -> str:
        """As it is named."""
        return self.hits[0].path

    @property
    def name(self) -> str:
        """As its installer calls it: by its `package.json` where that is known, else by its folder."""
        return self.package.name if self.package.name.lower() in by_npm() else self.folder


def gather(walked: Walked, managers: frozenset[Manager], more: Iterable[Hit] = ()) -> Iterator[Found | NotExamined]:
    """Yield what the given managers brought. `more`: hits from where a walk does not go."""
    groups: dict[str, list[tuple[Hit, Place]]] = {}
    for hit in {hit.path: hit for hit in (*walked.of(Mark.NODE_PACKAGE), *more)}.values():
        real = files.real(hit.path)
        if not real:
            if _lies_with(hit, managers):
                yield NotExamined(hit.path, "it is a link that leads nowhere, or in circles")
            continue
        whose = place(hit, real)
        if whose.manager in managers:
            groups.setdefault(real, []).append((hit, whose))
    found = []
    for real, members in groups.items():
        own, others = _of_one_home(real, members)
        if package_found := _found(real, own):
            found.append(package_found)
            yield from (NotExamined(hit.path, f"it is a link to {real}, which is found there") for hit in others)
    yield from _joined(found)


def aliases(walked: Walked, managers: frozenset[Manager]) -> Iterator[Hit]:
    """Yield packages of known products that a project has under another name (`"ai": "npm:@openai/codex@1"`).

    Only where the walk saw a `node_modules` with something known in it: it compares names, and an alias tells none.
    """
    for hit in walked.of(Mark.NODE_MODULES):
        top = hit.path.removesuffix("/node_modules")
        for folder, wish in package.at(top).wishes.items():
            if package.aliased(wish).lower() in by_npm() and folder.lower() not in by_npm():
                path = files.inside(hit.path, folder)
                alias = Hit(Mark.NODE_PACKAGE, path, hit.home)
                if path and (real := files.real(path)) and place(alias, real).manager in managers:
                    yield alias


def folder_name(path: str) -> str:
    """Return the name of a package's folder, scope included.

    >>> folder_name("/p/node_modules/a/node_modules/@openai/codex")
    '@openai/codex'
    """
    return path.rpartition(MODULES)[2]


_Member = tuple[Hit, Place]


def _of_one_home(real: str, members: Sequence[_Member]) -> tuple[Sequence[_Member], list[Hit]]:
    """Return what leads to a package in the home it lies in, and links to it in others, which do not make it theirs.

    Links to a package that lies in no home stay with it.
    """
    homes = {hit.home for hit, _ in members}
    lies = {home for home in homes if home and real.startswith(rooted.real(home).rstrip("/") + "/")}
    if not lies or len(homes) == 1:
        return members, []
    own = [each for each in members if each[0].home in lies]
    return own, [hit for hit, _ in members if hit.home not in lies]


def _found(real: str, members: Sequence[_Member]) -> Found | None:
    members = sorted(members, key=_nearest)
    folder = folder_name(members[0][0].path)
    told = package.at(real)
    product = by_npm().get(told.name.lower()) or by_npm().get(folder.lower())
    if product is None:
        return None
    hits = tuple(hit for hit, _ in members)
    foreign = _is_foreign(hits[0].path, folder, told, real)
    return Found(product, folder, hits, real, members[0][1], told, note=_note(folder, told, real), is_foreign=foreign)


def _nearest(member: _Member) -> tuple[bool, bool, bool, str]:
    """The order of paths that lead to one package: places in no home before links to them from one; stores last."""
    hit, _ = member
    is_link = rooted.is_link(hit.path)
    return is_own_store(hit.path), is_link and bool(hit.home), is_link, hit.path


def _is_foreign(path: str, folder: str, told: Package, real: str) -> bool:
    is_named = told.name.lower() in by_npm() or folder_name(real).lower() == folder.lower()
    return not is_named and rooted.is_link(path)


def _note(folder: str, told: Package, real: str) -> str:
    if told.problem and not told.version:
        return "Its package.json is missing or broken."
    if told.name.lower() not in by_npm():
        return f"Its package.json calls it {told.name!r}: it may be something else."
    if folder.lower() not in by_npm():
        return f"Installed under another name, {folder!r}."
    if MODULES not in real:
        return f"A link to {real!r}, which stays."
    return ""


def _joined(found: list[Found]) -> Iterator[Found]:
    """Make platform packages parts of the packages that bring them; what nobody brings stays by itself."""
    by_real = {each.real: each for each in found}
    taken = {each.real for each in found if _lies_in_its_own(each, by_real)}
    for each in sorted(found, key=lambda each: (_rank(each), _is_platform(each), each.path)):
        if each.real not in taken:
            parts = () if each.is_foreign else tuple(_parts(each))
            taken.update(part.real for part in parts)
            yield replace(each, parts=parts)


def _rank(found: Found) -> int:
    """The order of names in the catalogue: the package itself first, then what it brings."""
    names = [name.lower() for name in found.product.npm]
    return min(names.index(name) for name in (found.folder.lower(), found.package.name.lower()) if name in names)


def _is_platform(found: Found) -> bool:
    """`@openai/codex@0.169.0-linux-x64` in pnpm's store has the name of the package that brings it, and no command."""
    return not found.package.bins and not found.package.wants


def _lies_in_its_own(found: Found, by_real: Mapping[str, Found]) -> bool:
    """Whether it lies in the folder of another package of the same product: it is that package's then."""
    folder = found.real
    while MODULES in folder:
        folder = folder.rpartition(MODULES)[0]
        around = by_real.get(folder)
        if around and around.product is found.product:
            return True
    return False


def _parts(found: Found) -> Iterator[Part]:
    """Yield packages of the same product that a package brings, and that these bring, where Node would find them."""
    left: list[tuple[str, Mapping[str, str]]] = [(found.real, found.package.wants)]
    seen = {found.real}
    for _ in range(_DEEPEST):
        if not left:
            return
        folder, wants = left.pop(0)
        for name in wants:
            if by_npm().get(name.lower()) is not found.product:
                continue
            path = _resolved(folder, name)
            real = files.real(path) if path else ""
            if real and real not in seen:
                seen.add(real)
                part = Part(path, real, package.at(real))
                left.append((real, part.package.wants))
                yield part


def _resolved(folder: str, name: str) -> str:
    """Return where Node finds a package from a folder (https://nodejs.org/api/modules.html#all-together)."""
    for _ in range(_DEEPEST):
        if os.path.basename(folder) != "node_modules":
            path = files.inside(folder + "/node_modules", name)
            if path and rooted.is_folder(path):
                return path
        folder = os.path.dirname(folder)
        if folder == "/":
            break
    return ""


def _lies_with(hit: Hit, managers: frozenset[Manager]) -> bool:
    """Whether one of these readers is the one to speak of a broken link, so that only one does."""
    return place(hit, hit.path).manager in managers
