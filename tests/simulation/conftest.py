from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from wiretell.simulation import Settings, Summary, simulate


class Made:
    """A log and its truth, to be asked in SQL: `e` the exchanges, `a` the accounts."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder
        self.summary: Summary = simulate(settings, folder)
        self.engine = duckdb.connect()
        self.engine.execute("SET TimeZone = 'UTC'")
        self.engine.execute(f"CREATE TABLE e AS SELECT * FROM read_parquet('{folder}/log/*/*.parquet')")
        self.engine.execute(f"CREATE TABLE a AS SELECT * FROM read_parquet('{folder}/truth/accounts.parquet')")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.engine.execute(query).fetchall()
        return found

    def one(self, query: str) -> Any:
        return self.rows(query)[0][0]


@pytest.fixture(scope="session")
def levels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """One campaign of 60 accounts at each level, all of them harvest among resold traffic."""
    settings = Settings(
        accounts=1500,
        days=10,
        sizes=(60,),
        kinds=("hydra",),
        shared_keys=6,
        grey=0.01,
        span=(0.0, 0.1),
        seed=5,
        workers=1,
    )
    yield Made(settings, tmp_path_factory.mktemp("levels") / "made")


@pytest.fixture(scope="session")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    settings = Settings(
        preset="honest", accounts=4000, days=12, prevalence=0.0, shared_keys=0, grey=0.0, seed=6, workers=1
    )
    yield Made(settings, tmp_path_factory.mktemp("honest") / "made")
