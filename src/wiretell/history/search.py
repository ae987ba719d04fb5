"""Which version to try next. Pure: from what is known so far to the next question, and to what comes after it.

Nothing is assumed of a history but that it is finite: a channel may come and go many times, and some versions say
nothing. So:

1. *Survey*: a grid of versions, both ends first, then ever finer. The first few are audited in full, and all of them
   while no channel is known; the others are asked only for the channels that are.
2. *Fill*: a channel that is found late is asked of the versions that were tried before and do not say.
3. *Refine*: between two neighbours that were tried and differ, halve, until they are neighbours as published.

A channel that came and went between two points of the grid is missed; the gaps say where that could be.

Versions are numbers from 0 here.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from wiretell.model.history import State

THOROUGH: Final = 3
"""Points of the grid that are audited in full whatever is known: both ends and the middle."""
_NEIGHBOURS: Final = 4
"""Versions beside a point of the grid that are tried in its stead, where it says nothing."""
_MOST_SILENT: Final = 4
"""Versions between two that differ which may say nothing before the search gives up on that place."""


@dataclass(frozen=True, slots=True)
class Question:
    """One audit to make."""

    index: int
    full: bool
    """With the ordinary plan; else in the worlds of the known channels alone."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the search knows."""

    count: int
    """Published versions."""
    grid: tuple[int, ...]
    """Versions of the survey, in the order in which they are tried."""
    kinds: tuple[str, ...] = ()
    """Covert channels found so far."""
    tried: Mapping[int, Mapping[str, State]] = field(default_factory=dict)
    """Version -> what it says of each channel; a channel that it does not speak of is not named."""
    silent: frozenset[int] = frozenset()
    """Of those tried, the ones that say nothing at all."""

    def answered(self, index: int, state: State) -> Known:
        """Return what would be known if a version said the same of every channel."""
        states = dict.fromkeys(self.kinds, state)
        nothing = state is State.INCONCLUSIVE and index not in self.tried
        silent = self.silent | {index} if nothing else self.silent
        return replace(self, tried={**self.tried, index: {**self.tried.get(index, {}), **states}}, silent=silent)


def budget(count: int, grid: Sequence[int], *, default: bool) -> int:
    """Return how many audits the search may ask for.

    3 log2(n) + 10 with the default grid: always enough for a channel that came and went once. For one that did so twice
    and was found late it can be one or two too few; its ends are then not exact, and the result says so. A grid of the
    user's own choice comes on top, once for the survey and once for channels that are found late.
    """
    own = math.floor(3 * math.log2(count)) + 10
    return own if default else own + 2 * len(grid)


def grid(count: int, every: int | None = None) -> tuple[int, ...]:
    """Return the versions of the survey: every `every`th, or about log2(n) + 1 at even distances; both ends always."""
    if every is None:
        parts = max(1, math.floor(math.log2(count)))
        points = {round(part * (count - 1) / parts) for part in range(parts + 1)}
    else:
        points = {*range(0, count, every), count - 1}
    return tuple(_coarse_first(sorted(points)))


def _coarse_first(points: Sequence[int]) -> Iterator[int]:
    """Yield both ends, the middle, the quarters, and so on."""
    yield from dict.fromkeys((points[0], points[-1]))
    queue = [(0, len(points) - 1)]
    for low, high in queue:  # grows while it is read: breadth first
        if high - low > 1:
            middle = (low + high) // 2
            yield points[middle]
            queue += [(low, middle), (middle, high)]


def pending(known: Known) -> tuple[Question, ...]:
    """Return the questions that are open now, the next one first; empty where all is said that can be."""
    for step in (_survey, _fill, _refine):  # each on what the one before came to
        if questions := tuple(dict.fromkeys(step(known))):
            return questions
    return ()


def certain(known: Known, current: Question) -> tuple[int, ...]:
    """Return the versions that will be tried whatever `current` answers, the likeliest next first."""
    outcomes = [pending(known.answered(current.index, state)) for state in State]
    common = set.intersection(*({question.index for question in questions} for questions in outcomes))
    return tuple(q.index for q in outcomes[0] if q.index in common and q.index != current.index)


def _survey(known: Known) -> Iterator[Question]:
    thorough = set(known.grid[:THOROUGH])
    for point in known.grid:
        here = _untried(known, point)
        if here is not None:
            yield Question(here, full=point in thorough or not known.kinds)


def _untried(known: Known, point: int) -> int | None:
    """Return the version to try for a point of the grid: itself, or a neighbour where it was silent; None if done."""
    if point not in known.silent:
        return None if point in known.tried else point
    for index in _neighbours(known, point):
        if index not in known.silent:
            return None if index in known.tried else index
    return None


def _neighbours(known: Known, point: int) -> list[int]:
    below = max((other for other in known.grid if other < point), default=-1)
    above = min((other for other in known.grid if other > point), default=known.count)
    reach = range(max(below + 1, point - _NEIGHBOURS), min(above, point + _NEIGHBOURS + 1))
    return sorted(reach, key=lambda index: abs(index - point))[1 : 1 + _NEIGHBOURS]


def _fill(known: Known) -> Iterator[Question]:
    for index in sorted(known.tried):
        if index not in known.silent and any(kind not in known.tried[index] for kind in known.kinds):
            yield Question(index, full=False)


def _refine(known: Known) -> list[Question]:
    """Return the middle of each place where a channel came or went: the outermost first, the widest first."""
    pairs = sorted({pair for kind in known.kinds for pair in _edges(known, kind)})
    outer = {pairs[0], max(pairs, key=lambda pair: pair[1])} if pairs else set()
    ranked = sorted(pairs, key=lambda pair: (pair not in outer, pair[0] - pair[1], pair[0]))
    middles = (_middle(known, *pair) for pair in ranked)
    return [Question(index, full=False) for index in middles if index is not None]


def _edges(known: Known, kind: str) -> Iterator[tuple[int, int]]:
    """Yield neighbouring tried versions of which one has the channel and the other has not."""
    decided = [(i, known.tried[i].get(kind)) for i in sorted(known.tried)]
    decided = [(i, state) for i, state in decided if state in (State.PRESENT, State.ABSENT)]
    for (before, was), (after, is_) in itertools.pairwise(decided):
        if was is not is_ and after - before > 1:
            yield before, after


def _middle(known: Known, before: int, after: int) -> int | None:
    """Return the middle of the longest stretch of untried versions in between; None where there is no use."""
    inside = [index for index in sorted(known.tried) if before < index < after]
    if len(inside) > _MOST_SILENT:
        return None
    walls = [before, *inside, after]
    low, high = max(itertools.pairwise(walls), key=lambda pair: pair[1] - pair[0])
    return (low + high) // 2 if high - low > 1 else None


def untried_runs(count: int, tried: Iterable[int]) -> list[range]:
    """Return the stretches of versions that were not tried."""
    walls = [-1, *sorted(tried), count]
    return [range(a + 1, b) for a, b in itertools.pairwise(walls) if b - a > 1]
