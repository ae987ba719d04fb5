"""How rare a figure is: the share of comparable accounts with one at least as high. Pure, by sorting: n log n."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_PRIOR: Final = 50.0
"""Accounts that the whole log counts for beside those of the same client: of a client that few use, little is known by
these few alone."""


def shares(values: NDArray[Any], groups: NDArray[np.int64], reference: int) -> Floats:
    """Return for each value the share of its group's reference values that are at least as high; never 0.

    The last `reference` values are those that all are compared with; `groups` are numbers from 0. A small group falls
    back, by its size, to the share among all; a large one never says less than its size allows, unless all do.
    """
    if reference == 0:
        return np.ones(len(values))
    known = np.unique(values[-reference:])
    rank = np.searchsorted(known, values)  # a reference value is at least as high where its rank is
    overall = (_count_from(rank, rank[-reference:]) + 0.5) / (reference + 1)
    size = np.bincount(groups[-reference:], minlength=int(groups.max()) + 1)[groups]
    width = len(known) + 1
    place = groups * width + rank
    inside = _count_from(place, place[-reference:]) - _count_from((groups + 1) * width, place[-reference:])
    shrunk = (inside + _PRIOR * overall) / (size + _PRIOR)
    return np.minimum(np.maximum(shrunk, np.minimum(overall, 0.5 / (size + 1))), 1.0)


def _count_from(keys: NDArray[np.int64], reference: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count for each key the reference keys that are at least as high."""
    return len(reference) - np.searchsorted(np.sort(reference), keys)


def beyond_volume(values: NDArray[Any], rows: NDArray[np.int64], reference: int) -> Floats:
    """Return what of a count is not explained by how many exchanges an account has.

    Residuals of the logarithms' least-squares line through the last `reference` accounts. The line never falls: a
    count that few accounts have is no less odd in a large one.
    """
    volume = np.log2(np.maximum(rows, 1).astype(np.float64))
    counts = np.log2(1.0 + values)
    x, y = volume[-reference:], counts[-reference:]
    spread = float(np.sum((x - x.mean()) ** 2)) if reference else 0.0
    slope = float(np.sum((x - x.mean()) * (y - y.mean()))) / spread if spread > 0 else 0.0
    residual: Floats = counts - max(slope, 0.0) * volume
    return residual
