"""`wiretell.marks` as its users see it: four verbs on `bytes` and `str`."""

from __future__ import annotations

import datetime as dt
import doctest
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretell import marks
from wiretell.errors import UsageError
from wiretell.marks.edits import spelled

STATES = [state.name for state in marks.scheme("date-line").states]
ANY = st.text(st.characters(codec=None), max_size=30)
"""Half surrogates included."""


def test_the_examples_of_its_docstring() -> None:
    failed, tried = doctest.testmod(marks)
    assert (failed, tried >= 4) == (0, True)


@given(ANY, ANY, st.sampled_from(STATES))
def test_characters_and_bytes_tell_the_same(before: str, after: str, state: str) -> None:
    text = f"{before}\u00e9\U0001f600 Today's date is 2026-11-21.{after}"
    written = marks.write(text, state, anywhere=True)
    spelled_text = written.data.encode("utf-8", "surrogatepass")
    in_bytes = marks.read(spelled_text, form="text")
    in_characters = marks.read(written.data, form="text")
    assert [mark.state for mark in in_bytes.marks] == [mark.state for mark in in_characters.marks]
    for one, other in zip(in_bytes.marks, in_characters.marks, strict=True):
        head = written.data[: other.offset].encode("utf-8", "surrogatepass")
        body = written.data[other.offset : other.offset + other.length].encode("utf-8", "surrogatepass")
        assert (len(head), len(body)) == (one.offset, one.length)


@given(ANY, ANY, st.sampled_from(STATES))
def test_every_edit_says_what_stood_there(before: str, after: str, state: str) -> None:
    text = f"{before} Today's date is 2026-11-21. {after}"
    written = marks.write(text, state, anywhere=True, form="text")
    data = text
    for edit in reversed(written.edits):
        assert data[edit.offset :].startswith(edit.before)
        data = data[: edit.offset] + edit.after + data[edit.offset + len(edit.before) :]
    assert data == written.data


@given(st.binary(max_size=60), st.binary(max_size=60), st.sampled_from(STATES))
def test_bytes_of_any_kind_around_a_line_stay_as_they_are(before: bytes, after: bytes, state: str) -> None:
    body = before + b"\nToday's date is 2026-11-21.\n" + after
    written = marks.write(body, state, anywhere=True, form="text")
    assert (
        marks.strip(written.data, anywhere=True, form="text").data == marks.strip(body, anywhere=True, form="text").data
    )
    for edit in written.edits:
        assert body[edit.offset :].startswith(spelled(edit.before))


@given(
    st.lists(
        st.sampled_from(
            [
                "a",
                " ",
                "\u200b",
                "\u202e",
                "\u0430",
                "\u2019",
                "\ufe0f",
                "e\u0301",
                "\u00e9",
                "\U000e0041",
                "Today\u02bcs date is 2026/11/21",
                "\u00a0",
                "x \n",
                "y\t\n",
                "\U0001f600",
                "\u02bc",
            ]
        ),
        max_size=12,
    ).map("".join),
    st.booleans(),
)
def test_stripping_everything_everywhere_is_done_once(text: str, in_json: bool) -> None:
    given_text = json.dumps({"messages": [{"role": "user", "content": text}]}) if in_json else text
    once = marks.strip(given_text, schemes=marks.schemes(), anywhere=True)
    again = marks.strip(once.data, schemes=marks.schemes(), anywhere=True)
    assert (again.data, again.edits) == (once.data, ())
    if in_json:
        json.loads(once.data)


@pytest.mark.parametrize("call", [lambda: marks.read("", schemes=["dateline"]), lambda: marks.scheme("invisible")])
def test_unknown_schemes_and_detectors_that_cannot_write_are_refused(call: object) -> None:
    with pytest.raises(UsageError, match=r"date-line"):
        call()  # type: ignore[operator]


@pytest.mark.parametrize(
    ("given_name", "state"), [("cnTZ+known", "known+cnTZ"), ("7", "known+labKw+cnTZ"), ("0", "none")]
)
def test_states_by_number_and_in_any_order(given_name: str, state: str) -> None:
    text = "Today's date is 2026-11-21."
    assert marks.write(text, given_name, anywhere=True) == marks.write(text, state, anywhere=True)


def test_an_unknown_state_is_refused() -> None:
    with pytest.raises(UsageError, match="no state 'both'; there are none, known,"):
        marks.write("", "both")


# ---------------------------------------------------------------- explaining, and what is exported


def test_settings_are_explained_as_the_command_explains_them() -> None:
    found = marks.explain("https://api.moonshot.ai", "PRC", date=dt.date(2026, 6, 1))
    assert isinstance(found, marks.Explained)
    assert found.state == found.classification.state and found.state.name == "known+labKw+cnTZ"
    assert found.classification.settings == marks.Settings("https://api.moonshot.ai", "Asia/Shanghai")
    assert found.sentence == "Today\u02b9s date is 2026/06/01."
    assert bytes.fromhex(found.spellings["utf-8"]).decode() == json.loads(found.spellings["json"]) == found.sentence
    assert found.versions == tuple(marks.scheme("date-line").versions) and found.notes
    assert found.origin == {"base_url": "given", "timezone": "given as PRC, which Node tells as Asia/Shanghai"}


@pytest.mark.parametrize("zone", ["PRC", ":PRC", "Asia/Harbin", "Asia/Shanghai", ":Asia/Urumqi"])
@pytest.mark.parametrize("runtime", ["node", "bun"])
def test_a_zone_is_told_as_the_runtime_tells_it(zone: str, runtime: str) -> None:
    assert marks.explain("http://localhost", zone, runtime=runtime).state.name == "cnTZ"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (("http://localhost", "Asia/Shangai"), "did you mean Asia/Shanghai"),
        (("http://localhost", "asia/shanghai"), "did you mean Asia/Shanghai"),
        (("http://localhost", "CST-8"), "time zone database has no"),
        (("http://localhost", "\x1b[2J"), "time zone database has no"),
        (("no url", "UTC"), "no URL by the WHATWG"),
    ],
)
def test_settings_that_are_none_are_refused(settings: tuple[str, str], says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        marks.explain(*settings)
    assert str(caught.value).isprintable()
    with pytest.raises(UsageError, match="node"):
        marks.explain("http://localhost", "UTC", runtime="deno")


def test_nothing_given_is_said_so() -> None:
    for nothing in (None, ""):
        found = marks.explain(nothing, nothing)
        assert (found.state.name, found.classification.gate_open) == ("none", False)
        assert found.classification.settings == marks.Settings(None, None)
        assert found.origin == {"base_url": "not given", "timezone": "not given"}


def test_every_exported_name_is_there_and_explained() -> None:
    assert len(set(marks.__all__)) == len(marks.__all__)
    for name in {*marks.__all__} - {"Form"}:  # a union of words
        assert getattr(marks, name).__doc__, name
    results = (marks.read(""), marks.strip(""), marks.write("", "none"), marks.explain())
    assert {type(result).__name__ for result in results} <= set(marks.__all__)
