"""What is left of a hunt's findings once claims are believed, from its document alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.evidence.interface import Weighed
from wiretell.hunt.judging.tiers import BELOW, Operated, Ranks, concerted, count, in_company, ranks
from wiretell.hunt.rule import Rule, Tiers
from wiretell.model.hunt import CONCERTED_KINDS, CampaignKind, EvidenceKind
from wiretell.report.hunt.document_v1 import NO_TIER, Account, AppealTier, Campaign, Evidence, HuntDocument

TIERS: Final[tuple[AppealTier, ...]] = ("none", "watch", "verify", "review")
"""Lowest first: a rank is a place in this tuple."""
_VERIFY: Final = TIERS.index("verify")
_REVIEW: Final = TIERS.index("review")
_HEADERS: Final = (EvidenceKind.HEADERS,)
_PROMPTS: Final = (EvidenceKind.PREFIX, EvidenceKind.TEMPLATE)
_OPENING: Final = (EvidenceKind.LIFECYCLE,)
_KEY_KINDS: Final = 2
_KEY_DECIDING: Final = frozenset({EvidenceKind.NETWORK, EvidenceKind.CONTRADICTION, EvidenceKind.TIMING})
"""Beside parallel conversations, a shared key in review shows one of these (`keys/`)."""


@dataclass(frozen=True, slots=True)
class Score:
    """What is left of an account or a campaign."""

    bits: float
    tier: AppealTier
    evidence: tuple[Evidence, ...] = ()
    """Of an account: what no claim explains."""
    entities: int = 0
    """Of a campaign: those that are left in it."""

    @property
    def rank(self) -> int:
        """Place of the tier in `TIERS`."""
        return TIERS.index(self.tier)


@dataclass(frozen=True, slots=True)
class Scores:
    """What is left of a document's findings."""

    accounts: Mapping[str, Score]
    campaigns: Mapping[str, Score]


@dataclass(frozen=True, slots=True)
class Granted:
    """A claim that is believed."""

    accounts: frozenset[str]
    explains: frozenset[EvidenceKind]
    is_owner: bool
    """Whether its accounts count as one entity."""


def rescore(document: HuntDocument, rule: Rule, claims: Sequence[Granted]) -> Scores:
    """Return what is left of every finding if all these claims are right. Pure; never more than there was.

    An account loses the kinds that its own claims explain (what speaks against it stays), and is judged by the rest as
    a hunt judges it; what a card or program carried stays carried while that is not explained (`_operated`). In its
    campaign, accounts of one owner count once. Campaigns without a claimant stay as they are.
    """
    explained: dict[str, frozenset[EvidenceKind]] = defaultdict(frozenset)
    for claim in claims:
        for account in claim.accounts:
            explained[account] |= claim.explains
    owners = _owners(claims)
    own: dict[str, list[Account]] = defaultdict(list)
    for found in document.accounts:
        own[found.campaign].append(found)
    accounts: dict[str, Score] = {}
    campaigns: dict[str, Score] = {}
    for campaign in document.campaigns:
        left = {each.account: _left(each, explained.get(each.account, frozenset())) for each in own[campaign.id]}
        scored = _judged(campaign, own[campaign.id], left, owners, rule)
        accounts |= scored
        campaigns[campaign.id] = _campaign(campaign, own[campaign.id], scored, owners)
    return Scores(accounts, campaigns)


def _left(found: Account, explained: Set[EvidenceKind]) -> tuple[Evidence, ...]:
    return tuple(each for each in found.evidence if each.kind not in explained or each.bits <= 0)


def _judged(
    campaign: Campaign,
    own: Sequence[Account],
    left: Mapping[str, tuple[Evidence, ...]],
    owners: Mapping[str, str],
    rule: Rule,
) -> dict[str, Score]:
    """Judge a campaign's accounts by the evidence that is left of each."""
    bits = [found.score_bits - _lost(found, left[found.account]) for found in own]
    before = np.array([TIERS.index(found.tier.value) for found in own], dtype=np.int64)
    is_touched = np.array([len(left[found.account]) < len(found.evidence) for found in own], dtype=np.bool_)
    after = before
    if _is_key(campaign):
        kept = zip(own, bits, is_touched, before, strict=True)
        after = np.array([_key_rank(amount, left[f.account], rule) if hit else old for f, amount, hit, old in kept])
        after = np.minimum(before, after)
    elif is_touched.any() or any(found.account in owners for found in own):
        shown, weighed = (_weighed(each) for each in ([f.evidence for f in own], [left[f.account] for f in own]))
        operated = _operated(shown, weighed, before, rule.tiers)
        alone = np.where(is_touched, ranks(weighed, campaign.q_value, rule.tiers, operated) - BELOW, before)
        after = _in_company(campaign, own, np.minimum(before, alone), owners, rule)
    names = [found.account for found in own]
    return {
        name: Score(amount, TIERS[rank], left[name])
        for name, amount, rank in zip(names, bits, after.tolist(), strict=True)
    }


def _lost(found: Account, left: Sequence[Evidence]) -> float:
    if len(left) == len(found.evidence):
        return 0.0
    kept = {each.kind for each in left}
    return sum(each.bits for each in found.evidence if each.kind not in kept)


def _weighed(evidence: Sequence[Sequence[Evidence]]) -> Weighed:
    """Return evidence of n accounts in the form that judging takes."""
    kinds = tuple(EvidenceKind)
    at = {kind: column for column, kind in enumerate(kinds)}
    bits = np.zeros((len(evidence), len(kinds)))
    for row, items in enumerate(evidence):
        for each in items:
            bits[row, at[each.kind]] = each.bits
    return Weighed(kinds, bits, np.zeros(len(kinds)), ("",) * len(kinds), ())


def _operated(shown: Weighed, left: Weighed, before: Ranks, tiers: Tiers) -> Operated:
    """Return what still carries accounts that their own concerted kinds did not bring to their tier.

    Which cards and programs are an operator's, the hunt saw in the log (`judging/cards.py`, `judging/harness.py`). The
    document tells by the tier: in *review* without concerted kinds that ask for it, or in *verify* without any, an
    account was carried by its card, if that brings `review_payment_bits` (`ranks` asks this of what is left), else by
    its program. A program is explained with its headers or with all of its prompts; of what it carries to *review*,
    with the day of opening. In doubt for the claimant: where a card may have carried, no program takes its place, and
    concerted kinds that are explained are replaced by neither.

    :param shown: as the hunt found it; `left`: without what claims explain.
    :param before: as places in `TIERS`.
    """
    in_review = (before == _REVIEW) & ~concerted(shown, tiers)
    carried = in_review | ((before >= _VERIFY) & (count(shown, CONCERTED_KINDS) == 0))
    payment = shown.bits[:, shown.kinds.index(EvidenceKind.PAYMENT)]
    paid = carried & (payment >= tiers.review_payment_bits)
    program = carried & ~paid
    for kinds in (_HEADERS, _PROMPTS):
        program &= _stands(shown, left, kinds)
    return Operated(program & in_review & _stands(shown, left, _OPENING), paid, program)


def _stands(shown: Weighed, left: Weighed, kinds: tuple[EvidenceKind, ...]) -> NDArray[np.bool_]:
    """Return of which accounts these kinds are not explained: one of them is left, or none was shown."""
    stands: NDArray[np.bool_] = (count(left, kinds) > 0) | (count(shown, kinds) == 0)
    return stands


def _in_company(
    campaign: Campaign, own: Sequence[Account], alone: Ranks, owners: Mapping[str, str], rule: Rule
) -> Ranks:
    """Return the ranks that accounts have in their campaign.

    Its accounts whose strongest campaign is another one are not judged here, and count as its strongest.
    """
    names = [found.account for found in own]
    others = sorted(set(campaign.accounts).difference(names))
    whose = np.unique([owners.get(name, name) for name in (*names, *others)], return_inverse=True)[1].astype(np.int32)
    found = np.concatenate([alone, np.full(len(others), TIERS.index(campaign.tier.value))])
    found = in_company(found + BELOW, whose, rule.tiers) - BELOW
    if len(np.unique(whose[found == _REVIEW])) < rule.tiers.review_accounts:
        found = np.minimum(found, _VERIFY)
    after: Ranks = found[: len(own)]
    return after


def _key_rank(bits: float, left: Sequence[Evidence], rule: Rule) -> int:
    """Return the rank that the evidence against a shared key carries (`keys/judge.py`)."""
    keys, shown = rule.keys, {each.kind for each in left if each.bits > 0}
    is_parallel = EvidenceKind.PREFIX in shown
    if is_parallel and bits >= keys.review_bits and len(shown) >= keys.review_kinds and shown & _KEY_DECIDING:
        return _REVIEW
    if is_parallel and bits >= keys.verify_bits:
        return _VERIFY
    return int(bits >= keys.watch_bits and len(shown) >= _KEY_KINDS)


def _campaign(
    campaign: Campaign, own: Sequence[Account], left: Mapping[str, Score], owners: Mapping[str, str]
) -> Score:
    """Return what is left of a campaign: the highest tier of its accounts, and the mean of what they show."""
    top = max((score.rank for score in left.values()), default=TIERS.index(campaign.tier.value))
    staying = (name for name in campaign.accounts if name not in left or left[name].tier != NO_TIER)
    lost = sum(found.score_bits - left[found.account].bits for found in own)
    return Score(
        campaign.score_bits - lost / max(1, len(campaign.accounts)),
        TIERS[min(TIERS.index(campaign.tier.value), top)],
        entities=len({owners.get(name, name) for name in staying}),
    )


def _is_key(campaign: Campaign) -> bool:
    return campaign.kind is CampaignKind.SHARED_KEY


def _owners(claims: Iterable[Granted]) -> dict[str, str]:
    """Return account -> one name for all accounts of one owner; owners that share an account are one."""
    owners: dict[str, str] = {}
    for claim in claims:
        if not claim.is_owner:
            continue
        known = {owners[account] for account in claim.accounts if account in owners}
        name = min(known | claim.accounts)
        for account in [account for account, owner in owners.items() if owner in known]:
            owners[account] = name
        owners |= dict.fromkeys(claim.accounts, name)
    return owners
