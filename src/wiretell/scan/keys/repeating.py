"""Search for keys of 2 to 16 bytes that repeat.

1. A key of k bytes leaves the top bit of every k-th byte the same where the plain text is ASCII (xor), so the string
   of top bits has period k; for both ciphers some key must turn each column, every k-th byte, into text.
2. Of each column the likeliest keys by the cost of single characters.
3. Of these the cheapest chain by the cost of pairs across neighbouring columns, the last being a neighbour of the
   first: dynamic programming (Viterbi, 1967), once for every key of the first column.
4. Each byte of the key changed in turn to whatever makes the text cheaper, until nothing does.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from functools import cache
from math import log2
from operator import itemgetter
from typing import Final

from wiretell.scan.keys.ciphers import FAMILIES, LONGEST_KEY, keys_of, members, tables, text_keys
from wiretell.scan.keys.evidence import LEAST_TEXT, table_bits, uniform_bits
from wiretell.scan.language import ALPHABET, COSTS, UNITS

EXAMINED: Final = 512
"""Bytes from the start of each part, and of all parts, that the key is searched in."""
USUAL_GAIN_BITS: Final = 4.0
"""What a character of a list saves: 8 bits less the 4 that host names cost."""
LEAST_ROWS: Final = 5
"""Characters under each byte of a key; with fewer almost any bytes can be made to look like words."""
PAIRS_GAIN: Final = 0.8
"""Bits a character that knowing the one before saves, at most, in names and words of a language."""
MOST_COLUMNS: Final = 20_000
"""Columns for which keys are tried in one call of the search: some seconds. A program of 245 MB needs 700."""
_TOP_BITS = bytes.maketrans(bytes(range(256)), b"0" * 128 + b"1" * 128)
_SWEEPS = 3
_STARTS = 4
"""Keys of the first column that a chain is closed on; the sweeps mend what this leaves out."""

Columns = list[bytes]


class Effort:
    """How much may still be spent on repeating keys, in columns for which all keys are tried; so many that no honest
    file needs them. Counted, not timed: the same file gives the same result on every machine."""

    def __init__(self, columns: int = MOST_COLUMNS) -> None:
        self._left = columns
        self.unsearched = 0
        """Distinct blobs that were not searched, or not to the end, for want of effort."""

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left."""
        return self._left <= 0

    def spend(self) -> None:
        """Take one column."""
        self._left -= 1


def keys(parts: tuple[bytes, ...], spare_bits: float, effort: Effort) -> Iterator[tuple[str, bytes]]:
    """Give the likeliest key for each cipher and length, shortest first, until `effort` is spent.

    `spare_bits` is what a text must save besides its key to count; lengths for which it cannot are not tried.
    """
    heads = _heads(parts)
    size = sum(map(len, heads))
    longest = min(LONGEST_KEY, int((size * USUAL_GAIN_BITS - spare_bits) / 8), size // LEAST_ROWS)
    periods = _periods(heads[0], longest)
    for length in range(2, longest + 1):
        columns = [b"".join(head[column::length] for head in heads) for column in range(length)]
        for family in FAMILIES:
            if (family == "xor" and length not in periods) or not (possible := _possible(family, columns)):
                continue
            null = min(8.0 * size, table_bits(heads, length), uniform_bits(size, length))
            if null - LEAST_TEXT * size < spare_bits + 8 * length:
                break  # a table: nothing is gained at longer keys either
            most = null - spare_bits - 8 * length + PAIRS_GAIN * size
            if not (ranked := _all_ranked(family, possible, columns, most, effort)):
                if effort.is_spent:
                    return
                continue
            key = _key(family, heads, [[key for _, key in best] for best in ranked], columns)
            if not _is_mostly_one(key):
                yield family, key


def _is_mostly_one(key: bytes) -> bool:
    """Whether most bytes of a key are the same: a key of one byte (or none), bent here and there to fit."""
    return len(key) > 3 and 2 * Counter(key).most_common(1)[0][1] > len(key)


def _heads(parts: tuple[bytes, ...]) -> list[bytes]:
    heads, left = [], EXAMINED
    for part in parts:
        heads.append(part[:left])
        left -= len(heads[-1])
        if not left:
            break
    return heads


def _periods(head: bytes, longest: int) -> set[int]:
    """Return the lengths for which the top bits repeat, in one comparison of integers each."""
    bits = int(head.translate(_TOP_BITS) or b"0", 2)
    return {
        length
        for length in range(2, longest + 1)
        if not (bits ^ bits >> length) & ((1 << max(len(head) - length, 0)) - 1)
    }


def _possible(family: str, columns: Columns) -> list[int] | None:
    sets = text_keys(family)
    possible = []
    for column in columns:
        if not (left := keys_of(column, sets)):
            return None
        possible.append(left)
    return possible


def _key(family: str, heads: list[bytes], ranked: list[list[int]], columns: Columns) -> bytes:
    """Find the key of one length; see the steps in the module's docstring."""
    kept = _kept(len(columns[0]))
    links = [_Link(family, heads, column, len(columns)) for column in range(len(columns))]
    key = _cheapest_circle([keys[:kept] for keys in ranked], links)
    for _ in range(_SWEEPS):
        before = list(key)
        for column in range(len(key)):
            into, out = links[column - 1], links[column]
            left, right = key[column - 1], key[(column + 1) % len(key)]
            key[column] = min(ranked[column][: 2 * kept], key=lambda k: into.cost(left, k) + out.cost(k, right))
        if key == before:
            break
    return bytes(key)


def _kept(rows: int) -> int:
    """Return how many keys of a column go on; the longer the column, the surer is the cost of single characters."""
    return 16 if rows <= 12 else 12 if rows <= 24 else 8 if rows <= 48 else 6


def _all_ranked(
    family: str, possible: list[int], columns: Columns, most: float, effort: Effort
) -> list[list[tuple[float, int]]]:
    """Return the keys of each column as `_ranked` has them; nothing where even the best cost more than `most` bits."""
    ranked: list[list[tuple[float, int]]] = []
    cheapest = min(_single_costs())
    spent, left = 0.0, sum(map(len, columns))
    for keys, column in zip(possible, columns, strict=True):
        if effort.is_spent:
            return []
        effort.spend()
        ranked.append(_ranked(family, keys, column))
        spent += ranked[-1][0][0]
        left -= len(column)
        if spent + left * cheapest > most:
            return []
    return ranked


def _ranked(family: str, possible: int, column: bytes) -> list[tuple[float, int]]:
    """Return what the column's characters cost under each possible key, and the key; the cheapest first."""
    counts = Counter(column)
    costs = _single_costs()
    decode = tables(family)

    def cost(key: int) -> float:
        table = decode[key]
        return sum(costs[table[value]] * count for value, count in counts.items())

    return sorted((cost(key), key) for key in members(possible))


class _Link:
    """The pairs of characters that stand across two neighbouring columns, and what they cost under two keys."""

    def __init__(self, family: str, heads: list[bytes], column: int, length: int) -> None:
        after = column + 1
        rights = [head[after::length] for head in heads]
        self._left = b"".join(head[column::length][: len(right)] for head, right in zip(heads, rights, strict=True))
        self._right = b"".join(rights)
        self._tables = tables(family)
        self._memo: dict[tuple[int, int], int] = {}

    def cost(self, left: int, right: int) -> int:
        """Return the cost in the language's units."""
        known = self._memo.get((left, right))
        if known is None:
            known = self._memo[left, right] = self._cost(left, right)
        return known

    def _cost(self, left: int, right: int) -> int:
        pairs = bytearray(2 * len(self._left))
        pairs[::2] = self._left.translate(self._tables[left])
        pairs[1::2] = self._right.translate(self._tables[right])
        if len(pairs) < 4:
            return COSTS()[pairs[0] << 8 | pairs[1]] if pairs else 0
        return sum(itemgetter(*struct.unpack(f">{len(pairs) // 2}H", pairs))(COSTS()))


def _cheapest_circle(choices: list[list[int]], links: list[_Link]) -> list[int]:
    """Choose one key of each column so that all links together, the one from last to first included, cost least."""
    steps = [
        {right: [(link.cost(left, right), left) for left in lefts] for right in rights}
        for link, lefts, rights in zip(links, choices, choices[1:], strict=False)
    ]
    best: tuple[int, list[int]] | None = None
    for first in choices[0][:_STARTS]:
        total, path = _cheapest_path(first, steps, links[-1])
        if best is None or total < best[0]:
            best = (total, path)
    assert best is not None
    return best[1]


def _cheapest_path(first: int, steps: list[dict[int, list[tuple[int, int]]]], closing: _Link) -> tuple[int, list[int]]:
    far = 1 << 40
    costs = {first: 0}
    back: list[dict[int, int]] = []
    for step in steps:
        after = {
            right: min((cost + costs.get(left, far), left) for cost, left in lefts) for right, lefts in step.items()
        }
        costs = {right: cost for right, (cost, _) in after.items()}
        back.append({right: left for right, (_, left) in after.items()})
    total, last = min((cost + closing.cost(key, first), key) for key, cost in costs.items())
    path = [last]
    for links in reversed(back):
        path.append(links[path[-1]])
    return total, path[::-1]


@cache
def _single_costs() -> tuple[float, ...]:
    """Return the cost of each character by itself, in bits: what the pairs come to in a long text."""
    costs = COSTS()
    share = dict.fromkeys(ALPHABET, 1 / len(ALPHABET))
    for _ in range(6):
        after = dict.fromkeys(ALPHABET, 1e-9)
        for a, weight in share.items():
            for b in ALPHABET:
                after[b] += weight * 2 ** (-costs[a << 8 | b] / UNITS)
        share = after
    dearest = max(costs) / UNITS
    return tuple(-log2(share[b]) if b in share else dearest for b in range(256))
