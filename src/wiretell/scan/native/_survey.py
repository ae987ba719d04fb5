"""Cheap exact tests: could these bytes be text under a simple key, or packed?

All functions here run as they stand in the Python engine and are compiled in the other: plain loops over numbers.
Text is taken to be printable ASCII with tabs and line ends. `m` is the number of bytes at the beginning of `blob` that
count; indices are bytes. A blob of random bytes passes with a probability of about 2^-8 at 10 bytes, 2^-14 at 20.
"""

from __future__ import annotations

from collections.abc import Sequence

from wiretell.scan.native._packed import packed

LEAST = 8
LEAST_KEYED = 10
LEAST_ADDED_INDEX = 12
LEAST_INDEX = 20
LONGEST_KEY = 16
WIDTH = 97
"""Values from the tab to the tilde do not fit; those from space to tilde, and two to spare, do."""
FIRST = 48
"""Bytes whose top bits are held in one number."""


def survey(blob: Sequence[int], m: int, work: list[int]) -> int:
    """Return whether (1) or not (0) the blob is worth a key search."""
    if m < LEAST or dull(blob, m):
        return 0
    if printable(blob, m):
        return 1
    if m >= LEAST_KEYED and keyed(blob, m):
        return 1
    return packed(blob, m, work)


def keyed(blob: Sequence[int], m: int) -> int:
    """Return whether the blob could be text under a key (XOR, repeating XOR, ADD, each also with the index)."""
    first = m if m < FIRST else FIRST
    top = 0
    for i in range(first):
        top |= (blob[i] >> 7) << i
    for period in range(1, LONGEST_KEY + 1):
        if periodic(blob, m, top, first, period):
            return 1
    if m >= LEAST_INDEX and counting(blob, m):
        return 1
    if narrow(blob, m, 0):
        return 1
    return 1 if m >= LEAST_ADDED_INDEX and narrow(blob, m, 1) else 0


def periodic(blob: Sequence[int], m: int, top: int, first: int, period: int) -> int:
    """Return whether bit 7 repeats: ASCII under a repeating XOR key of that length has one value per column.

    For keys of two bytes and more at least 16 comparisons must agree: chance is then below 2^-12 for all lengths.
    """
    if period > 1 and (m < 3 * period or m < period + 16):
        return 0
    if (top ^ (top >> period)) & ((1 << (first - period)) - 1):
        return 0
    for i in range(first, m):
        if (blob[i] ^ blob[i - period]) & 128:
            return 0
    return 1


def counting(blob: Sequence[int], m: int) -> int:
    """Return whether bit 7 is that of (k + i) & 255 for some k: it changes every 128 bytes, and only there."""
    last = -1
    for i in range(1, m):
        if (blob[i] ^ blob[i - 1]) & 128:
            if last >= 0 and i - last != 128:
                return 0
            last = i
        elif i - last > 128 or (last >= 0 and i - last == 128):
            return 0
    return 1


def narrow(blob: Sequence[int], m: int, step: int) -> int:
    """Return whether all bytes, less `step` times their index, lie among 97 neighbouring values modulo 256.

    As 97 < 128, signed distances to the first byte decide it.
    """
    low = high = 0
    for i in range(1, m):
        away = ((blob[i] - step * i - blob[0] + 128) & 255) - 128
        if away < low:
            low = away
        elif away > high:
            high = away
        if high - low >= WIDTH:
            return 0
    return 1


def printable(blob: Sequence[int], m: int) -> int:
    """Return whether at most one byte in 16 is no printable ASCII; below 16 bytes, none."""
    bad = 0
    for i in range(m):
        byte = blob[i]
        if byte > 126 or (byte < 32 and byte != 9 and byte != 10 and byte != 13):
            bad += 1
            if bad * 16 > m:
                return 0
    return 1


def dull(blob: Sequence[int], m: int) -> int:
    """Return whether there are fewer than four different bytes: runs of one value, and tables of two."""
    a = blob[0]
    b = c = -1
    for i in range(1, m):
        byte = blob[i]
        if byte == a or byte == b or byte == c:  # noqa: SIM109 (numba: no `in` for mixed types)
            continue
        if b < 0:
            b = byte
        elif c < 0:
            c = byte
        else:
            return 0
    return 1
