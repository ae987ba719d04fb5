"""Which runs were read before: a hash table of 64-bit digests, so that a word that stands 10,000 times is read once.

Compiled only: products wrap at 64 bits. Open addressing; an entry is a digest whose lowest bit says that nothing in
the run survived. Two of a million runs have the same digest with a probability of 2^-24.
"""

from __future__ import annotations

from collections.abc import Sequence

from wiretell.scan.native._shapes import DISTINCT

NEW = 0
DULL = 1
"""Read before, and nothing in it survived."""
ALIVE = 2


def digest(data: Sequence[int], start: int, end: int) -> int:
    """Return an even number that is not 0 (FNV-1a of Fowler, Noll and Vo, with the upper half folded in)."""
    value = -3750763034362895579
    for i in range(start, end):
        value = (value ^ data[i]) * 1099511628211
    value ^= value >> 29
    value &= -2
    return value if value else 2


def lookup(known: Sequence[int], mark: int) -> int:
    """Return `NEW`, `DULL` or `ALIVE`."""
    mask = len(known) - 1
    at = (mark >> 1) & mask
    while known[at]:
        if known[at] & -2 == mark:
            return DULL if known[at] & 1 else ALIVE
        at = (at + 1) & mask
    return NEW


def note(known: list[int], mark: int, dull: int, room: list[int]) -> None:
    """Enter a run that is not known; in a table that is three quarters full it is counted, and not entered."""
    room[DISTINCT] += 1
    mask = len(known) - 1
    if 4 * room[DISTINCT] > 3 * mask:
        return
    at = (mark >> 1) & mask
    while known[at]:
        at = (at + 1) & mask
    known[at] = mark | dull


def merge(source: Sequence[int], known: list[int], room: list[int]) -> int:
    """Enter all runs of another table; return how many runs are known then."""
    for i in range(len(source)):
        mark = source[i] & -2
        if mark and lookup(known, mark) == NEW:
            note(known, mark, source[i] & 1, room)
    return room[DISTINCT]
