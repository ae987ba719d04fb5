"""Tiers: an account is judged by what it shows itself.

*review* asks for `review_bits`, `review_kinds` kinds, of them `review_concerted` that show accounts working as one
(with `review_concerted_bits`: one alone may be a team's trade) and `review_own` that nobody can bring upon it, in a
campaign whose expected share of false discoveries is small enough and in which `review_accounts` accounts come as far;
else it is *verify* at most. A card of accounts that work as one (`cards.py`) stands for the concerted kinds where it
brings `review_payment_bits`, and so does the card of a program that is the group's own: an account may come to *review*
without a concerted kind of its own by these, never without a card or a day of opening. Header
tuple and system part alone are one program that some people use: that is no case at all; with templates it is at most
*watch*, and so is whatever shows nothing concerted: a team that declares nothing shares cards, networks, programs,
prompts and the day on which it began. A group in which hardly anybody works as one is no campaign.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.evidence.interface import Floats, Weighed
from wiretell.hunt.rule import Tiers
from wiretell.model.hunt import CONCERTED_KINDS, EvidenceKind, Tier

Ranks = NDArray[np.int64]
"""`Tier.rank`, or -1: below watch."""

BELOW: Final = -1
OWN: Final = (EvidenceKind.PAYMENT, EvidenceKind.FAILOVER, EvidenceKind.LIFECYCLE)
"""Kinds that copying an account's headers, prompts, mix and hours does not bring upon it: its card,
conversations that it went on with itself, when it was opened. Networks are shared with strangers."""
_TOOL: Final = (EvidenceKind.HEADERS, EvidenceKind.PREFIX)
_COPIED: Final = (*_TOOL, EvidenceKind.TEMPLATE)
_LEAST_ACCOUNTS: Final = 2
"""Of any campaign, and of those that carry its tier below review."""


def concerted(weighed: Weighed, tiers: Tiers) -> NDArray[np.bool_]:
    """Return which accounts show by themselves that they work as one with others."""
    shown: NDArray[np.bool_] = (count(weighed, CONCERTED_KINDS) >= tiers.review_concerted) & (
        _bits(weighed, CONCERTED_KINDS) >= tiers.review_concerted_bits
    )
    return shown


@dataclass(frozen=True, slots=True, eq=False)
class Operated:
    """What a group of n accounts has to itself says of each of them (`harness.py`, `cards.py`)."""

    as_one: NDArray[np.bool_]
    """Uses the operator's program and was opened with those whom its cards pay for."""
    paid: NDArray[np.bool_]
    """Holds a card of the group's operator."""
    sibling: NDArray[np.bool_]
    """Uses an unmanned program of the group's own, with cards of its own for most, or works off its queue by one
    clock: *verify*, however few."""

    @property
    def unexplained(self) -> NDArray[np.bool_]:
        """Whom what a team shares does not explain."""
        return self.as_one | self.paid | self.sibling


def ranks(weighed: Weighed, q: float | None, tiers: Tiers, operated: Operated | None = None) -> Ranks:
    """Return each account's rank by itself, before the company it is in.

    :param operated: what the group has to itself; None: not known.
    """
    score, shows = weighed.bits.sum(axis=1), weighed.shows
    as_one, some_concert = concerted(weighed, tiers), count(weighed, CONCERTED_KINDS) > 0
    if operated is not None:
        payment = operated.paid & (_bits(weighed, (EvidenceKind.PAYMENT,)) >= tiers.review_payment_bits)
        as_one = as_one | operated.as_one | payment
        some_concert = some_concert | operated.as_one | payment | operated.sibling
    kinds = shows.sum(axis=1)
    beyond_tool, beyond_copies = kinds > count(weighed, _TOOL), kinds > count(weighed, _COPIED)
    watch = (score >= tiers.watch_bits) & (kinds >= _LEAST_ACCOUNTS) & beyond_tool
    verify = watch & (score >= tiers.verify_bits) & (kinds >= tiers.verify_kinds) & beyond_copies & some_concert
    review = (
        verify
        & (score >= tiers.review_bits)
        & (kinds >= tiers.review_kinds)
        & as_one
        & (count(weighed, OWN) >= tiers.review_own)
    )
    if q is None or q > tiers.review_q:
        review = np.zeros_like(review)
    found: Ranks = watch.astype(np.int64) + verify + review + BELOW
    return found


def in_company(own: Ranks, entities: NDArray[np.int32], tiers: Tiers) -> Ranks:
    """Return the ranks of a campaign's accounts: none above what enough of them carry.

    :param entities: whose each account is. One owner's accounts are no campaign.
    """
    found = own.copy()
    if np.count_nonzero(found >= Tier.REVIEW.rank) < tiers.review_accounts:
        found = np.minimum(found, Tier.VERIFY.rank)
    if np.count_nonzero(found >= Tier.VERIFY.rank) < _LEAST_ACCOUNTS:
        found = np.minimum(found, Tier.WATCH.rank)
    if len(np.unique(entities[found > BELOW])) < _LEAST_ACCOUNTS:
        return np.full_like(found, BELOW)
    return found


def _bits(weighed: Weighed, kinds: tuple[EvidenceKind, ...]) -> Floats:
    columns = [at for at, kind in enumerate(weighed.kinds) if kind in kinds]
    bits: Floats = np.maximum(weighed.bits[:, columns], 0.0).sum(axis=1)
    return bits


def count(weighed: Weighed, kinds: tuple[EvidenceKind, ...]) -> NDArray[np.int64]:
    """Return for each account how many of these kinds it shows."""
    columns = [at for at, kind in enumerate(weighed.kinds) if kind in kinds]
    counts: NDArray[np.int64] = weighed.shows[:, columns].sum(axis=1)
    return counts
