"""Regularities inside random tokens: a bit of an identifier that is not as random as the rest, and follows a fact.

Only single bits of single characters are looked at, and only in the first `_MOST_TOKENS` places. What is spread over
several, or sealed with a key, cannot be told from chance by anyone without it; it is counted as capacity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import reduce
from itertools import islice
from operator import or_
from typing import Final

from wiretell.compare.features import Feature
from wiretell.compare.rates import fisher
from wiretell.compare.worlds import Table
from wiretell.model.capture import Capture
from wiretell.model.difference import Layer

_TOKEN: Final = re.compile(r"[\w+/=-]+")
_FEWEST_CHARACTERS: Final = 8
_MOST_CHARACTERS: Final = 128
_MOST_TOKENS: Final = 200
_BELIEVED: Final = 1e-3
"""Chance, corrected for bits and levels tried, below which a regularity is followed up."""


def regular_bits(noise: Iterable[Feature], table: Table, captures: Mapping[int, Capture]) -> list[Feature]:
    """Return a feature for the most regular bit of each noisy token that has one: symbols are 0 and 1."""
    levels = _levels(table, captures)
    found = []
    for feature in islice(noise, _MOST_TOKENS):
        values = {run: span.value for run, span in feature.spans.items() if run in captures}
        if feature.layer is Layer.WORDING and _is_token(values) and (best := _best(values, levels, captures)):
            at, bits = best
            where = replace(feature.where, offset=(feature.where.offset or 0) + at)
            shown = {run: f"{values[run][at]} (bit {bit})" for run, bit in bits.items()}
            found.append(replace(feature, where=where, layer=Layer.BITS, symbols=bits, display=shown))
    return found


def _is_token(values: Mapping[int, str]) -> bool:
    """Whether all values are random to the eye: one length, long enough, and no plain number."""
    lengths = {len(value) for value in values.values()}
    if len(lengths) != 1 or not _FEWEST_CHARACTERS <= lengths.pop() <= _MOST_CHARACTERS:
        return False
    if all(value.isdigit() for value in values.values()):
        return False
    return all(map(_TOKEN.fullmatch, values.values())) and len(set(values.values())) > 1


def _levels(table: Table, captures: Mapping[int, Capture]) -> list[frozenset[int]]:
    """Return the runs of each level of each fact; the calibrated world counts once, or it would outvote the others."""
    calibration = sorted(run for run, capture in captures.items() if capture.purpose == "calibration")
    counted = set(captures) - set(calibration[1:])
    groups: dict[tuple[str, str], set[int]] = {}
    for run in counted:
        for fact in table.facts:
            groups.setdefault((fact, table.worlds[run].get(fact)), set()).add(run)
    return [frozenset(runs) for runs in set(map(frozenset, groups.values())) if len(runs) > 1]


def _best(
    values: Mapping[int, str], levels: list[frozenset[int]], captures: Mapping[int, Capture]
) -> tuple[int, dict[int, int]] | None:
    """Return the place and value of the bit that goes best with a level, if it does by more than chance."""
    candidates = list(_steady_bits(values, captures))
    tried = max(1, len(levels) * 4 * len(next(iter(values.values()))))
    best: tuple[float, int, dict[int, int]] | None = None
    for at, bits in candidates:
        for runs in levels:
            chance = _chance(bits, runs) * tried
            if chance <= _BELIEVED and (best is None or chance < best[0]):
                best = (chance, at, bits)
    return best[1:] if best else None


def _steady_bits(values: Mapping[int, str], captures: Mapping[int, Capture]) -> Iterator[tuple[int, dict[int, int]]]:
    """Go through bits that are equal in all repeats of the calibrated world, and not in all runs."""
    calibration = [run for run in values if captures[run].purpose == "calibration"]
    if len(calibration) <= 3:
        return
    for at in range(len(values[calibration[0]])):
        repeated = [_digit(values[run][at]) for run in calibration]
        varied = reduce(or_, (digit ^ repeated[0] for digit in repeated))
        for place in range(6):
            if not varied >> place & 1:
                bits = {run: _digit(value[at]) >> place & 1 for run, value in values.items()}
                if len(set(bits.values())) == 2:
                    yield at, bits


def _digit(char: str) -> int:
    """Return the value of a hexadecimal digit, and the code of any other character."""
    return int(char, 16) if char in "0123456789abcdefABCDEF" else ord(char)


def _chance(bits: Mapping[int, int], runs: frozenset[int]) -> float:
    """Return the chance (Fisher, one-sided) that the runs of a level differ so much in a bit from all others."""
    seen = set().union(runs) & bits.keys()
    ones = {run for run, bit in bits.items() if bit}
    odd = ones if len(ones & seen) * len(bits) >= len(seen) * len(ones) else bits.keys() - ones
    return fisher(len(odd & seen), len(seen), len(odd), len(bits))
