"""Facts, levels and worlds: what one run lives in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

UNSET: Final = "(unset)"
"""The level of a fact that is absent: a variable not set, a file not there."""

OFFICIAL: Final = "official"
"""The level of `base_url` at which the agent is left to go to its vendor's own host name, served by the lab."""


@dataclass(frozen=True, slots=True, order=True)
class World:
    """One level for every fact of an audit. Facts are kept sorted, so equal worlds are equal values."""

    levels: tuple[tuple[str, str], ...]
    """Pairs (fact, level), sorted by fact, each fact once."""

    @classmethod
    def of(cls, levels: Mapping[str, str] | Iterable[tuple[str, str]]) -> World:
        """Make a world from a mapping or pairs; a later pair replaces an earlier one."""
        return cls(tuple(sorted(dict(levels).items())))

    def __getitem__(self, fact: str) -> str:
        for name, level in self.levels:
            if name == fact:
                return level
        raise KeyError(fact)

    def get(self, fact: str, default: str = UNSET) -> str:
        """Return the level of `fact`, or `default` where this world does not set it."""
        return next((level for name, level in self.levels if name == fact), default)

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts of this world, sorted."""
        return tuple(name for name, _ in self.levels)

    def as_dict(self) -> dict[str, str]:
        """Return a fresh dict fact -> level."""
        return dict(self.levels)

    def with_levels(self, **levels: str) -> World:
        """Return this world with other levels; use `replace` for facts whose names are no identifiers."""
        return self.replace(levels)

    def replace(self, levels: Mapping[str, str]) -> World:
        """Return this world with the given levels in place of its own."""
        return World.of({**dict(self.levels), **levels})

    def differing(self, other: World) -> tuple[str, ...]:
        """Return the facts at which the two worlds differ, sorted."""
        mine, theirs = dict(self.levels), dict(other.levels)
        return tuple(sorted(f for f in mine.keys() | theirs.keys() if mine.get(f) != theirs.get(f)))
