"""The worlds of an audit as a table: which facts tell two of them apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeAlias

from wiretell.model.world import OFFICIAL, UNSET, World

Canaries: TypeAlias = Callable[[str, str], tuple[str, ...]]

SCHEME: Final = "the scheme"
PROXY: Final = "the proxy"


def _no_canaries(_fact: str, _level: str) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What comparing must know of an audit's facts."""

    baseline: World
    """The world of the calibration."""
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Fact -> levels that new worlds may take: those of the covering array."""
    canaries: Canaries = _no_canaries
    """(fact, level) -> strings that only this level can have brought into a request."""


@dataclass(frozen=True, eq=False)
class Table:
    """Runs and the facts in which they differ. A set of facts is an integer with one bit for each."""

    facts: tuple[str, ...]
    """Facts with more than one level, sorted; bit i stands for the i-th."""
    worlds: Mapping[int, World]
    """Run -> world."""
    masks: Mapping[World, Mapping[World, int]]
    """World -> world -> the facts in which they differ."""
    rows: Mapping[int, Mapping[str, str]]
    """Run -> fact -> level."""

    @classmethod
    def of(cls, worlds: Mapping[int, World]) -> Table:
        """Make the table of runs (run -> world)."""
        distinct = sorted(set(worlds.values()))
        names = sorted({fact for world in distinct for fact in world.facts})
        rows = {world: tuple(world.get(fact) for fact in names) for world in distinct}
        varied = [i for i in range(len(names)) if len({row[i] for row in rows.values()}) > 1]
        short = {world: tuple(row[i] for i in varied) for world, row in rows.items()}
        masks: dict[World, dict[World, int]] = {world: {} for world in distinct}
        for at, one in enumerate(distinct):
            for two in distinct[:at]:
                mask = sum(1 << i for i, (a, b) in enumerate(zip(short[one], short[two], strict=True)) if a != b)
                masks[one][two] = masks[two][one] = mask
        by_world = {world: world.as_dict() for world in distinct}
        return cls(tuple(names[i] for i in varied), worlds, masks, {run: by_world[w] for run, w in worlds.items()})

    def names(self, mask: int) -> tuple[str, ...]:
        """Return the facts of a set, sorted."""
        return tuple(fact for i, fact in enumerate(self.facts) if mask >> i & 1)

    def mask(self, facts: Iterable[str]) -> int:
        """Return the set of facts; facts that never vary are left out."""
        return sum(1 << self.facts.index(fact) for fact in set(facts) if fact in self.facts)

    def levels(self, run: int, facts: Iterable[str]) -> tuple[str, ...]:
        """Return the levels that a run's world has of some facts."""
        row = self.rows[run]
        return tuple(row.get(fact, UNSET) for fact in facts)

    @cached_property
    def groups(self) -> Mapping[tuple[str, str], frozenset[int]]:
        """(fact, level) -> the runs of that level."""
        found: dict[tuple[str, str], set[int]] = {}
        for run, row in self.rows.items():
            for fact in self.facts:
                found.setdefault((fact, row.get(fact, UNSET)), set()).add(run)
        return {pair: frozenset(runs) for pair, runs in found.items()}


def latent(world: World) -> dict[str, str]:
    """Return what follows from a world's facts and changes heads by itself: the scheme, and whether a proxy is set.

    HTTP libraries write other headers over TLS and to a proxy; that is no act of the agent.
    """
    base_url = world.get("base_url", OFFICIAL)
    scheme = "http" if base_url.startswith("http:") else "https"
    return {SCHEME: scheme, PROXY: "none" if world.get("http_proxy") == UNSET else "set"}


def follows_latent(symbols: Mapping[int, object], worlds: Mapping[int, World]) -> tuple[str, ...]:
    """Return the latent facts that a feature is a function of, or nothing.

    The scheme counts only where https was seen at another host than the vendor's own; else it cannot be told from it.
    """
    told = any(worlds[run].get("base_url", OFFICIAL).startswith("https:") for run in symbols)
    for names in ((SCHEME,), (PROXY,), (SCHEME, PROXY)):
        if SCHEME in names and not told:
            continue
        seen: dict[tuple[str, ...], object] = {}
        for run, symbol in symbols.items():
            key = tuple(latent(worlds[run])[name] for name in names)
            if seen.setdefault(key, symbol) != symbol:
                break
        else:
            return names
    return ()
