"""Queries as a pack of osqueryd, or as SQL to read.

Form: https://osquery.readthedocs.io/en/stable/deployment/configuration/ ("Query Packs").
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from wiretell.fleet.exports.osquery.queries import Query


def pack(queries: Iterable[Query], interval: int, notes: Iterable[str]) -> dict[str, Any]:
    """Return a pack. `interval`: seconds. Of a snapshot all rows are logged each time; of other queries those that
    appear and vanish, one line each."""
    return {
        "platform": "posix",
        "queries": {
            query.name: {
                "query": _one_line(query.sql),
                "interval": interval,
                "description": query.told,
                "platform": query.platform,
                "version": query.least,
                "snapshot" if query.snapshot else "removed": True,
            }
            for query in queries
        },
        "wiretell": {"notes": list(notes)},
    }


def as_json(made: dict[str, Any]) -> str:
    """Return a pack as JSON, in ASCII."""
    return json.dumps(made, indent=1) + "\n"


def as_sql(queries: Iterable[Query], notes: Iterable[str]) -> str:
    """Return the queries one after the other, each with what it means as a comment behind it, and notes at the end.

    A text that begins with `--` is an option to programs that are given it: `osqueryi "$(... --form sql)"`.
    """
    told = "\n".join(f"{query.sql}\n-- {query.name} ({query.platform}): {query.told}\n" for query in queries)
    return (told or "SELECT 1 WHERE 0;\n") + "\n" + "".join(f"-- {' '.join(note.split())}\n" for note in notes)


def _one_line(sql: str) -> str:
    """No literal holds a line break (see `literals.text`), so that these are all of the layout."""
    return " ".join(line.strip() for line in sql.split("\n"))
