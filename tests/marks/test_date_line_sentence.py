"""Finding the sentence in bytes, in every spelling, and nothing that only resembles it."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wiretell.marks.date_line import STATES, date_line
from wiretell.marks.date_line.sentence import Sentence, sentences
from wiretell.marks.survey.by_primitives import date_lines


def found_in(data: bytes) -> list[Sentence]:
    return list(sentences(data, date_lines(data)))


def one(data: bytes) -> Sentence:
    [found] = found_in(data)
    return found


def name(data: bytes) -> str | None:
    state = one(data).state
    return None if state is None else state.name


@pytest.mark.parametrize(
    ("spelled", "state"),
    [
        (rb"Today's date is 2026-11-21", "none"),
        (rb"Today\u0027s date is 2026\u002d11\u002D21", "none"),
        (rb"Today\'s date is 2026-11-21", "none"),
        ("Today\u2019s date is 2026-11-21".encode(), "known"),
        (rb"Today\u2019s date is 2026-11-21", "known"),
        (rb"Today\u02bcs date is 2026-11-21", "labKw"),
        (rb"Today\u02BCs date is 2026-11-21", "labKw"),
        (rb"Today\\u02Bcs date is 2026-11-21", "labKw"),
        (rb"Today\\\\u02b9s date is 2026-11-21", "known+labKw"),
        (rb"Today\\\\\\\\u02b9s date is 2026-11-21", "known+labKw"),
        (rb"Today's date is 2026/11/21", "cnTZ"),
        (rb"Today's date is 2026\/11\/21", "cnTZ"),
        (rb"Today's date is 2026\\\/11\\/21", "cnTZ"),
        (rb"Today\u2019s date is 2026\u002f11\u002F21", "known+cnTZ"),
        (rb"Today\u02b9s date is 2026/11\/21", "known+labKw+cnTZ"),
    ],
)
def test_spellings(spelled: bytes, state: str) -> None:
    found = one(b"x " + spelled + b". y")
    assert found.state is not None
    assert (found.state.name, found.start, found.end) == (state, 2, 2 + len(spelled))


@pytest.mark.parametrize("character", ["\u2018", "\u201b", "\u2032", "\uff07", "\u02bb", "\u00b4", "`", "\U0001f600"])
def test_other_apostrophes_are_seen_and_are_no_state(character: str) -> None:
    found = one(f"Today{character}s date is 2026/11/21".encode())
    assert found.apostrophe.character == character
    assert found.state is None


@pytest.mark.parametrize("character", ["\u2010", "\u2011", "\u2044", "\u2215", "\uff0f"])
def test_other_separators_are_seen_and_are_no_state(character: str) -> None:
    date = f"2026{character}11{character}21"
    for data in (f"Today\u02bcs date is {date}".encode(), json.dumps(f"Today\u02bcs date is {date}").encode()):
        assert [sign.character for sign in one(data).separators] == [character, character]
        assert one(data).state is None


@pytest.mark.parametrize("date", ["2026/11-21", "2026-11/21"])
def test_separators_that_differ_are_no_state(date: str) -> None:
    assert name(f"Today\u02bcs date is {date}".encode()) is None


@pytest.mark.parametrize(
    "text",
    [
        b"The date has changed. Today's date is now 2026-11-21.",
        "Today\u02bcs date is now 2026/11/21".encode(),
        b"Todays date is 2026/11/21",
        b"Today s date is 2026/11/21",
        b"Yesterday's date is 2026/11/21",
        b"today's date is 2026/11/21",
        b"Today's date is 26/11/21",
        b"Today's date is 2026/11/211",
        b"Today's date is 2026.11.21",
        b"Today's date was 2026/11/21",
        rb"Today\\\u2019s date is 2026-11-21",  # a backslash and U+2019
        rb"Today\u201s date is 2026-11-21",
        b"Today\xe2\x80s date is 2026-11-21",
        b"Today\xffs date is 2026-11-21",
        b"s date is 2026-11-21",
        b"",
    ],
)
def test_what_is_no_date_line(text: bytes) -> None:
    assert (found_in(text)) == []


@given(st.binary(max_size=200), st.binary(max_size=200), st.sampled_from(STATES), st.integers(0, 6), st.booleans())
@example(b"Today", b"", STATES[0], 0, False)
@example(b"Today's date is ", b"s date is ", STATES[7], 3, True)
@example(b"\xe2\x80", b"\x99", STATES[1], 0, False)
def test_found_between_any_bytes_at_any_depth(
    before: bytes, after: bytes, state: object, depth: int, escaped: bool
) -> None:
    assert state in STATES
    line = next(date_line(each, 2026, 11, 21) for each in STATES if each == state)
    for _ in range(depth):
        line = json.dumps(line, ensure_ascii=escaped)[1:-1]
    found = found_in(before + line.encode() + after)
    assert [each.state for each in found if each.start == len(before)] == [state]


@given(st.lists(st.sampled_from([b"Today", b"'", b"\\", b"u2019", b"s date is ", b"2026", b"-", b"/", b"11", b"\xe2"])))
def test_no_input_makes_it_fail_and_offsets_hold(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    at = 0
    for found in found_in(data):
        assert found.start >= at
        for sign in (found.apostrophe, *found.separators):
            assert data[sign.start : sign.end] == sign.spelled
        at = found.end
