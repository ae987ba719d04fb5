"""Operators that only a proxy pool or a popular prompt ties together are parted by whose work moves to whom."""

from __future__ import annotations

import numpy as np

from tests.hunt.building import DAY_US, START_US, Triple, tables
from tests.hunt.evidence.planting import all_hold, cluster, handovers
from wiretell.hunt.judging import parted
from wiretell.hunt.rule import shipped

_RED = [f"r{at:02}" for at in range(9)]
_SEA = [f"s{at:02}" for at in range(6)]


def _parts(seen: dict[Triple, tuple[int, int, int]], *more: Triple) -> list[list[str]]:
    everybody = [*_RED, *_SEA]
    made = tables([*all_hold(everybody, ("network", "pool"), ("prefix", "popular")), *seen, *more], seen=seen)
    parts = parted(made, cluster(made, sorted({name for name, _, _ in [*seen, *more]} | set(everybody))), shipped())
    return sorted(made.accounts.names[one.accounts].tolist() for one in parts)


def _moves(*groups: list[str]) -> dict[Triple, tuple[int, int, int]]:
    rng = np.random.default_rng(3)
    return {use: when for names in groups for use, when in handovers(names, rng, each=9).items()}


def test_two_operators_in_one_proxy_pool_are_two() -> None:
    assert _parts(_moves(_RED, _SEA)) == [_RED, _SEA]


def test_one_operator_stays_whole() -> None:
    assert _parts(_moves([*_RED, *_SEA])) == [[*_RED, *_SEA]]


def test_an_account_without_moves_goes_with_whom_it_shares_most() -> None:
    quiet = [("zed", "prefix", "popular"), ("zed", "template", "t"), *all_hold(_SEA, ("template", "t"))]
    assert _parts(_moves(_RED, _SEA), *quiet) == [_RED, [*_SEA, "zed"]]


def test_a_prompt_that_everybody_begins_with_for_weeks_ties_nobody_together() -> None:
    hello = {
        (name, "failover", "hello"): (3, START_US + at * DAY_US, START_US + (at + 1) * DAY_US)
        for at, name in enumerate([*_RED, *_SEA])
    }
    assert _parts(_moves(_RED, _SEA) | hello) == [_RED, _SEA]


def test_where_hardly_any_work_moves_nothing_is_parted() -> None:
    assert _parts(_moves(_RED[:2], _SEA[:2])) == [[*_RED, *_SEA]]
