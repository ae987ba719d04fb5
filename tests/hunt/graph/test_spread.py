"""Exchanges over the days, as far as a profile tells."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.hunt.building import DAY_US, START_US, accounts
from wiretell.hunt.graph.spread import daily, exchanges_until, share_until, span

FIRST_DAY = START_US // DAY_US


@given(active=st.lists(st.sets(st.integers(0, 50), min_size=1), min_size=1, max_size=5), rows=st.integers(1, 1000))
def test_exchanges_lie_on_active_days(active: list[set[int]], rows: int) -> None:
    who = [f"a{at}" for at in range(len(active))]
    profiles = accounts(
        who,
        rows=rows,
        first={name: START_US + min(days) * DAY_US for name, days in zip(who, active, strict=True)},
        last={name: START_US + max(days) * DAY_US + 5 for name, days in zip(who, active, strict=True)},
        day_mask={
            name: np.uint64(sum(1 << (FIRST_DAY + day) % 64 for day in days))
            for name, days in zip(who, active, strict=True)
        },
    )
    expected = {day: sum(rows / len(days) for days in active if day in days) for day in set().union(*active)}
    told = {day - FIRST_DAY: count for day, count in daily(profiles)}
    assert set(told) <= set(expected)
    assert all(abs(told.get(day, 0) - count) <= 0.5 + 1e-9 for day, count in expected.items())
    assert list(told) == sorted(told)
    middle = span(profiles)[len(span(profiles)) // 2]
    shares = [sum(FIRST_DAY + day <= middle for day in days) / len(days) for days in active]
    assert np.allclose(share_until(profiles, middle), shares)
    assert exchanges_until(profiles, span(profiles)[-1]).tolist() == [rows] * len(who)


def test_nobody_has_no_days() -> None:
    assert daily(accounts([])) == ()
