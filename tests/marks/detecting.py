"""Means for the tests of detectors: reading and stripping one text in every spelling."""

from __future__ import annotations

import json
from collections.abc import Iterable

from hypothesis import strategies as st

from wiretell.marks.body import Body, Form
from wiretell.marks.candidates import HALF, TRAILING, Candidates, by_kind
from wiretell.marks.detectors import DETECTORS
from wiretell.marks.edits import Change, apply
from wiretell.marks.interface import Detector
from wiretell.model.marks import Edit, Mark, Reading

BY_NAME: dict[str, Detector] = {detector.name: detector for detector in DETECTORS}
PARTS = (
    *("word", "Today's date is 2026-11-21", "don", "t", *'aeoxz127.,:"\\\n\t-!(', "\r\n"),
    *"éüñяприветаосΩπαρｆ１Ａ𝐛中文、ไทยفاخسשלםक्ष☁⚠✅🏴👩💻🏽→│«»’‘—",
)
HIDDEN = [
    *"\u200b\u200c\u200d\u00ad\ufeff\u2060\u034f\u3164\ufe0f\ufe0e\ufe00\u180b\u202a\u202b\u202c\u202e\u2066\u2067\u2069",
    *"\u200e\u200f\u00a0\u2009\u202f\u3000\u2028\u0085\u2800\u2003\u0301\u0308\u030a\u02bc\u02b9\u2018\u02bb\u00b4",
    *"\U000e0067\U000e0062\U000e007f\U000e0101\U000e01ef\U000e0001\u0430\u043e\u0441\uff11\u20e3",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    *"\u2010\u2011\u2044\u2215\u037e\uff0f\u0442\u03ba",
    "к\x6fт",
    "Пр\x69вет",
    " \n",
    "\t\n",
    "  \r\n",
]
TEXTS = st.lists(st.sampled_from([*PARTS, " ", " ", *HIDDEN]) | st.characters(codec="utf-8"), max_size=60).map("".join)
"""Texts of what detectors look for and of its ordinary surroundings."""


def in_json(text: str) -> list[bytes]:
    """Spell a text as a string of JSON: raw, escaped, and both in JSON in a string."""
    documents = [json.dumps({"k": [text]}, ensure_ascii=ascii_) for ascii_ in (False, True)]
    nested = [json.dumps({"outer": inner}, ensure_ascii=ascii_) for inner in documents for ascii_ in (False, True)]
    return [each.encode("utf-8", "surrogatepass") for each in (*documents, *nested)]


def spellings(text: str) -> Iterable[tuple[bytes, Form]]:
    """Go through every way in which a text can stand."""
    yield text.encode("utf-8", "surrogatepass"), "text"
    for document in in_json(text):
        yield document, "json"


def read(name: str, data: bytes | str, form: Form = "text") -> Reading:
    """Read with one detector."""
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    return BY_NAME[name].read(Body(raw, form))


def marks(name: str, text: str) -> tuple[Mark, ...]:
    """Read a plain text with one detector; its marks are those in every other spelling."""
    found = read(name, text).marks
    for data, form in spellings(text):
        other = read(name, data, form).marks
        assert [_said(mark) for mark in other] == [_said(mark) for mark in found], data
        if form == "json":
            assert {mark.path for mark in other} <= {"/k/0"}
    return found


def _said(mark: Mark) -> tuple[object, ...]:
    return mark.state, mark.meaning, mark.certainty, mark.codepoints, mark.excerpt, mark.hidden


def states(name: str, text: str) -> list[str]:
    return [mark.state for mark in marks(name, text)]


def strip(name: str, data: bytes, form: Form = "text") -> tuple[bytes, list[Edit], list[Mark]]:
    """Strip with one detector, anywhere."""
    done = BY_NAME[name].strip(Body(data, form), anywhere=True)
    assert tuple(done.not_examined) == read(name, data, form).not_examined
    changes = [Change.of(edit) for edit in done.edits]
    for change, edit in zip(changes, done.edits, strict=True):
        assert data[change.start : change.end].decode("utf-8", "surrogateescape") == edit.before
    return apply(data, changes), list(done.edits), list(done.left)


def stripped(name: str, text: str) -> str:
    """Return the plain form of a plain text; the same in every other spelling."""
    plain = strip(name, text.encode())[0].decode()
    for data, form in spellings(text):
        if form == "json":
            document = json.loads(strip(name, data, form)[0])
            inner = json.loads(document["outer"]) if "outer" in document else document
            assert inner == {"k": [plain]}
    return plain


def everywhere(data: bytes) -> Candidates:
    """The slow reference: every offset, every character."""
    offsets = tuple(range(len(data)))
    kinds = dict.fromkeys((*by_kind(), TRAILING, HALF), offsets)
    return Candidates(kinds, by_kind())


def reference(data: bytes, form: Form) -> Body:
    """A body of which every byte is a candidate."""
    body = Body(data, form)
    body.__dict__["candidates"] = everywhere(data)
    return body
