"""From a pooled test to bits for each account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.evidence.interface import Floats
from wiretell.hunt.evidence.match import against_it, for_it
from wiretell.hunt.rule import Weights
from wiretell.model.hunt import EvidenceKind

_POOL: Final = 2
"""Accounts that must conform: one alone is no pool."""


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """What a pooled kind says of a cluster of n accounts."""

    kind: EvidenceKind
    by_chance: float
    """How often accounts that have nothing to do with each other look like this together."""
    conforms: NDArray[np.bool_]
    """n: whether the account's own rows look like the pool's."""
    known: NDArray[np.bool_]
    """n: whether the account has rows that could."""
    usual: float
    """Share of other accounts that conform."""
    example: str
    facts: tuple[str, ...]
    """n: the account's own figure, as a sentence without its subject."""
    strength: Floats | None = None
    """n: most bits that the account's own rows carry; None: as many as the pool's."""


def nothing(kind: EvidenceKind, size: int) -> Pooled:
    """Return that a kind could not be told."""
    none = np.zeros(size, dtype=np.bool_)
    return Pooled(kind, 1.0, none, none, 0.0, "", ("",) * size)


def bits(pooled: Pooled, weights: Weights) -> Floats:
    """Return n match weights.

    Members that conform get log2(m / p) of the pool, if the pool is significant at all; those that could and do not,
    the weight against it; those without such rows, nothing.
    """
    size = len(pooled.conforms)
    if pooled.by_chance > weights.significant:
        return np.zeros(size)
    m, cap = weights.m[pooled.kind], weights.cap[pooled.kind]
    gained = np.broadcast_to(for_it(m, pooled.by_chance, cap, weights.least), size)
    if pooled.strength is not None:
        own = np.minimum(gained, pooled.strength)
        gained = np.where(own >= weights.least, own, 0.0)
    shown = pooled.conforms & pooled.known & (gained > 0)
    if np.count_nonzero(shown) < _POOL:
        return np.zeros(size)
    share = shown.sum() / max(int(pooled.known.sum()), 1)
    lost = against_it(m, min(pooled.usual, 1.0), float(share))
    return np.where(shown, gained, np.where(pooled.known & ~pooled.conforms, lost, 0.0))
