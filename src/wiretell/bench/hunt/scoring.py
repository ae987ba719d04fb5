"""How good a hunt was: precision, recall, campaigns matched, honest people flagged. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wiretell.bench.hunt.truth import Operator, Truth
from wiretell.model.hunt import Tier

MATCHED: Final = 0.5
"""Least Jaccard index of a campaign found and one that is there."""


@dataclass(frozen=True, slots=True)
class Found:
    """What somebody says: a tier for accounts, and groups of accounts."""

    tiers: Mapping[str, Tier]
    groups: tuple[frozenset[str], ...]
    """Of two accounts or more, in tier review."""


@dataclass(frozen=True, slots=True)
class Score:
    """How good it was."""

    flagged: int
    """Accounts in review, grey ones apart."""
    right: int
    """Of these, those of operators that are to be found."""
    bad: int
    """Accounts of such operators."""
    honest: int
    honest_flagged: int
    grey_flagged: int
    campaigns: int
    """Operators with two accounts or more."""
    matched: int
    merged: int
    """Groups that hold a tenth or more of two operators or more."""
    b_cubed: float
    """F1 of B-cubed over bad accounts (Bagga & Baldwin 1998); an account in no group is one of its own."""
    subgroups: Mapping[str, tuple[int, int]]
    """Subgroup of honest accounts: how many there are, how many in review."""
    verify: int
    """Bad accounts in review or verify."""
    honest_verify: int

    @property
    def precision(self) -> float:
        """Of accounts in review; 1 where there are none."""
        return self.right / self.flagged if self.flagged else 1.0

    @property
    def recall(self) -> float:
        """Of bad accounts, those in review."""
        return self.right / self.bad if self.bad else math.nan


def found(document: Mapping[str, Any]) -> Found:
    """Return what a hunt document says."""
    return Found(
        {one["account"]: Tier(one["tier"]) for one in document["accounts"]},
        tuple(
            frozenset(one["accounts"])
            for one in document["campaigns"]
            if len(one["accounts"]) > 1 and one["tier"] == Tier.REVIEW
        ),
    )


def score(said: Found, truth: Truth) -> Score:
    """Compare what was said with what is so."""
    bad, grey = truth.bad(), truth.grey()
    review = {account for account, tier in said.tiers.items() if tier is Tier.REVIEW}
    verify = {account for account, tier in said.tiers.items() if tier is not Tier.WATCH}
    operators = [one for one in truth.operators if not one.grey and len(one.accounts) > 1]
    subgroups = Counter(truth.honest.values())
    hit = Counter(truth.honest[account] for account in review if account in truth.honest)
    return Score(
        flagged=len(review - grey),
        right=len(review & bad),
        bad=len(bad),
        honest=len(truth.honest),
        honest_flagged=sum(hit.values()),
        grey_flagged=len(review & grey),
        campaigns=len(operators),
        matched=sum(_matched(one, said.groups) for one in operators),
        merged=sum(_merged(group, operators) for group in said.groups),
        b_cubed=b_cubed(said.groups, operators),
        subgroups={name: (n, hit[name]) for name, n in sorted(subgroups.items())},
        verify=len(verify & bad),
        honest_verify=sum(account in truth.honest for account in verify),
    )


def _matched(operator: Operator, groups: Iterable[frozenset[str]]) -> bool:
    return any(len(operator.accounts & one) >= MATCHED * len(operator.accounts | one) for one in groups)


def _merged(group: frozenset[str], operators: Sequence[Operator]) -> bool:
    return sum(len(one.accounts & group) * 10 >= len(one.accounts) for one in operators) > 1


def b_cubed(groups: Sequence[frozenset[str]], operators: Sequence[Operator]) -> float:
    """Return the F1 of B-cubed precision and recall over the operators' accounts."""
    group_of = {account: at for at, group in enumerate(groups) for account in group}
    precision = recall = n = 0.0
    for operator in operators:
        inside = Counter(group_of[account] for account in operator.accounts if account in group_of)
        alone = len(operator.accounts) - sum(inside.values())
        precision += alone + sum(k * k / len(groups[at]) for at, k in inside.items())
        recall += (alone + sum(k * k for k in inside.values())) / len(operator.accounts)
        n += len(operator.accounts)
    return 2 * precision * recall / (n * (precision + recall)) if n else math.nan


def upper(events: int, trials: int) -> float:
    """Return the upper end of the one-sided 95 % interval of a share (Clopper & Pearson 1934)."""
    from scipy.stats import beta

    return float(beta.ppf(0.95, events + 1, trials - events)) if trials > events else 1.0
