"""Logs are read in order of time with little memory, and logs that others wrote are read as well."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gateway.tables import samples
from wiretell.errors import FormatError, UsageError
from wiretell.gateway.tables import columns
from wiretell.gateway.tables.rows import rows
from wiretell.gateway.tables.writer import TableWriter

WHEN = dt.datetime(2026, 7, 10, 12, tzinfo=dt.UTC)


def foreign(path: Path, unit: str = "us", **more: list[Any]) -> Path:
    """A file that another program wrote: three columns, and some."""
    times = pa.array([WHEN, WHEN - dt.timedelta(hours=1)], pa.timestamp(unit, tz="Asia/Shanghai"))
    pq.write_table(pa.table({"exchange_id": ["b", "a"], "account": ["x", "y"], "ts": times, **more}), path)
    return path


def write(folder: Path, *numbers: int) -> Path:
    tables = TableWriter(folder)
    for number in numbers:
        tables.add(samples.row(number))
        tables.flush()
    return folder


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_log_of_another_program_is_read(tmp_path: Path, unit: str) -> None:
    path = foreign(tmp_path / "x.parquet", unit, unheard=[1, 2], input_tokens=[None, 5], groups=[["g"], None])
    found = list(rows(path))
    assert [(row.exchange_id, row.ts, row.input_tokens, row.groups) for row in found] == [
        ("a", samples.NOON - 3_600_000_000, 5, ()),
        ("b", samples.NOON, 0, ("g",)),
    ]


def test_a_folder_a_glob_and_a_file_are_logs_and_the_store_and_hidden_files_are_not(tmp_path: Path) -> None:
    write(tmp_path, 1, 2)
    [one, _] = sorted((tmp_path / "2026-07-10").iterdir())
    for name in ("store", ".tables"):
        (tmp_path / name).mkdir()
        foreign(tmp_path / name / "x.parquet")
    (tmp_path / "2026-07-10" / ".x.parquet").write_bytes(b"in the making")
    assert len(list(rows(tmp_path))) == 2
    assert len(list(rows(f"{tmp_path}/*/*-*.parquet"))) == 2
    assert len(list(rows(f"{tmp_path}/2026-*"))) == 2
    assert len(list(rows(one))) == 1


def test_an_empty_folder_is_an_empty_log(tmp_path: Path) -> None:
    assert list(rows(tmp_path)) == []


@pytest.mark.parametrize("name", ["nowhere", "*.parquet"])
def test_what_is_not_there_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        list(rows(tmp_path / name))


def test_broken_files_and_tables_of_other_kinds_are_said(tmp_path: Path) -> None:
    path = foreign(tmp_path / "x.parquet")
    data = path.read_bytes()
    for broken in (b"", b"PAR1", data[:-9], data[:4] + bytes(60) + data[64:]):
        path.write_bytes(broken)
        with pytest.raises(FormatError):
            list(rows(path))
    pq.write_table(pa.table({"exchange_id": ["a"]}), path)
    with pytest.raises(FormatError, match="no column account, ts"):
        list(rows(path))


def test_a_time_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"exchange_id": ["a"], "account": ["x"], "ts": ["yesterday"]}), path)
    with pytest.raises(FormatError):
        list(rows(path))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 50), max_size=30), st.integers(1, 7), st.integers(-5, 60), st.integers(-5, 60))
def test_any_disorder_is_put_right_and_times_are_cut_out(
    tmp_path_factory: pytest.TempPathFactory, times: list[int], size: int, since: int, until: int
) -> None:
    found = [samples.row(number, ts=samples.NOON + time) for number, time in enumerate(times)]
    folder = tmp_path_factory.mktemp("log")
    for at, part in enumerate(found[at : at + size] for at in range(0, len(found), size)):
        pq.write_table(columns.table_of(part), folder / f"{at}.parquet", row_group_size=3)
    ordered = sorted(found, key=lambda row: (row.ts, row.exchange_id))
    assert list(rows(folder)) == ordered
    cut = rows(folder, ("user",), since=samples.NOON + since, until=samples.NOON + until)
    wanted = [row.exchange_id for row in ordered if samples.NOON + since <= row.ts < samples.NOON + until]
    assert [row.exchange_id for row in cut] == wanted


def test_columns_that_were_not_asked_for_have_their_defaults(tmp_path: Path) -> None:
    write(tmp_path, 1)
    [row] = rows(tmp_path, ("user",))
    assert (row.user, row.model, row.status) == ("dev-017", "", 0)
