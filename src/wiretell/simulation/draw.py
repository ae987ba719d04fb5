"""Chance that depends on names alone: generators by seed and name, tokens as chained 64-bit hashes.

A token (of an address, a text, a header) is made by `mix` from what causes it, so that equal causes give equal tokens
in every day and process, and nothing of who made it can be read from its bits.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

DAY_US: Final = 86_400_000_000
HOUR_US: Final = 3_600_000_000
SECOND_US: Final = 1_000_000

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)


def name_number(name: str) -> int:
    """Return a number below 2**63 that stands for a name."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) >> 1


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """Return the generator of one named use of chance; others do not move it."""
    parts = [seed, *(name_number(name) if isinstance(name, str) else name for name in names)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(parts)))


def mix(*parts: Array | int | str) -> Array:
    """Return tokens made of parts, each an array or one value for all: splitmix64's finaliser, chained.

    (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014.)
    """
    state: Array = np.asarray(_GOLDEN)
    with np.errstate(over="ignore"):
        for part in parts:
            state = _finished((state + _word(part)) * _GOLDEN + _GOLDEN)
    return state


def _word(part: Array | int | str) -> Array:
    if isinstance(part, str):
        return np.asarray(np.uint64(name_number(part)))
    if isinstance(part, int):
        return np.asarray(np.uint64(part & 0xFFFFFFFFFFFFFFFF))
    return part if part.dtype == np.uint64 else part.astype(np.int64).view(np.uint64)


def _finished(z: Array) -> Array:
    z = (z ^ (z >> np.uint64(30))) * _FIRST
    z = (z ^ (z >> np.uint64(27))) * _SECOND
    found: Array = z ^ (z >> np.uint64(31))
    return found


def unit(tokens: Array) -> Array:
    """Return tokens as numbers in (0, 1)."""
    return ((tokens >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def below(tokens: Array, most: Array | int) -> Array:
    """Return tokens as whole numbers from 0 to below `most`."""
    found: Array = (unit(tokens) * most).astype(np.int64)
    return found


def zipf(tokens: Array, most: int, exponent: float = 1.0) -> Array:
    """Return tokens as ranks from 0 to below `most`, the first the likeliest (Zipf's law)."""
    weights = np.arange(1, most + 1, dtype=np.float64) ** -exponent
    return np.searchsorted(np.cumsum(weights) / weights.sum(), unit(tokens)).astype(np.int64)


def chosen(tokens: Array, weights: Array) -> Array:
    """Return tokens as indices of `weights`, each as likely as its weight says."""
    bounds = np.cumsum(weights) / np.sum(weights)
    return np.minimum(np.searchsorted(bounds, unit(tokens)), len(weights) - 1).astype(np.int64)


def within(lengths: Array) -> Array:
    """Return 0, 1, 2 ... for each of groups of these lengths, one after the other."""
    total = int(lengths.sum())
    starts = np.cumsum(lengths) - lengths
    found: Array = np.arange(total, dtype=np.int64) - np.repeat(starts, lengths)
    return found
