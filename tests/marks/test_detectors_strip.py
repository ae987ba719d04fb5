"""What all detectors have in common: edits are apart, change nothing else, and leave nothing of what they edited."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.marks.detecting import BY_NAME, HIDDEN, TEXTS, read, spellings, strip
from wiretell.marks.body import Body
from wiretell.marks.registry import schemes

NAMES = sorted(BY_NAME)
NEVER_EDITED = "word Today's date is 2026-11-21 — don’t 中文 ⚠\ufe0f 10\u00a0km Привет"


def test_every_detector_is_there_by_its_name_and_says_what_it_finds() -> None:
    names = {"invisible", "tags", "selectors", "bidi", "lookalike", "spaces", "trailing", "normal-form"}
    assert set(BY_NAME) == names <= set(schemes())
    assert all(detector.title and detector.place.endswith(".") for detector in BY_NAME.values())


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, deadline=None)
@given(text=TEXTS)
@example(text="a\u200b\u00ad\u200db \u0633\u202e\u202cx n\u0430me e\u0301\u00e9 a\u2003b\ufe0f\ufe0f")
@example(text="word\u037e\u037e p\u0430\u2215\u0430p")
@example(text="a\u2003\u200910 \u00e0\u00a0\u2003b")
def test_after_a_strip_nothing_is_left_in_any_spelling(name: str, text: str) -> None:
    for data, form in spellings(text):
        plain, edits, left = strip(name, data, form)
        assert not left
        assert read(name, plain, form).marks == ()
        assert strip(name, plain, form)[0] == plain
        assert bool(edits) == bool(read(name, data, form).marks)
        assert edits or plain == data


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, deadline=None)
@given(text=TEXTS)
def test_json_stays_json_and_only_what_was_listed_is_changed(name: str, text: str) -> None:
    for data, form in spellings(text):
        plain, edits, _ = strip(name, data, form)
        if form == "json":
            json.loads(plain)
        ends = [edit.offset + len(edit.before.encode("utf-8", "surrogateescape")) for edit in edits]
        assert all(end <= edit.offset for end, edit in zip(ends, edits[1:], strict=False))
        assert not data.isascii() or plain.isascii()


@pytest.mark.parametrize("name", NAMES)
def test_without_anywhere_nothing_is_edited_and_every_mark_is_left(name: str) -> None:
    text = NEVER_EDITED + "".join(f" word{symbols}word" for symbols in HIDDEN) + "\u00e9 e\u0301 n\u0430me"
    if name == "trailing":
        text = "".join(f"line{' ' * int(bit)}\n" for bit in f"{int.from_bytes(b'secret text'):088b}")
    body = Body(text.encode(), "text")
    done = BY_NAME[name].strip(body, anywhere=False)
    assert not done.edits
    assert done.left
    assert tuple(done.left) == BY_NAME[name].read(body).marks
    assert all(mark.innocent and mark.meaning.endswith(".") and len(mark.excerpt) <= 80 for mark in done.left)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200))
def test_arbitrary_bytes_are_read_and_stripped_without_an_exception(name: str, data: bytes) -> None:
    for whole in (data, b'{"a":"' + data, b'["' + data.replace(b'"', b"") + b'"]'):
        plain, _, _ = strip(name, whole, "auto")
        assert read(name, plain, "auto").marks == ()


@pytest.mark.parametrize("anywhere", [False, True])
def test_stripping_says_what_it_did_not_examine_as_reading_does(anywhere: bool) -> None:
    body = Body(b'["a\\ud83d b\\u200b"]', "json")
    done = BY_NAME["invisible"].strip(body, anywhere=anywhere)
    assert [remark.what for remark in done.not_examined] == ["half a surrogate at byte 3"]
    assert tuple(done.not_examined) == BY_NAME["invisible"].read(body).not_examined
    assert (len(done.edits), len(done.left)) == ((1, 0) if anywhere else (0, 1))


@pytest.mark.parametrize("name", ["invisible", "lookalike"])
def test_escapes_in_a_plain_text_are_said_to_be_unread_and_nothing_else_is(name: str) -> None:
    line = rb'INFO body={"a":"x\u200by n\u0430me"}'
    for reading in (read(name, line, "text"), BY_NAME[name].strip(Body(line, "text"), anywhere=True)):
        assert [remark.what for remark in reading.not_examined] == [r"escapes (`\u200b`) in a text that is not JSON"]
    assert read(name, line, "text").marks == ()
    assert read("bidi", line, "text").not_examined == ()
    assert read(name, b"[" + line[10:] + b"]", "json").not_examined == ()
    assert len(read(name, b"[" + line[10:] + b"]", "json").marks) == 1


def test_a_mark_says_where_it_stands() -> None:
    data = b'{"a": "x",\n "b": [{"c": "line\\nab\\u200bcd"}]}'
    (mark,) = read("invisible", data, "json").marks
    assert (mark.path, mark.line, mark.offset, mark.length) == ("/b/0/c", 2, data.index(b"\\u200b"), 6)
    assert (mark.codepoints, mark.excerpt) == (("U+200B",), "line\nab\u200bcd")


def test_in_json_in_a_string_the_way_there_is_told() -> None:
    inner = json.dumps({"x": ["a\u2003b"]})
    data = json.dumps({"body": inner}).encode()
    (mark,) = read("spaces", data, "json").marks
    assert (mark.within, mark.path) == (("/body",), "/x/0")
    assert data[mark.offset : mark.offset + mark.length] == b"\\\\u2003"
    assert json.loads(json.loads(strip("spaces", data, "json")[0])["body"]) == {"x": ["a b"]}


def test_a_text_that_only_begins_like_json_is_read_to_its_end() -> None:
    data = '[INFO] said "x" and n\u0430med it\u200b'.encode()
    assert [mark.state for mark in read("invisible", data, "auto").marks] == ["U+200B"]
    assert [mark.state for mark in read("lookalike", data, "auto").marks] == ["U+0430"]
