"""Counts of any stretches can be added up in any grouping."""

from __future__ import annotations

import copy

from hypothesis import given, settings
from hypothesis import strategies as st

from wiretell.logs.interface import Batch, Form, Remark
from wiretell.logs.remarks import Remarks
from wiretell.logs.result import Collector, amount
from wiretell.logs.summary import Tally, most_first
from wiretell.model.marks import Certainty, Mark, Origin, Reading

_MARKS = st.builds(
    lambda state, certainty: Mark("s", state, "m", certainty, ("i",), (), "", 0, 1),
    st.sampled_from("abc"),
    st.sampled_from(Certainty),
)
_COUNTS = st.dictionaries(st.sampled_from("xyz"), st.integers(1, 3), max_size=2)
_READINGS = st.tuples(
    st.builds(Reading, st.lists(_MARKS, max_size=3).map(tuple), _COUNTS, _COUNTS),
    st.builds(Origin, account=st.sampled_from("pq"), day=st.sampled_from(["", "2026-11-21"])),
)

_Read = list[tuple[Reading, Origin]]


def _tally(readings: _Read) -> Tally:
    tally = Tally()
    for reading, origin in readings:
        tally.add(reading, origin)
    return tally


def _sum(*tallies: Tally) -> Tally:
    total = Tally()
    for each in tallies:
        total.merge(copy.deepcopy(each))
    return total


@settings(deadline=None)
@given(st.lists(_READINGS), st.lists(_READINGS), st.lists(_READINGS))
def test_merging_is_adding(first: _Read, second: _Read, third: _Read) -> None:
    a, b, c = _tally(first), _tally(second), _tally(third)
    whole = _tally([*first, *second, *third])
    assert _sum(_sum(a, b), c) == _sum(a, _sum(b, c)) == _sum(c, b, a) == whole
    assert _sum(c, a, b).rows() == whole.rows()


@settings(deadline=None)
@given(st.lists(_READINGS))
def test_rows_tell_all_that_was_counted(readings: _Read) -> None:
    tally = _tally(readings)
    rows = tally.rows()
    assert sum(sum(row.marks.values()) for row in rows) == tally.total == sum(tally.certainties.values())
    assert sum(row.records for row in rows) == sum(bool(reading.marks or reading.unmarked) for reading, _ in readings)
    assert list(rows) == sorted(rows, key=lambda row: (row.origin.account, row.origin.day))


def test_a_long_line_with_marks_in_several_windows_is_one_record() -> None:
    def window(marks: int, records: int) -> Batch:
        reading = Reading(tuple(Mark("s", "a", "m", Certainty.LIKELY, ("i",), (), "", n, 1) for n in range(marks)))
        tally = _tally([(reading, Origin())])
        tally.marked_records = int(bool(marks))
        return Batch(tally=tally, records=records, bytes=1)

    into = Collector(("s",), 0, None, lambda _text: None, 0)
    into.begin("f")
    into.take(Form.JSONL)
    for marks, records in ((1, 1), (0, 0), (2, 0), (0, 1), (1, 0), (1, 0), (3, 1)):
        into.take(window(marks, records))
    into.end()
    assert (into.result().total, into.result().marked_records) == (8, 3)


def test_most_come_first() -> None:
    assert list(most_first({"b": 1, "a": 1, "c": 2})) == ["c", "a", "b"]


def test_remarks_are_folded() -> None:
    remarks = Remarks()
    for record in (7, 9, 9, 12, 13):
        remarks.add("f", "line", Remark("odd", record))
    remarks.add("f", "line", Remark("odd", 8, "a part"))
    remarks.add("-", "entry", Remark("odd"))
    for record in (1, 2):
        remarks.add("g", "entry", Remark("odd", record))
    whats = [one.what for one in remarks.folded()]
    assert whats == [
        "lines 7, 9, 12 and 1 other of f",
        "a part of line 8 of f",
        "standard input",
        "entries 1 and 2 of g",
    ]


def test_kinds_of_remarks_have_an_end() -> None:
    remarks = Remarks()
    for n in range(5000):
        remarks.add("f", "line", Remark(f"odd {n}", n + 1))
    assert len(remarks.folded()) == 1001
    assert remarks.folded()[-1].what == "4,000 further places"


def test_amounts() -> None:
    said = [amount(1_234_000_000, 2_000_000_000), amount(310_000_000, 512_000_000), amount(5_000_000_000, 0)]
    assert said == ["1.2 of 2.0 GB", "310 of 512 MB", "5.0 GB"]
