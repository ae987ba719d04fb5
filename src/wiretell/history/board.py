"""What the audits of a history come to so far: which channels there are, and what each version says of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wiretell.campaign.repeat import Sighting, asking, examined, same, sightings
from wiretell.history.search import Known
from wiretell.model.findings import AuditResult, Carrier, Verdict
from wiretell.model.history import ChannelKind, State
from wiretell.model.world import World


@dataclass(frozen=True, slots=True)
class Observation:
    """What one audit of one version says: all of it that a history needs, and what is kept from call to call."""

    sightings: tuple[Sighting, ...]
    asked: tuple[World, ...]
    """Worlds in which the agent asked a model."""
    reason: str
    """Why nothing follows from it; empty where something does."""
    runs: int
    wall_s: float
    sha256: str
    """Of the package; empty where it could not be fetched."""
    lasting: bool = True
    """It would come out the same tomorrow: nothing on this machine was amiss, and the package was there."""


def observe(result: AuditResult) -> Observation:
    """Return what an audit says."""
    silent = result.verdict is Verdict.INCONCLUSIVE
    return Observation(
        sightings=() if silent else sightings(result),
        asked=() if silent else asking(result.table),
        reason=" ".join(result.reasons) or "the audit was inconclusive" if silent else "",
        runs=result.runs,
        wall_s=result.wall_s,
        sha256=result.target.get("sha256", ""),
        lasting=result.controls.passed,
    )


def not_fetched(why: str, wall_s: float) -> Observation:
    """Return what a version says that is not to be had."""
    return Observation((), (), why, 0, wall_s, "", lasting=False)


@dataclass(frozen=True, slots=True)
class Kind:
    """A covert channel of the history."""

    id: str
    carrier: Carrier
    facts: tuple[str, ...]
    request: str
    symbols: tuple[str, ...]
    needed: tuple[World, ...]
    """As first seen, so that what was asked of one version is asked of all."""
    worlds: tuple[World, ...]

    @property
    def public(self) -> ChannelKind:
        """What is said about it."""
        return ChannelKind(self.id, self.carrier, self.facts, self.request, self.symbols)


@dataclass(frozen=True, slots=True)
class Answer:
    """An observation, and what had been asked."""

    observation: Observation
    full: bool
    kinds: frozenset[str]
    """Channels whose worlds were to be run."""
    cached: bool


@dataclass(frozen=True, slots=True)
class Board:
    """All answers so far."""

    count: int
    grid: tuple[int, ...]
    kinds: tuple[Kind, ...] = ()
    answers: Mapping[int, tuple[Answer, ...]] = field(default_factory=dict)

    @property
    def worlds(self) -> tuple[World, ...]:
        """The worlds that ask for every known channel."""
        return tuple(dict.fromkeys(world for kind in self.kinds for world in kind.worlds))

    @property
    def known(self) -> Known:
        """What the search needs to know."""
        tried = {index: self.states(index) for index in sorted(self.answers)}
        silent = frozenset(index for index in tried if self.is_silent(index))
        return Known(self.count, self.grid, tuple(kind.id for kind in self.kinds), tried, silent)

    def is_silent(self, index: int) -> bool:
        """Whether nothing follows from any audit of this version."""
        return all(answer.observation.reason for answer in self.answers[index])

    def with_answer(self, index: int, observation: Observation, *, full: bool, cached: bool) -> Board:
        """Return the board with one answer more, and with the channels that it shows."""
        asked = frozenset() if full else frozenset(kind.id for kind in self.kinds)
        answers = (*self.answers.get(index, ()), Answer(observation, full, asked, cached))
        kinds = self.kinds
        for sighting in observation.sightings:
            kinds = _joined(kinds, sighting)
        return replace(self, kinds=kinds, answers={**self.answers, index: answers})

    def states(self, index: int) -> dict[str, State]:
        """Return what a version says of each channel; one that it does not speak of is left out."""
        found = ((kind.id, _state(kind, self.answers[index])) for kind in self.kinds)
        return {kind: state for kind, state in found if state is not None}


def _state(kind: Kind, answers: tuple[Answer, ...]) -> State | None:
    conclusive = [answer.observation for answer in answers if not answer.observation.reason]
    if any(same(kind, sighting) for observation in conclusive for sighting in observation.sightings):
        return State.PRESENT
    if any(examined(kind.needed, observation.asked) for observation in conclusive):
        return State.ABSENT
    if not conclusive or any(kind.id in answer.kinds for answer in answers):
        return State.INCONCLUSIVE
    return None


def _joined(kinds: tuple[Kind, ...], sighting: Sighting) -> tuple[Kind, ...]:
    """Unite a sighting with the channel it is of, or add a new one."""
    at = next((n for n, kind in enumerate(kinds) if same(kind, sighting)), None)
    if at is None:
        s = sighting
        return (*kinds, Kind(f"k{len(kinds) + 1}", s.carrier, s.facts, s.request, s.symbols, s.needed, s.worlds))
    united = replace(
        kinds[at],
        facts=max(kinds[at].facts, sighting.facts, key=len),
        symbols=tuple(dict.fromkeys((*kinds[at].symbols, *sighting.symbols))),
    )
    return (*kinds[:at], united, *kinds[at + 1 :])
