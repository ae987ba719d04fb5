"""What an audit tries, as one value that can be stored: with the captures, all that analysing it again needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

from wiretell.campaign.leads import SweepPlan
from wiretell.errors import FormatError
from wiretell.lab import facts, machine
from wiretell.lab.facts import FactSpec, Scanned
from wiretell.model.agent import Agent, Declaration
from wiretell.model.findings import Controls, Lead, NotExamined
from wiretell.model.world import World
from wiretell.scan.levels import Levels

ALWAYS_OUT_OF_SIGHT: Final = (
    NotExamined("interactive use", "the agent is started without a terminal, with one prompt"),
    NotExamined("signed-in accounts", "agents get fake keys, and nobody's account"),
    NotExamined("other operating systems", "the lab is Linux; what an agent does elsewhere is not seen"),
    NotExamined(
        "features that the vendor's servers switch on", "the lab's own servers answer, and they switch nothing on"
    ),
    NotExamined(
        "values outside the levels tried",
        "a list that is hidden in the package can name hosts, zones or names that no level here has",
    ),
    NotExamined(
        "three facts together, and more",
        "the plan is to meet every pair of levels; larger combinations are met by chance only",
    ),
    NotExamined(
        "the agent's later turns", "one model request is answered with a short text; long sessions are not played"
    ),
)


_NO_GUESSES: Final = NotExamined(
    "hosts and time zones that wiretell tries by default", "--priors none leaves out all that the package does not name"
)


@dataclass(frozen=True, slots=True)
class Options:
    """What the user may choose about an audit."""

    seed: int = 0
    runs: int = 80
    """At most so many starts of the agent."""
    workers: int = 2
    levels: Mapping[str, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))
    """Fact -> further levels."""
    worlds: tuple[World, ...] = ()
    """Where any are named, these are run (twice each, and the baseline) in place of the plan; every other fact keeps
    its level, and only what could be hidden is proven further. For questions that an earlier audit left."""
    scanned: Levels = field(default_factory=Levels)
    """What reading the package gave, or why it gave nothing."""
    priors: bool = True
    """Whether the built-in guesses at hosts and zones are tried; without, scanned levels and structural ones alone."""
    sweeps: tuple[str, ...] = ()
    """Facts of which every entry of the decoded lists is tried, in runs beside `runs`."""
    save: Path | None = None
    command: str = ""
    """How to repeat it, for the report."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """What one audit tried, and under which conditions."""

    target: Mapping[str, str]
    """`kind`, `name`, `version`, `sha256`, `agent`, as the report shows them."""
    catalogue: tuple[FactSpec, ...]
    declares: tuple[Declaration, ...]
    official_host: str
    seed: int
    workers: int
    started: str
    command: str
    not_examined: tuple[NotExamined, ...] = ()
    controls: Controls = field(default_factory=Controls)
    control_cpu_s: float = 0.0
    """Of the control agent."""
    wall_s: float = 0.0
    reasons: tuple[str, ...] = ()
    """Why nothing can be concluded, where something went wrong on the way."""
    leads: tuple[Lead, ...] = ()
    """Hidden lists that a scan decoded before the runs."""
    sweeps: tuple[SweepPlan, ...] = ()
    """Those that were run."""

    @property
    def baseline(self) -> World:
        """The world that is repeated."""
        return World.of({spec.name: spec.baseline for spec in self.catalogue})

    def canaries(self, fact: str, level: str) -> tuple[str, ...]:
        """The strings by which an open echo of a level is known."""
        spec = next((spec for spec in self.catalogue if spec.name == fact), None)
        return tuple(spec.canaries.get(level, ())) if spec else ()

    def but(self, **changes: object) -> Campaign:
        """Return this campaign with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]  # dataclasses.replace takes what the class takes


def describe(agent: Agent, options: Options, started: str) -> Campaign:
    """Say what an audit of `agent` will try.

    :raises UsageError: for a fact or level that cannot be.
    """
    has_clock = machine.faketime_folder() is not None
    scanned = Scanned(options.scanned.tried, alone=not options.priors)
    catalogue = facts.catalogue(agent, options.levels, scanned=scanned, faketime=has_clock)
    target = agent.target
    return Campaign(
        target={
            "kind": target.kind,
            "name": target.name,
            "version": target.version or "",
            "sha256": target.sha256,
            "agent": agent.recipe.name,
        },
        catalogue=catalogue,
        declares=agent.recipe.declares,
        official_host=agent.recipe.official.host if agent.recipe.official else "",
        seed=options.seed,
        workers=options.workers,
        started=started,
        command=options.command,
        not_examined=(
            *_limits(agent, catalogue, has_clock),
            *([] if options.priors else [_NO_GUESSES]),
            *options.scanned.not_examined,
            *ALWAYS_OUT_OF_SIGHT,
        ),
        leads=options.scanned.leads,
    )


def _limits(agent: Agent, catalogue: tuple[FactSpec, ...], has_clock: bool) -> tuple[NotExamined, ...]:
    found = list(facts.unavailable(agent, faketime=has_clock))
    missing = facts.missing_locales(catalogue, machine.locales_here())
    if missing:
        why = (
            "this machine has no definitions for them; the C library uses the forms of C.UTF-8, Node and Bun their own"
        )
        found.append(NotExamined(f"formats of the C library for {', '.join(missing)}", why))
    if not machine.zones_present():
        found.append(NotExamined("zones of the C library", "this machine has no /usr/share/zoneinfo to lay them over"))
    found += [NotExamined("install scripts and build steps", note) for note in agent.target.notes if "script" in note]
    return tuple(found)


def to_meta(campaign: Campaign) -> dict[str, object]:
    """Return the campaign as JSON values, for the store."""
    return {"campaign": msgspec.to_builtins(campaign, enc_hook=_plain)}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a campaign holds a {type(value).__name__}")


def from_meta(meta: Mapping[str, object]) -> Campaign:
    """Read what `to_meta` wrote.

    :raises FormatError: where it is something else.
    """
    try:
        return msgspec.convert(meta["campaign"], Campaign)
    except (KeyError, msgspec.ValidationError) as error:
        raise FormatError(
            f"the saved audit does not say what was tried ({error}); it cannot be analysed again."
        ) from None
