"""The rule: the numbers that decide, in one file of data, and the code that they decide in, named by one hash.

A hunt says which rule judged. Numbers were chosen on development seeds; the benchmark refuses to score a rule whose
hash is not the one written down beside it (docs/hunt.md). A constant in a file of `graph/` or a condition in one of
`sql/` decides as much as a number of the file of data, so the hash covers all of them: a release whose hash is the same
finds the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

import msgspec

from wiretell.model.hunt import RuleId

_FILE: Final = "rule.toml"
_DECIDING: Final = ("graph", "evidence", "judging", "keys", "sql")
"""Folders of this package that decide: who belongs together, what it is worth, what it is called."""
_ENDINGS: Final = (".py", ".sql")


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
    review_payment_bits: float
    """Or bits of a card whose accounts work as one, ..."""
    review_payers: int
    """... so many of them at least."""
    review_program: int
    """Entities with a program to themselves, in many places, from which their cards are an operator's by that."""
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
    """Networks in one hour, at least, or ..."""
    networks_in_all: int
    """... networks in all, at least, two of them in one hour."""
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
    contradiction_quantile: float
    """In place of `quantile`: relays that contradict are used by honest people too, but hardly with all the rest."""
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


def deciding() -> tuple[str, ...]:
    """Return the names, relative to this package, of all files that decide, in ascending order."""
    package = resources.files("wiretell.hunt")
    inside = (name for folder in _DECIDING for name in _below(package.joinpath(folder), folder))
    return tuple(sorted([_FILE, "core.py", *inside]))


def _below(folder: Traversable, name: str) -> Iterator[str]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _below(entry, f"{name}/{entry.name}")
        elif entry.name.endswith(_ENDINGS):
            yield f"{name}/{entry.name}"


def digest(files: Iterable[tuple[str, bytes]]) -> str:
    """Return SHA-256 (hex) over files in this order: of each its name, a zero byte, its SHA-256 (32 bytes).

    So that bytes which move from the end of one file to the beginning of the next, or to another name, change it.
    """
    whole = hashlib.sha256()
    for name, data in files:
        whole.update(name.encode() + b"\0" + hashlib.sha256(data).digest())
    return whole.hexdigest()


@cache
def rule_id() -> RuleId:
    """Return version and hash of the rule of this release: `digest` of the bytes of the files that decide."""
    package = resources.files("wiretell.hunt")
    return RuleId(shipped().version, digest((name, package.joinpath(name).read_bytes()) for name in deciding()))
