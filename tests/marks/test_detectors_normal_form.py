"""Composed and decomposed letters in one text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.marks.detecting import marks, read, states, stripped
from wiretell.model.marks import Certainty

TEXT = "Égalité à la fête, où l’été déçoit"


def test_a_text_in_one_form_is_ordinary() -> None:
    decomposed = unicodedata.normalize("NFD", TEXT)
    assert states("normal-form", TEXT) == states("normal-form", decomposed) == []
    ordinary = read("normal-form", decomposed).ordinary
    assert dict(ordinary) == {"decomposed letter in a text that has no composed one": len(decomposed) - len(TEXT)}
    assert stripped("normal-form", decomposed) == decomposed


@settings(max_examples=40, deadline=None)
@given(st.lists(st.booleans(), min_size=len(TEXT), max_size=len(TEXT)))
def test_a_mixture_is_one_mark_and_its_plain_form_is_nfc(choices: list[bool]) -> None:
    forms = zip(TEXT, choices, strict=True)
    text = "".join(unicodedata.normalize("NFD", char) if choice else char for char, choice in forms)
    mixed = text not in (TEXT, unicodedata.normalize("NFD", TEXT))
    assert len(marks("normal-form", text)) == mixed
    assert stripped("normal-form", text) == (TEXT if mixed else text)


def test_scripts_are_told_apart() -> None:
    assert states("normal-form", "й и\u0306 cafe\u0301") == ["1 decomposed: U+0306"]
    assert stripped("normal-form", "й и\u0306 cafe\u0301") == "й й cafe\u0301"
    assert states("normal-form", "\u0438\u0306 caf\u00e9") == []


def test_bits_in_the_choice_of_forms_are_decoded() -> None:
    bits = "".join(f"{byte:08b}" for byte in b"tell")
    (mark,) = marks("normal-form", " ".join("e\u0301" if bit == "1" else "\u00e9" for bit in bits))
    assert (mark.hidden, mark.certainty) == ("tell", Certainty.LIKELY)


@pytest.mark.parametrize("text", ["x\u0304 é", "क\u093c é", "각 가", "é \u0301", "\u0301é"])
def test_marks_that_nothing_joins_are_ordinary(text: str) -> None:
    assert states("normal-form", text) == []


def test_hangul_in_parts_beside_hangul() -> None:
    text = "각 " + unicodedata.normalize("NFD", "한국")
    assert stripped("normal-form", text) == "각 한국"


def test_an_escaped_letter_stays_escaped() -> None:
    assert len(marks("normal-form", "e\u0301 \u00e9")) == 1
