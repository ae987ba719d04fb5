"""Failover: what is one, and what only looks like it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hunt.rolling import reference
from tests.hunt.rolling.reference import Row, row
from wiretell.hunt.engine.duck import DuckEngine
from wiretell.hunt.fetching import core_tables
from wiretell.hunt.rollup import roll
from wiretell.hunt.rule import shipped

MINUTE = 60_000_000


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    opened = DuckEngine(memory_mb=512, threads=1)
    yield opened
    opened.close()


def holders(engine: DuckEngine, *rows: Row) -> set[str]:
    """Return who holds a failover token; everybody shares a card, so that the core keeps them."""
    reference.put(engine, [{**one, "payment": "card"} for one in rows])
    roll(engine, shipped())
    tables = core_tables(engine, {}, shipped(), 0)
    kept = tables.edges.account[tables.tokens.kind[tables.edges.token] == 5]
    return set(tables.accounts.names[kept])


def test_a_conversation_that_goes_on_under_a_sibling(engine: DuckEngine) -> None:
    rows = [
        row("ann", 0, chain="c", depth=2),
        row("ann", MINUTE, chain="c", depth=3),
        row("bob", 9 * MINUTE, chain="c", depth=4),
    ]
    assert holders(engine, *rows) == {"ann", "bob"}


def test_a_refused_item_that_is_tried_again_on_a_sibling(engine: DuckEngine) -> None:
    rows = [row("ann", 0, chain="c", depth=2, status=429), row("bob", MINUTE, chain="c", depth=2)]
    assert holders(engine, *rows) == {"ann", "bob"}


def test_a_public_prompt_is_none_even_within_minutes(engine: DuckEngine) -> None:
    assert not holders(engine, row("ann", 0, chain="c", depth=2), row("bob", MINUTE, chain="c", depth=2))


def test_a_public_prompt_is_none_where_each_goes_on(engine: DuckEngine) -> None:
    ann = [row("ann", n * 10 * MINUTE, chain="c", depth=2 + n) for n in range(5)]
    bob = [row("bob", (n * 10 + 3) * MINUTE, chain="c", depth=2 + n) for n in range(5)]
    assert not holders(engine, *ann, *bob)


def test_too_late_is_none(engine: DuckEngine) -> None:
    assert not holders(engine, row("ann", 0, chain="c", depth=2), row("bob", 31 * MINUTE, chain="c", depth=3))
    assert holders(engine, row("ann", 0, chain="c", depth=2), row("bob", 30 * MINUTE, chain="c", depth=3))


def test_over_midnight(engine: DuckEngine) -> None:
    late = reference.DAY - 5 * MINUTE
    assert holders(engine, row("ann", late, chain="c", depth=2), row("bob", late + 10 * MINUTE, chain="c", depth=3))


def test_a_shared_session_name_without_blocks_is_none(engine: DuckEngine) -> None:
    assert not holders(engine, row("ann", 0, chain="default"), row("bob", MINUTE, chain="default"))


def test_three_hands(engine: DuckEngine) -> None:
    rows = [row(name, n * MINUTE, chain="c", depth=2 + n) for n, name in enumerate(("ann", "bob", "cat"))]
    assert holders(engine, *rows, row("dan", chain="d", depth=2)) == {"ann", "bob", "cat"}
