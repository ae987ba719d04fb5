"""The log as it stood on a day, and the first day that is enough."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hunt.building import DAY_US, DAYS, START_US, accounts, tables
from wiretell.hunt.earliest import earliest, until
from wiretell.hunt.graph.interface import Cluster
from wiretell.hunt.tables import Tables

FIRST_DAY = START_US // DAY_US


def end_of(day: int) -> int:
    return START_US + (day + 1) * DAY_US - 1


def growing(days: list[int]) -> tuple[Tables, Cluster]:
    """One account begins on each of these days of the log, and shares card and prefix from then on."""
    who = [f"a{at:02d}" for at in range(len(days))]
    begun = {name: START_US + day * DAY_US for name, day in zip(who, days, strict=True)}
    last = START_US + DAYS * DAY_US - 1
    seen = {(name, kind, kind): (5, begun[name], last) for name in who for kind in ("payment", "prefix")}
    log = tables(
        [*seen, ("x", "payment", "payment"), ("x", "prefix", "prefix")],
        profiles=accounts([*who, "x"], first=begun),
        seen=seen,
        holders={("payment", "payment"): len(who) + 4},
    )
    inside = np.flatnonzero(log.edges.account < len(who))
    cluster = Cluster(np.arange(len(who), dtype=np.int32), np.arange(2, dtype=np.int32), inside.astype(np.int32), 1.0)
    return log, cluster


@settings(max_examples=30, deadline=None)
@given(days=st.lists(st.integers(0, DAYS - 1), min_size=5, max_size=20))
def test_the_first_day_with_five_accounts(days: list[int]) -> None:
    log, cluster = growing(days)
    found = earliest(log, cluster, lambda _, then: len(then.accounts) >= 5)
    assert found is not None
    assert found[0] == end_of(sorted(days)[4])
    # Each account has 300 exchanges, evenly over the days from its first on.
    so_far = sum(max(sorted(days)[4] - day + 1, 0) / (DAYS - day) for day in days) / len(days)
    assert abs(found[1] - so_far) < 0.01


def test_never_enough() -> None:
    log, cluster = growing([0, 1, 2, 3])
    assert earliest(log, cluster, lambda _, then: len(then.accounts) >= 5) is None


@settings(max_examples=30, deadline=None)
@given(days=st.lists(st.integers(0, DAYS - 1), min_size=2, max_size=12), day=st.integers(0, DAYS - 1))
def test_the_log_as_it_stood(days: list[int], day: int) -> None:
    log, cluster = growing(days)
    then, part = until(log, cluster, end_of(day))
    there = sum(begun <= day for begun in days)
    assert len(then.accounts) == len(part.accounts) == there
    assert len(part.edges) == len(then.edges) == 2 * there
    if there:
        card = int(then.tokens.holders[np.flatnonzero(then.tokens.kind == 0)[0]])
        assert card == there + 4  # who does not hold it yet is no holder; the four outside are
    assert np.all(then.accounts.last <= end_of(day))
    assert np.all(then.accounts.rows >= 1)
    assert np.all(then.accounts.rows <= 300)
    assert np.array_equal(then.edges.account[part.edges], then.edges.account)


def test_the_end_of_the_log_is_the_log() -> None:
    log, cluster = growing([0, 3, 7])
    then, part = until(log, cluster, end_of(DAYS - 1))
    assert np.array_equal(then.accounts.rows, log.accounts.rows[cluster.accounts])
    assert np.array_equal(then.accounts.hours, log.accounts.hours[cluster.accounts])
    assert np.array_equal(then.tokens.holders, log.tokens.holders)
    assert np.array_equal(part.accounts, cluster.accounts)


def test_the_table_given_is_not_changed() -> None:
    log, cluster = growing([0, 3, 7])
    rows, holders = log.accounts.rows.copy(), log.tokens.holders.copy()
    until(log, cluster, end_of(4))
    assert np.array_equal(log.accounts.rows, rows)
    assert np.array_equal(log.tokens.holders, holders)
