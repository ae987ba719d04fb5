"""The seam between the SQL of a hunt and what runs it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from wiretell.hunt.log.interface import Log

ArrowTable: TypeAlias = Any
"""`pyarrow.Table`, which ships no types."""


class Engine(Protocol):
    """Runs statements in DuckDB's dialect; each transpiles its own. Tables and views live as long as the engine."""

    name: str
    """`duckdb` or `spark`."""

    def read(self, log: Log) -> None:
        """Make the view `exchange` (columns of `log.interface.COLUMNS`) over the rows of a log."""

    def run(self, sql: str) -> None:
        """Carry out one statement that gives no rows: `CREATE TABLE ... AS`, `CREATE VIEW`, `DROP TABLE`."""

    def fetch(self, sql: str) -> ArrowTable:
        """Return the rows of a query. The order is the query's own `ORDER BY`."""

    def put(self, name: str, table: ArrowTable) -> None:
        """Make an Arrow table known under a name, replacing what had it."""

    def save(self, sql: str, path: Path) -> None:
        """Write the rows of a query as one Parquet file: whole or not at all."""

    def load(self, name: str, paths: Sequence[Path]) -> None:
        """Make a view over Parquet files that `save` wrote."""

    def close(self) -> None:
        """End it; nothing stays behind."""
