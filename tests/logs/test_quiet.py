"""What is passed over without being read would have given nothing."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.logs.fakes import Words
from wiretell import logs, marks
from wiretell.logs import quiet
from wiretell.logs.examine import Examiner
from wiretell.marks.body import Body
from wiretell.marks.registry import ALL
from wiretell.marks.verbs import read_body
from wiretell.model.marks import Reading

_ODD = [
    "Today\u2019s date is 2026-11-21",
    "Today's date is 2026-11-21",
    "date is",
    "\u200b",
    "\\u200b",
    "\\\\u200B",
    "\U000e0041",
    "\ufe0f",
    "\u202e",
    "p\u0430y",
    "\u00a0",
    "e\u0301",
    "\u00e9",
    "\\ud83d",
    "\\",
    "\\n",
    " ",
    "\t",
    '"',
]
_USUAL = ["word", "{", "}", "caf\u00e9 \u2014", "\u4e2d\u6587", "\U0001f468\u200d\U0001f469"]
_PARTS = st.sampled_from([*_ODD, *_USUAL]) | st.text(max_size=3)
_LINE = st.lists(_PARTS, max_size=5).map("".join).map(lambda text: text.replace("\n", "").encode("utf-8", "replace"))
_JSON_LINE = st.lists(_PARTS, max_size=5).map("".join).map(lambda text: json.dumps({"a": text}).encode())
_LINES = st.lists(st.one_of(_LINE, _JSON_LINE, st.binary(max_size=6).map(lambda b: b.replace(b"\n", b""))), max_size=12)


@settings(deadline=None)
@given(_LINES)
def test_what_is_passed_over_holds_nothing(lines: list[bytes]) -> None:
    kept = set(quiet.loud(lines))
    for at, line in enumerate(lines):
        if at not in kept:
            assert read_body(Body(line), ALL, "") == Reading()


def test_one_in_many_is_found() -> None:
    lines = [b'{"a": "words"}'] * 5000
    lines[4321] = b'{"a": "wo\\u200brds"}'
    kept = list(quiet.loud(lines))
    assert 4321 in kept
    assert len(kept) <= 2


def test_long_texts_are_kept() -> None:
    assert list(quiet.loud([b"", b"x" * 20_000, b"y", b"z" * 20_000])) == [1, 3]


def test_of_an_unknown_detector_nothing_is_passed_over() -> None:
    lines = [b"words"] * 3
    assert list(Examiner([*ALL, Words()]).loud(lines)) == [0, 1, 2]
    assert list(Examiner(ALL).loud(lines)) == []


def test_every_registered_detector_is_known() -> None:
    """One that is not costs its users speed; what it looks for is then to be added to `quiet`."""
    assert quiet.is_known(marks.named(marks.schemes()))


def test_lines_that_are_passed_over_are_counted_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b'{"a": 1}\n\n{"a": \nplain\n{"a": "x\xe2\x80\x8by"}\n{"a": 2}\n')
    result = logs.read([str(path)])
    assert (result.sources[0].records, result.total) == (5, 1)
    assert [found.where.record for found in result.found] == [5]
    assert [one.what.partition(" of ")[0] for one in result.not_examined] == ["line 3", "line 4"]
