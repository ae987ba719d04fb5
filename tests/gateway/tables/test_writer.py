"""Rows land in Parquet each exactly once, whatever is flushed, put together, interrupted or erased."""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gateway.tables import samples
from wiretell.gateway.tables import columns, folders, writer
from wiretell.gateway.tables.erasing import BLANK
from wiretell.gateway.tables.rows import rows
from wiretell.gateway.tables.writer import TableWriter
from wiretell.model.exchange import Row

TODAY = dt.datetime(2026, 7, 10, 12, tzinfo=dt.UTC)


def at(when: dt.datetime) -> Callable[[], dt.datetime]:
    return lambda: when


@pytest.fixture
def tables(tmp_path: Path) -> TableWriter:
    return TableWriter(tmp_path, at(TODAY))


def flushed(tables: TableWriter, *found: Row) -> None:
    for row in found:
        tables.add(row)
    tables.flush()


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def in_duckdb(folder: Path) -> Counter[str]:
    return Counter(each for (each,) in sql(f"select exchange_id from read_parquet('{folder}/*/*.parquet')"))


def sql(query: str) -> list[Any]:
    return duckdb.execute(query).fetchall()


def test_a_full_row_comes_back_as_it_was_and_has_the_types_of_the_contract(tables: TableWriter, tmp_path: Path) -> None:
    flushed(tables, samples.FULL)
    assert list(rows(tmp_path)) == [samples.FULL]
    [path] = (tmp_path / "2026-07-10").iterdir()
    assert path.stat().st_mode & 0o077 == 0
    types = {field.name: str(field.type) for field in pq.read_schema(path)}
    contract = {"asn": "int32", "status": "int16", "tool_calls": "int16", "tool_results": "int16", "edits": "int32"}
    contract |= {"ts": "timestamp[us, tz=UTC]", "input_tokens": "int32", "groups": "list<element: string>"}
    assert {name: types[name] for name in contract} == contract


def test_duckdb_reads_the_log(tables: TableWriter, tmp_path: Path) -> None:
    flushed(tables, samples.FULL, samples.row(1, ts=samples.NOON + samples.DAY_US))
    query = f"select user, len(groups), epoch_us(ts), marks[1], cost_usd from read_parquet('{tmp_path}/*/*.parquet')"
    found = sql(f"{query} order by ts")
    assert found[0] == ("dev-017", 2, samples.NOON, "date-line:known", 0.125)
    assert len(found) == 2


def test_numbers_beyond_their_column_become_the_nearest_that_fits(tables: TableWriter, tmp_path: Path) -> None:
    flushed(tables, samples.row(tool_results=1 << 20, input_tokens=1 << 40, asn=4_294_967_295, prompt="a\ud800b"))
    [row] = rows(tmp_path)
    assert (row.tool_results, row.input_tokens, row.asn) == (32_767, 2_147_483_647, 2_147_483_647)
    assert row.prompt == "a\ufffdb"


@settings(max_examples=15, deadline=None)
@given(st.lists(samples.rows(), max_size=12, unique_by=lambda row: row.exchange_id), st.data())
def test_each_row_is_there_exactly_once_in_order_of_time(found: list[Row], data: st.DataObject) -> None:
    """Flush, put together and start anew, in any order."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tables = TableWriter(folder, at(TODAY + dt.timedelta(days=30)))
        for row in found:
            tables.add(row)
            match data.draw(st.sampled_from(["", "flush", "compact", "restart"])):
                case "flush":
                    tables.flush()
                case "compact":
                    for day in tables.days():
                        tables.compact(day)
                case "restart":
                    tables.flush()
                    tables = TableWriter(folder, at(TODAY))
        tables.flush()
        assert list(rows(folder)) == sorted(found, key=lambda row: (row.ts, row.exchange_id))
        assert tables.written(row.exchange_id for row in found) == {row.exchange_id for row in found}
        assert tables.written([samples.uuid7(samples.NOON, 99), "not a uuid"]) == set()


def test_a_finished_day_becomes_one_file_and_a_running_one_when_it_has_many(
    tables: TableWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MANY", 6)
    for number in range(writer.MANY):
        flushed(tables, samples.row(number), samples.row(number, ts=samples.NOON - samples.DAY_US + number))
    for day in tables.days():
        tables.compact(day)
    assert len(folders.files(tmp_path / "2026-07-09")) == 1
    assert len(folders.files(tmp_path / "2026-07-10")) == writer.MANY
    flushed(tables, samples.row(1000))
    tables.compact(samples.DAY)
    assert len(folders.files(tmp_path / "2026-07-10")) == 1
    assert set(in_duckdb(tmp_path).values()) == {1}
    assert len(list(rows(tmp_path))) == 2 * writer.MANY + 1
    assert not (tmp_path / folders.ASIDE).exists()


def test_large_files_of_a_running_day_are_left_as_they_are(
    tables: TableWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed(tables, *(samples.row(number) for number in range(200)))
    [large] = folders.files(tmp_path / "2026-07-10")
    monkeypatch.setattr(writer, "_SMALL", large.stat().st_size)
    monkeypatch.setattr(writer, "MANY", 2)
    for number in range(300, 303):
        flushed(tables, samples.row(number))
    inode = large.stat().st_ino
    tables.compact(samples.DAY)
    assert large.stat().st_ino == inode
    assert len(folders.files(tmp_path / "2026-07-10")) == 2
    assert set(in_duckdb(tmp_path).values()) == {1}


class _Crash(Exception):
    """The process ends here."""


@pytest.mark.parametrize("step", ["sync", "exchange", "rmtree", "rename", "link"])
@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_crash_while_files_are_put_together_loses_and_doubles_nothing(
    tables: TableWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, can_exchange: bool
) -> None:
    """Whatever step fails, at its first, second ... call: after a restart every row is there once."""
    wanted = [samples.row(number) for number in range(4)]
    for row in wanted:
        flushed(tables, row)
    for call in range(1, 5):
        with monkeypatch.context() as patch:
            if not can_exchange:
                patch.setattr(folders, "exchange", _cannot)
            _crash_at(patch, step, call)
            with contextlib.suppress(_Crash):
                TableWriter(tmp_path, at(TODAY + dt.timedelta(days=1))).compact(samples.DAY)
        restarted = TableWriter(tmp_path, at(TODAY))
        assert in_duckdb(tmp_path) == Counter(row.exchange_id for row in wanted)
        wanted.append(samples.row(100 + call))
        flushed(restarted, wanted[-1])
        assert not [name for name in names(tmp_path) if "/." in name or name.startswith(".")]


def _cannot(one: Path, other: Path) -> None:
    raise OSError(errno.EINVAL, "no such thing")


def _crash_at(patch: pytest.MonkeyPatch, step: str, call: int) -> None:
    owner: Any = {"rmtree": folders.shutil, "rename": Path, "link": writer.os}.get(step, folders)  # type: ignore[attr-defined]  # the modules they use
    real = getattr(owner, step)
    calls = iter(range(1, 1000))

    def crash(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == call:
            raise _Crash
        return real(*args, **kwargs)

    patch.setattr(owner, step, crash)


def test_what_cannot_be_written_is_kept_and_written_later(
    tables: TableWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(folders, "sync", _full)
        with pytest.raises(OSError, match="full"):
            flushed(tables, samples.row(1))
    assert names(tmp_path) == []
    tables.flush()
    assert len(list(rows(tmp_path))) == 1
    tables.flush()
    assert len(list(rows(tmp_path))) == 1


def _full(path: Path) -> None:
    raise OSError(errno.ENOSPC, "the disk is full")


def test_erasing_takes_the_person_out_and_leaves_the_sums(tables: TableWriter, tmp_path: Path) -> None:
    other = samples.row(5, user="dev-018", account="key:ffff", prompt="hello")
    flushed(tables, samples.FULL, other)
    flushed(tables, samples.row(6, ts=samples.NOON + samples.DAY_US, prompt="mine"))
    tables.add(samples.row(7, prompt="not yet written", decision="budget:user:dev-017 usd per week"))
    assert tables.erase("dev-017") == 3
    assert tables.erase("dev-017") == 0
    found = {row.exchange_id: row for row in rows(tmp_path)}
    assert found[other.exchange_id] == other
    gone = asdict(found[samples.FULL.exchange_id])
    assert {name: gone[name] for name in BLANK} == dict(BLANK)
    assert (gone["output_tokens"], gone["cost_usd"], gone["org"], gone["marks"]) == (
        99,
        0.125,
        "acme",
        ("date-line:known",),
    )
    assert gone["target"] == "POST /v1/messages"
    assert not any(secret in path.read_bytes() for path in folders.files(tmp_path / "2026-07-10") for secret in SECRETS)


SECRETS = (b"dev-017", b"192.0.2.7", b"fix the test", b"not yet written", b"0123456789abcdef")


def test_days_beyond_retention_are_deleted(tables: TableWriter, tmp_path: Path) -> None:
    flushed(tables, *(samples.row(number, ts=samples.NOON - number * samples.DAY_US) for number in range(4)))
    assert tables.retain(dt.date(2026, 7, 9)) == (dt.date(2026, 7, 7), dt.date(2026, 7, 8))
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["2026-07-09", "2026-07-10"]
    assert len(list(rows(tmp_path))) == 2


def test_every_column_has_a_type_that_arrow_takes() -> None:
    assert columns.schema().names == list(columns.NAMES)
    assert {columns.type_name(name) for name in columns.NAMES} >= {"int16", "int32", "int64", "bool", "double"}


@pytest.fixture(autouse=True)
def _no_leftovers(tmp_path: Path) -> Iterator[None]:
    yield
    assert not [name for name in names(tmp_path) if name.endswith(folders.UNDONE)]
