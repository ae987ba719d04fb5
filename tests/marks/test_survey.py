"""The two engines that look over a body see the same."""

from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.marks.detecting import TEXTS, in_json
from wiretell.marks import survey as chosen
from wiretell.marks.survey import by_primitives
from wiretell.marks.survey.interest import DATE_LINE, Seen, by_kind, letters, rare

by_hyperscan = pytest.importorskip("wiretell.marks.survey.by_hyperscan", reason="the extra `marks` is not installed")

PARTS = st.sampled_from(
    [
        *(
            b" ",
            b"\t",
            b"\\n",
            b"\\t",
            b"\\\\",
            b"\\r\\n",
            b"\n",
            b"\r\n",
            b"n",
            b"r",
            b"t",
            b"\\u200b",
            b"\\u12",
            b"a",
        ),
        *(
            b"\xe2\x80\x8b",
            b"\xe2\x80",
            b"\xed\xa0\xbd",
            b"\xef\xb8\x8f",
            b"\xf3\xa0\x81\xa1",
            b"\xd0\xb0",
            b"\xcc\x81",
        ),
        *(
            "\u4e2d\u6587\u3000\u2019\U0001f600".encode(),
            b"s date is ",
            b"s date is",
            b"\xff",
            b"\x00",
            b"\\ud83d\\ude00",
        ),
    ]
)


def agree(data: bytes) -> None:
    one, other = by_hyperscan.survey(data), by_primitives.survey(data)
    assert (one.escapes, one.date_lines, one.characters) == (other.escapes, other.date_lines, other.characters)
    assert len(one.blanks) == len(other.blanks)
    for char, places in one.places.items():
        assert list(places) == [at for at in range(len(data)) if data.startswith(char.encode(), at)]


@settings(max_examples=400, deadline=None)
@given(st.lists(PARTS, max_size=40).map(b"".join))
def test_bytes_of_all_kinds(data: bytes) -> None:
    agree(data)


@settings(deadline=None)
@given(TEXTS)
def test_texts_in_every_spelling(text: str) -> None:
    for data in (text.encode("utf-8", "surrogatepass"), *in_json(text)):
        agree(data)


def test_every_character_of_interest_by_itself() -> None:
    for char in sorted(rare() | letters()):
        seen: Seen = by_hyperscan.survey(b"a" + char.encode() + b"b")
        assert seen.characters == {char}, f"U+{ord(char):04X}"
        assert (char in seen.places) == (char in rare())


def test_nothing_else_is_of_interest() -> None:
    others = [chr(point) for point in range(0x80, sys.maxunicode + 1) if not 0xD800 <= point < 0xE000]
    wanted = frozenset().union(*by_kind().values())
    text = "".join(char for char in others if char not in wanted).encode()
    assert by_hyperscan.survey(text).characters == by_primitives.survey(text).characters == frozenset()


def test_the_quick_engine_is_taken_where_it_is_installed() -> None:
    assert chosen.HAS_HYPERSCAN
    data = json.dumps({"a": "Today\u02bcs date is 2026/11/21"}, ensure_ascii=False).encode()
    assert chosen.survey(data) == by_hyperscan.survey(data)
    assert chosen.survey(data).date_lines == (data.index(DATE_LINE),)
