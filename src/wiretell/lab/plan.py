"""Which worlds to run in, in which order. Pure and seeded: the same arguments give the same plan on any machine.

The design, and where it comes from:

- *Calibration*: one world again and again, spread over the whole campaign, to learn what varies by itself.
- *Array*: a covering array of strength two over the paired levels, so that every pair of levels of any two facts meets
  in some run and a channel with one gate shows itself (Kuhn, Kacker, Lei: Practical Combinatorial Testing, NIST SP
  800-142, 2010; built by covertable, a greedy construction after Cohen et al.: The AETG System, IEEE TSE 23(7), 1997).
- *Sweep*: each further level once, riders of all long pools riding together in one row, strength one ("each choice",
  Ammann and Offutt 1994); what two riders of one row could both have caused is for `isolate` to tell apart.
- *Entry*: each entry of decoded lists in one world, all else equal; asked for by name, and beside the budget.
- *Isolate*: some of a row's levels over the baseline: halves the candidates.
- *Flip*: without, with, without, with, everything else equal (the ABAB design of single-case experiments): proves it.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Protocol

import covertable

from wiretell.errors import InternalError, UsageError
from wiretell.lab.facts import FactSpec
from wiretell.model.findings import FactCoverage, NotExamined
from wiretell.model.world import World

WARM_UP, CALIBRATION, ARRAY, SWEEP, ISOLATE, FLIP = "warm-up", "calibration", "array", "sweep", "isolate", "flip"
ENTRY = "entry"

RUNS = 80
"""Starts of the agent in a default audit, at most."""
RESERVE = 22
"""Of those, kept for what is decided after the first look: isolates and flips."""
CALIBRATIONS = 6
LEAST_RUNS = 10
"""The smallest budget with room for warm-up, calibration and one row more."""

# Arrays of a greedy construction vary by a few rows with their salt; the best of three costs a sixth of a second.
_ARRAY_TRIES = 3


@dataclass(frozen=True, slots=True)
class Planned:
    """One run to make."""

    world: World
    purpose: str
    """One of the constants of this module, or `control`."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Runs in the order in which to make them, and what found no room."""

    planned: tuple[Planned, ...]
    not_examined: tuple[NotExamined, ...] = field(default=())
    seed: int = 0


class Ran(Protocol):
    """What `coverage` reads: a `Planned` or a `Capture`."""

    @property
    def world(self) -> World:
        """The world that was, or is to be, run."""
        ...

    @property
    def purpose(self) -> str:
        """Why."""
        ...


Pair = tuple[tuple[str, str], tuple[str, str]]
"""Two (fact, level) of different facts, sorted."""


def baseline(catalogue: Iterable[FactSpec]) -> World:
    """Return the world in which every fact is at its baseline."""
    return World.of({spec.name: spec.baseline for spec in catalogue})


def calibration(catalogue: Iterable[FactSpec], n: int = CALIBRATIONS) -> tuple[Planned, ...]:
    """Return `n` runs of the baseline world."""
    return (Planned(baseline(catalogue), CALIBRATION),) * n


def pairwise(catalogue: Sequence[FactSpec], seed: int) -> tuple[Planned, ...]:
    """Return worlds that hold every pair of paired levels; facts with one level rest at it. At least one world."""
    factors = {spec.name: list(spec.paired) for spec in catalogue if len(spec.paired) > 1}
    rest = baseline(catalogue)
    rows = _array(factors, seed)
    worlds = tuple(Planned(rest.replace(row), ARRAY) for row in rows)
    if uncovered(catalogue, worlds):
        raise InternalError("The covering array misses a pair of levels.")
    return worlds


def _array(factors: Mapping[str, list[str]], seed: int) -> list[dict[str, str]]:
    if not factors:
        return [{}]
    if len(factors) == 1:  # covertable wants two; every level once holds what pairs there are with resting facts
        return [{name: level} for name, levels in factors.items() for level in levels]
    tries = (covertable.make(factors, strength=2, salt=f"{seed}:{n}") for n in range(_ARRAY_TRIES))
    best: list[dict[str, str]] = min(tries, key=len)
    return best


def sweep(catalogue: Sequence[FactSpec], seed: int, most: int | None = None) -> tuple[Planned, ...]:
    """Return worlds that hold every rider once, as many worlds as the longest pool has riders.

    Riders meet at random. Where a pool is exhausted its fact is at baseline, which for `base_url` is a custom host: a
    gate that only a custom host opens is open in every row. With at most `most` worlds longer pools are cut: guesses
    first, by chance, then what recipe, user and scan named, the last first.
    """
    kept = {spec.name: _kept(spec, most, seed) for spec in catalogue}
    rows: list[dict[str, str]] = [{} for _ in range(max(map(len, kept.values()), default=0))]
    for fact, riders in kept.items():
        places = _random(seed, fact).sample(range(len(rows)), len(riders))
        for place, level in zip(places, riders, strict=True):
            rows[place][fact] = level
    rest = baseline(catalogue)
    return tuple(Planned(rest.replace(row), SWEEP) for row in rows)


def _kept(spec: FactSpec, most: int | None, seed: int) -> tuple[str, ...]:
    """Return the riders of a fact that find room in `most` worlds, in their order."""
    if most is None or len(spec.riders) <= most:
        return spec.riders
    guesses = [level for level in spec.riders if level not in spec.named]
    spared = _random(seed, f"cut:{spec.name}").sample(guesses, min(len(guesses), max(0, most - len(spec.named))))
    kept = {*spec.named[:most], *spared}
    return tuple(level for level in spec.riders if level in kept)


def _usual_rows(catalogue: Sequence[FactSpec]) -> int:
    """Return how many rows a sweep has without a scan, or as many as what was named needs: a scan costs no proofs."""
    without = (len(spec.riders) - len(spec.scanned) for spec in catalogue)
    return max((*without, *(len(spec.named) for spec in catalogue)), default=0)


def initial(
    catalogue: Sequence[FactSpec],
    seed: int,
    budget: int = RUNS,
    *,
    calibrations: int = CALIBRATIONS,
    warm_up: bool = True,
) -> Plan:
    """Return the first part of an audit of at most `budget` runs, in order: warm-up, then all else shuffled.

    A share of the budget (22 of 80) is left for what follows. Where the rest has no room for array and sweep, the sweep
    is cut first, then the array, whose first rows hold the most pairs; levels that a scan named take the places of
    guesses and make the sweep no longer; what is lost is in `not_examined`. Calibration
    runs stand at even distances, so that a drift of the machine shows in them. UsageError where the budget has no room
    for calibration and one row more.
    """
    fixed = warm_up + calibrations
    room = budget - budget * RESERVE // RUNS - fixed
    if room < 1:
        raise UsageError(
            f"A budget of {budget} runs is too small: {_smallest(fixed)} are the least that can say anything."
        )
    array = pairwise(catalogue, seed)[:room]
    rows = [*array, *sweep(catalogue, seed, min(room - len(array), _usual_rows(catalogue)))]
    order = _random(seed, "order").sample(rows, len(rows))
    first = (Planned(baseline(catalogue), WARM_UP),) * warm_up
    mixed = _interleave(order, calibration(catalogue, calibrations))
    return Plan((*first, *mixed), _lost(catalogue, rows, budget), seed)


def given(
    catalogue: Sequence[FactSpec], worlds: Iterable[World], seed: int, *, calibrations: int = CALIBRATIONS
) -> Plan:
    """Return a plan of these worlds alone, each twice, beside warm-up and calibration.

    A world that does not name a fact has its baseline level; facts outside the catalogue are kept.
    """
    rest = baseline(catalogue)
    rows = [Planned(rest.replace(world.as_dict()), SWEEP) for world in dict.fromkeys(worlds) for _ in range(2)]
    order = _random(seed, "order").sample(rows, len(rows))
    mixed = _interleave(order, calibration(catalogue, calibrations))
    return Plan((Planned(rest, WARM_UP), *mixed), (), seed)


def _smallest(fixed: int) -> int:
    return next(n for n in range(fixed, 10 * RUNS + fixed * 10) if n - n * RESERVE // RUNS > fixed)


def _interleave(rows: Sequence[Planned], spread: Sequence[Planned]) -> list[Planned]:
    """Put `spread` among `rows` at even distances, the first in front and the last at the end."""
    mixed: list[Planned] = []
    for place, run in enumerate(spread):
        mixed.append(run)
        parts = max(1, len(spread) - 1)
        mixed.extend(rows[len(rows) * place // parts : len(rows) * (place + 1) // parts])
    return mixed if spread else list(rows)


def _lost(catalogue: Sequence[FactSpec], rows: Sequence[Planned], budget: int) -> tuple[NotExamined, ...]:
    why = f"beyond the budget of {budget} runs"
    instead = f"{why}, in which levels that the package names come first"
    scanned = {spec.name for spec in catalogue if spec.scanned}
    ran = (*rows, *calibration(catalogue, 1))
    lost = [
        NotExamined(f"{fact}: {', '.join(levels)}", instead if fact in scanned else why)
        for fact, levels in untried(catalogue, ran).items()
        if levels
    ]
    pairs, total = len(uncovered(catalogue, ran)), len(_pairs(catalogue))
    if pairs:
        lost.append(NotExamined(f"{pairs} of {total} pairs of levels together", why))
    return tuple(lost)


def isolate(rest: World, row: World, keep: Collection[str]) -> Planned:
    """Return a run with the levels of `row` at the facts in `keep`, and those of `rest` everywhere else."""
    return Planned(rest.replace({fact: row[fact] for fact in keep}), ISOLATE)


def flips(
    without: Mapping[str, str], with_levels: Mapping[str, str], contexts: Sequence[World], n: int
) -> tuple[Planned, ...]:
    """Return `n` pairs of runs, without then with, that differ only in the named facts.

    Pair i lives in `contexts[i % len(contexts)]`, whose own levels of those facts are replaced; gates that both sides
    need belong to the contexts. Runs 2i and 2i+1 make a pair. InternalError where the two sides do not name the same
    facts, or name no difference.
    """
    if without.keys() != with_levels.keys() or dict(without) == dict(with_levels) or not contexts:
        raise InternalError("A flip needs a context, and two different levels of the same facts.")
    pairs = (contexts[i % len(contexts)] for i in range(n))
    return tuple(Planned(world.replace(side), FLIP) for world in pairs for side in (without, with_levels))


def uncovered(catalogue: Sequence[FactSpec], runs: Iterable[Ran]) -> frozenset[Pair]:
    """Return the pairs of paired levels that meet in none of `runs`."""
    met = {pair for run in runs for pair in combinations(run.world.levels, 2)}
    return _pairs(catalogue) - met


def _pairs(catalogue: Sequence[FactSpec]) -> frozenset[Pair]:
    cells = sorted((spec.name, level) for spec in catalogue for level in spec.paired)
    return frozenset((a, b) for a, b in combinations(cells, 2) if a[0] != b[0])


def untried(catalogue: Iterable[FactSpec], runs: Iterable[Ran]) -> dict[str, tuple[str, ...]]:
    """Return fact -> the levels that none of `runs` had, facts without any left out."""
    tried = {cell for run in runs for cell in run.world.levels}
    lost = {spec.name: tuple(x for x in spec.levels if (spec.name, x) not in tried) for spec in catalogue}
    return {fact: levels for fact, levels in lost.items() if levels}


def coverage(catalogue: Sequence[FactSpec], runs: Iterable[Ran]) -> dict[str, FactCoverage]:
    """Return what `runs` (captures, or a plan) tried of each fact.

    `paired` counts the levels that array rows had, `alone` those that only other runs had; `levels` names them all in
    the catalogue's order. Levels outside the catalogue are not counted.
    """
    made = list(runs)
    array = {cell for run in made if run.purpose == ARRAY for cell in run.world.levels}
    tried = {cell for run in made for cell in run.world.levels}
    return {spec.name: _fact_coverage(spec, array, tried) for spec in catalogue}


def _fact_coverage(
    spec: FactSpec, array: Collection[tuple[str, str]], tried: Collection[tuple[str, str]]
) -> FactCoverage:
    levels = tuple(level for level in spec.levels if (spec.name, level) in tried)
    paired = sum((spec.name, level) in array for level in levels)
    return FactCoverage(levels, paired, len(levels) - paired)


def _random(seed: int, what: str) -> random.Random:
    """Return a generator of its own for each decision: adding a fact does not move what is drawn for another."""
    return random.Random(f"{seed}:{what}")  # noqa: S311 - a plan to repeat, no secret
