"""The search by simulation: random histories, silent versions, several channels; no audit is made."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wiretell.history import search
from wiretell.history.search import Known, Question
from wiretell.model.history import State


@dataclass(frozen=True)
class History:
    """What is true: for each channel, the versions that have it; some versions say nothing."""

    count: int
    channels: Mapping[str, frozenset[int]]
    silent: frozenset[int] = frozenset()
    speaks: bool = True
    """Whether a full audit says of every channel that it is absent, or only of those it knew of."""


def answer(truth: History, known: Known, question: Question) -> Known:
    """Make the audit: what the board would do with the answer."""
    index = question.index
    if index in truth.silent:
        silent = known.silent | {index}
        return replace(known, tried={**known.tried, index: {}}, silent=silent)
    has = [kind for kind, versions in truth.channels.items() if index in versions]
    seen = has if question.full else [kind for kind in has if kind in known.kinds]
    kinds = (*known.kinds, *(kind for kind in seen if kind not in known.kinds))
    says = kinds if question.full and truth.speaks else (*known.kinds, *seen)
    states = {kind: State.PRESENT if kind in has else State.ABSENT for kind in says}
    tried = {**known.tried, index: {**known.tried.get(index, {}), **states}}
    if truth.speaks:  # a full audit of before speaks of channels that came up later
        for other, said in tried.items():
            if other not in known.silent and other in known.grid[: search.THOROUGH]:
                tried[other] = {k: State.PRESENT if other in truth.channels[k] else State.ABSENT for k in kinds} | dict(
                    said
                )
    return replace(known, kinds=kinds, tried=tried)


def play(truth: History, every: int | None = None) -> tuple[Known, list[Question], bool]:
    """Search to the end; return what is known, what was asked, and whether nothing was left to ask."""
    grid = search.grid(truth.count, every)
    known = Known(truth.count, grid)
    asked: list[Question] = []
    for _ in range(search.budget(truth.count, grid, default=every is None)):
        questions = search.pending(known)
        if not questions:
            return known, asked, True
        asked.append(questions[0])
        known = answer(truth, known, questions[0])
    return known, asked, not search.pending(known)


def edges(states: Sequence[tuple[int, bool]]) -> set[tuple[int, int]]:
    """Return the neighbours that differ."""
    return {(a, b) for (a, x), (b, y) in itertools.pairwise(states) if x != y}


def found(known: Known, kind: str) -> list[tuple[int, bool]]:
    said = ((index, known.tried[index].get(kind)) for index in sorted(known.tried))
    return [(index, state is State.PRESENT) for index, state in said if state is not None]


@st.composite
def histories(
    draw: st.DrawFn, channels: int = 1, stretches: int = 2, silent: bool = False, most: int = 1000
) -> History:
    """Histories of up to `most` versions in which each channel comes and goes up to so often."""
    count = draw(st.integers(1, most))
    made = {}
    for n in range(channels):
        ends = sorted(draw(st.lists(st.integers(0, count), min_size=2, max_size=2 * stretches, unique=False)))
        pairs = zip(ends[::2], ends[1::2], strict=False)
        made[f"k{n}"] = frozenset(index for a, b in pairs for index in range(a, b))
    none = st.just(frozenset[int]())
    quiet = draw(st.frozensets(st.integers(0, count - 1), max_size=max(1, count // 10))) if silent else draw(none)
    return History(count, made, quiet, draw(st.booleans()))


@settings(max_examples=150, deadline=None)
@given(histories())
@example(History(108, {"k0": frozenset(range(10, 95))}))
@example(History(1, {"k0": frozenset({0})}))
@example(History(2, {"k0": frozenset({1})}))
@example(History(654, {"k0": frozenset({*range(330, 433), *range(507, 533)})}))  # twice, found late: needs 39 of 38
def test_within_budget_and_exact_where_the_grid_meets_the_channel(truth: History) -> None:
    known, asked, complete = play(truth)
    assert len(asked) <= 3 * math.log2(truth.count) + 10
    versions = truth.channels["k0"]
    if len(edges([(index, index in versions) for index in range(truth.count)])) <= 2:
        assert complete, "a channel that came and went once is always bounded"
    assert complete or len(asked) == search.budget(truth.count, known.grid, default=True), "all of it was used"
    assert bool(known.kinds) == any(point in versions for point in known.grid)
    for before, after in edges(found(known, "k0")):
        assert after - before == 1 or not complete, "boundaries are exact"
    seen = {index for index, has in found(known, "k0") if has}
    assert seen <= versions


@settings(max_examples=80, deadline=None)
@given(histories(stretches=1, most=150), st.integers(1, 50))
def test_every_stretch_that_a_grid_point_lies_in_is_bounded_exactly(truth: History, every: int) -> None:
    known, asked, complete = play(truth, every)
    assert complete
    versions, tried = truth.channels["k0"], set(known.tried)
    for point in known.grid:
        if point in versions:
            low = next(i for i in range(point, -2, -1) if i not in versions)
            high = next(i for i in range(point, truth.count + 1) if i not in versions)
            assert {low + 1, high - 1} <= tried
            assert low == -1 or low in tried
            assert high == truth.count or high in tried
    assert len(asked) == len({(q.index, q.full) for q in asked}), "nothing is asked twice"


@settings(max_examples=60, deadline=None)
@given(histories(channels=3, stretches=3, silent=True, most=120), st.sampled_from([None, 1, 7]))
def test_silent_versions_and_many_channels_never_loop(truth: History, every: int | None) -> None:
    known, asked, _ = play(truth, every)
    assert len(asked) <= search.budget(truth.count, search.grid(truth.count, every), default=every is None)
    for kind in known.kinds:
        for index, has in found(known, kind):
            assert has == (index in truth.channels[kind])


def test_all_tries_all() -> None:
    truth = History(40, {"k0": frozenset({17})})
    known, _, complete = play(truth, every=1)
    assert complete
    assert set(known.tried) == set(range(40))


def test_a_silent_point_of_the_grid_is_stood_in_for_by_a_neighbour() -> None:
    truth = History(100, {"k0": frozenset(range(40, 60))}, frozenset({0, 49, 50, 99}))
    known, _, complete = play(truth)
    assert complete
    assert {1, 98} <= set(known.tried)
    assert edges(found(known, "k0")) == {(39, 40), (59, 60)}


def test_a_long_silence_at_the_boundary_ends_the_search_there() -> None:
    truth = History(64, {"k0": frozenset(range(32, 64))}, frozenset(range(22, 40)))
    known, asked, complete = play(truth)
    assert complete
    assert len(asked) < 30
    assert edges(found(known, "k0")), "the change is known, its version is not"


def test_all_silent_gives_up() -> None:
    truth = History(500, {"k0": frozenset()}, frozenset(range(500)))
    known, asked, _ = play(truth)
    assert known.silent == set(known.tried)
    assert len(asked) <= 3 * math.log2(500) + 10


def test_a_channel_found_late_is_asked_of_versions_tried_before() -> None:
    truth = History(64, {"k0": frozenset(range(64)), "k1": frozenset(range(20, 40))}, speaks=False)
    known, _, complete = play(truth)
    assert complete
    assert all({"k0", "k1"} <= set(states) for states in known.tried.values())
    assert edges(found(known, "k1")) == {(19, 20), (39, 40)}


def test_while_one_edge_is_narrowed_the_other_is_certain() -> None:
    known = Known(
        64, (0, 63, 31), ("k0",), {0: {"k0": State.ABSENT}, 31: {"k0": State.PRESENT}, 63: {"k0": State.ABSENT}}
    )
    current = search.pending(known)[0]
    assert current == Question(47, full=False)
    assert search.certain(known, current) == (15,)


@settings(max_examples=60, deadline=None)
@given(histories(stretches=1))
def test_what_is_certain_is_tried(truth: History) -> None:
    """Whatever was foretold is asked later, unless the audits run out or a channel nobody knew turns up."""
    known = Known(truth.count, search.grid(truth.count))
    foretold: set[int] = set()
    while questions := search.pending(known):
        foretold.discard(questions[0].index)
        foretold |= set(search.certain(known, questions[0]))
        known = answer(truth, known, questions[0])
    assert not foretold


@pytest.mark.parametrize(("count", "points"), [(1, 1), (2, 2), (3, 2), (108, 7), (131, 8), (1000, 10)])
def test_the_default_grid_has_about_log2_points(count: int, points: int) -> None:
    grid = search.grid(count)
    assert len(grid) == len(set(grid)) == points
    assert grid[0] == 0
    assert count == 1 or grid[1] == count - 1


def test_every_nth_holds_both_ends() -> None:
    assert sorted(search.grid(10, 4)) == [0, 4, 8, 9]
    assert sorted(search.grid(3, 100)) == [0, 2]


def test_stretches_of_untried_versions() -> None:
    assert search.untried_runs(10, [0, 4, 5]) == [range(1, 4), range(6, 10)]
    assert search.untried_runs(1, [0]) == []
