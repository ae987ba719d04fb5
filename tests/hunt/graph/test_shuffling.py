"""Shuffles keep every degree; strength by chance is rare against more chance."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.hunt.building import tables
from tests.hunt.graph.planting import World
from wiretell.hunt.graph.clustering import clusters
from wiretell.hunt.graph.interface import Cluster
from wiretell.hunt.graph.shuffling import LEAST, is_far_above, null_scores, q_values, shuffled, shuffles_of
from wiretell.hunt.rule import shipped
from wiretell.hunt.tables import Tables

RULE = shipped()
KINDS = ("payment", "network", "headers", "template", "prefix", "failover")

triples = st.lists(
    st.tuples(st.sampled_from([f"a{at}" for at in range(30)]), st.sampled_from(KINDS), st.sampled_from("uvwxyz")),
    max_size=150,
)


def degrees(log: Tables) -> tuple[list[int], list[int]]:
    by_kind = np.zeros((len(log.accounts), len(KINDS)), dtype=np.int64)
    np.add.at(by_kind, (log.edges.account, log.tokens.kind[log.edges.token]), 1)
    return by_kind.ravel().tolist(), np.bincount(log.edges.token, minlength=len(log.tokens)).tolist()


@settings(max_examples=60, deadline=None)
@given(triples=triples, seed=st.integers(0, 1000))
def test_degrees_stay_but_for_edges_that_are_dropped(triples: list[tuple[str, str, str]], seed: int) -> None:
    log = tables(triples)
    dealt = shuffled(log, np.random.default_rng(seed))
    pairs = list(zip(dealt.edges.account.tolist(), dealt.edges.token.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    dropped = len(log.edges) - len(dealt.edges)
    for before, after in zip(degrees(log), degrees(dealt), strict=True):
        assert all(now <= was for was, now in zip(before, after, strict=True))
        assert sum(before) - sum(after) == dropped


def test_hardly_an_edge_is_dropped_and_hardly_one_stays() -> None:
    world = World(5)
    world.honest(2000)
    log, _ = world.tables()
    dealt = shuffled(log, np.random.default_rng(1))
    assert len(log.edges) - len(dealt.edges) < len(log.edges) / 1000
    assert degrees(log)[0] != [] and sum(degrees(dealt)[0]) > 0.999 * sum(degrees(log)[0])
    before = set(zip(log.edges.account.tolist(), log.edges.token.tolist(), strict=True))
    after = set(zip(dealt.edges.account.tolist(), dealt.edges.token.tolist(), strict=True))
    rare = {pair for pair in before if log.tokens.holders[pair[1]] <= 10}
    assert len(rare & after) < 0.05 * len(rare)


def test_counts_stay_with_their_account() -> None:
    log = tables(
        [("a", "payment", "x"), ("b", "payment", "y"), ("c", "payment", "z")],
        seen={("a", "payment", "x"): (1, 5, 6), ("b", "payment", "y"): (2, 5, 6), ("c", "payment", "z"): (3, 5, 6)},
    )
    dealt = shuffled(log, np.random.default_rng(0))
    assert dict(zip(dealt.edges.account.tolist(), dealt.edges.n.tolist(), strict=True)) == {0: 1, 1: 2, 2: 3}


def weight(_: Tables, cluster: Cluster) -> float:
    return cluster.density * len(cluster.accounts)


def test_a_campaign_is_significant_and_a_shuffle_is_not() -> None:
    world = World(6)
    world.honest(500)
    world.campaign(15, 1)
    log, _ = world.tables()
    null = null_scores(log, RULE, 1, weight)
    real = [weight(log, cluster) for cluster in clusters(log, RULE)]
    assert q_values(np.array(real), null.scores, null.shuffles)[np.argmax(real)] == 0
    found = 0
    for seed in range(2):
        chance = shuffled(log, np.random.default_rng(100 + seed))
        scores = np.array([weight(chance, cluster) for cluster in clusters(chance, RULE)])
        again = null_scores(chance, RULE, seed, weight)
        found += int((q_values(scores, again.scores, again.shuffles) < 0.01).sum())
    assert found <= 1


@given(
    scores=arrays.arrays(np.float64, st.integers(0, 30), elements=st.floats(0, 100)),
    null=arrays.arrays(np.float64, st.integers(0, 30), elements=st.floats(0, 100)),
    shuffles=st.integers(1, 20),
)
def test_q_values_are_shares_that_fall_with_strength(scores: np.ndarray, null: np.ndarray, shuffles: int) -> None:
    found = q_values(scores, null, shuffles)
    assert np.all((found >= 0) & (found <= 1))
    order = np.argsort(scores)
    assert np.all(np.diff(found[order]) <= 0)
    for score, q in zip(scores, found, strict=True):
        assert q <= (null >= score).sum() / shuffles / (scores >= score).sum()
        assert np.all(found[scores == score] == q)


def test_q_values_of_scores_that_are_the_null_are_not_small() -> None:
    rng = np.random.default_rng(0)
    below = [(q_values(rng.normal(size=50), rng.normal(size=1000), 20) < 0.05).any() for _ in range(200)]
    # The plain ratio lets the strongest of 50 pass when no null is above it: 20 nulls for each, so about 1 in 20.
    assert np.mean(below) < 0.12


def test_bigger_graphs_are_shuffled_less() -> None:
    small = tables([("a", "payment", "x"), ("b", "payment", "x")])
    assert shuffles_of(small, RULE) == RULE.tiers.shuffles


def test_no_more_shuffles_than_it_takes() -> None:
    world = World(6)
    world.honest(200)
    world.campaign(15, 1)
    log, _ = world.tables()
    assert null_scores(log, RULE, 1, weight, np.array([1e6])).shuffles == LEAST
    assert null_scores(log, RULE, 1, weight, np.empty(0)).shuffles == 1
    assert null_scores(log, RULE, 1, lambda *_: 50.0, np.array([40.0])).shuffles == RULE.tiers.shuffles


@given(
    null=arrays.arrays(np.float64, st.integers(0, 30), elements=st.floats(0, 100)),
    real=st.floats(0, 200),
    further=st.floats(0, 50),
)
def test_a_stronger_score_is_as_far_above(null: np.ndarray, real: float, further: float) -> None:
    weak, strong = (is_far_above(np.array([score]), null, 3, RULE) for score in (real, real + further))
    assert strong >= weak
    if weak:
        assert not (null >= real).any()


def test_scores_near_the_tail_of_chance_are_not_far_above() -> None:
    null = np.random.default_rng(0).exponential(4.0, 200) + 10
    assert not is_far_above(np.array([null.max() + 1]), null, 5, RULE)
    assert is_far_above(np.array([null.max() + 80]), null, 5, RULE)
