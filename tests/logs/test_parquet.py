"""Parquet is read by its text columns, row by row."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from tests.logs.fakes import Kept, read_files, whys
from wiretell.errors import UsageError
from wiretell.model.marks import MarksResult, Origin

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

_TIME = dt.datetime(2026, 4, 3, 1, tzinfo=dt.UTC)


def _write(folder: Path, columns: dict[str, Any], **more: Any) -> Path:
    path = folder / "log"  # no suffix: the kind is told by what is in it
    pq.write_table(pa.table(columns), path, **more)
    return path


def _read(folder: Path, table: dict[str, Any], **more: Any) -> MarksResult:
    return read_files(_write(folder, table), **more)


def test_text_columns_are_read_with_the_origin_of_the_row(tmp_path: Path) -> None:
    columns = {
        "account": ["a", "b", None],
        "ts": pa.array([_TIME, None, _TIME], pa.timestamp("us", "UTC")),
        "client": ["claude-cli"] * 3,
        "client_version": ["2.1.91"] * 3,
        "prompt": ["MARK", None, json.dumps({"metadata": {"user_id": "u"}, "x": "MARK"})],
        "tokens": [1, 2, 3],
    }
    result = _read(tmp_path, columns)
    assert [(found.where.record, found.where.column, found.mark.path) for found in result.found] == [
        (1, "prompt", None),
        (3, "prompt", "/x"),
    ]
    assert result.found[0].origin == Origin("a", "claude-cli", "2.1.91", "2026-04-03")
    assert result.found[1].origin.account == "u"
    assert (result.sources[0].form, result.sources[0].records) == ("parquet", 3)


@pytest.mark.parametrize(
    "kind",
    [pa.string(), pa.large_string(), pa.binary(), pa.large_binary(), pa.dictionary(pa.int8(), pa.string())],
)
def test_every_kind_of_text_is_read(tmp_path: Path, kind: Any) -> None:
    result = _read(tmp_path, {"text": pa.array(["x", "MARK", None]).cast(kind)})
    assert [found.where.record for found in result.found] == [2]


def test_broken_utf8_in_a_string_column_is_read(tmp_path: Path) -> None:
    broken = pa.array([b"\xff MARK"]).view(pa.string())
    assert _read(tmp_path, {"text": broken, "account": broken}).total == 2


def test_rows_are_numbered_through_row_groups(tmp_path: Path) -> None:
    path = _write(tmp_path, {"text": ["none"] * 9_999 + ["MARK"]}, row_group_size=700)
    result = read_files(path)
    assert [found.where.record for found in result.found] == [10_000]
    assert result.summary[0].records == 10_000


def test_only_named_columns_are_read(tmp_path: Path) -> None:
    result = _read(tmp_path, {"a": ["MARK"], "b": ["MARK"]}, columns=["b"])
    assert [found.where.column for found in result.found] == ["b"]


@pytest.mark.parametrize("name", ["missing", "n"])
def test_a_column_that_is_no_text_is_refused_before_anything_is_read(tmp_path: Path, name: str) -> None:
    kept = Kept()
    with pytest.raises(UsageError, match="those that it has: a, b"):
        _read(tmp_path, {"a": ["MARK"], "b": ["x"], "n": [1]}, columns=["a", name], rows=kept)
    assert kept.found == []


def test_without_text_columns_that_is_said(tmp_path: Path) -> None:
    result = _read(tmp_path, {"n": [1], "l": [["MARK"]]})
    assert result.total == 0
    assert any("no column" in why for why in whys(result))
    assert any("columns l" in one.what for one in result.not_examined)
    assert [source.form for source in result.sources] == ["unread"]


def test_a_table_without_rows_is_read(tmp_path: Path) -> None:
    (source,) = _read(tmp_path, {"text": pa.array([], pa.string())}).sources
    assert (source.form, source.records) == ("parquet", 0)


def test_a_row_with_marks_in_several_columns_is_one_record(tmp_path: Path) -> None:
    result = _read(tmp_path, {"a": ["MARK", "x", "MARK"], "b": ["MARK MARK", "x", "x"]})
    assert (result.total, result.marked_records, result.summary[0].records) == (4, 2, 2)


def test_a_duration_is_no_day(tmp_path: Path) -> None:
    columns = {"time": [412, 413], "created_at": ["2026-04-03T10:00:00Z", None], "text": ["MARK", "MARK"]}
    assert [found.origin.day for found in _read(tmp_path, columns).found] == ["2026-04-03", ""]


def test_broken_parquet_is_said_and_the_rest_read(tmp_path: Path) -> None:
    path = _write(tmp_path, {"text": ["MARK"]})
    whole = path.read_bytes()
    other = tmp_path / "other"
    other.write_bytes(b"MARK")
    for data in (b"PAR1", whole[:-20], whole[:30] + bytes(20) + whole[50:]):
        path.write_bytes(data)
        result = read_files(path, other)
        assert result.found[-1].where.source == str(other)
        assert any("broken Parquet" in why for why in whys(result))
        assert [source.form for source in result.sources] == ["unread", "text"]


def test_without_pyarrow_the_user_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _write(tmp_path, {"text": ["MARK"]})
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(UsageError, match=r"wiretell\[parquet\]"):
        read_files(path)
