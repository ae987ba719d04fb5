"""From weights to campaigns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hunt.building import Triple, accounts, tables
from tests.hunt.evidence.planting import (
    all_hold,
    cluster,
    everybody,
    favourites,
    handovers,
    harvesters,
    log,
    queue,
    team,
)
from wiretell.hunt.evidence.interface import Weighed
from wiretell.hunt.evidence.weighing import weigh
from wiretell.hunt.judging import Judged, judge, numbered, settled
from wiretell.hunt.rule import shipped
from wiretell.hunt.tables import Tables
from wiretell.model.hunt import AccountFinding, Campaign, CampaignKind, EvidenceKind, Tier

RULE = shipped()
Q = 0.001
_KINDS = (
    EvidenceKind.PAYMENT,
    EvidenceKind.NETWORK,
    EvidenceKind.HEADERS,
    EvidenceKind.PREFIX,
    EvidenceKind.FAILOVER,
    EvidenceKind.SHARDING,
)


def _judged(made: Tables, names: list[str], q: float | None = Q) -> Judged | None:
    part = cluster(made, names)
    return judge(made, part, weigh(made, part, RULE, np.random.default_rng(1)), q, RULE)


def _given(bits: list[list[float]], q: float | None = Q, **columns: Any) -> Judged | None:
    """Judge accounts of these bits by kind."""
    names = [f"a{at:02}" for at in range(len(bits))]
    made = tables(all_hold(names, ("prefix", "p"), ("headers", "h")), profiles=accounts(names, **columns))
    array = np.array(bits, dtype=np.float64)
    told = tuple(tuple("fact" if bit > 0 else "" for bit in row) for row in bits)
    weighed = Weighed(_KINDS, array, np.full(len(_KINDS), 0.01), ("example",) * len(_KINDS), told)
    return judge(made, cluster(made, names), weighed, q, RULE)


_ROWS = st.lists(
    st.lists(st.sampled_from([0.0, -1.5, 3.0, 9.0, 14.0, 20.0]), min_size=len(_KINDS), max_size=len(_KINDS)),
    min_size=2,
    max_size=12,
)


@settings(max_examples=30, deadline=None)
@given(_ROWS)
def test_a_score_is_the_sum_of_its_evidence_and_is_told_without_each_kind(bits: list[list[float]]) -> None:
    judged = _given(bits)
    told: list[Campaign | AccountFinding] = [judged[0], *judged[1]] if judged else []
    for one in told:
        assert one.score_bits == pytest.approx(sum(evidence.bits for evidence in one.evidence))
        for evidence in one.evidence:
            assert one.without[evidence.kind] == pytest.approx(one.score_bits - evidence.bits)


@settings(max_examples=30, deadline=None)
@given(_ROWS)
def test_every_account_is_judged_by_what_it_shows_itself(bits: list[list[float]]) -> None:
    judged = _given(bits)
    if judged is None:
        return
    campaign, findings = judged
    assert campaign.accounts == tuple(finding.account for finding in findings)
    assert campaign.tier == max((finding.tier for finding in findings), key=lambda tier: tier.rank)
    for finding in findings:
        own = dict(zip(_KINDS, bits[int(finding.account[1:])], strict=True))
        assert sum(bit > 0 for bit in own.values()) >= 2
        assert sum(own.values()) >= RULE.tiers.watch_bits
        if finding.tier is Tier.REVIEW:
            assert sum(bit > 0 for bit in own.values()) >= RULE.tiers.review_kinds
            assert max(own[EvidenceKind.FAILOVER], 0) + max(own[EvidenceKind.SHARDING], 0) >= 9


_STRONG = [14.0, 0.0, 0.0, 14.0, 14.0, 0.0]


def test_four_strong_accounts_are_reviewed_and_three_may_be_one_persons() -> None:
    found = [_given([_STRONG] * size) for size in (4, 3)]
    assert [judged and judged[0].tier for judged in found] == [Tier.REVIEW, None]


@pytest.mark.parametrize("q", [None, 0.2])
def test_without_significance_nothing_is_reviewed(q: float | None) -> None:
    judged = _given([_STRONG] * 5, q)
    assert judged is not None
    assert judged[0].tier is Tier.VERIFY
    assert judged[0].q_value == q


def test_what_an_office_shares_is_no_campaign_however_many_bits_it_has() -> None:
    assert _given([[20.0, 14.0, 10.0, 16.0, 0.0, 0.0]] * 40) is None


def test_whoever_shows_nothing_concerted_is_watched_in_its_company() -> None:
    judged = _given([_STRONG] * 6 + [[20.0, 14.0, 0.0, 16.0, 0.0, 0.0]] * 4)
    assert judged is not None
    assert [finding.tier for finding in judged[1]] == [Tier.REVIEW] * 6 + [Tier.WATCH] * 4


@pytest.mark.parametrize("shown", [1, 3])
def test_a_group_in_which_hardly_anybody_works_as_one_is_no_campaign(shown: int) -> None:
    judged = _given([[20.0, 14.0, 0.0, 16.0, 8.0, 0.0]] * shown + [[20.0, 14.0, 0.0, 16.0, 0.0, 0.0]] * (10 - shown))
    assert (judged is not None) == (shown == 3)


def test_one_concerted_kind_of_a_few_bits_may_be_a_trade() -> None:
    judged = _given([[20.0, 14.0, 10.0, 16.0, 8.0, 0.0]] * 40)
    assert judged is not None
    assert judged[0].tier is Tier.VERIFY


def test_strangers_who_use_published_prompts_drop_out() -> None:
    assert _given([[0.0, 0.0, 10.0, 16.0, 0.0, 20.0]] * 40) is None


def test_where_most_are_explained_the_others_are_watched_at_most() -> None:
    strangers = [[0.0, 0.0, 10.0, 16.0, 0.0, 20.0]] * 20
    judged = _given(strangers + [[0.0, 14.0, 10.0, 0.0, 11.0, 0.0]] * 5, q=None)
    assert judged is not None
    assert len(judged[0].accounts) == 5
    assert judged[0].tier is Tier.WATCH
    assert "published prompts or a course" in [one.name for one in judged[0].alternatives if one.holds]


def test_accounts_below_watch_are_left_out() -> None:
    judged = _given([_STRONG] * 6 + [[0.0, 3.0, 0.0, 3.0, 0.0, 0.0]] * 3)
    assert judged is not None
    assert len(judged[0].accounts) == 6


def test_header_tuple_and_system_part_alone_are_a_program() -> None:
    assert _given([[0.0, 0.0, 10.0, 16.0, 0.0, 0.0]] * 40) is None


def test_accounts_of_one_owner_are_no_campaign() -> None:
    names = [f"a{at:02}" for at in range(6)]
    assert _given([_STRONG] * 6, entity=dict.fromkeys(names, 3)) is None


def test_a_harvest_is_found_and_named() -> None:
    rng = np.random.default_rng(5)
    bad = harvesters(12, rng)
    seen = queue(list(bad), rng)
    made = log(everybody(500, rng) | bad, [*all_hold(bad, ("prefix", "h"), ("network", "pool")), *seen], seen=seen)
    judged = _judged(made, list(bad))
    assert judged is not None
    assert judged[0].tier is Tier.REVIEW
    assert judged[0].kind is CampaignKind.DISTILLATION
    assert len(judged[0].accounts) == 12


def test_a_storefront_is_found_and_named() -> None:
    rng = np.random.default_rng(5)
    pool = team(12, rng, "r")
    for who in pool.values():
        who |= {"contradictions": 40, "known_systems": 100}
    seen = handovers(list(pool), rng)
    made = log(everybody(500, rng) | pool, [*all_hold(pool, ("headers", "frozen")), *seen], seen=seen)
    judged = _judged(made, list(pool))
    assert judged is not None
    assert judged[0].tier is Tier.REVIEW
    assert judged[0].kind is CampaignKind.RESELLER_POOL


def test_honest_teams_that_declare_nothing_are_not_reviewed() -> None:
    rng = np.random.default_rng(6)
    people, seen = everybody(600, rng), dict[Triple, tuple[int, int, int]]()
    triples, teams = list[Triple](), list[list[str]]()
    for number in range(40):
        members = team(int(rng.integers(5, 25)), rng, f"t{number:02}")
        people |= members
        teams.append(list(members))
        shared = (("prefix", f"p{number}"), ("network", f"n{number}"), ("payment", f"c{number}"))
        uses = {
            (who, kind, f"{number}:{token}"): use for (who, kind, token), use in favourites(list(members), rng).items()
        }
        seen |= uses
        triples += [*all_hold(members, *shared), *uses]
    made = log(people, triples, seen=seen)
    found = [_judged(made, names) for names in teams]
    assert all(judged is None or judged[0].tier is not Tier.REVIEW for judged in found)


def test_accounts_that_only_hang_on_are_weighed_out() -> None:
    rng = np.random.default_rng(5)
    bad, crowd = harvesters(12, rng), everybody(500, rng)
    loose = list(crowd)[:6]
    seen = queue(list(bad), rng)
    triples = [*all_hold(bad, ("prefix", "h"), ("network", "pool")), *all_hold(loose, ("headers", "x")), *seen]
    made = log(crowd | bad, triples, seen=seen)
    rest, weighed = settled(made, cluster(made, [*bad, *loose]), RULE, rng)
    assert made.accounts.names[rest.accounts].tolist() == sorted(bad)
    assert len(weighed.bits) == 12


def test_campaigns_are_numbered_by_strength_and_accounts_belong_to_their_strongest() -> None:
    weak, strong = _given([[0.0, 9.0, 0.0, 0.0, 6.0, 0.0]] * 4), _given([_STRONG] * 5)
    assert weak is not None and strong is not None
    campaigns, findings = numbered([weak, (replace(strong[0]), strong[1])])
    assert [campaign.id for campaign in campaigns] == ["k1", "k2"]
    assert campaigns[0].accounts == strong[0].accounts
    by_name = {finding.account: finding for finding in findings}
    assert len(by_name) == len(findings) == 5
    assert by_name["a00"].campaign == "k1"
    assert by_name["a00"].also == ("k2",)
    assert by_name["a04"].also == ()
