"""What a mark says: state, place, certainty, and how it could be innocent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.marks.date_line import AFTER, nested, reminder, request, spelled, user
from wiretell import marks
from wiretell.marks.date_line import SCHEME, STATES, date_line
from wiretell.marks.date_line.versions import writes
from wiretell.model.marks import Certainty, Mark, Reading

CERTAIN, LIKELY, POSSIBLE = Certainty.CERTAIN, Certainty.LIKELY, Certainty.POSSIBLE

KNOWN = "Today\u2019s date is 2026-11-21."
LAB = "Today\u02bcs date is 2026-11-21."
BOTH = "Today\u02b9s date is 2026-11-21."
ZONE = "Today's date is 2026/11/21."


def read(value: Any, version: str = "") -> Reading:
    data = value if isinstance(value, bytes) else spelled(value)
    return marks.read(data, schemes=["date-line"], version=version)


def one(value: Any, version: str = "") -> Mark:
    [mark] = read(value, version).marks
    return mark


@pytest.mark.parametrize("state", STATES[1:], ids=lambda state: state.name)
@pytest.mark.parametrize("depth", [0, 1])
def test_a_mark_says_what_it_is_and_where(state: Any, depth: int) -> None:
    line = date_line(state, 2026, 11, 21)
    data = nested(request(reminder(line)), depth, escaped=True)
    mark = one(data)
    assert (mark.scheme, mark.state, mark.meaning) == ("date-line", state.name, state.meaning)
    assert mark.excerpt == line
    assert (mark.path, mark.within) == ("/messages/0/content/1/text", ("/request/body",) * depth)
    points = {f"U+{ord(line[5]):04X}"} - {"U+0027"} | ({"U+002F"} if "/" in line else set())
    assert set(mark.codepoints) == points
    symbols = data[mark.offset : mark.offset + mark.length]
    assert symbols.startswith(b"\\" if state.number & 3 else b"/")
    assert symbols.endswith(b"/" if state.number & 4 else f"u{ord(line[5]):04x}".encode())


def test_place_without_a_mark_is_counted() -> None:
    assert read(request(reminder())) == Reading(unmarked={"date-line": 1})
    assert read(request("Today's date is 2026-11-21.")).unmarked == {}
    assert read(request(reminder(LAB))).unmarked == {}
    assert read({"messages": []}) == Reading()


def test_foreign_characters_are_named_and_are_no_mark() -> None:
    for line in ("Today\u2018s date is 2026-11-21.", "Today\u2018s date is 2026/11/21."):
        found = read(request(reminder(line)))
        assert (found.marks, found.unmarked) == ((), {})
        assert found.ordinary == {"date line with U+2018, which the scheme never writes": 1}
    assert list(read(request(reminder("Today\u02bcs date is 2026/11-21."))).ordinary) == [
        "date line with two separators that differ, which the scheme never writes"
    ]


def test_lines_and_excerpts_of_plain_text() -> None:
    mark = one("one\ntwo: Today\u02bcs date is 2026/11/21, they said.\n".encode())
    assert (mark.line, mark.path, mark.offset, mark.length) == (2, None, 14, 20)
    assert mark.excerpt == "two: Today\u02bcs date is 2026/11/21, they said."
    long = one(("\u00e9" * 500 + LAB + "\u00e9" * 500).encode())
    assert len(long.excerpt) == 80
    assert LAB in long.excerpt


# ---------------------------------------------------------------- certainty

TYPOGRAPHER = reminder(KNOWN).replace("user's", "user\u2019s")
BARE = f"<system-reminder>\n# currentDate\n{KNOWN}\n</system-reminder>"


@pytest.mark.parametrize(
    ("value", "version", "expected"),
    [
        (request(reminder(LAB)), "", CERTAIN),
        (request(reminder(BOTH)), "2.1.91", CERTAIN),
        (request(reminder(KNOWN)), "2.1.197", CERTAIN),
        (request(reminder(KNOWN, notes="it\u2019s mine")), "", CERTAIN),  # "the user's" stayed plain
        (request(TYPOGRAPHER), "", LIKELY),
        (request(BARE), "", LIKELY),
        (request(reminder(ZONE)), "", LIKELY),
        (request(reminder(LAB)), "2.1.198", LIKELY),
        (request(reminder(KNOWN)), "2.1.90", LIKELY),
        (request(reminder(ZONE)), "3.0.0", POSSIBLE),
        (request(TYPOGRAPHER), "2.1.198", POSSIBLE),
        (request(LAB), "", LIKELY),
        (request(system=BOTH), "", LIKELY),
        (request(LAB), "2.1.198", POSSIBLE),
        (request(KNOWN), "2.1.100", POSSIBLE),
        (request(ZONE), "", POSSIBLE),
        (request(ZONE), "2.1.198", POSSIBLE),
        (request(later=(user(reminder(LAB)),)), "", LIKELY),
        (reminder(LAB).encode(), "", LIKELY),
        (spelled(request(reminder(LAB)))[:-1], "", LIKELY),
    ],
)
def test_certainty(value: Any, version: str, expected: Certainty) -> None:
    assert one(value, version).certainty is expected


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2.1.90", False),
        ("2.1.91", True),
        ("2.1.91.9f2", True),
        ("v2.1.150", True),
        ("2.1.197", True),
        ("2.1.198", False),
        ("2.1.1000", False),
        ("2.10.0", False),
        ("1.9.150", False),
        ("", None),
        ("unknown", None),
        ("2.1", None),
        ("2.1." + "9" * 400, None),
    ],
)
def test_versions(version: str, expected: bool | None) -> None:
    assert writes(version) is expected


def said(value: Any, version: str = "") -> str:
    mark = one(value, version)
    assert mark.innocent
    assert all(sentence.endswith(".") for sentence in mark.innocent)
    return " ".join(mark.innocent)


def test_ways_to_be_innocent() -> None:
    assert "version 2.1.198; those that write this mark are 2.1.91 to 2.1.197" in said(
        request(reminder(LAB)), "2.1.198"
    )
    assert "those that write" not in said(request(reminder(LAB)), "2.1.91")
    assert "typographic" in said(request(TYPOGRAPHER))
    assert "would have left another apostrophe of this text plain" in said(request(reminder(KNOWN)))
    assert "localhost included" in said(request(reminder(ZONE)))
    assert "localhost" not in said(request(reminder(date_line(STATES[6], 2026, 11, 21))))
    assert ".cn matches" in said(request(reminder(KNOWN)))
    assert "by chance" in said(request(reminder(LAB)))
    assert "quoting the case" in said(request(LAB))
    assert "quoting the case" not in said(request(reminder(LAB)))
    assert "orthographies" in said(request(LAB))


def test_a_document_that_is_not_whole_is_told() -> None:
    found = read(spelled(request(reminder(LAB)))[:-1])
    assert [remark.what for remark in found.not_examined] == ["whether a date line stands in the user's first message"]
    assert read(request(reminder(LAB))).not_examined == ()


@pytest.mark.parametrize(
    "data",
    [
        spelled(request(reminder(LAB)))[:-1],
        spelled(request(reminder(LAB)))[:-1] + b",}",
        spelled(request(reminder(LAB))) + b"\n" + spelled(request(reminder(LAB))),
        spelled(request(reminder("Today\u2018s date is 2026-11-21."))),
        spelled({"k" * 5000: request(reminder(LAB))}),
        ('{"k":' * 300 + json.dumps(LAB) + "}" * 300).encode(),
        nested(request(reminder(LAB)), 10),
    ],
    ids=["cut", "comma", "lines", "foreign", "long name", "deep", "many layers"],
)
def test_stripping_says_what_reading_says_of_what_was_not_examined(data: bytes) -> None:
    done = marks.strip(data)
    assert done.not_examined == read(data).not_examined != ()
    assert done.data == data


def test_half_a_surrogate_is_told_by_stripping_as_by_reading() -> None:
    data = rb'{"a": "\ud83d"}'
    said = marks.strip(data, schemes=marks.schemes()).not_examined
    assert said == marks.read(data).not_examined != ()


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Today's date is 2026\u201011\u201021.", "U+2010"),
        ("Today\u2018s date is 2026/11/21.", "U+2018"),
        ("Today\u2018s date is 2026\u221511\u221521.", "U+2018 and U+2215"),
        ("Today\u02bcs date is 2026/11-21.", "two separators that differ"),
    ],
)
@pytest.mark.parametrize("escaped", [False, True])
def test_other_symbols_in_the_place_are_told(line: str, shown: str, escaped: bool) -> None:
    found = read(spelled(request(reminder(line)), escaped=escaped))
    assert found.marks == ()
    assert [remark.why for remark in found.not_examined] == [
        f"it is a date line with {shown}, which the scheme never writes"
    ]
    assert read(request(line)).not_examined == ()


# ---------------------------------------------------------------- letters as escapes


def letters_as_escapes(line: str, nths: set[int], depth: int) -> str:
    backslashes = "\\" * (1 << depth)
    return "".join(f"{backslashes}u{ord(char):04X}" if nth in nths else char for nth, char in enumerate(line))


@given(st.sets(st.integers(0, len(LAB) - 2), min_size=1), st.sampled_from(STATES[1:]), st.integers(0, 2))
@example({0}, STATES[1], 0)
@example({7}, STATES[2], 1)
@example({16}, STATES[4], 2)
def test_any_letter_may_stand_as_an_escape(nths: set[int], state: Any, depth: int) -> None:
    line = date_line(state, 2026, 11, 21)
    data = nested(request(reminder("@")), depth).replace(b"@", letters_as_escapes(line, nths, depth).encode())
    mark = one(data)
    assert (mark.state, mark.path, mark.excerpt) == (state.name, "/messages/0/content/1/text", line)
    done = marks.strip(data)
    assert nested(request(reminder()), depth) == unescaped_to(done.data, depth)
    assert marks.strip(done.data).edits == ()
    for edit in done.edits:
        assert data[edit.offset : edit.offset + len(edit.before.encode())] == edit.before.encode()


def unescaped_to(data: bytes, depth: int) -> bytes:
    """The same request, spelled as the tests spell it."""
    value = json.loads(data)
    for _ in range(depth):
        value = json.loads(value["request"]["body"])
    return nested(value, depth)


def test_a_backslash_may_stand_as_an_escape_in_json_in_a_string() -> None:
    inner = json.dumps(request(reminder("@"))).replace("@", r"Today\u2019s date is 2026-11-21.")
    data = spelled({"body": inner}).replace(rb"\\u2019", rb"\u005cu2019")
    assert one(data).state == "known"
    assert json.loads(json.loads(marks.strip(data).data)["body"]) == request(reminder())


def test_escaped_letters_in_plain_text_are_as_they_stand() -> None:
    assert read(rb"\u0054oday\u2019s date is 2026-11-21.").marks == ()


def test_many_lines_in_one_body_are_told_in_order() -> None:
    data = spelled(request(reminder(LAB), KNOWN + AFTER + ZONE, later=(user(BOTH),)))
    found = read(data).marks
    assert [mark.state for mark in found] == ["labKw", "known", "cnTZ", "known+labKw"]
    assert [mark.offset for mark in found] == sorted(mark.offset for mark in found)


def test_the_scheme_says_what_it_is() -> None:
    assert SCHEME.name == "date-line"
    assert [(each.first, each.last) for each in SCHEME.versions] == [("2.1.91", "2.1.197")]
    assert all(source.startswith("https://github.com/") for source in SCHEME.sources)
    assert "system" in SCHEME.place
