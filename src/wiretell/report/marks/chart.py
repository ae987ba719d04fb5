"""Marks by day as stacked bars: numbers of a drawing, in units of its own (a viewBox of `WIDTH` by `HEIGHT`). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from wiretell.report.marks.document_v1 import MarksDocument

WIDTH: Final = 900.0
HEIGHT: Final = 180.0
UNMARKED: Final = "no mark"
"""Places where a mark could have been written and none was."""
OTHERS: Final = "others"
_COLOURS: Final = 7
"""Kinds of marks with a colour of their own; the page has eight, and the first is for what is unmarked."""
_MOST_DAYS: Final = 180
_GAP: Final = 0.18
"""Share of a day's width that stays empty."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One kind on one day."""

    kind: str
    colour: int
    """Index of the page's colours."""
    count: int
    x: float
    y: float
    width: float
    height: float
    day: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The drawing, and what its colours mean."""

    segments: tuple[Segment, ...]
    legend: tuple[tuple[str, int, int], ...]
    """Kind, colour, how often in all."""
    first_day: str
    last_day: str
    most: int
    """Places on the fullest day."""
    left_out: int
    """Days before the first one drawn."""


def by_day(document: MarksDocument) -> Chart | None:
    """Return the chart; None where the log tells fewer than two days."""
    counts = _counts(document)
    days = sorted(counts)[-_MOST_DAYS:]
    if len(days) < 2:
        return None
    colours = _colours(counts[day] for day in days)
    most = max(sum(counts[day].values()) for day in days)
    step = WIDTH / len(days)
    segments: list[Segment] = []
    for nth, day in enumerate(days):
        segments += _bar(counts[day], colours, day, nth * step, step * (1 - _GAP), HEIGHT / most)
    total: Counter[str] = Counter()
    for segment in segments:
        total[segment.kind] += segment.count
    legend = tuple((kind, colours.get(kind, _COLOURS), total[kind]) for kind in (*colours, OTHERS) if total[kind])
    return Chart(tuple(segments), legend, days[0], days[-1], most, len(counts) - len(days))


def _counts(document: MarksDocument) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {}
    for row in document.summary:
        if row.day:
            day = counts.setdefault(row.day, Counter())
            day.update(row.marks)
            day[UNMARKED] += sum(row.unmarked.values())
    return {day: count for day, count in counts.items() if any(count.values())}


def _colours(days: Iterable[Counter[str]]) -> dict[str, int]:
    """Give the most frequent kinds a colour; what is unmarked has the first."""
    total: Counter[str] = Counter()
    for day in days:
        total.update(day)
    del total[UNMARKED]
    ranked = [kind for kind, _ in sorted(total.items(), key=lambda item: (-item[1], item[0]))]
    named = ranked if len(ranked) <= _COLOURS else ranked[: _COLOURS - 1]
    return {UNMARKED: 0} | {kind: nth for nth, kind in enumerate(named, 1)}


def _bar(day: Counter[str], colours: dict[str, int], name: str, x: float, width: float, unit: float) -> list[Segment]:
    """Stack a day: what is unmarked below, marks above it, where they are seen."""
    heights: Counter[str] = Counter()
    for kind, count in day.items():
        heights[kind if kind in colours else OTHERS] += count
    y, segments = HEIGHT, []
    for kind in (*colours, OTHERS):
        if count := heights[kind]:
            y -= count * unit
            segments.append(Segment(kind, colours.get(kind, _COLOURS), count, x, y, width, count * unit, name))
    return segments
