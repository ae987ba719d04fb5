"""What a token is worth by how many hold it, and whether so many hold it in one place by chance. Pure.

A token's bits depend on its own holders alone ("column weights" of Hooi et al., "FRAUDAR: Bounding Graph Fraud in the
Face of Camouflage", KDD 2016): whatever edges an operator adds from its accounts to other tokens, the bits of its own
stay as they are.

FRAUDAR's own 1/log(holders + c) falls too slowly for logs in which one header tuple has 300,000 honest holders, so the
bits are log2(entities / holders), Fellegi & Sunter's agreement weight: nothing for what everybody has.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from wiretell.hunt.rule import Rule
from wiretell.hunt.tables import Ints, Tables
from wiretell.model.hunt import SHARED_KINDS, EvidenceKind

Floats = NDArray[np.float64]

LIFT: Final = 3.0
"""How many times more often than by chance something must be seen before it says anything. A campaign of more than a
third of a log's entities is thus not seen as one by what all of it shares."""

NETWORK_FORMS: Final = 2
"""A network is an address and its /24 or /64: two tokens, one fact."""


def token_bits(tables: Tables, rule: Rule) -> Floats:
    """Return bits for each token: log2(entities / holders), by how many tokens of its kind make one fact."""
    entities = max(tables.total_entities, 1)
    holders = np.maximum(tables.tokens.holders, 1)
    bits = np.maximum(np.log2(entities / holders), 0.0)
    told_by = np.ones(len(SHARED_KINDS))
    told_by[SHARED_KINDS.index(EvidenceKind.TEMPLATE)] = max(rule.share.template_bands, 1)
    told_by[SHARED_KINDS.index(EvidenceKind.NETWORK)] = NETWORK_FORMS
    return np.asarray(bits / told_by[tables.tokens.kind], dtype=np.float64)


def surprise(seen: NDArray[Any], expected: Floats) -> Floats:
    """Return bits by which a count lies above what chance gives: -log2 of a bound on the Poisson tail.

    P(X >= s) <= P(X = s) / (1 - e / (s + 1)) for s > e: the tail falls faster than a geometric series. 0 where the
    count does not lie above.
    """
    seen = np.asarray(seen, dtype=np.float64)
    expected = np.maximum(expected, 1e-300)
    above = seen > expected
    ratio = np.where(above, expected / (seen + 1.0), 0.0)
    nats = seen * np.log(expected) - expected - gammaln(seen + 1.0) - np.log1p(-ratio)
    return np.where(above, np.maximum(-nats / np.log(2.0), 0.0), 0.0)


def distinct_entities(group: NDArray[Any], entity: NDArray[Any], groups: int) -> Ints:
    """Return for each of so many groups how many entities there are among its members."""
    if not len(group):
        return np.zeros(groups, dtype=np.int64)
    span = int(entity.max()) + 1
    pairs = np.sort(group.astype(np.int64) * span + entity)
    new = np.ones(len(pairs), dtype=np.bool_)
    new[1:] = pairs[1:] != pairs[:-1]
    return np.bincount(pairs[new] // span, minlength=groups).astype(np.int64)
