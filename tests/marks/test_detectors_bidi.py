"""Controls of direction."""

from __future__ import annotations

import pytest

from tests.marks.detecting import marks, read, states, stripped
from wiretell.model.marks import Certainty


@pytest.mark.parametrize(
    ("text", "certainty"),
    [
        ("/* \u202e } \u2066if (admin)\u2069 \u2066 begin */", Certainty.LIKELY),
        ("access\u202elevel", Certainty.LIKELY),
        ("\u202dforced\u202c", Certainty.LIKELY),
        ("a \u2066 b", Certainty.LIKELY),
        ("hello \u2068name\u2069!", Certainty.POSSIBLE),
        ("\u202a+1 555 0100\u202c", Certainty.POSSIBLE),
        ("\u202aC:\\Users\\x", Certainty.POSSIBLE),
        ("11\u200e/\u200e21", Certainty.POSSIBLE),
        ("a\u061cb", Certainty.POSSIBLE),
        ("שלום \u202eabc\u202c", Certainty.POSSIBLE),
        ("שלום \u202babc", Certainty.LIKELY),
    ],
)
def test_marks(text: str, certainty: Certainty) -> None:
    found = marks("bidi", text)
    assert found[0].certainty is certainty
    assert all(mark.innocent for mark in found)
    controls = set("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert stripped("bidi", text) == "".join(char for char in text if char not in controls)


@pytest.mark.parametrize(
    "text",
    [
        "שלום \u200e(abc)\u200f",
        "قال \u2067abc\u2069 ثم \u202bdef\u202c",
        "\u2068שם\u2069 joined",
    ],
)
def test_balanced_use_with_right_to_left_letters_is_ordinary(text: str) -> None:
    assert states("bidi", text) == []
    count = sum(char in "\u200e\u200f\u2067\u2068\u2069\u202b\u202c" for char in text)
    assert dict(read("bidi", text).ordinary) == {"direction control in text with right-to-left letters": count}
    assert stripped("bidi", text) == text


def test_a_line_that_ends_ends_every_embedding() -> None:
    assert states("bidi", "שלום \u202babc\ndef\u202c") == ["U+202B", "U+202C"]


def test_what_is_not_ended_is_said() -> None:
    (mark,) = marks("bidi", "x \u202e y")
    assert "another order" in mark.meaning


def test_a_long_paragraph_of_controls_is_decided_once() -> None:
    text = "\u05d0" + "\u2068a\u2069" * 50_000
    reading = read("bidi", text)  # looking at all controls of the paragraph for each of them would take hours
    assert (reading.marks, sum(reading.ordinary.values())) == ((), 100_000)
