"""What an engine hands over, before anything is decoded for good."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RawFind:
    """Survivors and counts of one pass."""

    records: list[tuple[int, int, int]]
    """Start, end, code of the reading (see `_shapes`), in the order of windows."""
    tried: int
    dropped: list[tuple[int, int]]
    """Beginning of a window -> survivors beyond the cap."""


def window_starts(length: int, window: int) -> range:
    """Return where windows begin."""
    return range(0, length, window)
