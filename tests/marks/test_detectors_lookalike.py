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


@pytest.mark.parametrize(
    ("text", "plain", "certainty"),
    [
        ("Пр\x69вет, мир", "Прівет, мир", Certainty.LIKELY),
        ("к\x6fт", "кот", Certainty.LIKELY),
        ("м\x61м\x61 мыла", "мама мыла", Certainty.LIKELY),
        ("М\x4fЩЬ", "МОЩЬ", Certainty.LIKELY),
        ("б\x6fг", "бог", Certainty.LIKELY),
        ("к\x61ша", "каша", Certainty.LIKELY),
        ("\x43лово", "Слово", Certainty.POSSIBLE),
        ("слов\x6f", "слово", Certainty.POSSIBLE),
        ("н\x6f", "но", Certainty.POSSIBLE),
        ("mp3-ф\x61йл", "mp3-файл", Certainty.LIKELY),
        ("2ф\x61йл7", "2файл7", Certainty.LIKELY),
        ("get_счёт_т\x6fвара(", "get_счёт_товара(", Certainty.LIKELY),
        ("κ\x6fσμος και", "κοσμος και", Certainty.LIKELY),
    ],
)
def test_latin_letters_in_words_of_another_script(text: str, plain: str, certainty: Certainty) -> None:
    (mark,) = marks("lookalike", text)
    assert mark.certainty is certainty
    assert set(mark.codepoints) <= {"U+0061", "U+0043", "U+0069", "U+006F", "U+004F"}
    assert stripped("lookalike", text) == plain


@pytest.mark.parametrize(
    "text",
    [
        "IT-отдел, API-ключ, mp3-файл, mp3файл, USB-порт, C-вектор, e-почта",
        "Google'а Google’а email'ом Mac'ов",
        "COMОбъект HTTPСоединение XMLСтрока ТипCOMОбъекта",
        "IPшник PHPшник exeшник caseы PCы appы суперcase",
        "eДоставка iПроф классA вариантB тестX витаминC",
        "5 кB, 10 мA, дx, дy, 3 кOhm, 220 В, 10 км",
        "Δx, μs, λx, σX, 2πi, αx + βy, ΔT",
        "getЦена makeСчёт",
        "x_координата a_б CO2счёт",
    ],
)
def test_words_in_two_scripts_that_are_seen_to_be_so_are_ordinary(text: str) -> None:
    assert states("lookalike", text) == []


@pytest.mark.parametrize(
    ("text", "plain", "certainty"),
    [
        ("Today's date is 2026\u201011\u201021.", "Today's date is 2026-11-21.", Certainty.LIKELY),
        ("Today's date is 2026\u201111\u201121.", "Today's date is 2026-11-21.", Certainty.LIKELY),
        ("Today's date is 2026\u204411\u204421.", "Today's date is 2026/11/21.", Certainty.LIKELY),
        ("on 2026\u221511\u22151.", "on 2026/11/1.", Certainty.POSSIBLE),
        ("call 555\u20111234", "call 555-1234", Certainty.POSSIBLE),
        ("usr\u2215bin", "usr/bin", Certainty.POSSIBLE),
        ("usr\uff0fbin", "usr/bin", Certainty.POSSIBLE),
        ("x = f(1)\u037e\ny", "x = f(1);\ny", Certainty.LIKELY),
        ("a\u037eb", "a;b", Certainty.LIKELY),
        ("host\ua7898080 v1\u20242", "host:8080 v1.2", Certainty.POSSIBLE),
    ],
)
def test_signs(text: str, plain: str, certainty: Certainty) -> None:
    assert {mark.certainty for mark in marks("lookalike", text)} == {certainty}
    assert stripped("lookalike", text) == plain


@pytest.mark.parametrize(
    "text",
    [
        "a well\u2011known non\u2010breaking hyphen, GPT\u20115, utf\u20118",
        "1\u20442 cup, 3\u22154, scale 1\u2236100, 11\u204421",
        "either \u2215 or, \u2010x, 5\u2011 and \uff0f",
        "Πώς είστε\u037e Καλά",
        "A \u2010 B \u2024 C",
        "中文\uff0f英文",
    ],
)
def test_signs_of_typography_are_ordinary(text: str) -> None:
    assert states("lookalike", text) == []


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


def test_a_word_of_any_length_is_judged() -> None:
    assert states("lookalike", "\u0430z" * 3_000) == ["U+0430 x3000"]
    assert states("lookalike", "да\x61" * 3_000) == ["U+0061 x3000"]
