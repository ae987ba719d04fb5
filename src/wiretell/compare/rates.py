"""Causes that change how often a symbol is shown, for features that disagree with themselves outside calibration."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from math import comb
from typing import Final

from wiretell.compare.worlds import Table

BELIEVED: Final = 1e-3
"""Chance, corrected for all levels tried, below which a rate counts as caused."""
WORTH_A_TRY: Final = 0.9
"""Chance below which more runs of the level are worth their time."""


@dataclass(frozen=True, slots=True)
class Rate:
    """The level with which a symbol goes together best."""

    fact: str
    level: str
    chance: float
    """Fisher's exact test, one-sided, times the number of levels tried."""
    share: float
    """Of the runs with this level that show another symbol than the usual one."""


def rate(symbols: Mapping[int, Hashable], usual: Hashable, table: Table) -> Rate | None:
    """Find the level at which symbols other than the usual one are the least likely to have come by chance."""
    odd = {run for run, symbol in symbols.items() if symbol != usual}
    groups = {pair: runs & symbols.keys() for pair, runs in table.groups.items()}
    tried = [(pair, runs) for pair, runs in groups.items() if runs & odd and len(runs) < len(symbols)]
    best: Rate | None = None
    for (fact, level), runs in tried:
        chance = min(1.0, fisher(len(runs & odd), len(runs), len(odd), len(symbols)) * len(tried))
        if best is None or chance < best.chance:
            best = Rate(fact, level, chance, len(runs & odd) / len(runs))
    return best


def fisher(hits: int, drawn: int, odd: int, total: int) -> float:
    """Return the chance of at least `hits` odd ones among `drawn` of `total`, `odd` of which are odd."""
    ways = sum(comb(odd, k) * comb(total - odd, drawn - k) for k in range(hits, min(odd, drawn) + 1))
    return ways / comb(total, drawn)
