"""Flips: a cause foretells what two fresh worlds will show that differ only in its facts; then they are run.

Pairs stand one after the other among the runs of purpose `flip`: first the world without, then the world with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb

from wiretell.compare.worlds import Table
from wiretell.model.capture import Capture

NEEDED = 4
"""Pairs that confirm a hidden channel."""


@dataclass(frozen=True, slots=True)
class Flips:
    """What the flips say about one cause."""

    confirmed: tuple[tuple[int, int], ...]
    failed: tuple[tuple[int, int], ...]

    @property
    def tried(self) -> int:
        """Pairs that the cause foretold a change for."""
        return len(self.confirmed) + len(self.failed)

    @property
    def score(self) -> str | None:
        """`4/4`, or None where no pair was made."""
        return f"{len(self.confirmed)}/{self.tried}" if self.tried else None


def pairs(captures: Mapping[int, Capture], table: Table, mask: int) -> Iterable[tuple[int, int]]:
    """Return the flip pairs whose worlds differ in facts of the mask and in no other."""
    runs = sorted(run for run, capture in captures.items() if capture.purpose == "flip")
    at = 0
    while at + 1 < len(runs):
        one, two = runs[at], runs[at + 1]
        differ = table.masks[table.worlds[one]].get(table.worlds[two], 0)
        if differ and not differ & ~mask:
            yield one, two
            at += 2
        else:
            at += 1


def foretold(
    symbols: Mapping[int, Hashable], facts: Sequence[str], table: Table, captures: Mapping[int, Capture]
) -> dict[tuple[str, ...], Hashable]:
    """Return levels of the facts -> symbol, learnt from all runs but the flips."""
    return {table.levels(run, facts): symbol for run, symbol in symbols.items() if captures[run].purpose != "flip"}


def flips(
    symbols: Mapping[int, Hashable], facts: Sequence[str], table: Table, captures: Mapping[int, Capture]
) -> Flips:
    """Compare what the cause foretells with what the flip pairs show."""
    expected = foretold(symbols, facts, table, captures)
    confirmed: list[tuple[int, int]] = []
    failed: list[tuple[int, int]] = []
    for one, two in pairs(captures, table, table.mask(facts)):
        first, second = expected.get(table.levels(one, facts)), expected.get(table.levels(two, facts))
        if first is None or second is None or first == second or one not in symbols or two not in symbols:
            continue
        as_foretold = (symbols[one], symbols[two]) == (first, second)
        (confirmed if as_foretold else failed).append((one, two))
    return Flips(tuple(confirmed), tuple(failed))


def holm(chances: Sequence[float]) -> list[float]:
    """Correct for testing several: Holm's step-down method, in the order given."""
    order = sorted(range(len(chances)), key=lambda at: chances[at])
    corrected = [1.0] * len(chances)
    worst = 0.0
    for rank, at in enumerate(order):
        worst = max(worst, min(1.0, chances[at] * (len(chances) - rank)))
        corrected[at] = worst
    return corrected


def flip_chance(symbols: Mapping[int, Hashable], found: Flips) -> float:
    """Return the chance that the flips show just what was foretold, had the symbols of all runs been dealt out anew.

    Hypergeometric: of all ways to place the runs with another symbol than the usual one, those that put as many of them
    as foretold, and where foretold, among the flips. 1 where a flip failed.
    """
    if found.failed or not found.confirmed:
        return 1.0
    fresh = [symbols[run] for pair in found.confirmed for run in pair]
    seen = list(symbols.values())
    usual = Counter(seen).most_common(1)[0][0]
    others, foretold_others = len(seen) - seen.count(usual), len(fresh) - fresh.count(usual)
    return comb(len(seen) - len(fresh), others - foretold_others) / comb(len(seen), others)
