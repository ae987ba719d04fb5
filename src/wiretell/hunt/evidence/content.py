"""Content: what goes in and comes out has the same mix on all accounts, and not the log's mix.

Exchanges fall into classes by what went in and came out (`shapes`; sql/account.sql). Each account is held against the
mean mix of the cluster's other accounts (accounts count equally) and against the mean mix of other accounts of the log:
its figure is the mean of log2(pool / log) over its exchanges, a difference of two Kullback-Leibler divergences. Pooling
is what makes it visible: sixty accounts of 26 exchanges a day give 1,500 a day, where two-sample tests see a tenth of
harvest in ordinary traffic (a single account never fills such a window).

Where a log has prompts, they are not in `Tables`: a test on them (maximum mean discrepancy; Gretton et al., "A Kernel
Two-Sample Test", JMLR 2012) would be another function from `Against` and the prompts to `Pooled`, taken for this kind
where its chance is smaller, doubled for the choice.

A team has a trade, and its mix is as strange. A harvest does not talk on, so that conversations of one turn must be
more frequent than others', in the cluster and in the account. Resold traffic alone shows nothing here.

Honest look-alikes: a team with one trade, batch jobs of one organisation, users of a client with one use. Sets of the
effective size of a team that is alike (`population.effective`), of the cluster's client, are what the pool must be
stranger than.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from wiretell.hunt.evidence.interface import Floats
from wiretell.hunt.evidence.pool import Pooled, nothing
from wiretell.hunt.evidence.population import Against
from wiretell.hunt.evidence.turns import turns
from wiretell.hunt.tables import SHAPES, Ints
from wiretell.model.hunt import EvidenceKind

_FEW: Final = 10
"""An account with fewer exchanges has no mix."""
_SMOOTH: Final = 0.02


def content(held: Against) -> Pooled:
    """Weigh the mix of a cluster's exchanges."""
    members, others = held.members.shapes, held.others.shapes
    known, usable = members.sum(axis=1) >= _FEW, others.sum(axis=1) >= _FEW
    if known.sum() < 2 or not held.enough or not usable.any():
        return nothing(EvidenceKind.CONTENT, len(known))
    mixes, log = _mixes(members[known]), _smoothed(_mixes(others[usable]).mean(axis=0))
    total, count = mixes.sum(axis=0), int(known.sum())
    inside = np.zeros(len(known))
    inside[known] = (mixes * np.log2(_smoothed((total - mixes) / (count - 1)) / log)).sum(axis=1)
    outside = np.zeros(len(usable))
    outside[usable] = _mixes(others[usable]) @ np.log2(_smoothed(total / count) / log)
    spoken = turns(held)
    return Pooled(
        EvidenceKind.CONTENT,
        held.chance(inside[known], outside) if spoken.harvest and inside[known].mean() > 0 else 1.0,
        conforms=(inside > 0) & spoken.more,
        known=known,
        usual=float((outside > 0).mean()),
        example=_example(total / count, log, int((inside > 0).sum()), len(known)),
        facts=_facts(members, total / count, log),
    )


def _mixes(shapes: Ints) -> Floats:
    mixes: Floats = shapes / np.maximum(shapes.sum(axis=1, keepdims=True), 1)
    return mixes


def _smoothed(mix: Floats) -> Floats:
    return (1 - _SMOOTH) * mix + _SMOOTH / SHAPES


def _example(pool: Floats, log: Floats, conforming: int, size: int) -> str:
    most = pool > log
    return (
        f"{pool[most].sum():.0%} of the exchanges of its accounts are of {int(most.sum())} classes (of {SHAPES} by "
        f"what goes in and comes out) that make up {log[most].sum():.0%} of others'; so it is for {conforming:,} of "
        f"its {size:,} accounts"
    )


def _facts(members: Ints, pool: Floats, log: Floats) -> tuple[str, ...]:
    most = pool > log
    own, usual = _mixes(members)[:, most].sum(axis=1), float(log[most].sum())
    return tuple(
        f"has {share:.0%} of its exchanges in the classes that the group is full of, where others have {usual:.0%}"
        for share in own.tolist()
    )
