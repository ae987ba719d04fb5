"""DuckDB as an engine: limits, traces, errors."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.hunt.log.made import parquet, rows
from wiretell.errors import FormatError, InternalError, UsageError
from wiretell.hunt.engine import embedded, settings
from wiretell.hunt.engine.choosing import open_engine
from wiretell.hunt.engine.duck import DuckEngine
from wiretell.hunt.log.reading import look
from wiretell.hunt.options import HuntOptions


@pytest.fixture
def duck() -> Iterator[DuckEngine]:
    with closing(DuckEngine(memory_mb=512, threads=1)) as engine:
        yield engine


def test_tables_live_as_long_as_the_engine(duck: DuckEngine, tmp_path: Path) -> None:
    duck.read(look([parquet(tmp_path / "a.parquet", rows(9))]))
    duck.run("CREATE TABLE held AS SELECT account, COUNT(*) AS n FROM exchange GROUP BY account")
    duck.run("CREATE VIEW more AS SELECT * FROM held WHERE n > 2")
    assert duck.fetch("SELECT COUNT(*) AS n FROM more").to_pylist() == [{"n": 3}]
    duck.run("DROP TABLE held")
    with pytest.raises(InternalError, match="held"):
        duck.fetch("SELECT * FROM more")


def test_a_second_log_takes_the_place_of_the_first(duck: DuckEngine, tmp_path: Path) -> None:
    for number in (3, 5):
        duck.read(look([parquet(tmp_path / f"{number}.parquet", rows(number))]))
        assert duck.fetch("SELECT * FROM exchange").num_rows == number


def test_integers_are_64_bits_wide_and_texts_plain(duck: DuckEngine) -> None:
    query = """SELECT SUM(i) AS s, 1::TINYINT AS t, 1::UBIGINT AS u, 'x' AS x, [1::INTEGER] AS l, 0.5::FLOAT AS f
        FROM RANGE(3) r(i)"""
    kinds = duck.fetch(query).schema.types
    assert kinds == [pa.int64(), pa.int64(), pa.uint64(), pa.string(), pa.list_(pa.int64()), pa.float64()]


def test_put_replaces_whatever_had_the_name(duck: DuckEngine) -> None:
    duck.run("CREATE VIEW known AS SELECT 1 AS a")
    duck.put("known", pa.table({"b": [1, 2]}))
    duck.put("known", pa.table({"c": ["x"]}))
    assert duck.fetch("SELECT * FROM known").to_pylist() == [{"c": "x"}]


def test_saved_rows_are_loaded(duck: DuckEngine, tmp_path: Path) -> None:
    paths = [tmp_path / "a [1].parquet", tmp_path / "it's.parquet"]
    for at, path in enumerate(paths):
        duck.save(f"SELECT {at} AS a, ['x'] AS l", path)
    duck.load("saved", paths)
    duck.load("saved", paths)
    assert duck.fetch("SELECT * FROM saved ORDER BY a").to_pylist() == [{"a": 0, "l": ["x"]}, {"a": 1, "l": ["x"]}]
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_a_failed_save_leaves_nothing_and_harms_nothing(duck: DuckEngine, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    duck.save("SELECT 1 AS a", path)
    with pytest.raises(FormatError):
        duck.save("SELECT CAST('x' || i AS INTEGER) AS a FROM RANGE(10) r(i)", path)
    assert [file.name for file in tmp_path.iterdir()] == ["a.parquet"]
    assert pq.read_table(path).to_pylist() == [{"a": 1}]


def test_a_full_disk_is_not_the_log_s_fault(duck: DuckEngine) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(UsageError, match="no room to write"), embedded.told():
        duck._connection.execute("COPY (SELECT md5(i::VARCHAR) FROM RANGE(100000) r(i)) TO '/dev/full' (FORMAT csv)")


def test_nothing_stays_behind(tmp_path: Path) -> None:
    engine = DuckEngine(memory_mb=100, threads=1, scratch=tmp_path)
    (folder,) = tmp_path.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700, "a log's rows are nobody else's"
    engine.run("CREATE TABLE big AS SELECT i, md5(i::VARCHAR) AS m FROM RANGE(3000000) r(i)")
    assert any(folder.rglob("*")), "it spilled"
    assert engine.fetch("SELECT COUNT(DISTINCT m) AS n FROM big").to_pylist() == [{"n": 3_000_000}]
    engine.close()
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_fit_is_told(tmp_path: Path) -> None:
    with closing(DuckEngine(memory_mb=20, threads=1, scratch=tmp_path)) as engine, pytest.raises(UsageError) as raised:
        engine.fetch("SELECT LIST(md5(i::VARCHAR)) AS l FROM RANGE(5000000) r(i)")
    assert "needs more memory or disk" in str(raised.value)


def test_an_interrupted_hunt_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(KeyboardInterrupt), open_engine(HuntOptions(logs=(), threads=1)) as engine:
        assert engine.name == "duckdb"
        assert list(tmp_path.iterdir())
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_no_room_for_temporary_files(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="set TMPDIR"):
        DuckEngine(scratch=tmp_path / "nowhere")


def test_a_wrong_statement_is_our_own_fault(duck: DuckEngine) -> None:
    for sql in ("SELECT * FROM nowhere", "SELEC 1", "SELECT nothing(1)"):
        with pytest.raises(InternalError):
            duck.fetch(sql)


def test_variables_of_the_program_are_no_tables(duck: DuckEngine) -> None:
    secret = pa.table({"a": [1]})
    with pytest.raises(InternalError, match="secret"):
        duck.fetch("SELECT * FROM secret")
    assert secret.num_rows == 1


def test_memory_is_a_share_of_the_machine() -> None:
    assert settings.memory_mb(100) == 100
    assert 512 <= settings.memory_mb(None) <= 6144
    assert settings.threads(3) == 3
    assert settings.threads(None) >= 1


@pytest.mark.parametrize("error", [RuntimeError("Query interrupted"), None])
def test_an_interrupted_query_is_an_interrupt(error: Exception | None) -> None:
    with pytest.raises(KeyboardInterrupt), embedded.told():
        raise error or embedded.module().InterruptException("INTERRUPT Error: Interrupted!")


def test_other_faults_at_run_time_stay() -> None:
    with pytest.raises(RuntimeError, match="another"), embedded.told():
        raise RuntimeError("another")
