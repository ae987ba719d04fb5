"""What the engine hands to the middle: the core of the account x token graph, and accounts' profiles, as arrays.

Rows are few by then (the core and a sample), so everything from here on is in memory and pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

HOURS: Final = 24
SHAPES: Final = 16
"""Classes of exchanges by what went in and came out: see sql/account.sql."""

Ints = NDArray[np.int64]
Indices = NDArray[np.int32]
Codes = NDArray[np.int8]
Names = NDArray[np.object_]
"""Of `str`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Accounts:
    """Profiles of n accounts, in ascending order of their names. Every array has n rows."""

    names: Names
    entity: Indices
    """Whose it is: accounts of one organisation, or of one group of the allow file, have the same number."""
    declared: NDArray[np.bool_]
    """Whether that is an organisation or an agreed group, not the account alone."""
    rows: Ints
    first: Ints
    last: Ints
    created: Ints
    """-1: not known."""
    active_days: Ints
    day_mask: NDArray[np.uint64]
    """Bit d % 64 of every day d (since 1970-01-01) with an exchange."""
    hours: Ints
    """n x HOURS: exchanges by hour of the day, UTC."""
    shapes: Ints
    """n x SHAPES: exchanges by class."""
    client: Names
    """Product of most of its exchanges; empty where none is known."""
    chains: Ints
    """Conversations: distinct first blocks after the system part."""
    single_turns: Ints
    """Of these, those with one exchange."""
    refused: Ints
    """Exchanges that ended with 401, 403, 429, 451 or 5xx."""
    contradictions: Ints
    """Exchanges whose headers name another client than nearly everyone with the same system part."""
    known_systems: Ints
    """Exchanges whose system part nearly always goes with one client: what `contradictions` is a part of."""
    peak_chains: Ints
    """Most conversations in one hour."""
    busy_hours: Ints
    """Hours (of the log, not of the day) with an exchange."""
    peak_networks: Ints
    """Most networks (address, or /24 and /64 where addresses are plain) in one hour."""
    networks: Ints
    systems: Ints
    """Distinct system parts."""
    header_tuples: Ints
    clients: Ints
    zones: Ints
    """Distinct time zones that its clients told."""
    early_chains: Ints
    """Most conversations in one day, in the first half of its own days."""
    late_chains: Ints
    """The same in the second half."""

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Edges:
    """Which account holds which token. Sorted by account, then token; no pair twice."""

    account: Indices
    """Into `Accounts`."""
    token: Indices
    """Into `Tokens`."""
    n: Ints
    """Exchanges."""
    first: Ints
    last: Ints

    def __len__(self) -> int:
        return len(self.account)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tokens:
    """Tokens of the core, sorted by kind, then name."""

    kind: Codes
    """Into `SHARED_KINDS`."""
    names: Names
    holders: Ints
    """Entities in the whole log that hold it, in the core or not."""
    accounts: Ints
    """The same in accounts."""

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tables:
    """All of it."""

    accounts: Accounts
    """Every account of the core."""
    edges: Edges
    tokens: Tokens
    others: Accounts
    """A sample of all accounts of the log (core and not), by a keyed hash of their names; at most 20,000."""
    keys: Accounts
    """Accounts worth a look as shared keys: those with at least `rule.keys.peak_chains` conversations in one hour and
    `rule.keys.systems` system parts in all; at most 50,000, most system parts first. Organisations and agreed groups
    included, for their explanation."""
    total_accounts: int
    total_entities: int
    holding: Ints
    """For each of `SHARED_KINDS`, entities of the log that hold any token of the kind."""
    rows: int
    first: int | None
    last: int | None
    populations: dict[str, int]
    """As `Hunted.populations`."""


def take(accounts: Accounts, at: NDArray[Any]) -> Accounts:
    """Return the profiles at these places (indices or a mask), in this order."""
    return Accounts(**{name: getattr(accounts, name)[at] for name in Accounts.__slots__})
