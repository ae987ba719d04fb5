"""From symbols to causes: which facts a symbol is a function of.

Two runs that show different symbols are a *conflict*; the facts in which their worlds differ must hold a cause. A set
of facts explains a feature if it meets every conflict: then equal levels of its facts mean equal symbols, in all runs.
Since this is a table and not a formula, AND, AND-NOT, OR and XOR of facts need nothing of their own.

A fact is *necessary* if two worlds that differ in nothing else show different symbols. When the necessary facts alone
meet every conflict, the cause is proven: no smaller set explains the runs, and no other set does without them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb
from typing import Final

from wiretell.compare.worlds import Table
from wiretell.model.difference import Proof
from wiretell.model.world import World

MAX_FACTS: Final = 4
"""Facts in one explanation."""
_MAX_STEPS: Final = 20_000
"""Of the search for sets; a feature that nothing explains must not cost more than one that something does."""
LIKELY_P: Final = 1e-4
"""Chance below which an unproven explanation may be believed ..."""
LIKELY_RATIO: Final = 100.0
"""... if every other explanation is this many times as likely to be chance."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What is known of the facts behind a feature."""

    proof: Proof
    facts: tuple[str, ...]
    """Sorted; empty unless proven or likely."""
    suspects: tuple[tuple[str, ...], ...]
    """Sets of facts that explain the feature, the least likely to be chance first."""
    chance: float
    """Of so good a fit for the first suspects."""
    conflict: tuple[int, int] | None = None
    """Two runs to bisect: they differ in the symbol, and in no fact known to be necessary."""


def attribute(symbols: Mapping[int, Hashable], table: Table) -> Cause:
    """Find the facts that symbols (run -> symbol) are a function of.

    1. Runs of one world that disagree make the feature unsteady.
    2. Facts that change the symbol alone are necessary; if they meet all conflicts, the cause is proven. More than
       `MAX_FACTS` of them are no cause but a rare accident that met every one of them in turn.
    3. Else all small sets that meet all conflicts are suspects, ranked by chance. Where there is none, the
       feature is unsteady too, though no world was run twice yet that shows it.
    """
    shown: dict[World, Hashable] = {}
    runs: dict[World, int] = {}
    for run in sorted(symbols):
        world = table.worlds[run]
        runs.setdefault(world, run)
        if shown.setdefault(world, symbols[run]) != symbols[run]:
            return Cause(Proof.UNSTEADY, (), (), 1.0)
    conflicts = _conflicts(shown, table)
    necessary = sum({mask for mask in conflicts if mask.bit_count() == 1})
    unmet = {mask: pair for mask, pair in conflicts.items() if not mask & necessary}
    if not unmet:
        names = table.names(necessary)
        if len(names) > MAX_FACTS:
            return Cause(Proof.UNSTEADY, (), (), 1.0)
        return Cause(Proof.PROVEN, names, (names,), chance(symbols, names, table))
    ranked = _ranked(minimal_sets(conflicts, necessary), symbols, table)
    if not ranked:
        return Cause(Proof.UNSTEADY, (), (), 1.0)
    one, two = _closest(unmet, shown)
    proof, facts = _likely(ranked)
    best = ranked[0][0] if ranked else 1.0
    return Cause(proof, facts, tuple(names for _, names in ranked), best, (runs[one], runs[two]))


def _conflicts(shown: Mapping[World, Hashable], table: Table) -> dict[int, tuple[World, World]]:
    """Return each set of facts in which worlds with different symbols differ, with two such worlds."""
    groups: dict[Hashable, list[World]] = {}
    for world, symbol in shown.items():
        groups.setdefault(symbol, []).append(world)
    found: dict[int, tuple[World, World]] = {}
    for ours, theirs in combinations(groups.values(), 2):
        for one in ours:
            row = table.masks[one]
            for two in theirs:
                found.setdefault(row[two], (one, two))
    return found


def _closest(unmet: Mapping[int, tuple[World, World]], shown: Mapping[World, Hashable]) -> tuple[World, World]:
    """Return the conflict with the fewest facts, the world of the more common symbol first."""
    common = list(shown.values())
    mask = min(unmet, key=lambda mask: (mask.bit_count(), mask))
    one, two = unmet[mask]
    return (one, two) if common.count(shown[one]) >= common.count(shown[two]) else (two, one)


def minimal_sets(conflicts: Iterable[int], necessary: int = 0) -> list[int]:
    """Return the smallest sets that meet every conflict, up to `MAX_FACTS` facts beyond the necessary ones.

    No set that holds another one is returned.
    """
    essential = _minimal(mask for mask in conflicts if not mask & necessary)
    found: list[int] = []
    tried: set[int] = set()

    def extend(chosen: int, left: Sequence[int], room: int) -> None:
        if chosen in tried or len(tried) > _MAX_STEPS:
            return
        tried.add(chosen)
        if not left:
            found.append(chosen)
            return
        if not room:
            return
        first = left[0]
        while first:
            bit = first & -first
            first ^= bit
            extend(chosen | bit, [mask for mask in left if not mask & bit], room - 1)

    for room in (3, MAX_FACTS):
        tried.clear()
        extend(necessary, essential, room)
        if found:
            break
    return _minimal(found)


def _minimal(masks: Iterable[int]) -> list[int]:
    """Leave out sets that hold another one, and repeats; fewest facts first."""
    kept: list[int] = []
    for mask in sorted(set(masks), key=lambda mask: (mask.bit_count(), mask)):
        if not any(mask & other == other for other in kept):
            kept.append(mask)
    return kept


def _ranked(sets: Iterable[int], symbols: Mapping[int, Hashable], table: Table) -> list[tuple[float, tuple[str, ...]]]:
    named = [table.names(mask) for mask in sets]
    return sorted(
        ((chance(symbols, names, table), names) for names in named),
        key=lambda pair: (pair[0], len(pair[1]), pair[1]),
    )


def _likely(ranked: Sequence[tuple[float, tuple[str, ...]]]) -> tuple[Proof, tuple[str, ...]]:
    if not ranked or ranked[0][0] > LIKELY_P:
        return Proof.OPEN, ()
    if len(ranked) > 1 and ranked[1][0] < ranked[0][0] * LIKELY_RATIO:
        return Proof.OPEN, ()
    return Proof.LIKELY, ranked[0][1]


def chance(symbols: Mapping[int, Hashable], facts: Sequence[str], table: Table) -> float:
    """Return the chance that facts explain symbols as well as here if the symbols had been dealt out to runs at random.

    Exact permutation test: runs with equal levels of the facts form a block; of all ways to deal out the symbol that
    is most common and all others, those count that leave no block mixed. It holds although later worlds are chosen in
    the light of earlier symbols: without a cause the next symbol would be as random as ever. Multiplied by how many
    sets of as many facts there are to choose from (Bonferroni).
    """
    seen = list(symbols.values())
    usual = max(set(seen), key=lambda symbol: (seen.count(symbol), str(symbol)))
    blocks: dict[tuple[str, ...], int] = {}
    for run in symbols:
        key = table.levels(run, facts)
        blocks[key] = blocks.get(key, 0) + 1
    others = len(seen) - seen.count(usual)
    alone = _ways(tuple(sorted(blocks.values())), others) / comb(len(seen), others)
    return min(1.0, alone * max(1, comb(len(table.facts), len(facts))))


@lru_cache(maxsize=8192)
def _ways(sizes: tuple[int, ...], total: int) -> int:
    """Count the sets of blocks whose sizes add up to a total."""
    ways = [1] + [0] * total
    for size in sizes:
        for amount in range(total, size - 1, -1):
            ways[amount] += ways[amount - size]
    return ways[total]
