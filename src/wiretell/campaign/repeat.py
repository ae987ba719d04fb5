"""Looking again where an earlier audit saw something: which worlds, which levels, and when it is the same channel.

Pure. `history` (the same package at other versions) and `verify` (one version against an earlier audit) stand on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from wiretell.errors import UsageError
from wiretell.lab import facts, machine
from wiretell.model.agent import Agent
from wiretell.model.findings import AuditResult, Carrier, Channel, Class, RunSummary
from wiretell.model.world import UNSET, World

_MOST_WORLDS: Final = 8
"""Worlds of symbols for one channel: one that writes a new value in each run would ask for all of them again."""


class Like(Protocol):
    """What makes a channel the same one in two audits."""

    @property
    def carrier(self) -> Carrier:
        """How it writes."""
        ...

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts it needs."""
        ...

    @property
    def request(self) -> str:
        """The request it writes to."""
        ...


@dataclass(frozen=True, slots=True)
class Sighting:
    """A covert channel as one audit saw it, with what it takes to see it again."""

    carrier: Carrier
    facts: tuple[str, ...]
    request: str
    symbols: tuple[str, ...]
    needed: tuple[World, ...]
    """For each symbol beside the baseline's: the levels of the channel's facts in one world that showed it. An audit
    that ran all of these, and saw nothing, says that the channel is not there."""
    worlds: tuple[World, ...]
    """Whole worlds to run again: one for each symbol, and for each fact the worlds of one flip."""


def sightings(result: AuditResult) -> tuple[Sighting, ...]:
    """Return the covert channels of an audit."""
    covert = (channel for channel in result.channels if channel.cls is Class.COVERT)
    return tuple(sight(channel, result.table) for channel in covert)


def sight(channel: Channel, table: Sequence[RunSummary]) -> Sighting:
    """Say where a channel of a table can be seen again."""
    worlds = {row.run: row.world for row in table}
    rest = table[0].world if table else World(())
    shown = _shown(channel, worlds, rest)
    return Sighting(
        carrier=channel.carrier,
        facts=channel.facts,
        request=channel.where.request,
        symbols=tuple(symbol.value for symbol in channel.symbols),
        needed=tuple(dict.fromkeys(cut(world, channel.facts) for world in shown)),
        worlds=tuple(dict.fromkeys((*shown, *_flipped(channel, worlds)))),
    )


def _shown(channel: Channel, worlds: Mapping[int, World], rest: World) -> list[World]:
    """Return for each symbol the world that showed it and is nearest to the baseline, whose own symbol needs none."""
    found = []
    for symbol in channel.symbols:
        runs = [worlds[run] for run in symbol.runs if run in worlds]
        if runs and rest not in runs:
            found.append(min(runs, key=lambda world: len(world.differing(rest))))
    return found[:_MOST_WORLDS] or _flipped(channel, worlds)


def _flipped(channel: Channel, worlds: Mapping[int, World]) -> list[World]:
    """Return the two worlds of the first flip of each fact of the channel."""
    found: dict[tuple[str, ...], tuple[World, World]] = {}
    for without, with_ in channel.evidence.flip_runs:
        if without in worlds and with_ in worlds:
            pair = worlds[without], worlds[with_]
            found.setdefault(pair[0].differing(pair[1]), pair)
    return [world for pair in found.values() for world in pair]


def cut(world: World, names: Iterable[str]) -> World:
    """Return the levels of some facts alone."""
    wanted = set(names)
    return World(tuple(pair for pair in world.levels if pair[0] in wanted))


def same(one: Like, other: Like) -> bool:
    """Whether two sightings are of one channel: carrier, request and facts.

    The facts of one may be a part of the other's: a gate is only seen by an audit that closed it.
    """
    mine, theirs = set(one.facts), set(other.facts)
    return (one.carrier, one.request) == (other.carrier, other.request) and (mine <= theirs or theirs <= mine)


def asking(table: Iterable[RunSummary]) -> tuple[World, ...]:
    """Return the worlds in which the agent asked a model: the others examined nothing."""
    return tuple(dict.fromkeys(row.world for row in table if not row.note))


def examined(needed: Iterable[World], worlds: Iterable[World]) -> bool:
    """Whether each of `needed` (levels of some facts) was met by one of `worlds`; False where none is known."""
    ran = [set(world.levels) for world in worlds]
    wishes = [set(world.levels) for world in needed]
    return bool(wishes) and all(any(wish <= levels for levels in ran) for wish in wishes)


def levels_for(agent: Agent, worlds: Iterable[World]) -> dict[str, list[str]]:
    """Return the levels of `worlds` that an audit of `agent` would not know by itself, for `Options.levels`.

    Levels that this agent cannot be given are left out.
    """
    has_clock = machine.faketime_folder() is not None
    known = {spec.name: spec.levels for spec in facts.catalogue(agent, faketime=has_clock)}
    found: dict[str, list[str]] = {}
    for fact, level in dict.fromkeys(pair for world in worlds for pair in world.levels):
        if level not in known.get(fact, (UNSET,)) and (fact in known or ":" in fact) and _fits(agent, fact, level):
            found.setdefault(fact, []).append(level)
    return found


def _fits(agent: Agent, fact: str, level: str) -> bool:
    try:
        facts.catalogue(agent, {fact: [level]})
    except UsageError:
        return False
    return True


def fitting(agent: Agent, worlds: Iterable[World], levels: Mapping[str, Sequence[str]]) -> tuple[World, ...]:
    """Return those of `worlds` that can be run with `agent` once `levels` are added.

    Facts that cannot be varied for it (a clock before a static program) are left at what they are.
    """
    has_clock = machine.faketime_folder() is not None
    known = {spec.name: set(spec.levels) for spec in facts.catalogue(agent, levels, faketime=has_clock)}
    cuts = (cut(world, known) for world in worlds)
    return tuple(dict.fromkeys(world for world in cuts if all(level in known[fact] for fact, level in world.levels)))
