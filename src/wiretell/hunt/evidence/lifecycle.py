"""Lifecycle: the accounts were opened in one go.

The shortest span in which half of the cluster's accounts were opened, measured in the log's own population: a launch
day on which a tenth of everybody opened an account is a tenth wide. For independent accounts that width is distributed
as for uniform numbers, whatever the log is like.

Where times of creation are not known, the first exchange stands in for them: at a log's beginning all older accounts
begin together, which is then as wide as they are many.

Honest look-alikes: new staff or a course (it shows nothing concerted, so it never carries a review), a launch day.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from wiretell.hunt.evidence.interface import Floats
from wiretell.hunt.evidence.pool import Pooled, nothing
from wiretell.hunt.evidence.population import LEAST, Against, Population
from wiretell.hunt.tables import Ints
from wiretell.model.hunt import EvidenceKind

_MOST: Final = 64
"""Accounts that are looked at: of larger clusters evenly spaced ones."""
_FEW: Final = 3
_DAY_US: Final = 86_400_000_000


def lifecycle(held: Against, known_to: Population, permutations: int) -> Pooled:
    """Weigh when accounts were opened."""
    created = held.members.created
    dated = created >= 0
    seen_only = dated.mean() < 0.5
    times, log = (held.members.first, known_to.first) if seen_only else (created, known_to.created)
    known = np.ones(len(times), dtype=np.bool_) if seen_only else dated
    if known.sum() < _FEW or len(log) < LEAST:
        return nothing(EvidenceKind.LIFECYCLE, len(known))
    early, late = _half(np.sort(times[known]), log)
    width = _width(log, np.array([early]), np.array([late]))[0]
    p = float((1 + np.count_nonzero(_widths(_looked_at(int(known.sum())), permutations) <= width)) / (1 + permutations))
    verb = "first seen" if seen_only else "opened"
    told = (
        f"half of the {int(known.sum()):,} accounts were {verb} within {_days(late - early)}, as were "
        f"{width:.2%} of the log's"
    )
    # Half of them found the span; as many again stand close to it.
    early, late = 2 * early - late, 2 * late - early
    usual = _width(log, np.array([early]), np.array([late]))[0]
    inside = known & (times >= early) & (times <= late)
    return Pooled(
        EvidenceKind.LIFECYCLE,
        max(p, 1 / (1 + len(log))),
        conforms=inside,
        known=known,
        usual=float(usual),
        example=f"{told}; half of as many accounts drawn from the log are seldom as close",
        facts=(f"was {verb} with the group: {told}; half of as many others are seldom as close",) * len(known),
    )


def _looked_at(size: int) -> int:
    return min(size, _MOST)


def _half(times: Ints, log: Ints) -> tuple[int, int]:
    """Return the span, shortest in the log's population, that holds half of these ascending times."""
    some = times[np.linspace(0, len(times) - 1, _looked_at(len(times))).round().astype(np.int64)]
    step = (len(some) + 1) // 2
    widths = _width(log, some[: len(some) - step + 1], some[step - 1 :])
    at = int(widths.argmin())
    return int(some[at]), int(some[at + step - 1])


def _width(log: Ints, early: Ints, late: Ints) -> Floats:
    """Return the share of the log's accounts in each closed span, one added."""
    inside = np.searchsorted(log, late, side="right") - np.searchsorted(log, early, side="left")
    width: Floats = (inside + 1) / (len(log) + 1)
    return width


@lru_cache(maxsize=_MOST)
def _widths(size: int, sets: int) -> Floats:
    """Return the shortest span that holds half of so many uniform numbers, for so many sets of them."""
    drawn = np.sort(np.random.default_rng(size).random((sets, size)), axis=1)
    step = (size + 1) // 2
    widths: Floats = (drawn[:, step - 1 :] - drawn[:, : size - step + 1]).min(axis=1)
    return widths


def _days(span_us: int) -> str:
    days = span_us / _DAY_US
    return f"{days:,.0f} days" if days >= 2 else f"{max(span_us // 3_600_000_000, 1)} hours"
