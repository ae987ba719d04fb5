from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.report.hostile import NASTY, unprintable
from wiretell.report.glyphs import codepoint_name, draw_marked, shorten, visible


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("plain, déjà vu, 漢字", "plain, déjà vu, 漢字"),
        ("a\u200bb", "a[U+200B]b"),
        ("\x1b[31m", "[U+001B][31m"),
        ("\u202eabc\u202c", "[U+202E]abc[U+202C]"),
        ("a\u00a0b", "a[U+00A0]b"),
        ("e\u0301", "e[U+0301]"),
        ("\u3164\u2800\u115f", "[U+3164][U+2800][U+115F]"),
        ("\U000e0041", "[U+E0041]"),
        ("\ud800", "[U+D800]"),
        ("[U+200B]", "[U+005B]U+200B]"),
        ("␣", "[U+2423]"),
        ("[x]", "[x]"),
    ],
)
def test_what_cannot_be_seen_is_named(text: str, drawn: str) -> None:
    assert visible(text) == drawn


@given(st.text(max_size=40))
@example("[" + "U+0000]")
@example("".join(NASTY))
def test_nothing_unprintable_is_left(text: str) -> None:
    assert unprintable(visible(text)) == set()


@given(st.text(max_size=12), st.text(max_size=12))
def test_different_texts_are_drawn_differently(a: str, b: str) -> None:
    assert (visible(a) == visible(b)) == (a == b)


@given(
    st.text(st.sampled_from("[]U+0245BF \u200b[␣"), max_size=14),
    st.text(st.sampled_from("[]U+0245BF \u200b[␣"), max_size=14),
)
def test_a_box_cannot_be_faked(a: str, b: str) -> None:
    assert (visible(a) == visible(b)) == (a == b)


def test_a_marked_space_is_an_open_box() -> None:
    assert draw_marked(" ") == "␣"
    assert draw_marked("\u2009") == "[U+2009]"


def test_what_is_cut_is_counted() -> None:
    assert shorten("a" * 2000, 10) == "aaaaaaaaa… (+1,991 characters)"
    assert shorten("a" * 10, 10) == "a" * 10


@given(st.characters())
def test_every_character_has_a_name(char: str) -> None:
    assert codepoint_name(char)
