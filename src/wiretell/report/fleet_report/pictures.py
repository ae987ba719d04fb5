"""Machines over time as drawings, in units of their own. Pure.

One large: machines heard of, and of these those with something banned. One small for each product. A day is a step as
wide as every other; every number is also said in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from wiretell.report.fleet_report.document_v1 import Day
from wiretell.report.words import plural

WIDTH: Final = 600.0
HEIGHT: Final = 140.0
PRODUCTS: Final = 9
"""Products with a drawing of their own: those on the most machines."""


@dataclass(frozen=True, slots=True)
class Area:
    """Counts over days."""

    name: str
    path: str
    """Of a filled shape, in SVG's own words."""
    told: str
    """First, last and most, in words; the day of the most where it is neither."""


@dataclass(frozen=True, slots=True)
class OverTime:
    """Areas over the same days and to the same scale, the largest first."""

    areas: tuple[Area, ...]
    first: str
    last: str
    most: int
    steps: tuple[tuple[float, float, str], ...]
    """(x, width, what is said of that day)"""


def over_time(days: Sequence[Day]) -> OverTime | None:
    """Return machines and banned machines by day; None where fewer than two days are told of."""
    if len(days) < 2:
        return None
    machines, banned = [day.machines for day in days], [day.banned for day in days]
    most = max(*machines, 1)
    areas = (_area("machines", machines, most, days), _area("banned", banned, most, days))
    told = (f"{day.day}: {plural(day.machines, 'machine')}, {day.banned:,} with something banned" for day in days)
    return OverTime(areas, days[0].day, days[-1].day, most, tuple(_steps(len(days), told)))


def products(days: Sequence[Day]) -> tuple[Area, ...]:
    """Return each product's machines by day, each to its own scale; the most machines first."""
    if len(days) < 2:
        return ()
    most: dict[str, int] = {}
    for day in days:
        for name, count in day.products.items():
            most[name] = max(most.get(name, 0), count)
    names = sorted(most, key=lambda name: (-most[name], name))[:PRODUCTS]
    return tuple(_area(name, [day.products.get(name, 0) for day in days], most[name], days) for name in names)


def _area(name: str, counts: Sequence[int], most: int, days: Sequence[Day]) -> Area:
    step = WIDTH / len(counts)
    corners = []
    for nth, count in enumerate(counts):
        y = HEIGHT * (1 - count / most)
        corners.append(f"{nth * step:.2f} {y:.2f}L{(nth + 1) * step:.2f} {y:.2f}")
    path = f"M0 {HEIGHT:g}L{'L'.join(corners)}L{WIDTH:g} {HEIGHT:g}Z"
    top = max(counts)
    on = "" if top in {counts[0], counts[-1]} else f", on {days[counts.index(top)].day}"
    return Area(name, path, f"{counts[0]:,} at first, {counts[-1]:,} at last, {top:,} at most{on}")


def _steps(count: int, told: Iterable[str]) -> Iterable[tuple[float, float, str]]:
    step = WIDTH / count
    yield from ((nth * step, step, words) for nth, words in enumerate(told))
