"""Variation selectors that select nothing, and the bytes they can stand for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.marks.detecting import marks, read, states, stripped
from wiretell.model.marks import Certainty


def smuggled(data: bytes) -> str:
    return "".join(chr(0xFE00 + byte if byte < 16 else 0xE0100 + byte - 16) for byte in data)


@settings(max_examples=40, deadline=None)
@given(st.text("abcdefghij klm", min_size=3, max_size=20).filter(lambda text: len(set(text)) > 2))
def test_bytes_behind_an_emoji_are_decoded(text: str) -> None:
    (mark,) = marks("selectors", f"nice \U0001f60a{smuggled(text.encode())} day")
    assert (mark.hidden, mark.certainty) == (text, Certainty.LIKELY)
    assert stripped("selectors", f"nice \U0001f60a{smuggled(text.encode())} day") == "nice \U0001f60a day"


def test_bytes_behind_an_emojis_own_selector_are_decoded() -> None:
    text = f"\u2764\ufe0f{smuggled('grüße'.encode())}"
    (mark,) = marks("selectors", text)
    assert mark.hidden == "grüße"
    assert stripped("selectors", text) == "\u2764\ufe0f"


def test_one_selector_behind_each_letter_is_decoded_together() -> None:
    found = marks("selectors", "".join(f"x{char}" for char in smuggled(b"hidden")))
    assert (len(found), found[0].hidden) == (6, "hidden")


@pytest.mark.parametrize(
    ("text", "certainty"),
    [
        ("a\ufe00b", Certainty.LIKELY),
        ("a\ufe0fb", Certainty.LIKELY),
        ("1\ufe0f2", Certainty.LIKELY),
        ("→\ufe0f", Certainty.POSSIBLE),
        ("\u2764\ufe0f\ufe0f", Certainty.POSSIBLE),
        (" \ufe0f", Certainty.POSSIBLE),
        ("中\ufe0f", Certainty.LIKELY),
        ("a\U000e0101b", Certainty.LIKELY),
        ("a\u180bb", Certainty.LIKELY),
    ],
)
def test_marks(text: str, certainty: Certainty) -> None:
    (mark,) = marks("selectors", text)
    assert (mark.certainty, mark.hidden) == (certainty, "")


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("\u26a0\ufe0f careful", "selector after an emoji"),
        ("✓ \u2714\ufe0e", "selector after an emoji"),
        ("©\ufe0f", "selector after an emoji"),
        ("1\ufe0f\u20e3", "selector in a keycap"),
        ("#\ufe0f\u20e3", "selector in a keycap"),
        ("葛\U000e0100", "variation sequence"),
        ("≨\ufe00", "variation sequence"),
        ("\u1820\u180b", "variation sequence"),
    ],
)
def test_ordinary_uses_are_counted_and_kept(text: str, use: str) -> None:
    assert states("selectors", text) == []
    assert dict(read("selectors", text).ordinary) == {use: 1}
    assert stripped("selectors", text) == text
