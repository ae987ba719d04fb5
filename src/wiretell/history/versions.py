"""Which versions there are between two, and which numbers were never published. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from wiretell.errors import UsageError
from wiretell.target import Published
from wiretell.target.npm import nearest_versions, order

_EXACT: Final = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")


@dataclass(frozen=True, slots=True)
class Span:
    """The published versions from one to another, both included, in order."""

    releases: tuple[Published, ...]
    unpublished: tuple[str, ...]
    """Numbers that the registry does not have: `2.1.93`, or `2.1.93 to 2.1.95`."""
    previews: int
    """Pre-releases that were left out."""
    is_oldest: bool
    """Nothing was published before the first."""
    is_newest: bool
    """Nothing was published after the last."""


def span(package: str, listed: Iterable[Published], start: str, end: str) -> Span:
    """Return what was published from `start` to `end`.

    Pre-releases are left out unless an end is one: some packages publish a dozen for each release.

    :raises UsageError: if an end was never published, or they are the wrong way round.
    """
    known = {each.version: each for each in listed if _EXACT.fullmatch(each.version)}
    for option, version in (("--from", start), ("--to", end)):
        _check(package, option, version, tuple(known))
    if order(start) > order(end):
        raise UsageError(f"--from {start} comes after --to {end}; swap them.")
    ranked = sorted(known, key=order)
    inside = [version for version in ranked if order(start) <= order(version) <= order(end)]
    wanted = inside if "-" in start + end else [version for version in inside if "-" not in version]
    return Span(
        releases=tuple(known[version] for version in wanted),
        unpublished=unpublished(inside),
        previews=len(inside) - len(wanted),
        is_oldest=ranked[0] == start,
        is_newest=ranked[-1] == end,
    )


def _check(package: str, option: str, version: str, known: tuple[str, ...]) -> None:
    if version in known:
        return
    if not _EXACT.fullmatch(version):
        raise UsageError(f"{option} {version!r} is no version; write it as 1.2.3.")
    near = " and ".join(nearest_versions(version, known)) or "none"
    raise UsageError(f"{option}: {package} {version} was never published; near it: {near}.")


def unpublished(versions: Sequence[str]) -> tuple[str, ...]:
    """Return the numbers that are missing between neighbours, as far as numbers go on by one."""
    cores = sorted({order(version)[:3] for version in versions})
    found = (_missing(before, after) for before, after in itertools.pairwise(cores))
    return tuple(text for text in found if text)


def _missing(before: tuple[int, int, int], after: tuple[int, int, int]) -> str:
    major, minor, patch = after
    first = before[2] + 1 if before[:2] == after[:2] else 0
    if first >= patch:
        return ""
    low, high = f"{major}.{minor}.{first}", f"{major}.{minor}.{patch - 1}"
    return low if low == high else f"{low} to {high}"
