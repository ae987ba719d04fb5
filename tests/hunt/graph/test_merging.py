"""Splinters of one group are one again; neighbours stay apart."""

from __future__ import annotations

import numpy as np
import pytest

from tests.hunt.building import Triple, tables
from wiretell.hunt.graph.merging import merged


def parts_after(*shared: tuple[str, str, int], strangers: int = 0) -> int:
    """Return how many parts are left of two of six accounts each, of which so many hold each shared token."""
    triples: list[Triple] = [(f"{part}{at}", "payment", f"{part}-card") for part in "ab" for at in range(6)]
    for kind, token, holding in shared:
        triples += [(f"{part}{at}", kind, token) for part in "ab" for at in range(holding)]
        triples += [(f"z{at}", kind, token) for at in range(strangers)]
    log = tables(triples, total_accounts=1000)
    part = np.array([{"a": 0, "b": 1}.get(str(name)[0], -1) for name in log.accounts.names])
    return int(merged(log, part).max()) + 1


def test_two_kinds_that_most_hold_make_one() -> None:
    assert parts_after(("network", "x", 4), ("template", "y", 3)) == 1


def test_two_tokens_of_one_kind_do_not() -> None:
    assert parts_after(("network", "x", 4), ("network", "y", 4)) == 2


@pytest.mark.parametrize("kind", ["prefix", "template"])
def test_one_harness_does(kind: str) -> None:
    assert parts_after((kind, "x", 6)) == 1


@pytest.mark.parametrize("kind", ["network", "payment", "headers", "failover"])
def test_one_pool_or_shop_does_not(kind: str) -> None:
    assert parts_after((kind, "x", 6)) == 2


def test_what_few_of_a_part_hold_marks_nothing() -> None:
    assert parts_after(("network", "x", 2), ("template", "y", 2)) == 2


def test_what_others_hold_as_well_ties_nothing() -> None:
    assert parts_after(("network", "x", 6), ("template", "y", 6), strangers=13) == 2


def test_headers_and_system_part_are_one_kind() -> None:
    assert parts_after(("headers", "x", 4), ("prefix", "y", 4)) == 2
