"""Shared keys are found; fleets, backends, power users, travellers and VPN users are not put into review."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from tests.hunt.keys.people import joined, one, ordinary, tables
from wiretell.hunt.keys import shared_keys
from wiretell.hunt.keys.judge import Judged
from wiretell.hunt.rule import shipped
from wiretell.hunt.tables import Accounts
from wiretell.model.hunt import CampaignKind, EvidenceKind, NotExamined, Tier

SHARED: dict[str, Any] = {
    "rows": 24_000,
    "hours": "flat",
    "busy_hours": 900,
    "peak_chains": 40,
    "systems": 45,
    "peak_networks": 18,
    "networks": 60,
    "header_tuples": 14,
    "clients": 4,
    "zones": 5,
    "early_chains": 40,
    "late_chains": 300,
    "contradictions": 2_400,
}
"""Fifty people behind one key."""
RELAYED = SHARED | {"peak_networks": 1, "networks": 1, "header_tuples": 1, "clients": 1, "zones": 1}
"""The same behind a relay with one frozen header tuple and one exit: its users' agents still name themselves."""
SOLD: dict[str, Any] = {
    "rows": 1_400,
    "peak_chains": 3,
    "systems": 80,
    "peak_networks": 2,
    "networks": 50,
    "header_tuples": 35,
    "clients": 9,
    "zones": 8,
}
"""Forty people who use it twice a day: no more exchanges than one person has."""
FLEET = {"rows": 30_000, "hours": "flat", "busy_hours": 800, "peak_chains": 60, "systems": 1}
BACKEND = FLEET | {"busy_hours": 1_000, "peak_chains": 200, "late_chains": 900, "early_chains": 100}
POWER = {"rows": 12_000, "busy_hours": 480, "peak_chains": 14, "systems": 6, "header_tuples": 2, "late_chains": 60}
TRAVELLER = {"peak_networks": 2, "networks": 30, "zones": 4, "hours": "flat", "header_tuples": 2}
VPN = {"peak_networks": 3, "networks": 25, "zones": 1}


@cache
def people() -> Accounts:
    return ordinary(20_000, 1)


def found(*suspects: Accounts, others: Accounts | None = None, lost: tuple[NotExamined, ...] = ()) -> dict[str, Judged]:
    those = people() if others is None else others
    told = shared_keys(tables(joined(*suspects), those), shipped(), lost)
    return {campaign.accounts[0]: (campaign, finding) for campaign, finding in told}


def test_fifty_people_behind_one_key_are_reviewed() -> None:
    campaign, finding = found(one("shared", **SHARED))["shared"]
    assert campaign.tier is finding.tier is Tier.REVIEW
    assert campaign.kind is CampaignKind.SHARED_KEY
    shown = {each.kind for each in campaign.evidence if each.accounts}
    assert shown == {
        EvidenceKind.PREFIX,
        EvidenceKind.NETWORK,
        EvidenceKind.HEADERS,
        EvidenceKind.TIMING,
        EvidenceKind.CONTRADICTION,
        EvidenceKind.LIFECYCLE,
    }
    assert campaign.earliest is None
    assert all(alternative.holds is False for alternative in campaign.alternatives)


def test_a_frozen_header_tuple_and_one_exit_do_not_hide_it() -> None:
    campaign, _ = found(one("relayed", **RELAYED))["relayed"]
    assert campaign.tier is Tier.REVIEW
    assert {each.kind for each in campaign.evidence if each.accounts} >= {
        EvidenceKind.PREFIX,
        EvidenceKind.CONTRADICTION,
    }


def test_light_users_of_a_sold_key_are_found_without_much_traffic() -> None:
    campaign, _ = found(one("sold", **SOLD))["sold"]
    assert campaign.tier is Tier.REVIEW


def test_many_sold_keys_do_not_hide_each_other() -> None:
    """One account in a hundred of that client: each is common by the others alone."""
    sold = joined(*(one(f"sold{number:03}", **(SOLD | {"systems": 60 + number})) for number in range(150)))
    told = found(sold, others=joined(people(), sold))
    assert sum(campaign.tier is Tier.REVIEW for campaign, _ in told.values()) >= 100


def test_people_who_take_turns_show_by_their_networks_in_all() -> None:
    """Two networks at one time are no evidence; two of fifty are."""
    for networks, shows in ((19, False), (50, True)):
        campaign, _ = found(one("sold", **(SOLD | {"networks": networks})))["sold"]
        by_kind = {each.kind: each.accounts for each in campaign.evidence}
        assert by_kind[EvidenceKind.NETWORK] == shows


def test_relays_of_honest_people_are_not_enough_to_clear_a_sold_key() -> None:
    """One account in thirty shows contradictions, as relay products make them: those of a sold key still count."""
    those = people()
    relayed = np.arange(len(those)) % 30 == 0
    others = replace(those, contradictions=np.where(relayed, those.rows, 0))
    sold = RELAYED | {"rows": 1_400, "hours": "flat", "busy_hours": 300, "zones": 9, "contradictions": 140,
                      "known_systems": 140, "late_chains": 9, "early_chains": 9, "peak_chains": 4}  # fmt: skip
    campaign, _ = found(one("sold", **sold), others=others)["sold"]
    assert campaign.tier is Tier.REVIEW
    user = {"contradictions": 1_200, "systems": 14, "peak_chains": 5}
    assert "user" not in found(one("user", **user), others=others)


def test_a_relay_that_nothing_gives_away_is_not_reviewed() -> None:
    """Without contradictions it looks as a service with a system part for each customer: that is said."""
    campaign, _ = found(one("relayed", **(RELAYED | {"contradictions": 0})))["relayed"]
    assert campaign.tier is Tier.WATCH
    assert [each.name for each in campaign.alternatives if each.holds] == ["service backend"]


HONEST: dict[str, dict[str, Any]] = {
    "fleet": FLEET,
    "fleet with several purposes": FLEET | {"systems": 7, "peak_networks": 20, "networks": 400},
    "backend": BACKEND,
    "backend with a system part per customer": BACKEND | {"systems": 400},
    "backend on many machines with a system part per customer": BACKEND
    | {"systems": 110, "peak_networks": 14, "networks": 17, "header_tuples": 6, "late_chains": 900},
    "power user with many projects": POWER | {"systems": 72, "header_tuples": 7, "networks": 7},
    "power user": POWER,
    "power user by night and day": POWER | {"hours": "flat", "busy_hours": 900},
    "traveller": TRAVELLER,
    "VPN user": VPN,
    "traveller with subagents": TRAVELLER | POWER,
    "many tools": {"header_tuples": 9, "clients": 6, "peak_networks": 3},
}


@pytest.mark.parametrize("name", HONEST)
def test_honest_lookalikes_are_watched_at_most(name: str) -> None:
    told = found(one(name, **HONEST[name])).get(name)
    assert told is None or told[0].tier is Tier.WATCH


def test_a_declared_organisation_is_at_most_watched_and_told_why() -> None:
    declared = replace(one("org", **SHARED), declared=np.array([True]))
    campaign, finding = found(declared)["org"]
    assert campaign.tier is finding.tier is Tier.WATCH
    assert [each.name for each in campaign.alternatives if each.holds] == ["declared organisation"]
    quiet = replace(one("org", **POWER), declared=np.array([True]))
    assert not found(quiet)


def test_a_hundred_thousand_ordinary_accounts() -> None:
    """Nobody in review, at most one in a thousand named at all."""
    named = []
    for seed in range(2, 4):
        honest = ordinary(50_000, seed)
        named += list(found(honest, others=people()).values())
    assert all(campaign.tier is Tier.WATCH for campaign, _ in named)
    assert len(named) <= 100


def test_a_score_without_each_kind_adds_up() -> None:
    for campaign, finding in found(one("a", **SHARED), one("b", **RELAYED)).values():
        total = sum(each.bits for each in campaign.evidence)
        assert campaign.score_bits == pytest.approx(total)
        assert set(campaign.without) == {each.kind for each in campaign.evidence}
        for each in campaign.evidence:
            assert campaign.without[each.kind] == pytest.approx(total - each.bits)
        assert finding.campaign == campaign.id
        assert finding.evidence == campaign.evidence


def test_the_strongest_comes_first() -> None:
    told = shared_keys(tables(joined(one("b", **RELAYED), one("a", **SHARED)), people()), shipped())
    assert [campaign.accounts[0] for campaign, _ in told] == ["a", "b"]
    assert [campaign.id for campaign, _ in told] == ["s1", "s2"]


def test_what_everyone_with_that_client_does_is_no_evidence() -> None:
    """A client of 300 accounts that all look so: rare in the log, plain among its own."""
    busy = joined(*(one(f"ci{number}", client=np.array(["bots"], dtype=object), **SHARED) for number in range(300)))
    told = found(one("one", client=np.array(["bots"], dtype=object), **SHARED), others=joined(people(), busy))
    assert "one" not in told


def test_a_column_that_the_log_lacks_is_no_evidence_either_way() -> None:
    def blind(accounts: Accounts) -> Accounts:
        nothing = np.zeros(len(accounts), dtype=np.int64)
        return replace(accounts, peak_networks=nothing, networks=nothing)

    campaign, _ = found(blind(one("shared", **SHARED)), others=blind(people()))["shared"]
    assert EvidenceKind.NETWORK not in campaign.without
    assert campaign.tier is Tier.REVIEW
    assert all(each.holds is False for each in campaign.alternatives)
    told = found(
        blind(one("power", **(POWER | {"systems": 14, "header_tuples": 9, "clients": 5}))), others=blind(people())
    )
    assert [each.name for each in told["power"][0].alternatives if each.holds is None] == [
        "one person with subagents",
        "traveller or VPN",
    ]
    assert told["power"][0].tier is not Tier.REVIEW


def test_gaps_speak_against_nobody() -> None:
    quiet = SHARED | {"contradictions": 0}
    whole, _ = found(one("a", **quiet))["a"]
    gap = (NotExamined("column client of 3 files", "they lack it", (EvidenceKind.CONTRADICTION,)),)
    with_gap, _ = found(one("a", **quiet), lost=gap)["a"]
    bits = {each.kind: each.bits for each in whole.evidence}
    assert bits[EvidenceKind.CONTRADICTION] < 0
    assert {each.kind: each.bits for each in with_gap.evidence}[EvidenceKind.CONTRADICTION] == 0


def test_nobody_to_compare_with_or_to_judge() -> None:
    nobody = ordinary(0, 1)
    assert not found(nobody)
    assert not found(one("shared", **SHARED), others=nobody)
    assert not found(one("shared", **SHARED), others=ordinary(20, 3))


def test_fifty_thousand_candidates_take_less_than_three_seconds() -> None:
    suspects = ordinary(50_000, 9)
    others = people()
    started = time.process_time()
    found(suspects, others=others)
    assert time.process_time() - started < 3
