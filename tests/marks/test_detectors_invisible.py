"""Zero width and other characters that show nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.marks.detecting import in_json, marks, read, states, strip, stripped
from wiretell.marks.detectors.spelling import of_bits, of_symbols
from wiretell.model.marks import Certainty

LETTERS = st.text("abcdefghijklmnopqrstuvwxyz ", min_size=4, max_size=20).filter(lambda text: len(set(text)) > 2)


def as_bits(text: str) -> str:
    return "".join(f"{byte:08b}" for byte in text.encode())


@settings(max_examples=25, deadline=None)
@given(LETTERS, st.permutations("\u200b\u200c\u200d\u2060\u2062"))
def test_a_run_that_spells_text_in_two_characters_is_decoded(text: str, symbols: list[str]) -> None:
    run = as_bits(text).translate(str.maketrans("01", symbols[0] + symbols[1]))
    (mark,) = marks("invisible", f"before{run}after")
    assert mark.hidden == text
    assert mark.certainty is Certainty.LIKELY


def test_characters_spread_over_a_text_are_decoded_together() -> None:
    bits = as_bits("hide me").translate(str.maketrans("01", "\u200b\u200c"))
    found = marks("invisible", " ".join(f"wo{symbol}rd" for symbol in bits))
    assert (len(found), found[0].hidden, found[1].hidden) == (56, "hide me", "")


def test_groups_between_separators_and_pairs_of_bits_are_decoded() -> None:
    groups = "\u2060".join(f"{ord(char):b}" for char in "hello")
    assert of_symbols(groups.translate(str.maketrans("01", "\u200b\u200c"))) == "hello"
    pairs = "".join("\u200b\u200c\u200d\ufeff"[byte >> shift & 3] for byte in b"hello" for shift in (6, 4, 2, 0))
    assert of_symbols(pairs) == "hello"


@pytest.mark.parametrize("bits", ["0" * 64, "01" * 40, "1", "", "00000111" * 6])
def test_bits_that_are_no_text_are_not_decoded(bits: str) -> None:
    assert of_bits(bits) == ""


def test_seven_bits_and_bits_the_other_way_round_are_decoded() -> None:
    assert of_bits("".join(f"{ord(char):07b}" for char in "seven bits")) == "seven bits"
    assert of_bits(as_bits("other").translate(str.maketrans("01", "10"))) == "other"


@pytest.mark.parametrize(
    ("text", "certainty"),
    [
        ("pass\u200cword", Certainty.LIKELY),
        ("pass\u200dword", Certainty.LIKELY),
        ("pass\u2062word", Certainty.LIKELY),
        ("pass\u200bword", Certainty.POSSIBLE),
        ("a word\u200b.", Certainty.POSSIBLE),
        ("a\u200b\u200cb", Certainty.LIKELY),
        ("a\u200b\u200bb", Certainty.POSSIBLE),
        ("a\ufeffb", Certainty.POSSIBLE),
        ("first\n\ufeffsecond", Certainty.POSSIBLE),
        ("    12→\ufeffimport os", Certainty.POSSIBLE),
        ("a\u034f\u0301", Certainty.POSSIBLE),
        ("\u034f", Certainty.POSSIBLE),
        ("- \u00ad -", Certainty.POSSIBLE),
        ("x \u3164 y", Certainty.POSSIBLE),
        ("x\ufff9y\ufffaz\ufffb", Certainty.LIKELY),
        ("x\U000e0080y", Certainty.LIKELY),
    ],
)
def test_marks(text: str, certainty: Certainty) -> None:
    found = marks("invisible", text)
    assert found[0].certainty is certainty
    assert all(mark.innocent for mark in found)
    plain = stripped("invisible", text)
    assert plain == "".join(
        char for char in text if (char.isprintable() and char not in "\u3164\u034f") or char.isspace()
    )


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("\U0001f469\u200d\U0001f4bb", "joiner in an emoji"),
        ("\U0001f3f3\ufe0f\u200d\U0001f308", "joiner in an emoji"),
        ("\U0001f469\U0001f3fd\u200d\U0001f680", "joiner in an emoji"),
        ("می\u200cخواهم", "joiner between letters that join"),
        ("क्\u200dष", "joiner between letters that join"),
        ("ภาษา\u200bไทย", "line-break opportunity in a script without spaces"),
        ("Donau\u00addampf", "soft hyphen inside a word"),
        ("a\u0301\u034f\u0323", "joiner of combining marks"),
        ("\u1100\u1160", "control among letters of its script"),
    ],
)
def test_ordinary_uses_are_counted_and_kept(text: str, use: str) -> None:
    assert states("invisible", text) == []
    assert dict(read("invisible", text).ordinary) == {use: 1}
    assert stripped("invisible", text) == text


@pytest.mark.parametrize("rest", ["import os", '{"a": 1}', ""])
def test_a_byte_order_mark_is_one_at_the_beginning_of_the_whole_alone(rest: str) -> None:
    for form in ("auto", "text"):
        reading = read("invisible", f"\ufeff{rest}", form)
        assert (reading.marks, dict(reading.ordinary)) == ((), {"byte order mark at the beginning": 1})
        assert strip("invisible", f"\ufeff{rest}".encode(), form)[0].decode() == f"\ufeff{rest}"
    for data in in_json(f"\ufeff{rest}"):
        assert [mark.state for mark in read("invisible", data, "json").marks] == ["U+FEFF"]


def test_half_a_surrogate_is_said_once_a_text_and_the_rest_is_read() -> None:
    data = b'["a\\ud83d b \\ude00 \\u200b", "\\ud83d\\ude00", "\\udb40"]'
    reading = read("invisible", data, "json")
    assert [remark.what for remark in reading.not_examined] == [
        "half a surrogate at byte 3 and 1 more in the same text",
        f"half a surrogate at byte {data.index(b'udb40') - 1}",
    ]
    assert [mark.state for mark in reading.marks] == ["U+200B"]


def test_raw_halves_and_broken_bytes_are_passed_over() -> None:
    reading = read("invisible", b"\xff\xfe \xed\xa0\xbd x \xe2\x80\x8b \xe2\x80")
    assert [remark.what for remark in reading.not_examined] == ["half a surrogate at byte 3"]
    assert [mark.offset for mark in reading.marks] == [9]
