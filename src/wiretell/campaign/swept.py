"""Reading a sweep: which symbol each level made the channels write, which entries that confirms, and by which rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from wiretell import compare
from wiretell.campaign.describe import Campaign
from wiretell.campaign.leads import SweepPlan
from wiretell.campaign.rules import MOST_LISTS, Inference, Seen, infer
from wiretell.campaign.run import hosts_of
from wiretell.campaign.sentences import near_misses, rule_sentences
from wiretell.campaign.sweep import channels_of, split
from wiretell.compare.differences import collect
from wiretell.compare.features import Feature
from wiretell.model.capture import Capture
from wiretell.model.findings import (
    AuditResult,
    Channel,
    NotExamined,
    Reach,
    RunSummary,
    Sweep,
    SweptLevel,
    Verdict,
    Where,
)
from wiretell.model.world import OFFICIAL
from wiretell.scan.entries import Trial

_EXEMPLARS: Final = 2
"""Ordinary runs of each symbol that the sweep's runs are compared with."""
State = tuple[Hashable, ...]
"""What one run showed in each channel: the index of a known symbol, another symbol's text, None where it has none."""


def with_sweeps(result: AuditResult, campaign: Campaign, captures: Sequence[Capture]) -> AuditResult:
    """Add to the result of an ordinary audit what its sweeps say; the channels and their symbols stay as they are."""
    ordinary, swept = split(captures)
    if not campaign.sweeps:
        return result
    leaking = [capture.run for capture in swept if capture.leaks]
    void = f"the network of runs {leaking} had interfaces beside the lab's loopback; the audit is void."
    read = [_read(plan, campaign, ordinary, swept, result) for plan in campaign.sweeps]
    said = tuple(one for _, left in read for one in left)
    return replace(
        result,
        verdict=Verdict.INCONCLUSIVE if leaking else result.verdict,
        reasons=(*result.reasons, *([void] if leaking else [])),
        coverage=replace(result.coverage, not_examined=(*said, *result.coverage.not_examined)),
        runs=result.runs + len(swept),
        agent_cpu_s=result.agent_cpu_s + sum(capture.process.cpu_s for capture in swept),
        lab_cpu_s=result.lab_cpu_s + sum(capture.lab_cpu_s for capture in swept),
        sweeps=tuple(sweep for sweep, _ in read),
    )


def _read(
    plan: SweepPlan, campaign: Campaign, ordinary: Sequence[Capture], swept: Sequence[Capture], result: AuditResult
) -> tuple[Sweep, tuple[NotExamined, ...]]:
    """Read one sweep.

    1. Each run of it, and a few ordinary runs of each symbol, are compared in what the channels write.
    2. A level is a hit where some channel shows another symbol than at the fact's baseline in the same world.
    3. The rules are inferred from these levels and from the ordinary runs of the same world.
    """
    wanted = channels_of(result, plan.fact)
    runs = _runs_by_level(plan, swept)
    tried = [capture for capture in swept if capture.run in runs.values()]
    columns = _columns(wanted, campaign, ordinary, tried)
    channels = [channel for channel in wanted if channel.id in columns]
    shown = _states(channels, columns, tried)
    base = plan.world.get(plan.fact)
    home = shown.get(runs.get(base, -1))
    levels = tuple(_level(trial, runs, shown, home, channels) for trial in plan.trials)
    seen = _seen(plan, runs, shown, channels, result.table)
    lists = [lead.entries for lead in campaign.leads]
    used = _told_apart(levels)
    inference = infer(plan.fact, [lists[at] for at in used], seen, home) if home is not None else Inference(None)
    if inference.best is not None:
        levels = tuple(
            level if level.run is None else replace(level, foretold=level.level not in inference.contradicted)
            for level in levels
        )
    confirmed = {(one.lead, one.entry) for one in levels if one.reach is Reach.EXACT and one.hit}
    sweep = Sweep(
        fact=plan.fact,
        leads=campaign.leads,
        levels=levels,
        confirmed=len(confirmed),
        entries=len({(one.lead, one.entry) for one in levels}),
        rules=rule_sentences(plan.fact, used, lists, inference),
        exceptions=(*near_misses(plan.fact, used, lists, inference, levels), *_unknown(runs, shown)),
    )
    missing = tuple(dict.fromkeys(level.level for level in levels if level.run is None))
    further = len({trial.lead for trial in plan.trials}) - len(used)
    unsought = NotExamined(
        f"the rules of {further} further lists in the sweep of {plan.fact}",
        f"the rules of {MOST_LISTS} lists at most are sought together, those with most entries that are hits",
    )
    said = (*_said_lost(plan.fact, home, missing), *_said_unseen(plan.fact, wanted, columns))
    return sweep, (*said, *([unsought] if further else []))


def _told_apart(levels: Sequence[SweptLevel]) -> list[int]:
    """Return the lists whose rules are sought: all, or where they are many those with most entries that are hits."""
    hits = Counter({one.lead: 0 for one in levels})
    hits.update(one.lead for one in levels if one.hit and one.reach is Reach.EXACT)
    return sorted(lead for lead, _ in hits.most_common(MOST_LISTS))


def _said_lost(fact: str, home: State | None, missing: Sequence[str]) -> tuple[NotExamined, ...]:
    said = []
    if home is None:
        said.append(NotExamined(f"the sweep of {fact}", "its run at the baseline level showed none of the channels"))
    if missing:
        what = f"{len(missing)} levels in the sweep of {fact}: {', '.join(missing[:5])}"
        said.append(NotExamined(what + (" ..." if len(missing) > 5 else ""), "the agent asked no model, twice"))
    return tuple(said)


# --- what each run showed


def _runs_by_level(plan: SweepPlan, swept: Sequence[Capture]) -> dict[str, int]:
    """Return level -> the run of this sweep that had it and asked a model."""
    found: dict[str, int] = {}
    for capture in swept:
        level = capture.world.get(plan.fact)
        if capture.model_exchanges and capture.world == plan.world.replace({plan.fact: level}):
            found.setdefault(level, capture.run)
    return found


def _columns(
    channels: Sequence[Channel], campaign: Campaign, ordinary: Sequence[Capture], swept: Sequence[Capture]
) -> dict[str, Mapping[int, Hashable]]:
    """Return channel -> run -> what it showed there; channels whose place is not found in these runs are left out."""
    if not channels or not swept:
        return {}
    chosen = _exemplars(channels, ordinary)
    observations = compare.observe([*chosen, *swept], hosts=hosts_of(campaign.official_host))
    wanted = {channel.where.request for channel in channels}
    roles = {role: seen for role, seen in observations.roles.items() if role.label in wanted}
    features = collect(replace(observations, roles=roles)).features
    columns = {channel.id: _column(channel, features) for channel in channels}
    return {name: column for name, column in columns.items() if column is not None}


def _states(
    channels: Sequence[Channel], columns: Mapping[str, Mapping[int, Hashable]], swept: Sequence[Capture]
) -> dict[int, State]:
    rows = {capture.run: tuple(columns[c.id].get(capture.run) for c in channels) for capture in swept}
    return {run: row for run, row in rows.items() if any(symbol is not None for symbol in row)}


def _said_unseen(fact: str, wanted: Sequence[Channel], columns: Mapping[str, object]) -> tuple[NotExamined, ...]:
    why = "its place was not found again in the sweep's runs"
    return tuple(NotExamined(f"channel {c.id} in the sweep of {fact}", why) for c in wanted if c.id not in columns)


def _exemplars(channels: Sequence[Channel], ordinary: Sequence[Capture]) -> list[Capture]:
    """Return the calibration, and for each symbol the runs whose worlds are nearest to it."""
    calibration = [capture for capture in ordinary if capture.purpose == "calibration"]
    home = calibration[0].world if calibration else ordinary[0].world
    distance = {capture.run: len(capture.world.differing(home)) for capture in ordinary}
    chosen = {capture.run for capture in calibration}
    for channel in channels:
        for symbol in channel.symbols:
            known = (run for run in symbol.runs if run in distance)
            chosen.update(sorted(known, key=lambda run: (distance[run], run))[:_EXEMPLARS])
    return [capture for capture in ordinary if capture.run in chosen]


def _column(channel: Channel, features: Sequence[Feature]) -> dict[int, Hashable] | None:
    """Return run -> index of the channel's symbol, or the text of another symbol; None where its place is not found.

    The place is the one in which the ordinary runs differ just as they do in the channel.
    """
    index = {run: at for at, symbol in enumerate(channel.symbols) for run in symbol.runs}
    apart = {id(f): min(_apart(f.where, where) for where in (channel.where, *channel.also)) for f in features}
    for feature in sorted(features, key=lambda feature: apart[id(feature)]):
        known = _same_partition(feature, index, len(channel.symbols))
        if apart[id(feature)] < _ELSEWHERE and known is not None:
            return {run: known.get(symbol, feature.display[run]) for run, symbol in feature.symbols.items()}
    return None


_ELSEWHERE: Final = 1 << 40


def _apart(one: Where, two: Where) -> int:
    """Return how far apart two places are, in characters; very far where they are in different texts."""
    same = (one.request, one.part, one.path.partition("(run ")[0]) == (
        two.request,
        two.part,
        two.path.partition("(run ")[0],
    )
    return abs((one.offset or 0) - (two.offset or 0)) if same else _ELSEWHERE


def _same_partition(feature: Feature, index: Mapping[int, int], count: int) -> dict[Hashable, int] | None:
    """Return symbol of the feature -> symbol of the channel, where each stands for one of the other in all runs."""
    known: dict[Hashable, int] = {}
    for run, symbol in feature.symbols.items():
        if run in index and known.setdefault(symbol, index[run]) != index[run]:
            return None
    return known if len(set(known.values())) == len(known) == count else None


# --- levels


def _level(
    trial: Trial, runs: Mapping[str, int], shown: Mapping[int, State], home: State | None, channels: Sequence[Channel]
) -> SweptLevel:
    run = runs.get(trial.level)
    state = shown.get(run) if run is not None else None
    if run is None or state is None:
        return SweptLevel(trial.entry, trial.lead, trial.reach, trial.level, run)
    symbols = {c.id: at for c, at in zip(channels, state, strict=True) if isinstance(at, int)}
    # A place that is missing altogether tells nothing here: that it is missing would be a channel of its own.
    hit = home is not None and any(None not in (a, b) and a != b for a, b in zip(state, home, strict=True))
    return SweptLevel(trial.entry, trial.lead, trial.reach, trial.level, run, symbols, hit)


def _seen(
    plan: SweepPlan,
    runs: Mapping[str, int],
    shown: Mapping[int, State],
    channels: Sequence[Channel],
    table: Sequence[RunSummary],
) -> list[Seen]:
    """Return what every level showed: of the sweep, and of ordinary runs where all other facts of the channels rest.

    The vendor's own host is left out: what is closed there says nothing about lists.
    """
    others = {fact for channel in channels for fact in channel.facts} - {plan.fact}
    seen = {level: shown[run] for level, run in runs.items() if run in shown}
    for row in table:
        level = row.world.get(plan.fact)
        state = tuple(row.symbols.get(channel.id) for channel in channels)
        if None not in state and all(row.world.get(fact) == plan.world.get(fact) for fact in others):
            seen.setdefault(level, state)
    return [Seen(level, state) for level, state in seen.items() if level != OFFICIAL]


def _unknown(runs: Mapping[str, int], shown: Mapping[int, State]) -> tuple[str, ...]:
    """Say which levels made a channel write what no ordinary run showed."""
    return tuple(
        f"The level {level} made a channel write {symbol!r}, which no ordinary run showed."
        for level, run in runs.items()
        for symbol in shown.get(run, ())
        if isinstance(symbol, str)
    )
