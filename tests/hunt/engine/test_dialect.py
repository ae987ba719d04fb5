"""What SQLGlot leaves to its user, one test each; `test_spark` shows that the rows are the same."""

from __future__ import annotations

import pytest

from wiretell.errors import InternalError
from wiretell.hunt.engine.dialect import to_spark


@pytest.mark.parametrize(
    ("duckdb", "spark"),
    [
        ("SELECT l[1], l[12]", "SELECT TRY_ELEMENT_AT(l, 1), TRY_ELEMENT_AT(l, 12)"),
        ("SELECT MAKE_TIMESTAMPTZ(7)", "SELECT TIMESTAMP_MICROS(7)"),
        ("SELECT l[2:4]", "SELECT SLICE(l, 2, GREATEST((4) - (2) + 1, 0))"),
        ("SELECT a / b, a // b, a % b, a / 2", None),
        ("SELECT ARRAY_LENGTH(l)", "SELECT SIZE(l)"),
        ("SELECT EPOCH_US(t)", "SELECT UNIX_MICROS(CAST(t AS TIMESTAMP))"),
        ("SELECT 1::UBIGINT << (d % 64)", None),
        ("CREATE TABLE t AS SELECT 1 AS a", "CREATE TABLE t USING PARQUET AS SELECT 1 AS a"),
        ("CREATE OR REPLACE TABLE t AS SELECT 1 AS a", "CREATE TABLE t USING PARQUET AS SELECT 1 AS a"),
        ("CREATE VIEW v AS SELECT 1 AS a", "CREATE OR REPLACE TEMPORARY VIEW v AS SELECT 1 AS a"),
        ("SELECT QUANTILE_CONT(x, 0.5)", "SELECT PERCENTILE(x, 0.5)"),
        ("SELECT a FROM t ORDER BY a", "SELECT a FROM t ORDER BY a NULLS LAST"),
        (
            "SELECT COUNT(*) FILTER (WHERE a > 1) FROM t GROUP BY ALL",
            "SELECT COUNT(*) FILTER(WHERE a > 1) FROM t GROUP BY ALL",
        ),
    ],
)
def test_statements(duckdb: str, spark: str | None) -> None:
    found = to_spark(duckdb)
    if spark is not None:
        assert found == spark


def test_zero_divides_to_null() -> None:
    found = to_spark("SELECT a / b, a // b, a % b, a / 2")
    assert found.count("NULLIF(b, 0)") == 3
    assert found.endswith("a / 2")


def test_unsigned_integers_are_bits_in_signed_ones() -> None:
    found = to_spark("SELECT 1::UBIGINT << (d % 64)")
    assert "UBIGINT" not in found
    assert "AS BIGINT" in found
    assert "AS INT)" in found, "the number of places"


@pytest.mark.parametrize("sql", ["SELECT HASH(a)", "SELECT l[n]", "SELECT LIST(a ORDER BY b) FROM t", "SELEC 1", ""])
def test_what_would_mean_something_else_is_refused(sql: str) -> None:
    with pytest.raises(InternalError):
        to_spark(sql)
