"""Globs held against each other are what trying values says."""

from __future__ import annotations

import itertools
import random
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wiretell.policy.globs import fits
from wiretell.policy.inclusion import common, covers, meet

GLOBS = st.text("abA*?", min_size=1, max_size=5)
VALUES = ["".join(letters) for length in range(5) for letters in itertools.product("abc", repeat=length)]


@given(GLOBS, GLOBS)
@example("a*b*", "a?*b")
@example("*", "?")
@example("?*", "*")
@example("?*a*", "*a*a*")  # as it is written it does not fit
@example("*a?*", "*aa")
@example("*ab*", "*aab")
def test_inclusion_is_that_of_all_short_values(outer: str, inner: str) -> None:
    fitting = [value for value in VALUES if fits(inner, value)]
    if covers(outer, inner):
        assert all(fits(outer, value) for value in fitting)
    elif len(inner) <= 3:  # what tells them apart is short
        assert not all(fits(outer, value) for value in fitting)


@given(GLOBS, GLOBS)
@example("a*", "*b")
@example("*a?b", "??ab")
@example("?a", "*b?")
@example("?b*", "a?*")
def test_what_is_common_fits_both_and_nothing_is_common_where_no_value_is(one: str, other: str) -> None:
    found = common(one, other)
    assert meet(one, other) is (found is not None)
    if found is None:
        assert not any(fits(one, value) and fits(other, value) for value in VALUES)
    else:
        assert fits(one, found) and fits(other, found)


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ("claude-*", "claude-opus-*", True),
        ("claude-*", "CLAUDE-code", True),
        ("claude-code", "claude-*", False),
        ("*-preview", "gemini-*-preview", True),
        ("*a*b*", "*b*a*", False),
        ("İx*", "İx", True),
        ("?*", "*?", True),
        ("*??a", "??*a", True),
        ("??*", "*a*b*", True),
        ("???*", "*a*b*", False),
        ("?*a*", "*a*a*", True),
        ("\0", "?", False),
        ("\0*", "\0a*", True),
        ("s", "\u017f", False),  # re takes them for one another; not to be sure is allowed
    ],
)
def test_inclusion(outer: str, inner: str, expected: bool) -> None:
    assert covers(outer, inner) is expected


def test_many_globs_are_held_against_each_other_in_time() -> None:
    globs = [f"*{number}*a*b?c*" for number in range(150)]
    begun = time.process_time()
    assert sum(covers(one, other) for one in globs for other in globs) == sum(
        # a digit that another glob holds alone, or the same number
        one == other or _digits(one) in _digits(other)
        for one in globs
        for other in globs
    )
    assert time.process_time() - begun < 5


def _digits(glob: str) -> str:
    return glob.split("*")[1]


def test_hostile_globs_end_soon() -> None:
    assert not covers("*a" * 60 + "?" * 60, "*" + "?a*" * 60)
    assert common("*a" * 100, "*b" * 100) is None


@pytest.mark.parametrize(("outer", "inner"), [("*a{}b*", "*a{}b?*"), ("*a{}*", "*b*aa{}?*"), ("*{}a*", "*b?{}a*a*")])
def test_however_many_characters_a_glob_leaves_open_inclusion_is_told(outer: str, inner: str) -> None:
    """Each `?` doubles the sets of places that values can lead to; few of them matter."""
    open_ = "?" * 100
    assert covers(outer.format(open_), inner.format(open_))
    assert not covers(inner.format(open_), outer.format(open_))


@given(st.lists(st.sampled_from(["*a", "?", "b", "a", "*?b"]), max_size=40).map("".join), st.integers(0, 99))
def test_a_glob_covers_what_is_made_of_it_by_naming_more(outer: str, seed: int) -> None:
    chance = random.Random(seed)
    wild = {"*": ["*", "", "?*", "*a*", "b?"], "?": ["?", "a"]}
    inner = "".join(chance.choice(wild.get(char, [char])) for char in outer)
    assert covers(outer, inner)
    assert meet(outer, inner)
