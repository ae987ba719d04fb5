"""The SQL of a hunt, one file a step: its text, filled in and run. `sql/NN-name.sql` makes the table `name`.

Texts are in DuckDB's dialect. What stands in braces is filled in here and is never data of a log: numbers, names of
tables and columns, and `{hash}`, the engine's own 64-bit hash. Hashes are keys within one hunt only, since engines and
their versions differ in them; nothing that leaves the engine holds one. (With 10^8 texts two of them share a key with
a chance of 3 in 10,000.)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Final, TypeAlias

from wiretell.hunt.engine.interface import ArrowTable, Engine

Progress: TypeAlias = Callable[[str], None]
"""Takes one short line about what is going on; may be called often."""

_HASHES: Final = {"duckdb": "HASH", "spark": "XXHASH64"}
_COMMENT: Final = re.compile(r"--[^\n]*")


def quiet(_line: str) -> None:
    """Swallow progress."""


@cache
def text(step: str) -> str:
    """Return the text of `sql/STEP.sql` as it is shipped."""
    return resources.files("wiretell.hunt").joinpath("sql", f"{step}.sql").read_text("utf-8")


class Statements:
    """Runs steps on an engine, each of which makes a table."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.hash = _HASHES[engine.name]

    def step(self, step: str, name: str = "", **values: str | int) -> None:
        """Make the table of a step, called `name` if that is given, replacing what had its name."""
        self.table(name or step.partition("-")[2].replace("-", "_"), self.filled(step, **values))

    def filled(self, step: str, **values: str | int) -> str:
        """Return the query of a step."""
        query = _COMMENT.sub("", text(step))
        for key, value in {"hash": self.hash, **values}.items():
            query = query.replace(f"{{{key}}}", str(value))
        return query.strip()

    def table(self, name: str, query: str) -> None:
        """Make a table of a query's rows, replacing what had its name."""
        self.drop(name)
        self.engine.run(f"CREATE TABLE {name} AS {query}")

    def view(self, name: str, query: str) -> None:
        """Make a view, replacing what had its name."""
        self.engine.run(f"DROP VIEW IF EXISTS {name}")
        self.engine.run(f"CREATE VIEW {name} AS {query}")

    def drop(self, *names: str) -> None:
        """Forget tables, if they are there."""
        for name in names:
            self.engine.run(f"DROP TABLE IF EXISTS {name}")

    def fetch(self, query: str) -> ArrowTable:
        """Return the rows of a query."""
        return self.engine.fetch(query)

    def number(self, query: str) -> int:
        """Return the one whole number of a query; 0 for null."""
        return self.engine.fetch(query).column(0)[0].as_py() or 0
