"""Folding equal remarks: one sentence for many lines. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from wiretell.logs.interface import Remark
from wiretell.model.findings import NotExamined

_NAMED: Final = 3
"""Lines that are named; the others are counted."""
_MOST_KINDS: Final = 1000
"""Different remarks that are kept: texts from outside stand in some of them."""


@dataclass(slots=True)
class _Places:
    first: list[int] = field(default_factory=list)
    count: int = 0

    def add(self, record: int) -> None:
        if record in self.first[-1:]:  # two windows of one line
            return
        self.count += 1
        if len(self.first) < _NAMED:
            self.first.append(record)


class Remarks:
    """What was not examined, of all sources."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str, str, str], _Places] = {}
        self._left = 0

    def add(self, source: str, unit: str, remark: Remark) -> None:
        """Take a remark; `unit` is what the source calls its records: `line`, `row` ..."""
        key = (source, unit, remark.what, remark.why)
        if key not in self._kinds and len(self._kinds) >= _MOST_KINDS:
            self._left += 1
            return
        places = self._kinds.setdefault(key, _Places())
        if remark.record:
            places.add(remark.record)

    def folded(self) -> tuple[NotExamined, ...]:
        """Return every kind of remark once, in the order in which they came."""
        found = [NotExamined(_what(key, places), key[3]) for key, places in self._kinds.items()]
        if self._left:
            found.append(NotExamined(f"{self._left:,} further places", "more kinds of remarks than are listed here"))
        return tuple(found)


def _what(key: tuple[str, str, str, str], places: _Places) -> str:
    source, unit, what, _ = key
    name = "standard input" if source == "-" else source
    where = f"{_listed(unit, places)} of {name}" if places.count else name
    return f"{what} of {where}" if what else where


def _listed(unit: str, places: _Places) -> str:
    """Return `line 7`, `lines 7 and 9`, `lines 7, 9, 12 and 40 others`."""
    first = [str(record) for record in places.first]
    others = places.count - len(first)
    if places.count == 1:
        return f"{unit} {first[0]}"
    if others:
        return f"{_several(unit)} {', '.join(first)} and {others:,} {'other' if others == 1 else 'others'}"
    return f"{_several(unit)} {', '.join(first[:-1])} and {first[-1]}"


def _several(unit: str) -> str:
    return f"{unit[:-1]}ies" if unit.endswith("y") else f"{unit}s"
