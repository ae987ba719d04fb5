# paths are texts here, as the system gives them
"""Programs that no known installer put there, recognised by their hash or by what they say of themselves."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from wiretell.fleet import catalogue, files, rooted
from wiretell.fleet.programs.hashing import Digests
from wiretell.fleet.programs.identifying import Identified, identify
from wiretell.fleet.readers.interface import Seen
from wiretell.fleet.walk import starts
from wiretell.fleet.walk.interface import Hit, Home, Mark, Surroundings, Walked
from wiretell.model.fleet import Examined, Install, Manager, NotExamined, Scope
from wiretell.policy import Product

_ELSEWHERE: Final = "It lies outside of the folders that are looked through; a link led there."
_PACKAGE: Final = re.compile(r"(?:^|[\s\"'=/])(@[\w.-]+/[\w.-]+|node_modules/[\w.-]+)")
"""Names of npm packages in a script."""


@dataclass(slots=True)
class _Candidate:
    """One file, under the first name that led to it, with the links that lead there."""

    path: str
    links: list[str] = field(default_factory=list)


class Binaries:
    """Asked after all other readers: what these have found is theirs."""

    name = "programs of no known installer"

    def __init__(self, digests: Digests) -> None:
        """`digests` remembers what was recognised."""
        self._digests = digests

    def read(self, walked: Walked, around: Surroundings, owned: Collection[str]) -> Iterator[Seen]:
        """Yield what is recognised, and what is named like an agent's program and is not recognised.

        :param owned: paths that installs of other readers consist of; what lies in them is theirs.
        """
        theirs = _Owned(owned)
        whose = _Whose(around)
        candidates = list(_candidates(walked.of(Mark.PROGRAM), theirs))
        for each in candidates:
            yield from self._seen(each, whose, theirs)
        yield Examined("programs that no installer found so far put there", len(candidates))

    def _seen(self, each: _Candidate, whose: _Whose, theirs: _Owned) -> Iterator[Seen]:
        try:
            found = identify(each.path, self._digests)
        except FileNotFoundError:
            return  # it went away since the walk
        except OSError as error:
            yield NotExamined(each.path, f"It cannot be read: {error.strerror or error}.")
            return
        if found:
            yield _install(each, whose, found)
            return
        for name in dict.fromkeys((each.path, *each.links)):
            product = catalogue.by_command().get(os.path.basename(name))
            if product:
                yield from _unrecognised(name, each.path, product, theirs)


class _Owned:
    """Whether a path lies in what other readers have found."""

    def __init__(self, paths: Collection[str]) -> None:
        self._paths = frozenset(paths)
        self._real: frozenset[str] | None = None

    def __contains__(self, path: str) -> bool:
        return self._within(path, self._paths)

    def holds_real(self, path: str) -> bool:
        """Whether a path without links lies in them, as they are without links."""
        if self._real is None:
            self._real = frozenset(map(rooted.real, self._paths))
        return self._within(path, self._real)

    @staticmethod
    def _within(path: str, paths: frozenset[str]) -> bool:
        while path not in paths:
            above = os.path.dirname(path)
            if above == path:
                return False
            path = above
        return True


def _candidates(hits: tuple[Hit, ...], theirs: _Owned) -> Iterator[_Candidate]:
    """Yield each file once: links that lead to one that is theirs are theirs, others stand beside their file."""
    found: dict[str, _Candidate] = {}
    for hit in hits:
        if hit.path in theirs:
            continue
        real = rooted.real(hit.path)
        if theirs.holds_real(real):
            continue
        is_link = rooted.is_link(hit.path)
        each = found.setdefault(real, _Candidate(real if is_link else hit.path))
        if is_link:
            each.links.append(hit.path)
        else:
            each.path = hit.path
    yield from found.values()


class _Whose:
    """Whom a program serves."""

    def __init__(self, around: Surroundings) -> None:
        self._homes = {f"{rooted.real(home.path)}/": home for home in around.homes}
        self._named = {f"{home.path}/": home for home in around.homes}
        self._walked = tuple(f"{rooted.real(os.fsdecode(start.path))}/" for start in starts.of(around))

    def of(self, each: _Candidate) -> tuple[Scope, str, str]:
        """Return scope, user and a note: what lies elsewhere serves the one user who has links to it, or everybody."""
        real = rooted.real(each.path)
        if own := _home(real, self._homes):
            return Scope.USER, own.user, ""
        if not each.links or real.startswith(self._walked):
            return Scope.SYSTEM, "", ""
        homes = {_home(link, self._named) for link in each.links}
        one = homes.pop() if len(homes) == 1 else None
        return Scope.USER if one else Scope.SYSTEM, one.user if one else "", _ELSEWHERE


def _home(path: str, homes: Mapping[str, Home]) -> Home | None:
    return next((home for begin, home in homes.items() if path.startswith(begin)), None)


def _install(each: _Candidate, whose: _Whose, found: Identified) -> Install:
    scope, user, elsewhere = whose.of(each)
    return Install(
        product=found.product,
        vendor=found.vendor,
        name=os.path.basename(each.path),
        version=found.version,
        manager=Manager.BINARY,
        scope=scope,
        user=user,
        path=each.path,
        hashed=each.path,
        commands=tuple(sorted(each.links)),
        recognised=found.recognised,
        note=" ".join(filter(None, (found.note, elsewhere))),
    )


def _unrecognised(name: str, path: str, product: Product, theirs: _Owned) -> Iterator[Seen]:
    """Say what a file with an agent's name is, if not that agent: a script may start one that is found elsewhere."""
    script = _script(path)
    if script is None:
        yield NotExamined(name, f"It is named like {product.name}'s program, but nothing in it says so.")
        return
    if any(word in theirs for word in _paths(script)):
        why = f"It is a script that starts {product.name}, which was found, and does more: it stays its user's."
        yield NotExamined(name, why)
        return
    package = next((each for each in _PACKAGE.findall(script) if _known(each)), "")
    if package:
        package = package.removeprefix("node_modules/")
        yield NotExamined(name, f"It is a script that starts the package {package}; where from, is not told by it.")
    else:
        yield NotExamined(name, f"It is a script named like {product.name}'s program, but nothing in it says so.")


def _known(package: str) -> bool:
    return package.removeprefix("node_modules/").lower() in catalogue.by_npm()


def _paths(script: str) -> Iterator[str]:
    for word in re.split(r"[\s\"';&|()<>]+", script):
        if word.startswith("/"):
            yield rooted.normal(rooted.outside(word))


def _script(path: str) -> str | None:
    """Return the text of a small script; None for anything else."""
    content = files.read(path, files.WRAPPER_MAX)
    return os.fsdecode(content) if isinstance(content, bytes) and content.startswith(b"#!") else None
