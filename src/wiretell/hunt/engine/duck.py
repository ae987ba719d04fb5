"""DuckDB: a hunt in this process, over logs larger than memory."""

# ruff: noqa: S608 - writing statements is the work; what they name is ours, paths are quoted
from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wiretell.errors import UsageError
from wiretell.hunt.engine import embedded
from wiretell.hunt.engine.arrow import usual
from wiretell.hunt.engine.interface import ArrowTable
from wiretell.hunt.engine.settings import memory_mb as memory_of
from wiretell.hunt.engine.settings import threads as threads_of
from wiretell.hunt.log import shaping
from wiretell.hunt.log.interface import Log, Part
from wiretell.hunt.log.landing import land


class DuckEngine:
    """Runs statements in DuckDB, in a folder of its own that goes with it."""

    name = "duckdb"

    def __init__(self, memory_mb: int | None = None, threads: int | None = None, scratch: Path | None = None) -> None:
        """Open an empty database in memory.

        `memory_mb`: megabytes it may take before it spills to disk; None: 60 % of the machine's, at most 6144.
        `threads`: None: one a processor. `scratch`: folder for what it spills; None: the system's for temporary files.

        :raises UsageError: where DuckDB is not installed, or the folder cannot be written.
        """
        try:
            self._folder = Path(tempfile.mkdtemp(prefix="wiretell-hunt-", dir=scratch))
        except OSError as error:
            raise UsageError(
                f"No temporary files can be written ({error}); set TMPDIR to a folder with room."
            ) from None
        self._files: tuple[Path, ...] = ()
        """Parquet that the views read as it is."""
        try:
            self._connection: Any = embedded.connect(memory_of(memory_mb), threads_of(threads), self._folder)
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def read(self, log: Log) -> None:
        """Make the view `exchange` over the rows of a log; files that are no Parquet are put into some first."""
        landed = log if log.form == "parquet" else land(log, self._folder, self._connection)
        self._files = log.files if log.form == "parquet" else ()
        parts = {f"exchange_part{number}": part for number, part in enumerate(landed.parts)}
        with embedded.told(self._files):
            for name, part in parts.items():
                self._view(name, f"SELECT * FROM read_parquet({embedded.listed(part.files)})")
            if not parts:
                self._view("exchange_part0", "SELECT CAST(NULL AS VARCHAR) AS account WHERE FALSE")
                parts = {"exchange_part0": Part((), {"account": "text"})}
            self._view("exchange_told", shaping.told(parts))
            self._view("exchange_read", shaping.read())
            self._view("exchange", shaping.exchange())

    def run(self, sql: str) -> None:
        """Carry out one statement that gives no rows."""
        with embedded.told(self._files):
            self._connection.execute(sql).fetchall()

    def fetch(self, sql: str) -> ArrowTable:
        """Return the rows of a query. Integers are 64 bits wide, texts and lists plain, whatever DuckDB has them in."""
        with embedded.told(self._files):
            return usual(self._connection.sql(sql).to_arrow_table())

    def put(self, name: str, table: ArrowTable) -> None:
        """Make an Arrow table known under a name, replacing what had it."""
        with embedded.told():
            self._forget(name)
            self._connection.register("wiretell_put", table)
            self._connection.execute(f"CREATE TABLE {name} AS SELECT * FROM wiretell_put")
            self._connection.unregister("wiretell_put")

    def save(self, sql: str, path: Path) -> None:
        """Write the rows of a query as one Parquet file: whole or not at all, and durable."""
        undone = path.with_name(f".{path.name}.tmp")
        try:
            with embedded.told(self._files):
                self._connection.execute(
                    f"COPY ({sql}) TO {embedded.quoted(str(undone))} (FORMAT parquet, COMPRESSION zstd)"
                )
            appear(undone, path)
        except BaseException:
            undone.unlink(missing_ok=True)
            raise

    def load(self, name: str, paths: Sequence[Path]) -> None:
        """Make a view over Parquet files that `save` wrote."""
        with embedded.told():
            self._forget(name)
            self._view(name, f"SELECT * FROM read_parquet({embedded.listed(paths)})")

    def close(self) -> None:
        """End it; nothing stays behind."""
        try:
            self._connection.close()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _view(self, name: str, query: str) -> None:
        self._connection.execute(f"CREATE OR REPLACE VIEW {name} AS {query}")

    def _forget(self, name: str) -> None:
        kinds = self._connection.execute(
            "SELECT table_type FROM information_schema.tables WHERE table_name = ?", [name]
        ).fetchall()
        for (kind,) in kinds:
            self._connection.execute(f"DROP {'VIEW' if kind == 'VIEW' else 'TABLE'} {name}")


def appear(undone: Path, path: Path) -> None:
    """Give a finished file its name, durably."""
    for place in (undone, path.parent):
        if place is not undone:
            undone.replace(path)
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
