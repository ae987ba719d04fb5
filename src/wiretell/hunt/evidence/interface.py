"""Evidence weighed: bits for every account of a cluster and every kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wiretell.model.hunt import EvidenceKind

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """Bits of a cluster of n accounts in k kinds; rows in the order of `Cluster.accounts`."""

    kinds: tuple[EvidenceKind, ...]
    """Those that the log could show."""
    bits: Floats
    """n x k. Above zero where the account shows it, below where it could and does not."""
    by_chance: Floats
    """k probabilities: that an unrelated account of the log shows it."""
    examples: tuple[str, ...]
    """k facts of the cluster, empty where no account shows it."""
    told: tuple[tuple[str, ...], ...]
    """n x k: the fact of that account, as a sentence without its subject; empty where it does not show it."""

    @property
    def shows(self) -> NDArray[np.bool_]:
        """n x k: whether the account shows it."""
        return self.bits > 0
