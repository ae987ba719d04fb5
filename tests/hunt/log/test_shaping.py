"""The view as SQL: whatever columns a log has, the statement parses in both dialects and gives all of COLUMNS."""

from __future__ import annotations

from pathlib import Path

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from wiretell.hunt.engine.dialect import to_spark
from wiretell.hunt.log import shaping
from wiretell.hunt.log.interface import COLUMNS, Held, Part

_SQL: dict[Held, str] = {
    "text": "'7'",
    "texts": "['a', 'b']",
    "time": "TIMESTAMPTZ '2026-06-21 00:00:00+00'",
    "date": "DATE '2026-06-21'",
    "integer": "7",
    "number": "7.5::DOUBLE",
    "flag": "TRUE",
    "other": "{'a': 1}",
}

parts = st.dictionaries(st.sampled_from(sorted(shaping.READ)), st.sampled_from(sorted(_SQL))).map(
    lambda columns: Part((Path("x"),), columns)
)


@settings(max_examples=60, deadline=None)
@given(part=parts)
def test_any_columns_give_the_view(part: Part) -> None:
    query = shaping.told({"part": part})
    values = ", ".join(f"{_SQL[held]} AS {name}" for name, held in part.columns.items()) or "1 AS nothing"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW part AS SELECT {values}")
        connection.execute(f"CREATE VIEW exchange_told AS {query}")
        described = connection.execute("DESCRIBE exchange_told").fetchall()
        assert {name: kind for name, kind, *_ in described if name != "told_at"} == dict(COLUMNS)
        assert len(connection.execute("FROM exchange_told").fetchall()) <= 1
    if shaping.is_plain(part):
        assert to_spark(query)


@settings(max_examples=30, deadline=None)
@given(part=parts)
def test_a_part_made_plain_is_plain(part: Part) -> None:
    assert shaping.is_plain(Part(part.files, shaping.plain_columns(part)))
