"""Candidates leave nothing out: detectors find with them what they find where every byte is one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.marks.detecting import BY_NAME, TEXTS, in_json, reference, spellings
from wiretell.marks.body import Body, Form
from wiretell.marks.candidates import HALF, TRAILING, Candidates, candidates
from wiretell.marks.detectors.text import ESCAPES


def agree(data: bytes, form: Form) -> None:
    quick, slow = Body(data, form), reference(data, form)
    for name, detector in BY_NAME.items():
        reading = detector.read(quick)
        others = tuple(remark for remark in reading.not_examined if remark != ESCAPES)  # which candidates alone tell
        assert replace(reading, not_examined=others) == detector.read(slow), (name, data)


@settings(max_examples=50, deadline=None)  # five spellings of each, a tenth of a second
@given(TEXTS)
@example("n\u0430me \\n\u0430me")
@example("\u26a0 \ufe0f 1\ufe0f\u20e3 1\ufe0f")
@example("a\u00a0\u00a0b \u00a0c 1\u00a0")
@example("a\u2003\u200910 \u3000\u3000")
@example("x\u00e9\u0430\u00e9x don\u02bct")
@example("\U0001f469\u200d\U0001f4bb\u200d \u0915\u094d\u200d\u0937")
@example("\ufeff\ufeff")
@example("⚠\u00a0\ufe0f don\u2003\u2018t")
@example("\U0001d41bold")
@example("к\x6fт и кот")
@example("\u203dd\u0442\x6f\u0442")
@example("5\u20106 a\u2010b 1\u20442 a\u037e")
def test_nothing_is_left_out_in_any_spelling(text: str) -> None:
    for data, form in spellings(text):
        agree(data, form)


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS, max_size=4), st.booleans())
def test_nothing_is_left_out_where_texts_are_spelled_in_both_ways(texts: list[str], escaped: bool) -> None:
    both = (
        b"["
        + b",".join(
            json.dumps(text, ensure_ascii=bool(n % 2) ^ escaped).encode("utf-8", "surrogatepass")
            for n, text in enumerate(texts)
        )
        + b"]"
    )
    agree(both, "json")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80), st.sampled_from(["json", "text", "auto"]))
@example(b'["\\ud800\\ude", "\\u200', "json")
@example(b"\xe2 \x80\x8b\xe2\xe2\x80\x8b\xed\xa0\x80", "text")
def test_arbitrary_bytes_raise_nothing(data: bytes, form: Form) -> None:
    agree(data, form)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                b'"',
                b"\\",
                b"u",
                b"\\u200b",
                b"\\u005cu200b",
                b"\\\\u200B",
                b"\\ud83d",
                b"\\udc69",
                b"\\udb40\\udc41",
                b"\xed\xa0\xbd",
                b"{",
                b"}",
                b"[",
                b"]",
                b":",
                b",",
                b"n",
                b" ",
                b"\\ufe0f",
                b"\\u26a0",
                b"a",
                b"\\u0430",
                b"\xd0\xb0",
                b"\\n",
                b"\\t",
                b"\xe2\x80",
                b"\xc2\xa0",
                b"1",
                b"c",
                b"\xd1\x82",
                b"\xca\xbc",
                b"\xe2\x80\x90",
                b"\\u0442",
                b"\\u2011",
            ]
        ),
        max_size=40,
    ).map(b"".join)
)
@example(b"\\\xc2\xa0\\u200b")
@example(b"na\\\xd0\xb0")
@example(b"\xd0\xb0\\c")
@example(b"a\\\xca\xbcx")
@example(b"a\xca\xbc\\ax")
@example(b'"u\xc2\xa0\\u0442')
@example(b'"\\u26a0\\ufe0f \xe2\x9a\xa0\\ufe0f')
@example(b'"1\\u00a0')
@example(b"u\xc2\xa0\xca\xbc\\udc69\xc2\xa0x")
@example(b"\\u203d\xd0\xbac\xd1\x82")
@example(b"\\u203dc\xd1\x82")
@example(b'\xed\xa0\xbd\xc2\xa0\xed\xa0\xbd"\\u005cu200b')
def test_broken_json_raises_nothing(data: bytes) -> None:
    agree(b'{"a":"' + data, "json")
    agree(b'["' + data + b'"]', "json")


def test_a_request_of_ordinary_text_has_none_and_tells_what_it_saw() -> None:
    text = "Plain — “quotes”, don’t, ⚠\ufe0f, \U0001f469\u200d\U0001f4bb, 1\ufe0f\u20e3, 中文，と 10\u00a0km"
    for data in in_json(text)[:2]:
        found = candidates(data)
        assert dict(found.offsets) == {}
        assert found.ordinary == {
            "selectors": {"selector after an emoji": 1, "selector in a keycap": 1},
            "invisible": {"joiner in an emoji": 1},
            "spaces": {"space beside a number": 1},
        }


@pytest.mark.parametrize("line", [r"10\u00a0km", r"\u26a0\ufe0f"])
def test_an_escape_in_a_plain_text_is_not_counted_as_what_it_says(line: str) -> None:
    for name in ("spaces", "selectors"):
        assert dict(BY_NAME[name].read(Body(line.encode(), "text")).ordinary) == {}
    agree(line.encode(), "text")


def test_ascii_has_none() -> None:
    assert candidates(b'{"a": "b \\n c", "d": "\\u001b[0m"}') == Candidates({}, {}, {})


def test_words_of_one_script_are_no_candidates() -> None:
    data = json.dumps({"a": "Обычный текст\nна русском, α и β, ＡＢＣ"}, ensure_ascii=False).encode()
    assert dict(candidates(data).offsets) == {}


@pytest.mark.parametrize("data", [b'["\xe2\x80\x8b"]', b'["\\u200b"]', b'["\\\\u200B"]'])
def test_an_offset_is_where_the_character_begins(data: bytes) -> None:
    (offset,) = candidates(data).offsets["invisible"]
    assert offset in (2, 3)


def test_few_blanks_at_line_ends_are_no_candidates_and_many_are() -> None:
    assert TRAILING not in candidates(b"a \n" * 7).offsets
    for line in (
        b"a \n",
        b"a\t\n",
        b"a \r\n",
        b"a \\n",
        b"a\\t\\n",
        b"a \\\\n",
        b"a\\\\t\\\\n",
        b"a \\r\\n",
        b"a \\u000a",
    ):
        assert len(candidates(line * 8).offsets[TRAILING]) >= 8, line


def test_half_surrogates_are_seen_and_pairs_are_none() -> None:
    assert candidates(b'["\\ud83d\\ude00 \\ud83d \\ude00"]').offsets[HALF] == (15, 22)
    assert candidates(b"\xed\xa0\x80").offsets[HALF] == (0,)
    assert HALF not in candidates(b'["\\uD83D\\uDE00", "\xed\x9f\xbf"]').offsets
