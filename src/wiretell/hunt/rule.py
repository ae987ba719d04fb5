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
    permutations: int
    """Sets of other accounts that a pooled test draws."""


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
    """Conversations in one hour, at least."""


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
