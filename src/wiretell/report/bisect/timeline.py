"""The picture of a history: a row for each channel, a cell for each tried version, in bands. Pure.

1. Lay tried versions and gaps out in order, a column each.
2. Cut the columns into bands of the width there is.
3. Name the columns where a channel comes or goes, then the ends of the band where there is room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from wiretell.model.history import State
from wiretell.report.bisect.document_v1 import BisectDocument, TriedVersion

CELLS = {State.PRESENT: "■", State.ABSENT: "□", State.INCONCLUSIVE: "?"}
GAP = "┄"
UNKNOWN = "?"
TICK = "╵"
NAME_LINES = 3
LEGEND = "■ present, □ absent, ? inconclusive, ┄ published versions that were not tried"


@dataclass(frozen=True, slots=True)
class Band:
    """A part of the picture that fits a line."""

    rows: tuple[str, ...]
    """One for each channel, in order."""
    ticks: str
    """Under the columns that are named."""
    names: tuple[str, ...]
    """Up to `NAME_LINES` lines: names that have no room beside each other stand below each other."""


@dataclass(frozen=True, slots=True)
class _Column:
    cells: tuple[str, ...]
    version: str
    """Empty for a gap."""


def bands(document: BisectDocument, width: int) -> tuple[Band, ...]:
    """Return the picture in bands of at most `width` cells (one at least); none where nothing was tried."""
    columns = _columns(document)
    width = max(1, width)
    return tuple(_band(columns[start : start + width], width) for start in range(0, len(columns), width))


def _columns(document: BisectDocument) -> list[_Column]:
    ids = [kind.id for kind in document.channels]
    before = {gap.before for gap in document.gaps if gap.before}
    columns = []
    for version in document.tried:
        if version.version in before:
            columns.append(_Column((GAP,) * len(ids), ""))
        columns.append(_Column(tuple(_cell(version, channel) for channel in ids), version.version))
    if any(not gap.before for gap in document.gaps):
        columns.append(_Column((GAP,) * len(ids), ""))
    return columns


def _cell(version: TriedVersion, channel: str) -> str:
    """A version without a word on a channel is none that lacks it."""
    state = version.states.get(channel)
    return CELLS[state] if state else UNKNOWN


def _band(columns: Sequence[_Column], width: int) -> Band:
    rows = tuple("".join(cells) for cells in zip(*(column.cells for column in columns), strict=True))
    ticks = [" "] * width
    lines = [[" "] * width for _ in range(NAME_LINES)]
    wanted = set(_turns(columns))
    for index in (*_turns(columns), *_ends(columns)):
        usable = lines if index in wanted else lines[:1]
        if ticks[index] == " " and any(_written(columns[index].version, index, line) for line in usable):
            ticks[index] = TICK
    names = tuple(name for line in lines if (name := "".join(line).rstrip()))
    return Band(rows, "".join(ticks).rstrip(), names)


def _written(name: str, index: int, line: list[str]) -> bool:
    """Write a name under its column, or to the left of it at the end of the line, where there is room."""
    start = min(index, len(line) - len(name))
    if start < 0 or set(line[max(0, start - 1) : start + len(name) + 1]) > {" "}:
        return False
    line[start : start + len(name)] = name
    return True


def _turns(columns: Sequence[_Column]) -> list[int]:
    """Return where a channel is first or last present, in each stretch of versions that gave an answer."""
    found: list[int] = []
    for cells in zip(*(column.cells for column in columns), strict=True):
        known = [index for index, cell in enumerate(cells) if cell in (CELLS[State.PRESENT], CELLS[State.ABSENT])]
        for before, after in pairwise(known):
            if cells[before] != cells[after]:
                found.append(after if cells[after] == CELLS[State.PRESENT] else before)
    return sorted(set(found))


def _ends(columns: Sequence[_Column]) -> list[int]:
    tried = [index for index, column in enumerate(columns) if column.version]
    return [*tried[:1], *tried[-1:]]
