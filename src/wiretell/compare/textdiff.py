"""Two texts, and where they differ: edits between runs of equal text, cut at tokens rather than in the middle of words.

Lines are aligned first, then the tokens of the lines that changed. Dates are one token, so that `2026-11-21` against
`2026/11/22` is one edit and not three.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Final, NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from wiretell.compare.dates import DATE_PATTERN

_TOKEN: Final = re.compile(
    rf"""
    {DATE_PATTERN}
  | \d{{1,2}}:\d\d(?::\d\d(?:[.,]\d+)?)?(?!\d)   # a time of day
  | \d+(?:\.\d+)?(?![^\W_])                      # a number
  | [^\W_\u02b0-\u02ff]+                         # a word, an identifier's piece; modifier letters pose as quotes
  | [ \t]+ | \s
  | .
    """,
    re.VERBOSE | re.DOTALL,
)
_MAX_CELLS: Final = 25_000_000
"""Of the alignment table; beyond it the middle counts as replaced whole."""
_MAX_LINE_PAIRS: Final = 2500
"""Of a block of changed lines; in a longer one the tokens are aligned without regard to lines."""
_ALIKE: Final = 50.0
"""Of 100: from here on two lines are one line, changed."""
_UNLIKE: Final = 0.4
"""Blocks that share less than this of their characters say different things: their chance matches mean nothing."""
_UNLIKE_FROM: Final = 12
"""Tokens from which that is asked; in a short block each match counts."""


class Edit(NamedTuple):
    """`base[a0:a1]` stands where `other[b0:b1]` does; offsets in characters, end exclusive."""

    a0: int
    a1: int
    b0: int
    b1: int


def tokens(text: str) -> list[str]:
    """Cut a text; the pieces together are the text."""
    return _TOKEN.findall(text)


@lru_cache(maxsize=1 << 18)
def edits(base: str, other: str) -> tuple[Edit, ...]:
    """Return what turns `base` into `other`: edits in order, no two of them touching."""
    if base == other:
        return ()
    left, right = base.splitlines(keepends=True), other.splitlines(keepends=True)
    found: list[Edit] = []
    for block in _changed(left, right):
        for lines in _paired(block, base, other):
            found.extend(_within(lines, base, other))
    return _touching_joined(found)


def _paired(block: Edit, base: str, other: str) -> list[Edit]:
    """Part a block of changed lines into lines that are alike and lines that came or went."""
    left = base[block.a0 : block.a1].splitlines(keepends=True)
    right = other[block.b0 : block.b1].splitlines(keepends=True)
    if min(len(left), len(right)) == 0 or len(left) == len(right) == 1 or len(left) * len(right) > _MAX_LINE_PAIRS:
        return [block]
    at_a = list(accumulate(map(len, left), initial=block.a0))
    at_b = list(accumulate(map(len, right), initial=block.b0))
    parts: list[Edit] = []
    a = b = 0
    for i, j in [*_best_pairs(left, right), (len(left), len(right))]:
        if i > a or j > b:
            parts.append(Edit(at_a[a], at_a[i], at_b[b], at_b[j]))
        if i < len(left):
            parts.append(Edit(at_a[i], at_a[i + 1], at_b[j], at_b[j + 1]))
        a, b = i + 1, j + 1
    return parts


def _best_pairs(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """Pair lines in order so that likeness adds up to the most; lines that are not alike are no pair."""
    likeness = [[fuzz.ratio(one, two, score_cutoff=_ALIKE) for two in right] for one in left]
    best = [[0.0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in range(len(left) - 1, -1, -1):
        for j in range(len(right) - 1, -1, -1):
            pair = likeness[i][j] + best[i + 1][j + 1] if likeness[i][j] else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], pair)
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(left) and j < len(right):
        if likeness[i][j] and best[i][j] == likeness[i][j] + best[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _touching_joined(found: Iterable[Edit]) -> tuple[Edit, ...]:
    joined: list[Edit] = []
    for edit in found:
        if joined and joined[-1].a1 == edit.a0 and joined[-1].b1 == edit.b0:
            joined[-1] = Edit(joined[-1].a0, edit.a1, joined[-1].b0, edit.b1)
        else:
            joined.append(edit)
    return tuple(joined)


def _within(block: Edit, base: str, other: str) -> Iterable[Edit]:
    if block.a0 == block.a1 or block.b0 == block.b1:
        yield block
        return
    left, right = tokens(base[block.a0 : block.a1]), tokens(other[block.b0 : block.b1])
    parts = _changed(left, right)
    if _unlike(parts, left, right):
        parts = [_outer(parts)]
    for part in parts:
        yield Edit(block.a0 + part.a0, block.a0 + part.a1, block.b0 + part.b0, block.b0 + part.b1)


def _outer(parts: Sequence[Edit]) -> Edit:
    return Edit(parts[0].a0, parts[-1].a1, parts[0].b0, parts[-1].b1)


def _unlike(parts: Sequence[Edit], left: Sequence[str], right: Sequence[str]) -> bool:
    """Whether what lies between the first and the last edit is mostly changed."""
    if len(parts) < 2 or max(len(left), len(right)) < _UNLIKE_FROM:
        return False
    outer = _outer(parts)
    longer = max(outer.a1 - outer.a0, outer.b1 - outer.b0)
    changed = max(sum(part.a1 - part.a0 for part in parts), sum(part.b1 - part.b0 for part in parts))
    return len(parts) >= 4 and longer - changed < _UNLIKE * longer


def _changed(left: Sequence[str], right: Sequence[str]) -> list[Edit]:
    """Align two sequences of pieces; offsets in characters."""
    head = _common(left, right)
    tail = _common(left[head:][::-1], right[head:][::-1])
    middle_a, middle_b = left[head : len(left) - tail], right[head : len(right) - tail]
    at_a, at_b = [0, *accumulate(map(len, left))], [0, *accumulate(map(len, right))]
    spans = [
        Edit(at_a[head + a0], at_a[head + a1], at_b[head + b0], at_b[head + b1])
        for a0, a1, b0, b1 in align(middle_a, middle_b)
    ]
    return [span for span in spans if span.a1 > span.a0 or span.b1 > span.b0]


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    count = 0
    for one, two in zip(left, right, strict=False):
        if one != two:
            break
        count += 1
    return count


def align(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[Edit]:
    """Return the parts of two sequences that do not match, neighbouring ones joined; offsets in items."""
    if not left or not right or len(left) * len(right) > _MAX_CELLS:
        return [Edit(0, len(left), 0, len(right))] if left or right else []
    joined: list[Edit] = []
    for code in Levenshtein.opcodes(left, right):
        if code.tag == "equal":
            continue
        if joined and joined[-1].a1 == code.src_start and joined[-1].b1 == code.dest_start:
            joined[-1] = Edit(joined[-1].a0, code.src_end, joined[-1].b0, code.dest_end)
        else:
            joined.append(Edit(code.src_start, code.src_end, code.dest_start, code.dest_end))
    return joined
