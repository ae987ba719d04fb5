"""What each kind of evidence says of accounts that may be shared keys: figures -> shares of others -> bits.

A kind's figures become one number per account: the share of others with each figure at least as high, the larger
share where both must be high, the smaller where either will do. That number is ranked among the others' own once more,
so that two looks count as two. Evidence is what is rare (above the rule's quantile) and large (above its floors):
in a small log somebody is always the highest. Bits are log2(m/u) (Fellegi & Sunter, JASA 1969).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.keys.shares import Floats, beyond_volume, shares
from wiretell.hunt.rule import Keys, Rule
from wiretell.hunt.tables import Accounts
from wiretell.model.hunt import EvidenceKind

Mask = NDArray[np.bool_]
_BESIDE: Final = 2
"""Networks in one hour that are not one after the other."""


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """One kind, for n candidates."""

    kind: EvidenceKind
    shows: Mask
    by_chance: Floats
    """Share of comparable accounts that show at least as much."""
    bits: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Everyone:
    """Candidates, then the accounts that they are compared with."""

    accounts: Accounts
    groups: NDArray[np.int64]
    """By client, numbered from 0."""
    others: int
    """How many of the last ones are compared with."""

    def rare(self, values: NDArray[Any]) -> Floats:
        """Return the share of others of the same client with a value at least as high."""
        return shares(values, self.groups, self.others)

    def rare_for_volume(self, values: NDArray[Any]) -> Floats:
        """Return the same where a value must be rare by itself and for so many exchanges: heavy use is no offence."""
        residual = beyond_volume(values, self.accounts.rows, self.others)
        return np.maximum(self.rare(values), self.rare(residual))


_Test = Callable[[Everyone, Keys], tuple[Floats, Mask]]
"""Gives for everyone how rare the kind's figures are, and whether they are above its floors."""


def weigh(
    candidates: Accounts, others: Accounts, rule: Rule, lost: frozenset[EvidenceKind] = frozenset()
) -> tuple[Weighed, ...]:
    """Weigh every kind that the log can show, for every candidate; of `lost` ones, what is not shown says nothing."""
    both = {name: np.concatenate((getattr(candidates, name), getattr(others, name))) for name in Accounts.__slots__}
    _, groups = np.unique(both["client"].astype(str), return_inverse=True)
    them = Everyone(Accounts(**both), groups.astype(np.int64), len(others))
    known = (kind for kind in _TESTS if all(getattr(them.accounts, name).any() for name in _NEEDS[kind]))
    return tuple(_weighed(kind, them, len(candidates), rule, kind in lost) for kind in known)


def _weighed(kind: EvidenceKind, them: Everyone, candidates: int, rule: Rule, is_lost: bool) -> Weighed:
    rarity, is_large = _TESTS[kind](them, rule.keys)
    by_chance = them.rare(-np.where(is_large, rarity, 1.0))[:candidates]
    quantile = rule.keys.contradiction_quantile if kind is EvidenceKind.CONTRADICTION else rule.keys.quantile
    shows = is_large[:candidates] & (by_chance <= 1 - quantile)
    m = rule.keys.m[kind]
    for_it = np.minimum(np.log2(m / by_chance), rule.weights.cap[kind])
    against = 0.0 if is_lost else np.log2((1 - m) / quantile)
    return Weighed(kind, shows, by_chance, np.where(shows, for_it, against))


def _prefix(them: Everyone, rule: Keys) -> tuple[Floats, Mask]:
    """Conversations side by side, and more system parts than so many exchanges of one user bring.

    How many run side by side says little: a fleet has more of them than fifty people who take turns.
    """
    is_large = (them.accounts.peak_chains >= rule.peak_chains) & (them.accounts.systems >= rule.systems)
    return them.rare_for_volume(them.accounts.systems), is_large


def _network(them: Everyone, rule: Keys) -> tuple[Floats, Mask]:
    """Networks at one time: who travels, or changes a VPN's exit, has one after the other. Or very many in all, two of
    them at one time: people who take turns."""
    peak, in_all = them.accounts.peak_networks, them.accounts.networks
    is_beside, is_many = peak >= rule.networks, (peak >= _BESIDE) & (in_all >= rule.networks_in_all)
    by_peak = np.where(is_beside, them.rare_for_volume(peak), 1.0)
    by_all = np.where(is_many, them.rare_for_volume(in_all), 1.0)
    return np.minimum(by_peak, by_all), is_beside | is_many


def _headers(them: Everyone, rule: Keys) -> tuple[Floats, Mask]:
    """Several clients, or machines."""
    tuples, clients = them.accounts.header_tuples, them.accounts.clients
    many_tuples, many_clients = tuples >= rule.header_tuples, clients >= rule.clients
    by_tuples = np.where(many_tuples, them.rare_for_volume(tuples), 1.0)
    by_clients = np.where(many_clients, them.rare_for_volume(clients), 1.0)
    return np.minimum(by_tuples, by_clients), many_tuples | many_clients


def _timing(them: Everyone, rule: Keys) -> tuple[Floats, Mask]:
    """Days without a night, all hours alike; or more time zones than anybody passes through.

    A traveller's exchanges spread over all hours in the end, but each day has its night.
    """
    spread, length = effective_hours(them.accounts.hours), day_hours(them.accounts)
    is_flat = (spread >= rule.effective_hours) & (length >= rule.day_hours)
    is_wide = them.accounts.zones >= rule.zones
    flat = np.where(is_flat, np.maximum(them.rare(spread), them.rare(length)), 1.0)
    wide = np.where(is_wide, them.rare(them.accounts.zones), 1.0)
    return np.minimum(flat, wide), is_flat | is_wide


def _contradiction(them: Everyone, rule: Keys) -> tuple[Floats, Mask]:
    """Headers that name another client than the system part does."""
    share = them.accounts.contradictions / np.maximum(them.accounts.known_systems, 1)
    return them.rare(share), (them.accounts.contradictions >= rule.contradictions) & (share >= rule.contradiction_share)


def _lifecycle(them: Everyone, rule: Keys) -> tuple[Floats, Mask]:
    """Change from its own beginning: the one feature that held on other data than its own (docs/hunt.md)."""
    grown = growth(them.accounts)
    return them.rare(grown), (grown >= rule.growth) & (them.accounts.late_chains >= rule.growth_chains)


_TESTS: Final[Mapping[EvidenceKind, _Test]] = {
    EvidenceKind.PREFIX: _prefix,
    EvidenceKind.NETWORK: _network,
    EvidenceKind.TIMING: _timing,
    EvidenceKind.HEADERS: _headers,
    EvidenceKind.CONTRADICTION: _contradiction,
    EvidenceKind.LIFECYCLE: _lifecycle,
}
_NEEDS: Final = {
    EvidenceKind.PREFIX: ("peak_chains", "systems"),
    EvidenceKind.NETWORK: ("peak_networks",),
    EvidenceKind.TIMING: ("busy_hours",),
    EvidenceKind.HEADERS: ("header_tuples",),
    EvidenceKind.CONTRADICTION: ("known_systems",),
    EvidenceKind.LIFECYCLE: ("late_chains",),
}
"""Figures without which a kind is not examined: 0 for everyone where the log lacks the column."""


def effective_hours(hours: NDArray[np.int64]) -> Floats:
    """Return how many hours of the day exchanges spread over: 2 to the power of the entropy, 1 to 24; n x 24 -> n."""
    share = hours / np.maximum(hours.sum(axis=1, keepdims=True), 1)
    entropy = -np.sum(share * np.log2(np.where(share > 0, share, 1.0)), axis=1)
    spread: Floats = np.exp2(entropy)
    return spread


def day_hours(of: Accounts) -> Floats:
    """Return the hours with an exchange on a day that has any, in the mean."""
    mean: Floats = of.busy_hours / np.maximum(of.active_days, 1)
    return mean


def growth(of: Accounts) -> Floats:
    """Return by how much the busiest day of the second half has more conversations than that of the first."""
    ratio: Floats = of.late_chains / np.maximum(of.early_chains, 1)
    return ratio
