"""One kind alone holds nothing together."""

from __future__ import annotations

import numpy as np

from tests.hunt.building import Triple, tables
from wiretell.hunt.graph.parts import NONE
from wiretell.hunt.graph.splitting import split
from wiretell.hunt.rule import shipped
from wiretell.hunt.tables import Tables

RULE = shipped()
LOG = 10_000


def parts_of(log: Tables) -> set[frozenset[str]]:
    part, _ = split(log, np.zeros(len(log.accounts), dtype=np.int64), RULE)
    return {
        frozenset(str(name) for name in log.accounts.names[part == number]) for number in np.unique(part[part != NONE])
    }


def group(letter: str, size: int, *kinds: str) -> list[Triple]:
    return [(f"{letter}{at}", kind, f"{letter}-{kind}") for at in range(size) for kind in kinds]


def test_two_groups_chained_by_one_kind_fall_apart() -> None:
    for chain in ("network", "payment", "headers", "prefix", "template", "failover"):
        others = [kind for kind in ("network", "payment", "headers", "prefix") if kind != chain]
        triples = [*group("a", 5, *others), *group("b", 5, *others), ("a0", chain, "pool"), ("b0", chain, "pool")]
        found = parts_of(tables(triples, total_accounts=LOG))
        assert found == {frozenset(f"{letter}{at}" for at in range(5)) for letter in "ab"}


def test_two_groups_tied_by_two_kinds_are_one() -> None:
    triples = [*group("a", 5, "payment", "prefix"), *group("b", 5, "payment", "prefix")]
    everybody = [f"{letter}{at}" for letter in "ab" for at in range(5)]
    triples += [(name, kind, "both") for name in everybody for kind in ("network", "template")]
    assert parts_of(tables(triples, total_accounts=LOG)) == {frozenset(everybody)}


def test_a_chain_of_three_by_different_kinds_falls_apart() -> None:
    triples = [
        *group("a", 4, "payment", "prefix"),
        *group("b", 4, "payment", "prefix"),
        *group("c", 4, "payment", "prefix"),
    ]
    triples += [("a0", "network", "x"), ("b0", "network", "x"), ("b1", "template", "y"), ("c1", "template", "y")]
    assert len(parts_of(tables(triples, total_accounts=LOG))) == 3


def test_one_kind_alone_is_no_part() -> None:
    assert parts_of(tables(group("a", 5, "network"), total_accounts=LOG)) == set()


def test_an_account_that_shares_one_kind_only_drops_out() -> None:
    triples = [*group("a", 5, "payment", "prefix"), ("z", "payment", "a-payment")]
    assert parts_of(tables(triples, total_accounts=LOG)) == {frozenset(f"a{at}" for at in range(5))}
