"""Both engines give the same rows: every statement here runs on both. Starting Spark takes some ten seconds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.hunt.engine import sparking
from tests.hunt.log.made import START_US, lines, parquet, rows
from wiretell.errors import FormatError, InternalError, UsageError
from wiretell.hunt.engine import spark as spark_module
from wiretell.hunt.engine.duck import DuckEngine
from wiretell.hunt.engine.interface import Engine
from wiretell.hunt.engine.spark import SparkEngine
from wiretell.hunt.log.checking import check
from wiretell.hunt.log.interface import Log
from wiretell.hunt.log.reading import look

NOW = START_US + 86_400_000_000

pytestmark = pytest.mark.long  # Java takes half a minute to begin
spark = pytest.fixture(scope="module")(sparking.engine)


@pytest.fixture(scope="module")
def duck() -> Iterator[DuckEngine]:
    with closing(DuckEngine(memory_mb=512, threads=1)) as engine:
        yield engine


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log")


@pytest.fixture(scope="module")
def both(duck: DuckEngine, spark: SparkEngine, folder: Path) -> tuple[Engine, Engine]:
    log = look([parquet(folder / "it's [1]" / "a.parquet", rows(40))])
    for engine in (duck, spark):
        engine.read(log)
    return duck, spark


STATEMENTS = {
    "rows": "SELECT * FROM exchange ORDER BY ts",
    "sums": """SELECT account, COUNT(*) AS n, COUNT(*) FILTER (WHERE output_tokens > 20) AS f, SUM(output_tokens) AS s,
        MIN(ts) AS a, MAX(ts) AS b, SUM(CASE WHEN tool_calls > 0 THEN 1 ELSE 0 END) AS c
        FROM exchange GROUP BY account ORDER BY account""",
    "bits": """SELECT account, BIT_OR(CAST(1 AS UBIGINT) << (hour % 40)) AS m
        FROM exchange GROUP BY ALL ORDER BY account""",
    "division": """SELECT 7 // 2 AS a, -7 // 2 AS b, 7 / 2 AS c, ts // (depth - 3) AS d, ts % (depth - 3) AS e,
        1 / (depth - 3) AS f FROM exchange ORDER BY ts""",
    "lists": """SELECT template[1] AS a, template[9] AS b, template[1:1] AS c, template[2:9] AS d, template[3:2] AS e,
        ARRAY_LENGTH(template) AS n FROM exchange ORDER BY ts""",
    "unnest": "SELECT ts, UNNEST(template) AS u FROM exchange ORDER BY ts, u",
    "unnest beside": "SELECT e.ts, t.u FROM exchange e, UNNEST(e.template) AS t(u) ORDER BY 1, 2",
    "join": """SELECT a.account, b.account AS other, COUNT(*) AS n FROM exchange a JOIN exchange b USING (chain)
        WHERE a.account < b.account GROUP BY ALL ORDER BY ALL""",
    "semi and anti": """SELECT ts FROM exchange SEMI JOIN (SELECT 'acct-1' AS account) USING (account)
        UNION ALL SELECT -ts FROM exchange ANTI JOIN (SELECT 'acct-1' AS account) USING (account) ORDER BY 1""",
    "nulls": """SELECT DISTINCT org, org IS NOT DISTINCT FROM 'acme' AS o, COALESCE(org, '-') AS c
        FROM exchange ORDER BY org""",
    "texts": """SELECT account || '/' || chain AS a, MD5(account) AS m, RIGHT(exchange_id, 2) AS r,
        SPLIT_PART(ip, '.', 4) AS p,
        REGEXP_EXTRACT(ip, '^([0-9]+[.][0-9]+[.][0-9]+)[.]', 1) AS n, org || 'x' AS o, STARTS_WITH(ip, '203') AS s
        FROM exchange ORDER BY ts""",
    "window": """SELECT ts, LAG(account) OVER (PARTITION BY chain ORDER BY ts) AS before,
        ts - LAG(ts) OVER (PARTITION BY chain ORDER BY ts) AS pause FROM exchange ORDER BY ts""",
    "first of each": "SELECT DISTINCT ON (account) account, ts FROM exchange ORDER BY account, ts DESC",
    "qualify": """SELECT account, ts FROM exchange
        QUALIFY ROW_NUMBER() OVER (PARTITION BY account ORDER BY ts) = 1 ORDER BY 1""",
    "extremes": "SELECT account, ARG_MAX(chain, ts) AS c, GREATEST(NULL, 1) AS g, MEDIAN(output_tokens) AS m, "
    "QUANTILE_CONT(output_tokens, 0.9) AS q FROM exchange GROUP BY account ORDER BY account",
    "casts": """SELECT CAST(ts AS VARCHAR) AS a, TRY_CAST(ip AS BIGINT) AS b, CAST(NULL AS VARCHAR[]) AS c
        FROM exchange ORDER BY ts""",
    "nested": """WITH a AS (SELECT account, COUNT(DISTINCT chain) AS n FROM exchange GROUP BY account)
        SELECT MAX(n) AS n FROM a""",
}


@pytest.mark.parametrize("name", sorted(STATEMENTS))
def test_both_engines_give_the_same_rows(both: tuple[Engine, Engine], name: str) -> None:
    first, second = (engine.fetch(STATEMENTS[name]) for engine in both)
    assert first.num_rows
    assert first.schema.names == second.schema.names
    assert first.to_pylist() == second.to_pylist()
    if name != "bits":  # unsigned in one, the same bits signed in the other
        assert [str(kind) for kind in second.schema.types] == [str(kind) for kind in first.schema.types]


def test_tables_and_views_of_spark(spark: SparkEngine, both: tuple[Engine, Engine], tmp_path: Path) -> None:
    spark.run("CREATE TABLE held AS SELECT account, COUNT(*) AS n FROM exchange GROUP BY account")
    spark.run("CREATE OR REPLACE TABLE held AS SELECT account FROM exchange")
    spark.run("INSERT INTO held SELECT 'new' AS account")
    assert spark.fetch("SELECT COUNT(*) AS n FROM held").to_pylist() == [{"n": 41}]
    spark.run("CREATE VIEW more AS SELECT * FROM held WHERE account = 'new'")
    assert spark.fetch("SELECT * FROM more").num_rows == 1
    spark.run("DROP TABLE held")
    spark.put("held", pa.table({"a": [2, 1]}))
    spark.put("held", pa.table({"b": ["x"]}))
    assert spark.fetch("SELECT * FROM held").to_pylist() == [{"b": "x"}]
    path = tmp_path / "it's [1].parquet"
    spark.save("SELECT account, template FROM exchange ORDER BY ts", path)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert pq.read_table(path).num_rows == 40
    spark.load("loaded", [path])
    assert spark.fetch("SELECT COUNT(*) AS n FROM loaded").to_pylist() == [{"n": 40}]
    spark.run("DROP VIEW loaded")
    with pytest.raises(InternalError, match="loaded"):
        spark.fetch("SELECT * FROM loaded")


def _same(duck: DuckEngine, spark: SparkEngine, log: Log) -> list[dict[str, Any]]:
    found: list[tuple[Any, list[dict[str, Any]]]] = []
    for engine in (duck, spark):
        engine.read(log)
        found.append((check(engine, log, NOW), engine.fetch("SELECT * FROM exchange ORDER BY ts, account").to_pylist()))
    assert found[0] == found[1]
    return found[0][1]


def test_spark_reads_what_duckdb_puts_into_parquet(duck: DuckEngine, spark: SparkEngine, tmp_path: Path) -> None:
    assert len(_same(duck, spark, look([lines(tmp_path / "a.jsonl", rows(6))]))) == 6
    odd = pa.table({"exchange_id": [1], "account": [b"a"], "ts": pa.array([START_US * 1000], pa.timestamp("ns"))})
    pq.write_table(odd, tmp_path / "odd.parquet")
    assert [row["ts"] for row in _same(duck, spark, look([tmp_path / "odd.parquet"]))] == [START_US]


def test_naive_times_and_other_columns_in_other_files(duck: DuckEngine, spark: SparkEngine, tmp_path: Path) -> None:
    stamps = pa.array([START_US], pa.timestamp("us"))
    pq.write_table(pa.table({"exchange_id": ["1"], "account": ["a"], "ts": stamps}), tmp_path / "a.parquet")
    parquet(tmp_path / "_b.parquet", rows(3))
    assert len(_same(duck, spark, look([tmp_path]))) == 4


def test_copies_and_clocks_are_the_same_for_both(duck: DuckEngine, spark: SparkEngine, tmp_path: Path) -> None:
    hour = 3_600_000_000
    parquet(tmp_path / "a.parquet", rows(20, ahead_us=hour))
    parquet(tmp_path / "b.parquet", rows(5, ahead_us=hour))
    assert [row["ts"] for row in _same(duck, spark, look([tmp_path]))][:2] == [START_US, START_US + 60_000_000]


def test_an_empty_log_in_spark(duck: DuckEngine, spark: SparkEngine, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").touch()
    assert _same(duck, spark, look([tmp_path / "a.jsonl"])) == []


def test_errors_of_spark(spark: SparkEngine, tmp_path: Path) -> None:
    with pytest.raises(InternalError):
        spark.fetch("SELECT * FROM nowhere")
    file = parquet(tmp_path / "a.parquet", rows(2))
    spark.read(look([file]))
    file.unlink()
    with pytest.raises(FormatError, match="The log cannot be read"):
        spark.fetch("SELECT * FROM exchange")


def test_without_java_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="openjdk-17-jre-headless"):
        SparkEngine()


def test_without_pyspark_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(UsageError, match=r"pip install 'wiretell\[hunt,spark\]'"):
        SparkEngine()
    assert spark_module.INSTALL
