"""Characters that pass for ASCII in words, and marks that pass for an apostrophe."""

from __future__ import annotations

import pytest

from tests.marks.detecting import marks, states, stripped
from wiretell.model.marks import Certainty


@pytest.mark.parametrize(
    ("text", "plain", "certainty"),
    [
        ("p\u0430ypal", "paypal", Certainty.LIKELY),
        ("\u0440\u0430ypal", "paypal", Certainty.LIKELY),
        ("the \u0421lient is here", "the Client is here", Certainty.LIKELY),
        ("It \u0456s", "It is", Certainty.LIKELY),
        ("\u0406nternet", "Internet", Certainty.LIKELY),
        ("w\u03bfrld", "world", Certainty.LIKELY),
        ("dat\u0430", "data", Certainty.POSSIBLE),
        ("get_\u0441ount(", "get_count(", Certainty.LIKELY),
        ("room 4\uff11b", "room 41b", Certainty.POSSIBLE),
        ("\uff21SCII", "ASCII", Certainty.POSSIBLE),
        ("\U0001d41bold text", "bold text", Certainty.POSSIBLE),
        ("caf\u00e9 n\u0430\u00efve", "caf\u00e9 na\u00efve", Certainty.LIKELY),
    ],
)
def test_words(text: str, plain: str, certainty: Certainty) -> None:
    (mark,) = marks("lookalike", text)
    assert mark.certainty is certainty
    assert stripped("lookalike", text) == plain


@pytest.mark.parametrize("char", "\u02bc\u02b9\u2018\u2032\u00b4\uff07\u02c8\u201b")
def test_apostrophes_between_letters(char: str) -> None:
    (mark,) = marks("lookalike", f"it don{char}t")
    assert mark.codepoints == (f"U+{ord(char):04X}",)
    assert mark.certainty is (Certainty.LIKELY if char in "\u02bc\u02b9" else Certainty.POSSIBLE)
    assert stripped("lookalike", f"it don{char}t") == "it don't"


@pytest.mark.parametrize(
    "text",
    [
        "Привет, мир! Обычный русский текст: а, о, с.",
        "Ελληνικά και ο κόσμος",
        "Python-скрипт и commit'ы, commitы",
        "ＡＢＣ１２３ 全角文字",
        "第１章、Ａ案",
        "10 µm, 5 kΩ, π ≈ 3.14, Δx, α = 0.5, ρv, 2π",
        "don’t ‘quoted’ “text” — dash – dash… Hawaiʻi",
        "'tis ‘round the bend, 5′ 6″ x′",
        "naïve façade Größe ñandú kapı",
        "𝓢𝓽𝔂𝓵𝓮𝓭",
        "הPython וJava",
        "\\n\u0430\u0431\u0432",
        "1920×1080 №5 ½ x² H₂O",
    ],
)
def test_ordinary_text_has_none(text: str) -> None:
    assert states("lookalike", text) == []
    assert stripped("lookalike", text) == text


@pytest.mark.parametrize("date", ["2026-11-21", "2026/11/21"])
def test_the_date_lines_own_symbols_are_told_by_its_scheme_alone(date: str) -> None:
    for symbol in "'\u2019\u02bc\u02b9":
        assert states("lookalike", f"Today{symbol}s date is {date}.") == []
    (mark,) = marks("lookalike", f"Today\u2018s date is {date}.")
    assert "none of the symbols of date-line" in mark.meaning
    assert mark.certainty is Certainty.LIKELY


def test_the_sentence_with_is_now_is_no_date_line() -> None:
    assert states("lookalike", "Today\u02bcs date is now 2026-11-21.") == ["U+02BC"]


def test_an_escape_before_a_word_is_no_letter_of_it() -> None:
    assert states("lookalike", "line\n\u0430 \t\u0441\u043e\u0440") == []
    assert states("lookalike", "n\u0430me\nn\u0430me") == ["U+0430", "U+0430"]
