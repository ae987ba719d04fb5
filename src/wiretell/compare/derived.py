"""Bytes that follow from other bytes of the same request: checksums, signatures, lengths. Told once, by their cause."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from wiretell.compare.features import Feature
from wiretell.compare.worlds import Table
from wiretell.model.difference import Layer

_CHECKSUM_LAYERS: Final = frozenset({Layer.WORDING, Layer.NUMBER, Layer.OPAQUE, Layer.SIZE})
_FEWEST: Final = 4
"""Symbols from which a value may count as a checksum; with fewer, a coincidence is too easy."""
_COLLISIONS: Final = 0.8
"""A short checksum may repeat itself: at least this share of contents must have a symbol of its own."""


def partition(symbols: Mapping[int, Hashable]) -> tuple[tuple[int, int], ...]:
    """Name which runs show equal symbols, whatever these are: (run, number of the symbol by first run)."""
    numbers: dict[Hashable, int] = {}
    return tuple((run, numbers.setdefault(symbols[run], len(numbers))) for run in sorted(symbols))


def follows_rest(feature: Feature, request: Sequence[Feature]) -> bool:
    """Whether a one-word value is a function of everything else that varies in its request, and nearly names it.

    A checksum follows every fact that anything in the request follows. The caller asks only for values that no single
    fact explains: what one fact explains is told as what it is.
    """
    symbols = feature.symbols
    if feature.layer not in _CHECKSUM_LAYERS or len(set(symbols.values())) < _FEWEST:
        return False
    if any(any(char.isspace() for char in span.value) for span in feature.spans.values()):
        return False
    own = partition(symbols)
    others = [other for other in request if other is not feature and partition(other.symbols) != own]
    rest = {run: tuple(other.symbols.get(run) for other in others) for run in symbols}
    seen: dict[Hashable, Hashable] = {}
    if any(seen.setdefault(rest[run], symbol) != symbol for run, symbol in symbols.items()):
        return False
    return len(set(symbols.values())) >= _COLLISIONS * len(seen)


def follows_length(feature: Feature, lengths: Mapping[int, int], table: Table) -> bool:
    """Whether numbers, or sizes, grow with the length of the body (`lengths`: run -> bytes) or of a fact's level."""
    numbers = _numbers(feature)
    if not numbers:
        return False
    body = {run: lengths[run] for run in numbers if run in lengths}
    if feature.layer is Layer.NUMBER and len(body) == len(numbers) and _grows(numbers, body):
        return True
    return any(_grows(numbers, {run: len(table.worlds[run].get(fact)) for run in numbers}) for fact in table.facts)


def follows_threshold(feature: Feature, lengths: Mapping[int, int]) -> bool:
    """Whether each symbol goes with a range of body lengths of its own: long bodies are cut, short ones are not."""
    ordered = sorted((lengths[run], str(symbol)) for run, symbol in feature.symbols.items() if run in lengths)
    changes = sum(one[1] != two[1] for one, two in pairwise(ordered))
    same_length = len({length for length, _ in ordered}) == len(set(ordered))
    return same_length and changes < len(set(feature.symbols.values()))


def _numbers(feature: Feature) -> dict[int, float]:
    try:
        if feature.layer is Layer.NUMBER:
            return {run: float(feature.spans[run].value) for run in feature.symbols}
        if feature.layer is Layer.SIZE:
            return {run: float(str(symbol)) for run, symbol in feature.symbols.items()}
    except (KeyError, ValueError):
        pass
    return {}


def _grows(numbers: Mapping[int, float], scale: Mapping[int, int]) -> bool:
    """Whether equal lengths have equal numbers, and each character more adds as much.

    For fewer than three lengths it must add a whole number of characters, or it could be chance.
    """
    by_length: dict[int, float] = {}
    for run, number in numbers.items():
        if by_length.setdefault(scale[run], number) != number:
            return False
    steps = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in pairwise(sorted(by_length.items()))]
    if not steps or min(steps) <= 0:
        return False
    return len(steps) > 1 or steps[0] in (1.0, 2.0, 3.0)
