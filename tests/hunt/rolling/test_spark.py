"""Both engines give the same tables. One Spark session; a minute on a quiet machine, since every step is a job."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.hunt.engine import sparking
from tests.hunt.rolling import reference
from tests.hunt.rolling.test_state import busy, same
from wiretell.hunt.engine.duck import DuckEngine
from wiretell.hunt.engine.interface import Engine
from wiretell.hunt.engine.spark import SparkEngine
from wiretell.hunt.fetching import core_tables
from wiretell.hunt.rollup import roll
from wiretell.hunt.rule import shipped
from wiretell.hunt.tables import Tables

spark = pytest.fixture(scope="module")(sparking.engine)


@pytest.fixture(scope="module")
def duck() -> Iterator[DuckEngine]:
    with closing(DuckEngine(memory_mb=512, threads=1)) as opened:
        yield opened


def hunted(engine: Engine) -> Tables:
    reference.put(engine, [one for day in range(3) for one in busy(1, day)])
    roll(engine, shipped())
    return core_tables(engine, {"a05": "g", "a06": "g"}, shipped(), 7)


@pytest.mark.long
def test_spark_gives_what_duckdb_gives(duck: DuckEngine, spark: SparkEngine) -> None:
    tables = hunted(duck)
    assert {0, 1, 2, 3, 4, 5} == set(tables.tokens.kind)
    same(hunted(spark), tables)
