"""The rule: every number that decides, in one file of data, named by its hash.

A hunt says which rule judged. Numbers were chosen on development seeds; the benchmark refuses to score a rule whose
hash is not the one written down beside it (docs/hunt.md).
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from typing import Final

import msgspec

from wiretell.model.hunt import RuleId

_FILE: Final = "rule.toml"


class Share(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the account x token graph is cut to its core."""

    kinds: int
    """An account of the core holds tokens of at least so many kinds ..."""
    tokens: int
    """... and so many tokens, each held by two entities of the core."""
    rounds: int
    """Most rounds until it is stable."""
    template_bands: int
    """Bands of a template that become tokens: the first so many."""
    failover_s: int
    """Longest pause in which a conversation that goes on under another account counts as failover, in seconds."""


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Match weights."""

    m: dict[str, float]
    """By kind: how often a member of a campaign shows it."""
    cap: dict[str, float]
    """By kind: most bits that it can bring."""
    least: float
    """Bits under which a kind is not shown at all."""
    spread: float
    """Share of a cluster's accounts, at least, that show a shared kind: else it is no trait of the cluster."""
    permutations: int
    """Sets of other accounts that a pooled test draws."""
    reference: int
    """Other accounts, at most, that it draws them from."""
    likeness: float
    """Intraclass correlation that an honest team may have: sets are as small as its accounts are independent."""
    significant: float
    """Highest chance at which a pooled kind is shown at all."""
    failovers: int
    """Conversations of others, at least, that an account goes on with before it counts ..."""
    failover_share: float
    """... unless at least this share of the cluster's accounts does so once."""
    conversation_s: int
    """Longest life of a conversation that counts, in seconds."""
    taste: float
    """Concentration of honest accounts' favourites among templates that they share: the most even that is honest."""


class Tiers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What carries a tier."""

    watch_bits: float
    verify_bits: float
    review_bits: float
    verify_kinds: int
    review_kinds: int
    """Independent kinds above zero that an account itself shows."""
    review_concerted: int
    """Of these, kinds that show accounts working as one."""
    review_concerted_bits: float
    """Bits of these kinds together: one of them alone may be a team's trade."""
    review_own: int
    """Of these, kinds that nobody can bring upon an account by copying what it sends (judging.tiers.OWN)."""
    review_accounts: int
    """Accounts of a campaign, at least (shared keys apart)."""
    review_q: float
    """Highest expected share of false discoveries."""
    shuffles: int


class Keys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What carries a tier for a shared key."""

    watch_bits: float
    verify_bits: float
    review_bits: float
    review_kinds: int
    quantile: float
    """Of accounts with the same client, above which a figure is evidence."""
    peak_chains: int
    """Conversations in one hour, at least ..."""
    systems: int
    """... and distinct system parts, at least: what makes them unrelated."""
    networks: int
    """Networks in one hour, at least."""
    header_tuples: int
    """Header tuples, at least, or ..."""
    clients: int
    """... clients, at least."""
    zones: int
    """Time zones that clients told, at least."""
    contradictions: int
    """Contradicting exchanges, at least ..."""
    contradiction_share: float
    """... and of those that could contradict, at least so large a part."""
    effective_hours: float
    """Hours of the day that exchanges are spread over (2 to the power of their entropy in bits), at least ..."""
    day_hours: float
    """... and hours with an exchange on a day with any, in the mean, at least."""
    growth: float
    """Conversations of the busiest day, second half of its days against the first, at least."""
    growth_chains: int
    """Conversations of the busiest day of its second half, at least."""
    few_networks: int
    """Networks in one hour that one person or one server uses, at most."""
    few_systems: int
    """System parts that one person or one fleet uses, at most."""
    m: dict[str, float]
    """By kind: how often a shared key shows it."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All numbers that decide."""

    version: str
    share: Share
    weights: Weights
    tiers: Tiers
    keys: Keys


def text() -> bytes:
    """Return the shipped file's bytes."""
    return resources.files("wiretell.hunt").joinpath(_FILE).read_bytes()


@cache
def shipped() -> Rule:
    """Return the rule of this release."""
    return msgspec.toml.decode(text(), type=Rule)


def rule_id() -> RuleId:
    """Return version and SHA-256 (of the file's bytes, hex) of the rule of this release."""
    return RuleId(shipped().version, hashlib.sha256(text()).hexdigest())
