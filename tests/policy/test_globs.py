"""What a glob fits is what the plain regular expression of it fits, in a time that grows as the text does."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.policy.examples import of
from wiretell.errors import FormatError
from wiretell.policy.globs import MAX_NAME, fits

SIGNS = "abAB.[s\u017fkK\u212a\u0130i\n"
"""Letters that `re` takes for one another among them."""


def plain(glob: str, value: str) -> bool:
    """Say it as a regular expression that tries every way."""
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in glob)
    return re.fullmatch("".join(parts), value, re.IGNORECASE | re.DOTALL) is not None


@given(st.text(SIGNS + "**??", max_size=8), st.text(SIGNS, max_size=9))
@example("*a?b*ab", "xaab-ab")
@example("*ab*b", "ab")
@example("a**?*a", "aba")
@example("*?", "")
@example("*a?*?b*", "aacb")
def test_a_glob_fits_what_its_plain_expression_does(glob: str, value: str) -> None:
    assert fits(glob, value) == plain(glob, value)


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_few_letters_repeat_often(glob: str, value: str) -> None:
    assert fits(glob, value) == plain(glob, value)


def spent(stars: int) -> float:
    """Return the processor's seconds for a hundred of the values that take longest."""
    glob = "*a" * stars + "*b"
    fits(glob, "")
    begun = time.process_time()
    for _ in range(100):
        assert not fits(glob, "a" * MAX_NAME)
    return time.process_time() - begun


def test_no_value_takes_long_however_many_stars_there_are() -> None:
    assert spent(6) < 1  # a minute for one of them where every way is tried
    assert spent(120) < 20 * max(spent(12), 0.002)


def test_a_glob_longer_than_any_name_is_refused() -> None:
    table = '[[rule]]\nid = "r"\neffect = "ban"\nmodel = "{}"\n'
    of(table.format("a" * MAX_NAME))
    with pytest.raises(FormatError, match=r"has a 'model' of 257 characters"):
        of(table.format("a" * (MAX_NAME + 1)))
