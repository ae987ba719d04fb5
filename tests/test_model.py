"""The values that stages hand to each other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wiretell.model.world import UNSET, World

levels = st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=8), max_size=6)


@given(levels, levels)
def test_replace_takes_the_new_level_and_keeps_the_rest(old: dict[str, str], new: dict[str, str]) -> None:
    assert World.of(old).replace(new).as_dict() == {**old, **new}


@given(levels, levels)
def test_worlds_differ_exactly_where_their_levels_do(a: dict[str, str], b: dict[str, str]) -> None:
    expected = {f for f in a.keys() | b.keys() if a.get(f) != b.get(f)}
    assert set(World.of(a).differing(World.of(b))) == expected


def test_a_fact_that_is_not_set_reads_as_unset() -> None:
    assert World.of({}).get("timezone") == UNSET
