"""From weighed clusters to campaigns and the findings of their accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.evidence.interface import Floats, Weighed
from wiretell.hunt.evidence.weighing import weigh
from wiretell.hunt.graph.interface import Cluster
from wiretell.hunt.judging.alternatives import PERSON, examined
from wiretell.hunt.judging.cards import carded, paid_alike
from wiretell.hunt.judging.harness import harness, one_clock, one_queue, opened_together, siblings
from wiretell.hunt.judging.kinds import kind_of
from wiretell.hunt.judging.narrowing import narrowed
from wiretell.hunt.judging.tiers import BELOW, Operated, Ranks, concerted, count, in_company, ranks
from wiretell.hunt.rule import Rule, Tiers
from wiretell.hunt.tables import Accounts, Tables, take
from wiretell.model.hunt import CONCERTED_KINDS, AccountFinding, Campaign, Evidence, EvidenceKind, Tier

Judged: TypeAlias = tuple[Campaign, tuple[AccountFinding, ...]]

_TIERS: Final = tuple(Tier)
_MANY: Final = 0.1
"""Share of accounts below watch from which a cluster is weighed again without them."""

_AS_ONE: Final = 0.2
"""Share of a group's accounts that must show something concerted: else it is a team, an office or a crowd."""


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """A campaign's accounts, strongest first."""

    accounts: Accounts
    weighed: Weighed
    ranks: Ranks
    scores: Floats


def settled(tables: Tables, cluster: Cluster, rule: Rule, rng: np.random.Generator) -> tuple[Cluster, Weighed]:
    """Weigh a cluster; where many accounts stay below watch, once more without them.

    Accounts that only hang on to a campaign blur its pools. This is done once: what is left is not chosen again.
    """
    weighed = weigh(tables, cluster, rule, rng)
    stays = ranks(weighed, None, rule.tiers) > BELOW
    if not 2 <= np.count_nonzero(stays) <= (1 - _MANY) * len(stays):
        return cluster, weighed
    rest = narrowed(tables, cluster, stays)
    return rest, weigh(tables, rest, rule, rng)


def judge(tables: Tables, cluster: Cluster, weighed: Weighed, q: float | None, rule: Rule) -> Judged | None:
    """Return the campaign that a cluster is, with the findings of its accounts; None: below watch.

    Its id is empty until `numbered`. `q`: expected share of false discoveries; None: not known, so that nothing is
    carried to review.

    Accounts that an innocent explanation explains drop out: what it leaves of them does not carry *watch*. Where it
    explains most of a group, the others stay at *watch* unless they carry *review*. A group that may be one person's
    drops out, too. What a team shares explains neither an operator's card nor a queue or program of the group's own.
    """
    operated = operation(tables, cluster, weighed, rule.tiers)
    own = ranks(weighed, q, rule.tiers, operated)
    stays = own > BELOW
    if not stays.any():
        return None
    rest, held = narrowed(tables, cluster, stays), _rows(weighed, np.flatnonzero(stays))
    tested, explained = examined(tables, rest, held, rule)
    # A card is its operator's by accounts whose work as one is not explained itself: an agency that runs a published
    # benchmark works like all the others who do.
    innocent = np.zeros(len(stays), dtype=np.bool_)
    innocent[stays] = explained
    unexplained = operation(tables, cluster, weighed, rule.tiers, innocent).unexplained[stays]
    alone = _explained(own[stays], explained & ~unexplained, held, unexplained)
    if any(one.holds for one in tested):
        alone[(alone == Tier.VERIFY.rank) & ~unexplained] = Tier.WATCH.rank
    found = in_company(alone, tables.accounts.entity[rest.accounts], rule.tiers)
    left = np.flatnonzero(found > BELOW)
    if not len(left):
        return None
    kept = _strongest_first(take(tables.accounts, rest.accounts[left]), _rows(held, left), found[left])
    campaign = replace(_campaign(kept), alternatives=tested, q_value=q)
    return campaign, tuple(_findings(kept))


def operation(
    tables: Tables, cluster: Cluster, weighed: Weighed, tiers: Tiers, innocent: NDArray[np.bool_] | None = None
) -> Operated:
    """Return what a cluster has to itself says of its accounts.

    :param innocent: accounts whose work as one speaks for no card, since something innocent explains it.
    """
    own = harness(tables, cluster)
    queue = one_queue(own, weighed)
    as_one = concerted(weighed, tiers)
    as_one = as_one if innocent is None else as_one & ~innocent
    paid = paid_alike(tables, cluster, as_one | queue, own, tiers)
    sibling = siblings(own, carded(tables, cluster, own, tiers), tiers)
    opened = opened_together(own, sibling, weighed, tiers)
    return Operated(opened, paid, sibling | one_clock(own, weighed, tiers))


def _explained(own: Ranks, explained: NDArray[np.bool_], weighed: Weighed, operated: NDArray[np.bool_]) -> Ranks:
    """Return the ranks that innocent explanations leave."""
    left: Ranks = np.where(explained, BELOW, own)
    as_one = operated | (count(weighed, CONCERTED_KINDS) > 0)
    is_campaign = as_one.mean() >= _AS_ONE and np.count_nonzero(left > BELOW) > PERSON
    return left if is_campaign else np.full_like(left, BELOW)


def numbered(judged: Iterable[Judged]) -> tuple[tuple[Campaign, ...], tuple[AccountFinding, ...]]:
    """Give campaigns their ids, strongest first, and every account its strongest campaign, others under `also`."""
    order = sorted(judged, key=lambda pair: _strength(pair[0]))
    campaigns: list[Campaign] = []
    findings: dict[str, AccountFinding] = {}
    for number, (campaign, found) in enumerate(order, 1):
        campaigns.append(replace(campaign, id=f"k{number}"))
        for finding in found:
            known = findings.get(finding.account)
            findings[finding.account] = (
                replace(known, also=(*known.also, f"k{number}")) if known else replace(finding, campaign=f"k{number}")
            )
    return tuple(campaigns), tuple(findings.values())


def _strength(campaign: Campaign) -> tuple[float, float, float, tuple[str, ...]]:
    return (-campaign.tier.rank, -campaign.score_bits, -len(campaign.accounts), campaign.accounts)


def _rows(weighed: Weighed, at: NDArray[np.intp]) -> Weighed:
    return replace(weighed, bits=weighed.bits[at], told=tuple(weighed.told[place] for place in at.tolist()))


def _strongest_first(accounts: Accounts, weighed: Weighed, found: Ranks) -> _Kept:
    scores = weighed.bits.sum(axis=1)
    order = np.lexsort((np.arange(len(scores)), -scores, -found))
    return _Kept(take(accounts, order), _rows(weighed, order), found[order], scores[order])


def _campaign(kept: _Kept) -> Campaign:
    accounts, weighed = kept.accounts, kept.weighed
    means, showing = weighed.bits.mean(axis=0), weighed.shows.sum(axis=0)
    evidence = _sorted(
        Evidence(kind, float(means[at]), int(showing[at]), weighed.examples[at], float(weighed.by_chance[at]))
        for at, kind in enumerate(weighed.kinds)
        if showing[at] or means[at]
    )
    score = float(sum(one.bits for one in evidence))
    return Campaign(
        id="",
        kind=kind_of(accounts, weighed),
        tier=_TIERS[int(kept.ranks.max())],
        accounts=tuple(accounts.names.tolist()),
        exchanges=int(accounts.rows.sum()),
        first=int(accounts.first.min()),
        last=int(accounts.last.max()),
        score_bits=score,
        evidence=evidence,
        without=_without(evidence, score),
    )


def _findings(kept: _Kept) -> Iterable[AccountFinding]:
    by_chance = kept.weighed.by_chance.tolist()
    rows = zip(kept.accounts.names, kept.ranks.tolist(), kept.weighed.bits.tolist(), kept.weighed.told, strict=True)
    for name, rank, bits, told in rows:
        columns = zip(kept.weighed.kinds, bits, told, by_chance, strict=True)
        evidence = _sorted(
            Evidence(kind, gained, int(gained > 0), fact, chance) for kind, gained, fact, chance in columns if gained
        )
        score = float(sum(one.bits for one in evidence))
        yield AccountFinding(
            account=name,
            tier=_TIERS[rank],
            campaign="",
            score_bits=score,
            evidence=evidence,
            without=_without(evidence, score),
        )


def _sorted(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    return tuple(sorted(evidence, key=lambda one: -one.bits))


def _without(evidence: tuple[Evidence, ...], score: float) -> Mapping[EvidenceKind, float]:
    return {one.kind: score - one.bits for one in evidence}
