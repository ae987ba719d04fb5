from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretell.scan.mentions.lookalike import excerpt, in_tables, is_twin, lookalikes


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("\u02bc", "\u02bc"),
        ("\u2019", "\u2019"),
        ("\u0430", "\u0430"),
        ("p\u0430ypal", "\u0430"),
        ("a\u200bb", "\u200b"),
        ("a\u00a0b", "\u00a0"),
        ("It\u2019s \u2019", "\u2019"),
        ("привет", ""),
        ("日本語", ""),
        ("é", ""),
        ("plain", ""),
        ("\ufffd", ""),
    ],
)
def test_what_passes_for_ascii(text: str, found: str) -> None:
    assert lookalikes(text) == found


def test_an_ellipsis_is_no_twin_of_one_character() -> None:
    assert lookalikes("\u2026") == "\u2026"
    assert not is_twin("\u2026")
    assert is_twin("\u02bc")


def test_tables_are_told_by_their_density() -> None:
    dense = list(range(10_000, 10_400, 10))
    assert in_tables([5, 50, *dense, 90_000]) == [False, False, *[True] * 40, False]
    assert in_tables([]) == []


@given(st.lists(st.integers(0, 20_000), max_size=60))
def test_tables_by_the_plain_way(offsets: list[int]) -> None:
    offsets.sort()
    plain = [sum(abs(other - offset) <= 1000 for other in offsets) > 16 for offset in offsets]
    assert in_tables(offsets) == plain


@given(st.text(max_size=200))
def test_excerpts_show_the_first(text: str) -> None:
    shown = excerpt(text)
    assert len(shown) <= 60
    assert shown in text
    if lookalikes(text):
        assert lookalikes(text)[0] in shown
