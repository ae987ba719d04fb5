"""Sorting and numbering many keys, faster than `argsort` and `unique` do it. Pure.

Vectorised sorts (Bramas, "A novel hybrid quicksort algorithm vectorized using AVX-512", 2017, as in numpy) move plain
numbers, not the places where they came from: so the place goes into the low bits of the number itself.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.tables import Ints

_BITS: Final = 63
_DENSE: Final = 8
"""Keys of a range of so many times their number are numbered by a table of the range rather than sorted."""


def in_order(key: NDArray[Any]) -> tuple[Ints, Ints]:
    """Return keys (0 or above) in ascending order, and the places that they had; equal ones stay in their order."""
    places = max(len(key) - 1, 0).bit_length()
    if int(key.max(initial=0)).bit_length() + places > _BITS:
        order = np.argsort(key, kind="stable")
        return key[order], order
    both = np.sort((key.astype(np.int64) << places) | np.arange(len(key)))
    return both >> places, both & ((1 << places) - 1)


def numbered(key: NDArray[Any]) -> tuple[Ints, Ints]:
    """Return the distinct keys (0 or above), ascending, and for each key its number among them."""
    span = int(key.max(initial=-1)) + 1
    if span <= _DENSE * len(key):
        there = np.zeros(span, dtype=np.bool_)
        there[key] = True
        distinct = np.flatnonzero(there)
        number = np.empty(span, dtype=np.int64)
        number[distinct] = np.arange(len(distinct))
        return distinct, number[key]
    ascending, order = in_order(key)
    new = np.ones(len(key), dtype=np.bool_)
    new[1:] = ascending[1:] != ascending[:-1]
    numbers = np.empty(len(key), dtype=np.int64)
    numbers[order] = np.cumsum(new) - 1
    return ascending[new], numbers
