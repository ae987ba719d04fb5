"""One slot's values, taken apart."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretell.compare import dates
from wiretell.compare.layers import read
from wiretell.model.difference import Layer
from wiretell.unicode.characters import codepoints, fold_space, is_ignorable, skeleton, space_in, unusual, versions

QUOTES = "\u2019\u02bc\u02b9\u2018\u0060\u00b4\u2032"


@pytest.mark.parametrize("char", QUOTES)
def test_quotes_look_alike_although_normalisation_keeps_the_known_marks_apart(char: str) -> None:
    assert skeleton(char) == skeleton("'")
    if char in "\u2019\u02bc\u02b9":
        assert unicodedata.normalize("NFKC", char) != "'"


@pytest.mark.parametrize("char", "\u200b\u200d\u2060\ufeff\u00ad\ufe0f\U000e0041\U000e0101")
def test_what_shows_nothing_is_no_part_of_the_skeleton(char: str) -> None:
    assert is_ignorable(char)
    assert skeleton(f"a{char}b") == "ab"


@pytest.mark.parametrize("space", ["\u00a0", "\u2009", "\u3000", "  ", "\t", "\r\n"])
def test_spaces_are_one_space(space: str) -> None:
    assert skeleton(f"a{space}b") == "a b"


def test_the_data_says_which_unicode_it_is() -> None:
    assert versions() == {"confusables.txt": "17.0.0", "DerivedCoreProperties.txt": "17.0.0"}


@given(st.text(max_size=20))
def test_a_skeleton_is_the_skeleton_of_itself_and_of_both_normal_forms(text: str) -> None:
    for form in ("NFC", "NFD"):
        assert skeleton(unicodedata.normalize(form, text)) == skeleton(text)


@given(st.text(max_size=20))
def test_space_and_the_rest_are_the_text(text: str) -> None:
    assert fold_space(text).replace(" ", "") == "".join(char for char in text if not char.isspace())
    assert "".join(space_in(text)) == "".join(char for char in text if char.isspace())


def test_code_points_are_written_as_unicode_does() -> None:
    assert codepoints("'\U000e0041") == ("U+0027", "U+E0041")
    assert unusual("a\u2019b\u00e9") == "\u2019\u00e9"


LAYERS = [
    (["'", "\u02bc", "\u2019"], {Layer.GLYPH}),
    (["user", "us\u0435r"], {Layer.GLYPH}),
    (["\u00e9", "e\u0301"], {Layer.GLYPH}),
    (["1", "l"], {Layer.GLYPH}),
    (["", "\u200b"], {Layer.INVISIBLE}),
    (["a", "a\ufe0f"], {Layer.INVISIBLE}),
    (["", " "], {Layer.SPACE}),
    (["\n", "\n\n"], {Layer.SPACE}),
    (["a\u00a0b", "a b"], {Layer.SPACE}),
    (["2026-11-21", "2026/11/21"], {Layer.DATE_FORMAT}),
    (["2026-11-21", "2026/11/22"], {Layer.DATE}),
    (["2026-11-21", "2026-11-22", "2026/11/22"], {Layer.DATE, Layer.DATE_FORMAT}),
    (["2026-11-21", "November 21, 2026"], {Layer.DATE_FORMAT}),
    (["2026-11-21", "2026年11月21日"], {Layer.DATE_FORMAT}),
    (["11/21/2026", "21/11/2026"], {Layer.DATE_FORMAT}),
    (["-", "*"], {Layer.PUNCTUATION}),
    (["", "."], {Layer.PUNCTUATION}),
    (["user", "User", "USER"], {Layer.CASE}),
    (["user", "User", "guest"], {Layer.CASE, Layer.WORDING}),
    (["1", "1.0"], {Layer.NUMBER_SPELLING}),
    (["1", "1e0", "2"], {Layer.NUMBER, Layer.NUMBER_SPELLING}),
    (["32000", "32001"], {Layer.NUMBER}),
    (["begin", "start"], {Layer.WORDING}),
    (["one"], set()),
]


@pytest.mark.parametrize(("values", "layers"), LAYERS)
def test_values_differ_in_these_layers(values: list[str], layers: set[Layer]) -> None:
    assert {reading.layer for reading in read(values)} == layers


@given(st.lists(st.text(alphabet="aA1.0-/\u200b\u2019' \u00e9e\u0301", max_size=4), max_size=6))
def test_different_values_differ_in_some_layer(values: list[str]) -> None:
    """Nothing is lost: what bytes tell apart, the layers together tell apart."""
    told = {value: tuple(reading.symbols.get(value) for reading in read(values)) for value in values}
    assert len(set(told.values())) == len(set(values))


def test_a_separator_is_shown_alone() -> None:
    (reading,) = read(["2026-11-21", "2026/11/21"])
    assert (reading.display, reading.offset) == ({"2026-11-21": "-", "2026/11/21": "/"}, 4)


def test_only_what_differs_is_shown() -> None:
    (reading,) = read(["Today's", "Today\u02bcs"])
    assert (reading.display["Today\u02bcs"], reading.offset) == ("\u02bc", 5)


def test_a_format_is_told_apart_on_every_day() -> None:
    values = ["2026-11-21", "2026/11/21", "2026-11-22", "2026/12/01", "2027-01-01"]
    style = next(reading for reading in read(values) if reading.layer is Layer.DATE_FORMAT).symbols
    assert [style[value] for value in values] == ["Y-M-D", "Y/M/D", "Y-M-D", "Y/M/D", "Y-M-D"]


@pytest.mark.parametrize(
    ("style", "locale", "is_form"),
    [
        ("Y/M/D", "zh_CN.UTF-8", True),
        ("Y年M月D日", "zh_CN.UTF-8", True),
        ("D.M.Y", "de_DE.UTF-8", True),
        ("Y/M/D", "de_DE.UTF-8", False),
        ("M/D/Y", "en_US.UTF-8", True),
        ("M/D/Y", "(unset)", True),
        ("D/M/Y", "en_US.UTF-8", False),
        ("D/M/Y", "en_GB.UTF-8", True),
        ("Y-M-D", "C", True),
    ],
)
def test_forms_of_locales_are_those_of_cldr(style: str, locale: str, is_form: bool) -> None:
    assert dates.is_locale_form(style, locale) is is_form


def test_no_day_is_read_into_what_is_none() -> None:
    assert dates.readings("2026-13-45") == ()
    assert dates.readings("1.2.3") == ()
