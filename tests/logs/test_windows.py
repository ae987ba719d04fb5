"""A line that is too long to be held is read in windows; what stands on a border is neither lost nor doubled."""

from __future__ import annotations

from collections import Counter

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.logs.fakes import examiner, places, stream
from wiretell.logs.cut import Sizes, pieces
from wiretell.logs.jobs import PieceJob, run
from wiretell.logs.recognise import Form
from wiretell.logs.result import Collector
from wiretell.model.marks import MarksResult

_SMALL = Sizes(piece=16, overlap=8, longest=20)
_WORDS = st.sampled_from([b"MARK", b"MARKK", b"MARKKK", b"usual", b"none", b" ", b"..", b"word"])
_LINES = st.lists(st.lists(_WORDS, max_size=40).map(b" ".join), min_size=1, max_size=4).map(b"\n".join)


def _read(data: bytes, form: Form, sizes: Sizes) -> MarksResult:
    into = Collector(("words",), 10_000, None, lambda _text: None, 0)
    into.begin("s")
    into.take(form)
    reader = examiner()
    for piece in pieces(stream(data), sizes=sizes):
        for batch in run(PieceJob("s", form.value, piece), reader):
            into.take(batch)
    into.end()
    return into.result()


@settings(deadline=None)
@given(_LINES, st.sampled_from([Form.TEXT, Form.JSONL]))
@example(b"x" * 13 + b"MARKKK" + b" " * 30, Form.TEXT)
@example(b"x" * 6 + b"MARKKK" + b" " * 30, Form.TEXT)
@example(b"usual usual usual usual usual usual", Form.TEXT)
def test_windows_give_what_the_whole_gives(data: bytes, form: Form) -> None:
    whole, cut = _read(data, form, Sizes()), _read(data, form, _SMALL)
    assert places(cut.found) == places(whole.found)
    assert [found.mark.length for found in cut.found] == [found.mark.length for found in whole.found]
    assert (cut.total, cut.counts, cut.ordinary) == (whole.total, whole.counts, whole.ordinary)
    assert _unmarked(cut) == _unmarked(whole)
    assert cut.sources == whole.sources


def _unmarked(result: MarksResult) -> Counter[str]:
    total: Counter[str] = Counter()
    for row in result.summary:
        total.update(row.unmarked)
    return total


def test_a_long_record_is_said_and_has_no_path() -> None:
    data = b'{"a": 1}\n{"a": "' + b"x" * 50 + b' MARK"}\n{"a": "MARK"}\n'
    result = _read(data, Form.JSONL, _SMALL)
    assert [(found.where.record, found.mark.path) for found in result.found] == [(2, None), (3, "/a")]
    (said,) = result.not_examined
    assert said.what == "line 2 of s"
    assert "windows" in said.why
    assert result.sources[0].records == 3
