"""Who is far less tied than the others, and crowds."""

from __future__ import annotations

import numpy as np

from tests.hunt.building import Triple, tables
from wiretell.hunt.graph.parts import NONE, own
from wiretell.hunt.graph.refining import CROWD, refined, support, without_crowds
from wiretell.hunt.tables import Tables

STRONG = ("payment", "network", "headers", "template", "prefix", "failover")


def group(letter: str, size: int, *kinds: str) -> list[Triple]:
    return [(f"{letter}{at}", kind, f"{letter}-{kind}") for at in range(size) for kind in kinds]


def parts_of(log: Tables) -> set[frozenset[str]]:
    whole = np.zeros(len(log.accounts), dtype=np.int64)
    part = refined(log, whole, own(log, whole))
    return {frozenset(map(str, log.accounts.names[part == number])) for number in np.unique(part[part != NONE])}


def test_support_adds_up_the_best_of_each_kind() -> None:
    triples = [*group("a", 4, "payment", "prefix"), ("a0", "payment", "more"), ("a1", "payment", "more")]
    log = tables(triples, total_accounts=64, holders={("payment", "a-payment"): 8})
    # 4 of 64 are in the part: 4 bits for what it alone has, 3 for what half of whose holders it has.
    assert support(log, own(log, np.zeros(4, dtype=np.int64))).tolist() == [8, 8, 7, 7]


def test_one_who_hangs_on_is_left_out() -> None:
    triples = [*group("a", 10, *STRONG), ("z", "network", "a-network"), ("z", "headers", "a-headers")]
    assert parts_of(tables(triples, total_accounts=1000)) == {frozenset(f"a{at}" for at in range(10))}


def test_a_light_group_tied_to_a_strong_one_becomes_its_own() -> None:
    tied = [("a0", "network", "pool"), ("b0", "network", "pool")]
    triples = [*group("a", 20, *STRONG), *group("b", 5, "template"), *tied]
    expected = {frozenset(f"a{at}" for at in range(20)), frozenset(f"b{at}" for at in range(5))}
    assert parts_of(tables(triples, total_accounts=1000)) == expected


def test_members_alike_all_stay() -> None:
    log = tables(group("a", 7, "payment", "prefix"), total_accounts=1000)
    assert parts_of(log) == {frozenset(f"a{at}" for at in range(7))}


def test_many_need_three_kinds_and_a_client_is_one() -> None:
    for kinds, stays in (
        (("network", "template"), False),
        (("headers", "prefix", "template"), False),
        (("network", "template", "prefix"), True),
    ):
        log = tables(group("a", CROWD + 1, *kinds), total_accounts=10_000)
        whole = np.zeros(len(log.accounts), dtype=np.int64)
        part, held = without_crowds(log, whole, own(log, whole))
        assert bool(np.all(part != NONE)) is stays
        assert bool(len(held.edge)) is stays
