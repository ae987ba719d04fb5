"""Which worlds to run next: repeats, bisections, flips. Nothing is remembered between calls; the runs tell all.

Worlds are proposed in the order in which they matter: what could be hidden before what is open.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Final

from wiretell.compare import rates
from wiretell.compare.confirm import NEEDED, foretold, pairs
from wiretell.compare.derived import partition
from wiretell.compare.differences import Comparison, Found, usual_rate
from wiretell.compare.noise import Steadiness
from wiretell.model.difference import Proof
from wiretell.model.world import OFFICIAL, World

DOUBTFUL: Final = 0.01
"""Chance from which even an open difference is flipped before it is believed."""
_MOST_PAIRS: Final = 3 * NEEDED
"""Flips of one set of facts; a place that they miss so often is not there to be flipped."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A world to run, why, and for which difference (its id)."""

    world: World
    purpose: str
    """`isolate` or `flip`. Flips come in pairs, one after the other: without, with."""
    difference: str


def next_worlds(comparison: Comparison, rng: random.Random, budget: int, *, hidden_only: bool = False) -> list[Probe]:
    """Return at most `budget` worlds to run next, none where nothing is left to learn by these means.

    For each difference: 1. repeats, where it is not known what varies by itself; 2. bisection, until its facts are
    proven (open differences may do with likely ones); 3. flips in fresh worlds, for what could be hidden. What could be
    hidden is settled before any run is spent on what is open; with `hidden_only` none is.
    """
    hidden = _plan((one for one in comparison.found if one.hidden), comparison, rng, budget)
    if hidden or hidden_only:
        return hidden
    return _plan((one for one in comparison.found if not one.hidden), comparison, rng, budget)


def _plan(found: Iterable[Found], comparison: Comparison, rng: random.Random, budget: int) -> list[Probe]:
    planned: list[Probe] = []
    seen: set[Hashable] = set()
    for one in found:
        # One flip tells of all places with the same facts, one probe of all that vary in step.
        proven = one.cause.proof is Proof.PROVEN
        key = (one.hidden, one.cause.facts if proven else partition(one.feature.symbols))
        if key in seen:
            continue
        proposed = _Planner(comparison, rng).propose(one)
        fresh = [probe for probe in proposed if probe.purpose == "flip" or not _known(probe, planned)]
        if proposed:
            seen.add(key)
        if len(planned) + len(fresh) <= budget:
            planned.extend(fresh)
    return planned


def _known(probe: Probe, planned: Iterable[Probe]) -> bool:
    return any(probe.world == other.world and other.purpose == "isolate" for other in planned)


class _Planner:
    def __init__(self, comparison: Comparison, rng: random.Random) -> None:
        self._comparison = comparison
        self._table = comparison.table
        self._captures = comparison.observations.captures
        self._rng = rng

    def propose(self, one: Found) -> list[Probe]:
        """Return the next worlds for one difference."""
        match one.cause.proof:
            case Proof.UNSTEADY:
                return self._more_of_a_rate(one)
            case Proof.PROVEN:
                return self._flips(one)
            case Proof.LIKELY if not one.hidden:
                return []
        if one.echoes and not one.hidden and not one.cause.suspects:
            return []
        if one.steadiness is Steadiness.UNKNOWN and (repeat := self._repeat(one)):
            return repeat
        return self._bisect(one)

    # --- repeats

    def _repeat(self, one: Found) -> list[Probe]:
        """Run a world again in which the place exists: the one nearest to the baseline."""
        baseline = self._comparison.catalogue.baseline
        nearest = min(one.feature.symbols, key=lambda run: (len(self._table.worlds[run].differing(baseline)), run))
        return [Probe(self._table.worlds[nearest], "isolate", one.feature.id)]

    def _more_of_a_rate(self, one: Found) -> list[Probe]:
        """Flip the level that goes together best with the rarer symbol, until chance can be told from cause."""
        known = usual_rate(one.feature, self._comparison.observations, self._table)
        if known is None or not rates.BELIEVED < known.chance < rates.WORTH_A_TRY:
            return []
        baseline = self._comparison.catalogue.baseline
        if baseline.get(known.fact) == known.level:
            return []
        changed = baseline.replace({known.fact: known.level})
        already = sum(capture.world == changed and capture.purpose == "flip" for capture in self._captures.values())
        if already >= 2 * NEEDED:
            return []
        return [Probe(world, "flip", one.feature.id) for _ in range(NEEDED) for world in (baseline, changed)]

    # --- bisection

    def _bisect(self, one: Found) -> list[Probe]:
        """Go from one world of a conflict towards the other by some of the facts in which they differ."""
        if one.cause.conflict is None:
            return []
        usual, odd = (self._table.worlds[run] for run in one.cause.conflict)
        differ = usual.differing(odd)
        if self._may_be_a_flake(one):
            return [Probe(odd, "isolate", one.feature.id)]
        known = set(self._table.worlds.values())
        for facts in self._guesses(one, differ):
            world = usual.replace({fact: odd.get(fact) for fact in facts})
            if world not in known:
                return [Probe(world, "isolate", one.feature.id)]
        return []

    def _guesses(self, one: Found, differ: Sequence[str]) -> Iterator[Sequence[str]]:
        """Propose parts of a set of facts: what suspects say first, then halves."""
        for suspects in one.cause.suspects[:3]:
            part = [fact for fact in suspects if fact in differ]
            if 0 < len(part) < len(differ):
                yield part
        half = len(differ) // 2
        yield differ[:half]
        yield differ[half:]
        for _ in range(4):
            yield self._rng.sample(differ, half)

    def _may_be_a_flake(self, one: Found) -> bool:
        """Whether no world showed the odd symbol twice, and one with some of its facts did not show it.

        Then the run is repeated before more are spent on it.
        """
        assert one.cause.conflict is not None
        symbols = one.feature.symbols
        usual, odd = (self._table.worlds[run] for run in one.cause.conflict)
        symbol = symbols[one.cause.conflict[1]]
        showing = Counter(self._table.worlds[run] for run, shown in symbols.items() if shown == symbol)
        if max(showing.values()) > 1:
            return False
        return any(
            symbols[run] != symbol and self._lies_between(self._table.worlds[run], usual, odd)
            for run, capture in self._captures.items()
            if capture.purpose == "isolate" and run in symbols
        )

    @staticmethod
    def _lies_between(world: World, one: World, two: World) -> bool:
        return all(world.get(fact) in (one.get(fact), two.get(fact)) for fact in world.facts)

    # --- flips

    def _flips(self, one: Found) -> list[Probe]:
        """Flip every fact and symbol in turn, every other pair with the remaining facts at random levels."""
        missing = NEEDED - len(one.flips.confirmed)
        doubtful = one.hidden or one.cause.chance > DOUBTFUL
        if not doubtful or missing <= 0 or one.flips.failed:
            return []
        made = sum(1 for _ in pairs(self._captures, self._table, self._table.mask(one.cause.facts)))
        if made >= _MOST_PAIRS:
            return []
        changes = self._changes(one)
        if not changes:
            return []
        done = one.flips.tried
        probes: list[Probe] = []
        for at, (without, with_) in islice(enumerate(cycle(changes)), done, done + missing):
            around = self._background(one, at)
            for levels in (without, with_):
                world = around.replace(dict(zip(one.cause.facts, levels, strict=True)))
                probes.append(Probe(world, "flip", one.feature.id))
        return probes

    def _changes(self, one: Found) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Return changes of one fact that are foretold to change the symbol; new facts and symbols first."""
        facts = one.cause.facts
        table = foretold(one.feature.symbols, facts, self._table, self._captures)
        home = tuple(self._comparison.catalogue.baseline.get(fact) for fact in facts)
        options = [pair for pair in _single_changes(table) if table[pair[0]] != table[pair[1]]]
        options.sort(key=lambda pair: (_distance(pair[0], home) + _distance(pair[1], home), pair))
        options = [pair if _distance(pair[0], home) <= _distance(pair[1], home) else pair[::-1] for pair in options]
        chosen: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
        told: set[Hashable] = set()
        while options and len(chosen) < NEEDED:
            best = max(options, key=lambda pair: len(_news(pair, table) - told))
            if not _news(best, table) - told:
                break
            told |= _news(best, table)
            chosen.append(best)
            options.remove(best)
        return chosen

    def _background(self, one: Found, at: int) -> World:
        """Return the baseline, and for every other pair a world that differs from it in as many facts as can be.

        For a place that the baseline does not have: worlds that do.
        """
        baseline = self._comparison.catalogue.baseline
        having = sorted({self._table.worlds[run] for run in one.feature.symbols})
        if baseline not in having:
            near = min(having, key=lambda world: len(world.differing(baseline)))
            return near if at % 2 == 0 else self._rng.choice(having)
        if at % 2 == 0:
            return baseline
        changed = {}
        for fact, levels in sorted(self._comparison.catalogue.levels.items()):
            others = [level for level in levels if level != baseline.get(fact)]
            if fact not in one.cause.facts and others:
                # What an agent does at a custom host only is the gate to think of first.
                changed[fact] = OFFICIAL if at == 1 and OFFICIAL in others else self._rng.choice(others)
        return baseline.replace(changed)


def _single_changes(table: Mapping[tuple[str, ...], Hashable]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    rows = sorted(table)
    for at, one in enumerate(rows):
        for two in rows[at + 1 :]:
            if _distance(one, two) == 1:
                yield one, two


def _distance(one: Sequence[str], two: Sequence[str]) -> int:
    return sum(a != b for a, b in zip(one, two, strict=True))


def _news(pair: tuple[tuple[str, ...], tuple[str, ...]], table: Mapping[tuple[str, ...], Hashable]) -> set[Hashable]:
    """Return what a change would show: which fact it is about, and its symbols."""
    fact = next(i for i, (a, b) in enumerate(zip(*pair, strict=True)) if a != b)
    return {("fact", fact), ("symbol", table[pair[0]]), ("symbol", table[pair[1]])}
