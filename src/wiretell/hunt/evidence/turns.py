"""Single turns: what tells a harvest from people, who talk on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from wiretell.hunt.evidence.interface import Floats
from wiretell.hunt.evidence.population import Against
from wiretell.hunt.tables import Accounts

_FEW: Final = 5
"""Conversations under which an account has no share."""
_RARE: Final = 0.05
"""How rarely sets of others may be as single-turn as a harvest."""


@dataclass(frozen=True, slots=True, eq=False)
class Turns:
    """Shares of conversations that have one turn; 0 for accounts with few conversations."""

    members: Floats
    others: Floats
    chance: float
    """How often sets of others have as many."""

    @property
    def harvest(self) -> bool:
        """Whether the cluster's conversations are of one turn far more often than others' are."""
        return self.chance <= _RARE

    @property
    def more(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """For each member, whether its own share is above the usual one."""
        above: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = self.members > self.others.mean()
        return above


def turns(held: Against) -> Turns:
    """Compare how often conversations have one turn."""
    members, others = _shares(held.members), _shares(held.others)
    return Turns(members, others, held.chance(members, others))


def _shares(accounts: Accounts) -> Floats:
    share = accounts.single_turns / np.maximum(accounts.chains, 1)
    return np.where(accounts.chains >= _FEW, share, 0.0)
