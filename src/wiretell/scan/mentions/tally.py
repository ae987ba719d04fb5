"""Counting what is named, and bringing it into the order in which it tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from wiretell.model.scan import Mention, MentionKind, Place

FIRST_PLACES: Final = 5
"""Places kept of each mention."""
MOST_VALUES: Final = 64
"""Compared values kept of each mention."""


@dataclass(slots=True)
class _Entry:
    fact: str
    spellings: Counter[str] = field(default_factory=Counter)
    places: list[Place] = field(default_factory=list)
    values: dict[str, None] = field(default_factory=dict)
    codepoints: tuple[str, ...] = ()


class Tally:
    """Mentions of one kind."""

    def __init__(self, kind: MentionKind) -> None:
        self._kind = kind
        self._entries: dict[tuple[str, str], _Entry] = {}

    def add(self, name: str, fact: str, spelling: str, place: Place, codepoints: tuple[str, ...] = ()) -> None:
        """Count one mention."""
        entry = self._entries.get((name, fact))
        if entry is None:
            entry = self._entries[name, fact] = _Entry(fact, codepoints=codepoints)
        entry.spellings[spelling] += 1
        if len(entry.places) < FIRST_PLACES:
            entry.places.append(place)

    def compare(self, name: str, fact: str, value: str) -> None:
        """Note a literal that something mentioned is compared with."""
        entry = self._entries.get((name, fact))
        if entry is not None and len(entry.values) < MOST_VALUES:
            entry.values[value] = None

    def spellings(self) -> Mapping[str, frozenset[str]]:
        """Return how each name is written."""
        return {name: frozenset(entry.spellings) for (name, _), entry in self._entries.items()}

    def mentions(self) -> list[Mention]:
        """Return the mentions, first seen first."""
        return [
            Mention(
                kind=self._kind,
                name=name,
                fact=fact,
                spellings=MappingProxyType(dict(entry.spellings.most_common())),
                places=tuple(entry.places),
                values=tuple(entry.values),
                codepoints=entry.codepoints,
            )
            for (name, fact), entry in self._entries.items()
        ]
