"""Bytes that follow from other bytes of the same request: checksums, signatures, lengths. They are told once, by cause."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
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

    A checksum follows every fact that anything in the request follows. The caller asks only for values that no single fact explains:
    what one fact explains is told as what it is.
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
    """Whether numbers grow with the length of the body (`lengths`: run -> bytes) or of the level of a fact."""
    if feature.layer is not Layer.NUMBER:
        return False
    try:
        numbers = {run: float(feature.spans[run].value) for run in feature.symbols}
    except (KeyError, ValueError):
        return False
    scales = [{run: lengths[run] for run in numbers if run in lengths}]
    scales += [{run: len(table.worlds[run].get(fact)) for run in numbers} for fact in table.facts]
    return any(len(scale) == len(numbers) and _grows(numbers, scale) for scale in scales)


def _grows(numbers: Mapping[int, float], scale: Mapping[int, int]) -> bool:
    """Whether equal lengths have equal numbers and longer ones larger numbers, for three lengths or a fixed offset."""
    by_length: dict[int, float] = {}
    for run, number in numbers.items():
        if by_length.setdefault(scale[run], number) != number:
            return False
    if len(by_length) < 2:
        return False
    ordered = [by_length[length] for length in sorted(by_length)]
    rising = all(one < two for one, two in zip(ordered, ordered[1:], strict=False))
    offset = len({number - length for length, number in by_length.items()}) == 1
    return offset or (rising and len(by_length) > 2)
