"""Tiers of shared keys: bits and explanations -> campaigns of one account each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from wiretell.hunt.keys.alternatives import Figures, alternatives
from wiretell.hunt.keys.kinds import Weighed, day_hours, effective_hours, growth, weigh
from wiretell.hunt.rule import Keys, Rule
from wiretell.hunt.tables import Accounts, Tables, take
from wiretell.model.hunt import (
    AccountFinding,
    Alternative,
    Campaign,
    CampaignKind,
    Evidence,
    EvidenceKind,
    NotExamined,
    Tier,
)

_LEAST_KINDS: Final = 2
"""No account is named on one kind of evidence alone."""
_LEAST_OTHERS: Final = 1_000
"""Undeclared accounts, below which all others are compared with."""
_ROUNDS: Final = 3
_MOST_ODD: Final = 0.05
"""Part of a client's accounts whom no explanation fits, above which that is plain with this client."""
_DECIDING: Final = frozenset({EvidenceKind.NETWORK, EvidenceKind.CONTRADICTION, EvidenceKind.TIMING})
"""Beside parallel conversations, one of these: what one program, or one person, does not show."""

Judged = tuple[Campaign, AccountFinding]


def shared_keys(tables: Tables, rule: Rule, not_examined: Sequence[NotExamined] = ()) -> tuple[Judged, ...]:
    """Judge the accounts of `tables.keys` one by one; strongest first, those below every tier left out.

    1. Weigh every kind that the log can show, against accounts with the same client that are of no declared
       organisation. A kind that `not_examined` names as lost, in part or as a whole, speaks against nobody.
    2. Keep whoever shows two kinds and enough bits.
    3. Test innocent explanations: where one holds, an account is named (on *watch*) only if it would be in review
       without that; one that could not be examined keeps it on *verify*.
    4. Where sold keys are many they hide each other: nobody is compared with those whom no explanation fits, nor, once
       more, with those in review.
    Ids are `s1`, `s2` ...; the caller still owes ids among all campaigns. `earliest` is None: the profiles that are
    judged are sums over all of an account's days.
    """
    lost = frozenset(kind for each in not_examined for kind in each.lost)
    others = _explained(_comparable(tables.others), rule.keys)
    found = _found(tables.keys, others, rule, lost)
    for _ in range(_ROUNDS):
        reviewed = np.array([one.accounts[0] for one, _ in found if one.tier is Tier.REVIEW], dtype=np.object_)
        is_left = ~np.isin(others.names.astype(str), reviewed.astype(str))
        if is_left.all():
            break
        others = take(others, is_left)
        found = _found(tables.keys, others, rule, lost)
    found.sort(key=lambda each: (-each[0].tier.rank, -each[0].score_bits, each[0].accounts))
    return tuple(_named(each, f"s{number}") for number, each in enumerate(found, 1))


def _found(keys: Accounts, others: Accounts, rule: Rule, lost: frozenset[EvidenceKind]) -> list[Judged]:
    weighed = weigh(keys, others, rule, lost) if len(keys) else ()
    if not weighed:
        return []
    score = np.sum([each.bits for each in weighed], axis=0)
    kinds = np.sum([each.shows for each in weighed], axis=0)
    worth = np.flatnonzero((score >= rule.keys.watch_bits) & (kinds >= _LEAST_KINDS))
    return [judged for at in worth if (judged := _judged(keys, int(at), weighed, rule)) is not None]


def _comparable(others: Accounts) -> Accounts:
    """Return those that declare nobody behind them, where they are enough: a declared aggregator has many users."""
    is_alone = ~others.declared
    return take(others, is_alone) if np.count_nonzero(is_alone) >= _LEAST_OTHERS else others


def _explained(others: Accounts, rule: Keys) -> Accounts:
    """Leave out those with many system parts and conversations at once whom no explanation fits, where few of a client
    are so."""
    worth = np.flatnonzero((others.systems >= rule.systems) & (others.peak_chains >= rule.peak_chains))
    is_odd = np.zeros(len(others), dtype=np.bool_)
    for at in worth:
        is_odd[at] = all(each.holds is False for each in alternatives(_figures(others, int(at)), rule))
    _, client = np.unique(others.client.astype(str), return_inverse=True)
    odd_share = np.bincount(client, weights=is_odd) / np.maximum(np.bincount(client), 1)
    return take(others, ~is_odd | (odd_share[client] > _MOST_ODD))


def _judged(accounts: Accounts, at: int, weighed: tuple[Weighed, ...], rule: Rule) -> Judged | None:
    evidence = tuple(_evidence(accounts, at, weighed))
    score = sum(each.bits for each in evidence)
    explained = alternatives(_figures(accounts, at), rule.keys)
    tier = _tier(frozenset(each.kind for each in evidence if each.accounts), score, explained, rule.keys)
    if tier is None:
        return None
    name = str(accounts.names[at])
    without = {each.kind: score - each.bits for each in evidence}
    campaign = Campaign(
        id="",
        kind=CampaignKind.SHARED_KEY,
        tier=tier,
        accounts=(name,),
        exchanges=int(accounts.rows[at]),
        first=int(accounts.first[at]),
        last=int(accounts.last[at]),
        score_bits=score,
        evidence=evidence,
        without=without,
        alternatives=explained,
    )
    finding = AccountFinding(account=name, tier=tier, campaign="", score_bits=score, evidence=evidence, without=without)
    return campaign, finding


def _named(judged: Judged, name: str) -> Judged:
    return replace(judged[0], id=name), replace(judged[1], campaign=name)


def _tier(shown: frozenset[EvidenceKind], score: float, explained: tuple[Alternative, ...], rule: Keys) -> Tier | None:
    """Return the tier; None where an innocent explanation holds for what would be no review without it."""
    is_parallel = EvidenceKind.PREFIX in shown
    is_strong = score >= rule.review_bits and len(shown) >= rule.review_kinds and bool(shown & _DECIDING)
    would_be_review = is_parallel and is_strong
    if any(each.holds for each in explained):
        return Tier.WATCH if would_be_review else None
    if not is_parallel:
        return Tier.WATCH
    if would_be_review and all(each.holds is False for each in explained):
        return Tier.REVIEW
    return Tier.VERIFY if score >= rule.verify_bits else Tier.WATCH


def _evidence(accounts: Accounts, at: int, weighed: tuple[Weighed, ...]) -> Iterator[Evidence]:
    """Go through the kinds, strongest first."""
    told = _told(accounts, at)
    for each in sorted(weighed, key=lambda each: (-each.bits[at], each.kind)):
        shown = int(each.shows[at])
        yield Evidence(each.kind, float(each.bits[at]), shown, told[each.kind], float(each.by_chance[at]))


def _told(accounts: Accounts, at: int) -> Mapping[EvidenceKind, str]:
    """Return the fact behind each kind, to be looked up in the log."""
    one = take(accounts, np.array([at]))
    spread, length, grown = effective_hours(one.hours)[0], day_hours(one)[0], growth(one)[0]
    return {
        EvidenceKind.PREFIX: f"{one.peak_chains[0]:,} conversations in one hour; {one.systems[0]:,} system parts",
        EvidenceKind.NETWORK: f"{one.peak_networks[0]:,} networks in one hour, {one.networks[0]:,} in all",
        EvidenceKind.TIMING: f"spread over {spread:.0f} hours of the day, {length:.0f} hours on a day with any "
        f"exchange; {one.zones[0]} time zones told",
        EvidenceKind.HEADERS: f"{one.header_tuples[0]:,} header tuples, {one.clients[0]:,} clients",
        EvidenceKind.CONTRADICTION: f"headers name another client than the system part in {one.contradictions[0]:,} of "
        f"{one.known_systems[0]:,} exchanges",
        EvidenceKind.LIFECYCLE: f"{one.early_chains[0]:,} conversations on the busiest day of its first half, "
        f"{one.late_chains[0]:,} of its second: {grown:.1f} times",
    }


def _figures(accounts: Accounts, at: int) -> Figures:
    return Figures(**{name: getattr(accounts, name)[at].item() for name in Figures.__slots__})
