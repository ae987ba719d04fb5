"""Tables hold every mark, whatever stands in it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.logs.fakes import Kept, read_bytes
from wiretell.logs.tables import COLUMNS, LISTS, NUMBERS, CsvTable, ParquetTable, cells
from wiretell.model.marks import Certainty, FoundMark, Mark, Origin, Where

_TEXT = st.text(st.characters(exclude_categories=()), max_size=8)
_LIST = st.lists(_TEXT, max_size=3).map(tuple)
_NUMBER = st.integers(0, 1 << 50)
_HOW_SURE = st.sampled_from(Certainty)
_MARKS = st.builds(
    Mark,
    _TEXT,
    _TEXT,
    _TEXT,
    _HOW_SURE,
    _LIST,
    _LIST,
    _TEXT,
    _NUMBER,
    _NUMBER,
    st.none() | _TEXT,
    _LIST,
)
_FOUND = st.builds(
    FoundMark, _MARKS, st.builds(Where, _TEXT, _NUMBER, _TEXT, _TEXT), st.builds(Origin, _TEXT, _TEXT, _TEXT, _TEXT)
)


def _csv(found: list[FoundMark]) -> list[dict[str, str]]:
    file = io.BytesIO()
    with CsvTable(file) as table:
        for each in found:
            table.add([each])
    return list(csv.DictReader(io.StringIO(file.getvalue().decode(), newline="")))


@settings(deadline=None)
@given(st.lists(_FOUND, max_size=4))
def test_csv_holds_every_mark_and_no_formula(found: list[FoundMark]) -> None:
    rows = _csv(found)
    assert len(rows) == len(found)
    for row, each in zip(rows, found, strict=True):
        assert tuple(row) == COLUMNS
        for name, cell in cells(each).items():
            assert name in NUMBERS or not row[name].startswith(("=", "+", "-", "@", "\t", "\r"))
            if isinstance(cell, str):
                assert row[name].removeprefix("'") == cell.removeprefix("'")
            elif isinstance(cell, int):
                assert int(row[name]) == cell


def test_a_formula_is_defused_and_nothing_else_is_changed() -> None:
    mark = Mark("s", "=1+1", "m", Certainty.LIKELY, ("i", "j"), ("U+0027", "U+2019"), "'x", 3, 1)
    (row,) = _csv([FoundMark(mark, Where("f", 1), Origin("@cmd", day="2026-11-21"))])
    assert (row["state"], row["account"], row["excerpt"], row["day"]) == ("'=1+1", "'@cmd", "'x", "2026-11-21")
    assert (row["innocent"], row["codepoints"], row["path"]) == ("i | j", "U+0027 U+2019", "")


@settings(deadline=None)
@given(st.lists(_FOUND, max_size=4))
def test_parquet_holds_every_mark_as_it_is(found: list[FoundMark]) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    file = io.BytesIO()
    with ParquetTable(file) as table:
        table.add(found)
    whole = parquet.read_table(io.BytesIO(file.getvalue()))
    assert tuple(whole.column_names) == COLUMNS
    assert whole.to_pylist() == [cells(each) for each in found]
    assert {name for name in COLUMNS if str(whole.schema.field(name).type) == "int64"} == NUMBERS
    assert {name for name in COLUMNS if str(whole.schema.field(name).type).startswith("list")} == LISTS


def test_the_table_gets_all_and_the_result_as_many_as_were_asked_for(tmp_path: Path) -> None:
    file = io.BytesIO()
    with CsvTable(file) as table:
        result = read_bytes(tmp_path, b'{"a": "MARK MARK"}\n' * 500, limit=3, rows=table)
    assert (len(result.found), result.total) == (3, 1000)
    rows = list(csv.DictReader(io.StringIO(file.getvalue().decode())))
    assert len(rows) == 1000
    assert (rows[-1]["line"], rows[-1]["record"], rows[-1]["path"]) == ("500", "500", "/a")


def test_a_table_that_cannot_be_written_is_no_fault_of_the_source(tmp_path: Path) -> None:
    class Full(Kept):
        def add(self, found: object) -> None:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        read_bytes(tmp_path, b"MARK", rows=Full())
