"""What chance gives, and what it does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hunt.building import accounts, tables
from tests.hunt.graph.planting import World
from wiretell.hunt.graph import backing
from wiretell.hunt.graph.backing import backed
from wiretell.hunt.graph.weights import LIFT, distinct_entities, surprise, token_bits
from wiretell.hunt.rule import shipped

LOG = 10_000


@pytest.fixture(scope="module")
def poisson() -> Any:
    from scipy import stats  # takes seconds, and every process of the tests reads this file

    return stats.poisson


@given(seen=st.integers(1, 60), expected=st.floats(1e-6, 50))
def test_surprise_bounds_the_poisson_tail(poisson: Any, seen: int, expected: float) -> None:
    bits = float(surprise(np.array([seen]), np.array([expected]))[0])
    if seen <= expected:
        assert bits == 0
        return
    exact = -poisson.logsf(seen - 1, expected) / np.log(2)
    assert bits <= exact + 1e-6
    if seen >= 2 * expected and exact < 900:  # beyond that, the exact tail is no double any more
        assert bits >= exact - 1.5


@given(
    pairs=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), max_size=40),
)
def test_distinct_entities_counts_each_once(pairs: list[tuple[int, int]]) -> None:
    group = np.array([pair[0] for pair in pairs], dtype=np.int64)
    entity = np.array([pair[1] for pair in pairs], dtype=np.int32)
    told = [len({other for one, other in pairs if one == number}) for number in range(6)]
    assert distinct_entities(group, entity, 6).tolist() == told


def test_pairs_of_rare_tokens_are_backed_and_popular_ones_are_not() -> None:
    rare = [(f"a{at}", kind, "own") for at in range(4) for kind in ("payment", "network")]
    common = [(f"b{at}", kind, "common") for at in range(40) for kind in ("prefix", "template")]
    # 600 and 700 hold these in the whole log: some 42 of 10,000 hold both by chance.
    log = tables([*rare, *common], total_accounts=LOG, holders={("prefix", "common"): 600, ("template", "common"): 700})
    mask = backed(log)
    names = log.accounts.names[log.edges.account]
    assert {bool(at) for at in mask[[str(name).startswith("a") for name in names]]} == {True}
    assert {bool(at) for at in mask[[str(name).startswith("b") for name in names]]} == {False}


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [(("headers", "prefix"), False), (("headers", "template"), True), (("network", "prefix"), True)],
)
def test_a_client_brings_headers_and_system_part(kinds: tuple[str, str], expected: bool) -> None:
    log = tables([(f"a{at}", kind, "own") for at in range(5) for kind in kinds], total_accounts=LOG)
    assert backed(log).tolist() == [expected] * 10


def test_accounts_of_one_entity_count_once() -> None:
    triples = [(f"a{at}", kind, "own") for at in range(6) for kind in ("payment", "network")]
    firm = {f"a{at}": "firm" for at in range(6)}
    assert not backed(tables(triples, profiles=accounts(firm, entities=firm), total_accounts=LOG)).any()
    del firm["a3"]
    mixed = accounts([f"a{at}" for at in range(6)], entities=firm)
    assert backed(tables(triples, profiles=mixed, total_accounts=LOG)).all()


def test_a_token_of_a_third_of_the_log_tells_nothing() -> None:
    triples = [(f"a{at}", kind, "own") for at in range(20) for kind in ("payment", "network")]
    assert backed(tables(triples, total_accounts=int(20 * LIFT))).all()
    assert not backed(tables(triples, total_accounts=int(20 * LIFT) - 1)).any()


def test_templates_and_networks_weigh_by_facts() -> None:
    log = tables(
        [(f"a{at}", kind, "own") for at in range(2) for kind in ("payment", "template", "network")], total_accounts=64
    )
    rule = shipped()
    bits = dict(zip(log.tokens.kind.tolist(), token_bits(log, rule).tolist(), strict=True))
    assert bits == {0: 5.0, 1: 2.5, 3: 5.0 / rule.share.template_bands}


@settings(max_examples=10, deadline=None)
@given(bound=st.integers(1, 20_000), seed=st.integers(0, 100))
def test_with_fewer_pairs_less_is_backed_but_never_other_edges(bound: int, seed: int) -> None:
    world = World(seed)
    world.accounts(3000)
    world.campaign(40, 0)
    log, _ = world.tables()
    whole = backed(log)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backing, "PAIRS", bound)
        part = backed(log)
    # Fewer pairs are fewer to choose from, which asks for fewer bits: what is backed by that is the campaign's still.
    assert part.any()
    assert np.mean(whole[part]) > 0.95
