"""What a hunt finds: campaigns, the evidence for them, and each account's own findings.

Bits are base-2 logarithms of match weights m/u (Fellegi & Sunter, "A Theory for Record Linkage", JASA 1969): how many
doublings more likely the observation is among members of one campaign than between unrelated accounts. They add up
over independent kinds of evidence. Times are microseconds since 1970-01-01 UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class EvidenceKind(StrEnum):
    """Kinds of evidence; independent means of different kinds."""

    PAYMENT = "payment"
    NETWORK = "network"
    HEADERS = "headers"
    TEMPLATE = "template"
    PREFIX = "prefix"
    FAILOVER = "failover"
    TIMING = "timing"
    SHARDING = "sharding"
    LIFECYCLE = "lifecycle"
    CONTENT = "content"
    CONTRADICTION = "contradiction"


SHARED_KINDS: Final = (
    EvidenceKind.PAYMENT,
    EvidenceKind.NETWORK,
    EvidenceKind.HEADERS,
    EvidenceKind.TEMPLATE,
    EvidenceKind.PREFIX,
    EvidenceKind.FAILOVER,
)
"""Kinds that are tokens of the account x token graph. Their place in this tuple is their code in arrays and tables."""

POOLED_KINDS: Final = (
    EvidenceKind.TIMING,
    EvidenceKind.SHARDING,
    EvidenceKind.LIFECYCLE,
    EvidenceKind.CONTENT,
    EvidenceKind.CONTRADICTION,
)
"""Kinds that are tested on a cluster's exchanges together, against sets of other accounts of the same size."""

CONCERTED_KINDS: Final = (EvidenceKind.FAILOVER, EvidenceKind.SHARDING, EvidenceKind.TIMING, EvidenceKind.CONTENT)
"""Kinds that show accounts working as one. An office, a carrier's network or a popular tool share all the others;
nobody can be given these by somebody who copies their headers, prompts or address."""


class CampaignKind(StrEnum):
    """What a campaign looks like."""

    DISTILLATION = "distillation"
    """Many accounts, one harvest."""
    RESELLER_POOL = "reseller-pool"
    """Many accounts, one storefront, failover between them."""
    SHARED_KEY = "shared-key"
    """Many users behind one account."""
    UNCLEAR = "unclear"


class Tier(StrEnum):
    """How far the evidence goes. None of them is a ban: `review` asks a person to look."""

    WATCH = "watch"
    VERIFY = "verify"
    REVIEW = "review"

    @property
    def rank(self) -> int:
        """0 watch, 1 verify, 2 review."""
        return tuple(Tier).index(self)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one kind of evidence says of a campaign, or of one account in it."""

    kind: EvidenceKind
    bits: float
    """Of a campaign: the mean over its accounts, those without it included. Below zero where it speaks against."""
    accounts: int
    """Of a campaign's accounts, those that show it."""
    example: str
    """One fact that can be looked up in the log: `card pay_81f0 pays for 31 of its 40 accounts, and 2 others`."""
    by_chance: float
    """How often an unrelated account of this log would show it: a probability."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One innocent explanation, and whether it holds."""

    name: str
    """`office`, `carrier network`, `declared organisation`, `public tool`, `agency`, `CI fleet` ..."""
    holds: bool | None
    """None: could not be examined."""
    told: str
    """What was tested and what came out, as a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A group of accounts that work as one; or, as `shared-key`, one account with many users."""

    id: str
    """`k1` is the strongest."""
    kind: CampaignKind
    tier: Tier
    accounts: tuple[str, ...]
    """Strongest first."""
    exchanges: int
    first: int
    last: int
    score_bits: float
    """Sum of `evidence`'s bits: the mean score of its accounts."""
    evidence: tuple[Evidence, ...]
    """Strongest kind first."""
    without: Mapping[EvidenceKind, float]
    """The score without each kind."""
    alternatives: tuple[Alternative, ...] = ()
    q_value: float | None = None
    """Expected share of false discoveries among campaigns at least as strong, by shuffles of the same log that keep
    every degree; None where it was not computed (each shared key has quantiles instead)."""
    earliest: int | None = None
    """Last microsecond of the first day (UTC) at whose end the exchanges so far would have carried this tier; None
    where it could not be told."""
    earliest_share: float | None = None
    """Share of its exchanges up to then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFinding:
    """One account's own case: it is judged by what it shows itself, not by its company alone."""

    account: str
    tier: Tier
    campaign: str
    """Its strongest."""
    score_bits: float
    evidence: tuple[Evidence, ...]
    without: Mapping[EvidenceKind, float]
    also: tuple[str, ...] = ()
    """Other campaigns that it belongs to."""


@dataclass(frozen=True, slots=True)
class NotExamined:
    """What could not be looked at, and which evidence that loses."""

    what: str
    """`column payment`, `2,113 rows without a time` ..."""
    why: str
    lost: tuple[EvidenceKind, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleId:
    """Which rule judged: its thresholds are fixed by hash before anything is scored."""

    version: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunted:
    """All that one hunt says."""

    rows: int
    accounts: int
    """Accounts of the log."""
    first: int | None
    """None: no row had a time."""
    last: int | None
    engine: str
    """`duckdb` or `spark`."""
    seed: int
    rule: RuleId
    campaigns: tuple[Campaign, ...]
    """Strongest first."""
    findings: tuple[AccountFinding, ...]
    """By campaign, strongest first."""
    not_examined: tuple[NotExamined, ...] = ()
    notes: tuple[str, ...] = ()
    """What was seen in the log itself: duplicates, clocks, hashed addresses. One sentence each."""
    populations: Mapping[str, int] = field(default_factory=dict)
    """How many tokens of each kind there were, how many an organisation or popularity explained, how many were left."""
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    """By campaign id, for the report."""
    wall_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Picture:
    """What a report draws of a campaign."""

    tokens: tuple[tuple[EvidenceKind, str, int], ...]
    """Shared tokens: kind, token, holders in the campaign; at most 40, most holders first."""
    links: tuple[tuple[int, int], ...]
    """Index of an account (in the campaign's order; at most the first 60) and of a token above."""
    days: tuple[tuple[int, int], ...]
    """Days since 1970-01-01 and exchanges of that day; ascending, without empty ones."""
