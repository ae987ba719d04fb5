"""Trying every entry of decoded lists, one run each, in the world in which the channels that were found are open.

An ordinary audit finds and proves the channels; a sweep then says of each entry which symbol it makes them write. Its
runs are told apart by their purpose and change nothing in the ordinary findings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from wiretell.campaign.describe import Campaign, Options
from wiretell.campaign.leads import SweepPlan, trials_for
from wiretell.campaign.run import Bench
from wiretell.lab.plan import ENTRY, Planned
from wiretell.model.agent import Agent
from wiretell.model.capture import Capture
from wiretell.model.findings import AuditResult, Channel, Class, NotExamined, RunSummary
from wiretell.model.world import World

_BATCH: Final = 40
"""Runs between two looks at which asked no model."""


def split(captures: Sequence[Capture]) -> tuple[list[Capture], list[Capture]]:
    """Return the runs of the ordinary audit, and those of sweeps."""
    ordinary = [capture for capture in captures if capture.purpose != ENTRY]
    return ordinary, [capture for capture in captures if capture.purpose == ENTRY]


def swept_levels(agent: Agent, options: Options) -> dict[str, list[str]]:
    """Return fact -> the levels that sweeps may try: the lab must be ready for them."""
    leads = options.scanned.leads
    return {fact: [trial.level for trial in trials_for(leads, fact, agent).levels] for fact in options.sweeps}


def sweep_all(
    bench: Bench, campaign: Campaign, options: Options, captures: list[Capture], result: AuditResult
) -> Campaign:
    """Make every sweep that was asked for, add its runs to `captures`, and return the campaign with what was made."""
    for fact in options.sweeps:
        plan, left = prepare(fact, campaign, result, bench.agent)
        campaign = campaign.but(not_examined=(*left, *campaign.not_examined))
        if plan is not None:
            captures += carry_out(plan, bench, len(captures))
            campaign = campaign.but(sweeps=(*campaign.sweeps, plan))
    return campaign


def channels_of(result: AuditResult, fact: str) -> tuple[Channel, ...]:
    """Return the covert channels that a sweep of `fact` reads: those that depend on it in every run."""
    return tuple(c for c in result.channels if c.cls is Class.COVERT and fact in c.facts and c.evidence.rate is None)


def prepare(
    fact: str, campaign: Campaign, result: AuditResult, agent: Agent
) -> tuple[SweepPlan | None, tuple[NotExamined, ...]]:
    """Plan the sweep of a fact after the ordinary audit; None where there is nothing to sweep, which is then said."""
    what = f"the sweep of {fact}"
    if not campaign.leads:
        return None, (NotExamined(what, "no hidden list was decoded in the package"),)
    trials = trials_for(campaign.leads, fact, agent)
    if not trials.levels:
        why = f"no decoded list holds levels of {fact} that this agent can be given"
        return None, (NotExamined(what, why), *trials.not_examined)
    channels = channels_of(result, fact)
    if not channels:
        why = f"no covert channel depends on {fact} in the ordinary runs, so that there is no symbol to read"
        return None, (NotExamined(what, why), *trials.not_examined)
    world, closed = open_world(fact, channels, result.table, campaign.baseline)
    left = tuple(
        NotExamined(f"channel {name} in {what}", "it is open in another world than the rest") for name in closed
    )
    return SweepPlan(fact, world, trials.levels), (*trials.not_examined, *left)


def open_world(
    fact: str, channels: Sequence[Channel], table: Sequence[RunSummary], baseline: World
) -> tuple[World, tuple[str, ...]]:
    """Return the world in which most of the channels change with `fact` alone, and those that do not change there.

    The baseline wherever it does as well as any other. Other facts than those of the channels rest.
    """
    others = sorted({name for channel in channels for name in channel.facts} - {fact})
    home = baseline.as_dict()
    candidates = dict.fromkeys(
        tuple(world.get(name, home.get(name, "")) for name in others)
        for world in (baseline, *(row.world for row in table))
    )

    def open_there(levels: tuple[str, ...]) -> list[str]:
        at = dict(zip(others, levels, strict=True))
        return [c.id for c in channels if len(_shown(c, {f: x for f, x in at.items() if f in c.facts}, table)) > 1]

    def rank(levels: tuple[str, ...]) -> tuple[int, int]:
        resting = sum(home.get(name) == level for name, level in zip(others, levels, strict=True))
        return len(open_there(levels)), resting

    best = max(candidates, key=rank)
    closed = tuple(c.id for c in channels if c.id not in open_there(best))
    return baseline.replace(dict(zip(others, best, strict=True))), closed


def _shown(channel: Channel, levels: Mapping[str, str], table: Sequence[RunSummary]) -> set[int]:
    """Return the symbols that a channel showed at these levels of other facts."""
    return {
        row.symbols[channel.id]
        for row in table
        if channel.id in row.symbols and all(row.world.get(fact) == level for fact, level in levels.items())
    }


def carry_out(plan: SweepPlan, bench: Bench, first: int) -> list[Capture]:
    """Run a sweep, numbered from `first`: the fact's baseline, then each level; what asks no model is tried again."""
    levels = dict.fromkeys(trial.level for trial in plan.trials)
    worlds = [plan.world, *(plan.world.replace({plan.fact: level}) for level in levels)]
    bench.progress.note(f"the sweep of {plan.fact} takes {len(worlds)} runs beside the ordinary ones")
    bench.progress.phase(f"sweep of {plan.fact}", len(worlds))
    captures: list[Capture] = []
    for at in range(0, len(worlds), _BATCH):
        batch = [Planned(world, ENTRY) for world in worlds[at : at + _BATCH]]
        made = bench.run(batch, first + len(captures))
        captures += made
        again = [Planned(capture.world, ENTRY) for capture in made if not capture.model_exchanges]
        captures += bench.run(again, first + len(captures))
    return captures
