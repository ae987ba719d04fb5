"""Writing and stripping: every state in every spelling, nothing else changed, twice the same as once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.marks.date_line import PLAIN, nested, reminder, request, spelled, user
from wiretell import marks
from wiretell.marks.date_line import STATES, date_line
from wiretell.model.marks import Edited, State

NOW = "The date has changed. Today's date is now 2026-11-22. DO NOT mention this."

PIECES = st.sampled_from(
    [
        "2026/11/21",
        "on 2026-11-21 ",
        "it\u2019s",
        "it's",
        "Today\u02bc",
        "Today's",
        "\u02b9",
        "\u2018quoted\u2019",
        "\\u2019",
        "\\\\u02bc",
        "\\/",
        '"role": "user"',
        '{"messages": [',
        "\n",
        "\ud83d",
        "\U0001f600",
        NOW,
        "Today\u2019s date is now 2026/11/22",
    ]
)
NOTES = st.lists(PIECES | st.text(max_size=6), max_size=6).map("".join)
"""What a user may write around the date line, the date line itself left out."""


def strip(data: bytes, **options: Any) -> Edited[bytes]:
    return marks.strip(data, schemes=["date-line"], **options)


def states(data: bytes) -> list[str]:
    return [mark.state for mark in marks.read(data, schemes=["date-line"]).marks]


def sentence(state: State) -> str:
    return date_line(state, 2026, 11, 21)


def body(notes: str, line: str, depth: int, escaped: bool) -> bytes:
    value = request(notes, reminder(line, notes), notes, later=(user(notes),), system=notes)
    return nested(value, depth, escaped=escaped)


# ---------------------------------------------------------------- round trips


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
@pytest.mark.parametrize("depth", [0, 1, 2])
@pytest.mark.parametrize("escaped", [False, True], ids=["raw", "escaped"])
def test_every_state_is_written_read_and_stripped(state: State, depth: int, escaped: bool) -> None:
    plain = body("it's", PLAIN, depth, escaped)
    written = marks.write(plain, state.name, escaped=escaped)
    assert written.data == body("it's", sentence(state), depth, escaped)
    assert states(written.data) == ([state.name] if state.number else [])
    stripped = strip(written.data)
    assert stripped.data == plain
    assert stripped.left == ()
    again = strip(stripped.data)
    assert (again.data, again.edits) == (plain, ())


@settings(max_examples=150)
@given(NOTES, st.sampled_from(STATES), st.sampled_from(STATES), st.integers(0, 2), st.booleans())
@example("2026/11/21", STATES[7], STATES[0], 1, True)
@example("\ud83d", STATES[1], STATES[2], 0, True)
def test_nothing_else_is_changed(notes: str, first: State, second: State, depth: int, escaped: bool) -> None:
    marked = body(notes, sentence(first), depth, escaped)
    written = marks.write(marked, second.name, escaped=escaped).data
    assert written == body(notes, sentence(second), depth, escaped)
    assert strip(written).data == strip(marked).data == body(notes, PLAIN, depth, escaped)
    assert [state for state in states(written) if state != "none"] == ([second.name] if second.number else [])


@given(st.binary(max_size=80), st.sampled_from(STATES), st.binary(max_size=80), st.booleans())
def test_anywhere_in_any_bytes(before: bytes, state: State, after: bytes, escaped: bool) -> None:
    before, after = before.replace(b"s date is ", b""), after.replace(b"s date is ", b"")
    plain = before + b" " + PLAIN.encode() + b" " + after
    written = marks.write(plain, state.name, anywhere=True, escaped=escaped, form="text").data
    assert written == before + b" " + sentence(state).encode() + b" " + after
    assert strip(written, anywhere=True, form="text").data == plain
    alone = strip(written, form="text")
    assert alone.data == written
    assert [mark.state for mark in alone.left] == ([state.name] if state.number else [])


@pytest.mark.parametrize("first", STATES, ids=lambda state: state.name)
def test_a_state_is_written_over_another(first: State) -> None:
    data = spelled(request(reminder(sentence(first))))
    for second in STATES:
        assert marks.write(data, second.name).data == spelled(request(reminder(sentence(second))))
    assert marks.write(data, first.name).edits == ()


@given(NOTES, st.sampled_from(STATES))
def test_of_str_the_same_as_of_bytes(notes: str, state: State) -> None:
    text = body(notes, PLAIN, 0, False).decode("utf-8", "surrogatepass")
    written = marks.write(text, state.name)
    assert written.data == body(notes, sentence(state), 0, False).decode("utf-8", "surrogatepass")
    assert marks.strip(written.data).data == text
    for edit in written.edits:
        assert text[edit.offset : edit.offset + len(edit.before)] == edit.before


# ---------------------------------------------------------------- what an edit says


def test_one_edit_for_each_character_in_its_own_spelling() -> None:
    data = spelled(request(reminder("Today@s date is 2026!11/21.")))
    data = data.replace(b"Today@s", rb"Today\u02BCs").replace(b"2026!11", rb"2026\/11")
    done = strip(data)
    assert [(edit.rule, edit.before, edit.after) for edit in done.edits] == [
        ("apostrophe", r"\u02BC", "'"),
        ("separator", r"\/", "-"),
        ("separator", "/", "-"),
    ]
    for edit in done.edits:
        assert data[edit.offset : edit.offset + len(edit.before)] == edit.before.encode()
        assert (edit.scheme, edit.path, edit.within, edit.line) == ("date-line", "/messages/0/content/1/text", (), 1)
    assert done.data == spelled(request(reminder()))


def test_only_what_differs_is_edited() -> None:
    data = spelled(request(reminder("Today's date is 2026/11/21."))).replace(b"Today's", rb"Today\u0027s")
    assert [edit.rule for edit in strip(data).edits] == ["separator", "separator"]
    assert rb"Today\u0027s date is 2026-11-21." in strip(data).data


def test_an_escape_has_the_backslashes_that_its_depth_needs() -> None:
    for depth, expected in enumerate([rb"y\u02bcs", rb"y\\u02bcs", rb"y\\\\u02bcs"]):
        written = marks.write(nested(request(reminder()), depth), "labKw", escaped=True).data
        assert expected in written
        assert json.loads(written)


def test_a_gateways_spelling_of_a_slash_at_depth() -> None:
    inner = json.dumps(request(reminder("Today's date is 2026/11/21."))).replace("/", r"\/")
    data = spelled({"body": inner})
    assert rb"2026\\/11\\/21" in data
    done = strip(data)
    assert [edit.before for edit in done.edits] == [r"\\/", r"\\/"]
    assert json.loads(json.loads(done.data)["body"]) == request(reminder())


def test_gos_spelling_of_a_request_with_tools_before_it_is_stripped() -> None:
    tools = user("<available-deferred-tools>\nCronCreate\n</available-deferred-tools>")

    def sent(line: str) -> bytes:
        value = {"model": "m", "messages": [tools, *request(reminder(line))["messages"]]}
        return spelled(value).replace(b"<", rb"\u003c").replace(b">", rb"\u003e")

    assert strip(sent("Today\u2019s date is 2026/11/21.")).data == sent(PLAIN)


def test_of_two_lists_of_messages_the_last_is_edited() -> None:
    data = spelled(request(reminder("Today\u02bcs date is 2026-11-21.")))
    dead = data[:-1] + b',"messages":[{"role":"user","content":"hi"}]}'
    done = strip(dead)
    assert (done.data, [mark.certainty for mark in done.left]) == (dead, ["likely"])


def test_writing_says_where_the_place_cannot_be_told() -> None:
    data = spelled(request(reminder()))[:-1]
    done = marks.write(data, "known")
    assert (done.data, [remark.what for remark in done.not_examined]) == (
        data,
        ["whether a date line stands in the user's first message"],
    )


def test_nan_does_not_keep_a_mark() -> None:
    data = spelled(request(reminder("Today\u02bcs date is 2026/11/21."))).replace(b"32000", b"NaN")
    assert strip(data).data == spelled(request(reminder())).replace(b"32000", b"NaN")
    assert strip(data).not_examined == ()


# ---------------------------------------------------------------- what is left alone


@pytest.mark.parametrize(
    "value",
    [
        request(reminder(notes="Released 2026/11/21, it\u2019s done.")),
        request(reminder(), "When was 2026/11/21?"),
        request(reminder(), later=(user(f"<system-reminder>\n{NOW}\n</system-reminder>"),)),
        request(reminder("Today\u2018s date is 2026/11/21.")),
        request(reminder("Today\u2032s date is 2026-11-21.")),
        request(reminder("Today\u02bcs date is 2026/11-21.")),
        request(reminder("Today\u02bcs date is now 2026/11/21.")),
    ],
)
@pytest.mark.parametrize("anywhere", [False, True])
def test_what_is_no_mark_of_the_scheme_stays(value: Any, anywhere: bool) -> None:
    done = strip(spelled(value), anywhere=anywhere)
    assert (done.data, done.edits, done.left) == (spelled(value), (), ())


@pytest.mark.parametrize(
    "value",
    [
        request(system=reminder("Today\u02bcs date is 2026/11/21.")),
        request("Is \u201cToday\u02bcs date is 2026/11/21\u201d a mark?"),
        request(later=(user(reminder("Today\u02bcs date is 2026/11/21.")),)),
        request(json.dumps(request(reminder("Today\u02bcs date is 2026/11/21.")))),
    ],
)
def test_marks_out_of_their_place_are_told_and_left_unless_anywhere(value: Any) -> None:
    data = spelled(value)
    done = strip(data)
    assert (done.data, done.edits) == (data, ())
    assert [mark.state for mark in done.left] == ["labKw+cnTZ"]
    everywhere = strip(data, anywhere=True)
    assert len(everywhere.edits) == 3
    assert everywhere.left == ()
    assert states(everywhere.data) == []


def test_writing_touches_no_other_place_unless_anywhere() -> None:
    value = request(reminder(), PLAIN, system=PLAIN)
    assert len(marks.write(spelled(value), "labKw").edits) == 1
    assert len(marks.write(spelled(value), "labKw", anywhere=True).edits) == 3


def test_a_session_over_midnight_holds_both_sentences() -> None:
    later = (
        {"role": "assistant", "content": [{"type": "text", "text": "Hello"}]},
        user(f"<system-reminder>\n{NOW}\n</system-reminder>", "and now?"),
    )
    data = spelled(request(reminder("Today\u2019s date is 2026/11/21."), later=later))
    assert states(data) == ["known+cnTZ"]
    done = strip(data)
    assert done.data == spelled(request(reminder(), later=later))
    assert NOW.encode() in done.data


@pytest.mark.parametrize("bad", [b"\xff\xfe", b"\xed\xa0\x80", rb"\ud83d", b"\xe2\x80", b"\x00"])
def test_bytes_that_are_no_text_stay_as_they_are(bad: bytes) -> None:
    def around(line: str) -> bytes:
        return spelled(request("@", reminder(line, notes="@"), "@", system="@")).replace(b"@", bad)

    written = marks.write(around(PLAIN), "known+labKw+cnTZ").data
    assert written == around("Today\u02b9s date is 2026/11/21.")
    assert strip(written).data == around(PLAIN)
