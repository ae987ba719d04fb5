"""Match weights behave like weights."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wiretell.hunt.evidence.match import against_it, for_it

_CHANCES = st.floats(1e-9, 1.0)


@given(st.floats(0.05, 0.99), _CHANCES, _CHANCES)
def test_rarer_never_weighs_less(m: float, one: float, other: float) -> None:
    rare, common = sorted((one, other))
    assert for_it(m, rare, 20.0, 2.0) >= for_it(m, common, 20.0, 2.0)


@given(st.floats(0.05, 0.99), _CHANCES)
def test_bits_stay_between_zero_and_the_cap_and_small_ones_are_none(m: float, u: float) -> None:
    bits = float(for_it(m, u, 8.0, 2.0))
    assert bits == 0.0 or 2.0 <= bits <= 8.0


@given(st.floats(0.05, 0.99), st.floats(0, 1), st.floats(0, 1))
def test_a_kind_that_is_not_shown_never_speaks_for_a_campaign(m: float, u: float, shown: float) -> None:
    assert against_it(m, u, shown) <= 0.0


def test_a_kind_that_nobody_shows_says_nothing() -> None:
    assert against_it(0.6, 1e-6, 0.0) == 0.0
    assert against_it(0.6, 1e-6, 0.6) < -1.0


def test_bits_are_the_logarithm_of_the_ratio() -> None:
    assert for_it(0.5, 1 / 64, 20.0, 2.0) == np.log2(0.5 * 64)
