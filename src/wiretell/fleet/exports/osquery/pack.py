"""Queries as a pack of osqueryd, or as SQL to read.

Form: https://osquery.readthedocs.io/en/stable/deployment/configuration/ ("Query Packs").
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from wiretell.fleet.exports.osquery.queries import Query


def pack(queries: Iterable[Query], interval: int, notes: Iterable[str]) -> dict[str, Any]:
    """Return a pack. `interval`: seconds. Rows that appear and vanish are logged, one line each."""
    return {
        "platform": "posix",
        "queries": {
            query.name: {
                "query": _one_line(query.sql),
                "interval": interval,
                "description": query.told,
                "platform": query.platform,
                "version": query.least,
                "removed": True,
            }
            for query in queries
        },
        "wiretell": {"notes": list(notes)},
    }


def as_json(made: dict[str, Any]) -> str:
    """Return a pack as JSON, in ASCII."""
    return json.dumps(made, indent=1) + "\n"


def as_sql(queries: Iterable[Query], notes: Iterable[str]) -> str:
    """Return the queries one after the other, with what they mean as comments."""
    head = "".join(f"-- {' '.join(note.split())}\n" for note in notes)
    return head + "".join(f"\n-- {query.name} ({query.platform}): {query.told}\n{query.sql}\n" for query in queries)


def _one_line(sql: str) -> str:
    """No literal holds a line break (see `literals.text`), so that these are all of the layout."""
    return " ".join(line.strip() for line in sql.split("\n"))
