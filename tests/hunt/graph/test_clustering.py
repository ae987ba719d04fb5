"""Planted campaigns come out whole, apart, and without honest accounts."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.hunt.building import accounts, tables
from tests.hunt.graph.planting import FAILOVER, HEADERS, NETWORK, PAYMENT, PREFIX, TEMPLATE, World, jaccard
from wiretell.hunt.graph.clustering import clusters
from wiretell.hunt.graph.interface import Cluster
from wiretell.hunt.rule import shipped
from wiretell.hunt.tables import Tables

RULE = shipped()
BY_CHANCE = 35
"""Accounts that popular tokens tie by chance, in all but one of a thousand logs: of all pairs of tokens of a log about
one may pass (`backing.py`), and that it has more holders than these, `LIFT` times as many as expected, is another 10
bits less likely."""


def found_for(planted: np.ndarray, found: tuple[Cluster, ...], people: np.ndarray) -> tuple[float, int]:
    """Return the best Jaccard index of any cluster, and how many clusters hold a planted account."""
    scores = [jaccard(people[one.accounts], planted) for one in found]
    touching = sum(len(np.intersect1d(people[one.accounts], planted)) > 0 for one in found)
    return max(scores, default=0.0), touching


def test_nothing_is_found_in_nothing() -> None:
    assert clusters(tables([]), RULE) == ()


def test_nothing_is_found_among_honest_accounts_alone() -> None:
    world = World(3)
    world.honest(8000)
    log, _ = world.tables()
    assert len(log.accounts) > 7000  # the core does not save us: nearly everybody shares something
    found = [len(one.accounts) for one in clusters(log, RULE)]
    assert max(found, default=0) <= 8
    assert sum(found) <= 30  # of 8,000


def test_what_chance_ties_is_rare_and_little() -> None:
    """Nothing in most logs, and less than one account of a thousand in all of them."""
    tied = []
    for seed in range(12):
        world = World(seed)
        world.honest(3000)
        log, _ = world.tables()
        tied.append(sum(len(one.accounts) for one in clusters(log, RULE)))
    assert tied.count(0) >= len(tied) / 2, tied
    assert sum(tied) <= len(tied) * 3, tied


@settings(max_examples=10, deadline=None)
@example(sizes=[128], stealth=1, seed=4487)  # a popular network and header tuple: 19 hold both, of 6 expected
@given(
    sizes=st.lists(st.integers(5, 150), min_size=1, max_size=3),
    stealth=st.integers(0, 3),
    seed=st.integers(0, 10_000),
)
def test_planted_campaigns_are_recovered(sizes: list[int], stealth: int, seed: int) -> None:
    world = World(seed)
    world.honest(3000)
    planted = [world.campaign(size, stealth) for size in sizes]
    log, people = world.tables()
    found = clusters(log, RULE)
    for campaign in planted:
        best, touching = found_for(campaign, found, people)
        # Of a small and careful one, an account or two share too little; nobody else is in it.
        assert best >= min(0.9, 1 - 2 / len(campaign)), (len(campaign), best)
        assert touching == 1
    honest = [len(one.accounts) for one in found if not np.isin(people[one.accounts], np.concatenate(planted)).any()]
    assert sum(honest) <= BY_CHANCE  # by kinds that show nobody working as one, which no tier that counts will carry


@pytest.mark.parametrize("stealth", [0, 1, 2, 3])
def test_campaigns_that_buy_from_one_proxy_pool_are_apart(stealth: int) -> None:
    world = World(7)
    honest = world.honest(5000)
    pool = world.tokens(NETWORK, 60)
    world.some(honest, pool, 0.05)
    planted = [world.campaign(size, stealth, pool) for size in (20, 60, 60, 200)]
    log, people = world.tables()
    found = clusters(log, RULE)
    for campaign in planted:
        best, touching = found_for(campaign, found, people)
        assert best >= 0.9
        assert touching == 1


def test_campaigns_that_pay_with_one_shop_s_cards_are_apart() -> None:
    world = World(8)
    world.honest(5000)
    cards = world.tokens(PAYMENT, 10)
    planted = [world.campaign(size, 2) for size in (30, 60)]
    for campaign in planted:
        world.some(campaign, cards, 2)
    log, people = world.tables()
    found = clusters(log, RULE)
    assert [found_for(campaign, found, people) for campaign in planted] == [(1.0, 1), (1.0, 1)]


def test_a_campaign_of_a_tenth_of_all_accounts_is_one() -> None:
    world = World(9)
    world.honest(9000)
    big, small = world.campaign(1000, 1), world.campaign(5, 1)
    log, people = world.tables()
    found = clusters(log, RULE)
    best, touching = found_for(big, found, people)
    assert best >= 0.99
    assert touching == 1
    assert found_for(small, found, people) == (1.0, 1)


def test_copied_tokens_hide_nobody() -> None:
    world = World(10)
    world.honest(4000)
    campaign = world.campaign(60, 1)
    bare, bare_people = world.tables()
    alone = next(one for one in clusters(bare, RULE) if len(one.accounts) == 60)
    # Each account copies 60 tokens that honest accounts hold.
    honest_tokens = np.arange(0, 800)
    world.some(campaign, honest_tokens, 60)
    log, people = world.tables()
    found = [one for one in clusters(log, RULE) if np.isin(people[one.accounts], campaign).any()]
    assert len(found) == 1
    there = people[found[0].accounts]
    assert np.isin(bare_people[alone.accounts], there).all()
    # Copies outnumber the honest holders of the rarest: a few of these are drawn in, by what was copied alone.
    assert len(there) - len(campaign) <= 5
    assert found[0].density >= alone.density / 2.4


def test_who_is_framed_by_copied_tokens_is_tied_by_these_alone() -> None:
    """An attacker can copy headers, prompts, networks of one victim, but no one else of the victim's is drawn in."""
    world = World(11)
    honest = world.honest(4000)
    campaign = world.campaign(30, 1)
    victim = honest[17]
    own = [world.tokens(kind, 1)[0] for kind in (HEADERS, PREFIX, NETWORK)]
    for token in own:
        world.hold(victim, token)
        world.hold(campaign[:5], token)
    log, people = world.tables()
    drawn = [people[one.accounts] for one in clusters(log, RULE) if np.isin(campaign, people[one.accounts]).any()]
    assert set(np.concatenate(drawn)) - set(campaign) <= {victim}


def test_users_of_one_client_are_no_cluster() -> None:
    """A client brings its header tuple and its system part: two kinds, one reason."""
    world = World(12)
    world.honest(3000)
    users = world.accounts(50)
    world.hold(users, world.tokens(HEADERS, 1))
    world.hold(users, world.tokens(PREFIX, 1))
    log, people = world.tables()
    assert not [one for one in clusters(log, RULE) if np.isin(people[one.accounts], users).any()]


def test_accounts_of_one_organisation_are_no_cluster() -> None:
    who = [f"a{at}" for at in range(6)]
    triples = [(name, kind, kind) for name in who for kind in ("payment", "network", "prefix")]
    one = accounts(who, entities=dict.fromkeys(who, "firm"))
    assert clusters(tables(triples, profiles=one, total_accounts=1000), RULE) == ()
    assert len(clusters(tables(triples, total_accounts=1000), RULE)) == 1


def test_order_of_accounts_and_other_chance_make_no_difference() -> None:
    world = World(13)
    world.honest(2000)
    world.campaign(40, 2)
    log, _ = world.tables()
    once, twice = clusters(log, RULE), clusters(log, RULE)
    assert [one.accounts.tolist() for one in once] == [one.accounts.tolist() for one in twice]
    assert [one.edges.tolist() for one in once] == [one.edges.tolist() for one in twice]


def test_a_cluster_s_arrays_agree() -> None:
    world = World(14)
    world.honest(2000)
    world.campaign(40, 0)
    log, _ = world.tables()
    for one in clusters(log, RULE):
        check_arrays(log, one)


def check_arrays(log: Tables, one: Cluster) -> None:
    for array in (one.accounts, one.tokens, one.edges):
        assert array.dtype == np.int32
        assert np.all(np.diff(array) > 0)
    assert np.array_equal(np.unique(log.edges.account[one.edges]), one.accounts)
    assert np.array_equal(np.unique(log.edges.token[one.edges]), one.tokens)
    held = np.bincount(log.edges.token[one.edges], minlength=len(log.tokens))[one.tokens]
    assert held.min() >= 2
    kinds = {account: set() for account in one.accounts}  # type: dict[int, set[int]]
    for edge in one.edges:
        kinds[log.edges.account[edge]].add(int(log.tokens.kind[log.edges.token[edge]]))
    assert min(map(len, kinds.values())) >= RULE.share.kinds
    assert set().union(*kinds.values()) <= {PAYMENT, NETWORK, HEADERS, TEMPLATE, PREFIX, FAILOVER}


def test_a_country_and_the_users_of_a_client_are_crowds() -> None:
    """They share carriers and prompts in their language; headers, system part and commands."""
    world = World(15)
    world.honest(6000)
    people = world.accounts(600)
    world.some(people, world.tokens(NETWORK, 8), 1.5)
    world.some(people, world.tokens(NETWORK, 200), 1.0)
    world.texts(people, world.tokens(TEMPLATE, 4 * 60), 2.0, 1.0)
    users = world.accounts(200)
    world.hold(users, world.tokens(HEADERS, 1))
    world.hold(users, world.tokens(PREFIX, 1))
    world.texts(users, world.tokens(TEMPLATE, 4 * 10), 3.0)
    log, numbers = world.tables()
    crowds = np.concatenate([people, users])
    sizes = [len(one.accounts) for one in clusters(log, RULE) if np.isin(numbers[one.accounts], crowds).any()]
    assert max(sizes, default=0) <= 5
    assert sum(sizes) <= 20


@pytest.mark.long
def test_the_reported_case_comes_out_whole() -> None:
    """25,000 accounts of one operator among 325,000, beside small ones; seconds of one core."""
    world = World(1)
    honest = world.honest(300_000)
    pool = world.tokens(NETWORK, 200)
    world.some(honest, pool, 0.02)
    planted = [world.campaign(5, 1), *(world.campaign(size, 1, pool) for size in (50, 500)), world.campaign(25_000, 1)]
    log, people = world.tables()
    begun = time.process_time()
    found = clusters(log, RULE)
    spent_s = time.process_time() - begun
    for campaign in planted:
        best, touching = found_for(campaign, found, people)
        assert best >= 0.99
        assert touching == 1
    assert spent_s < 30, spent_s  # some 8 on a quiet machine
