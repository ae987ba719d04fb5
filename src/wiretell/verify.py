"""Whether what an earlier audit found is gone: its worlds again, and one ordinary audit for what may have come instead.

1. the earlier document says which covert channels there were, and which worlds showed them;
2. those worlds are run again;
3. an ordinary audit, in which the earlier levels take part, looks for new channels;
4. both are put together, and each earlier channel gets its fate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from wiretell.audit import Options
from wiretell.campaign.repeat import asking, cut, examined, fitting, levels_for, same, sight, sightings
from wiretell.campaign.run import Progress
from wiretell.campaign.summary import verdict as verdict_of
from wiretell.errors import UsageError
from wiretell.model import findings as model
from wiretell.model.agent import Agent
from wiretell.model.findings import AuditResult, Channel, Class, RunSummary, Symbol, Verdict
from wiretell.model.history import CheckedChannel, Fate, VerifyResult
from wiretell.model.world import World
from wiretell.report import Document

_CHANCE: Final = 0.05
"""For a channel that shows itself only sometimes: how likely its silence may be if it is still there."""

Audit = Callable[[Agent, Options, Progress], AuditResult]


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier audit found."""

    target: Mapping[str, str]
    channels: tuple[Channel, ...]
    """Covert ones."""
    table: tuple[RunSummary, ...]


def earlier(document: Document) -> Earlier:
    """Read an earlier audit's document.

    :raises UsageError: if that audit was inconclusive; what it did not find says nothing.
    """
    if document.verdict is Verdict.INCONCLUSIVE:
        why = document.reasons[0] if document.reasons else "it does not say why"
        raise UsageError(f"the earlier audit was inconclusive ({why.rstrip('.')}); make one that is not.")
    target = document.target
    rows = (RunSummary(row.run, row.purpose, World.of(row.world), row.symbols, row.note) for row in document.table)
    return Earlier(
        target={
            "kind": target.kind,
            "name": target.name,
            "version": target.version or "",
            "sha256": target.sha256,
            "agent": target.agent,
        },
        channels=tuple(_channel(document, n) for n, c in enumerate(document.channels) if c.cls is Class.COVERT),
        table=tuple(rows),
    )


def _channel(document: Document, at: int) -> Channel:
    c = document.channels[at]
    e = c.evidence
    return Channel(
        id=c.id,
        cls=c.cls,
        carrier=c.carrier,
        where=model.Where(c.where.request, c.where.part, c.where.path, c.where.offset),
        facts=c.facts,
        symbols=tuple(Symbol(s.value, s.codepoints, s.when, s.context, s.runs) for s in c.symbols),
        bits=c.bits,
        evidence=model.Evidence(e.runs, e.flips, e.p_value, e.rate, e.flip_runs),
        also=tuple(model.Where(w.request, w.part, w.path, w.offset) for w in c.also),
        declared_by=c.declared_by,
        note=c.note,
    )


def verify(agent: Agent, against: Earlier, options: Options, progress: Progress, audit: Audit) -> VerifyResult:
    """Say what became of each covert channel of an earlier audit, and whether there are new ones.

    `options` are those of the ordinary audit: `levels`, and what a scan gave, come beside the earlier audit's own.

    :raises NotSealedError: if no sandbox can be built here.
    :raises UsageError: for levels that cannot be, and for an agent that is not the earlier one.
    """
    _check_kin(agent, against)
    worlds = [world for channel in against.channels for world in sight(channel, against.table).worlds]
    levels = levels_for(agent, worlds)
    again = fitting(agent, worlds, levels)
    focused = None
    if again:
        progress.note(f"running the {len(again)} worlds again that showed a channel")
        plain = Options(seed=options.seed, runs=options.runs, workers=options.workers, levels=levels, worlds=again)
        focused = audit(agent, plain, progress)
    progress.note("looking for new channels")
    ordinary = audit(agent, replace(options, levels=_joined(options.levels, levels)), progress)
    return judge(against, ordinary, focused, options.command)


def _check_kin(agent: Agent, against: Earlier) -> None:
    """Refuse another agent: that it does not show the channels of this one says nothing."""
    was = (against.target.get("name", ""), against.target.get("agent", ""))
    if agent.target.name != was[0] and agent.recipe.name != was[1]:
        raise UsageError(
            f"the earlier audit is of {was[0]} (agent {was[1]}), this target is {agent.target.name} "
            f"(agent {agent.recipe.name}); verify a version of the same one."
        )


def _joined(one: Mapping[str, Sequence[str]], other: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {fact: [*dict.fromkeys((*one.get(fact, ()), *other.get(fact, ())))] for fact in (*one, *other)}


def judge(against: Earlier, ordinary: AuditResult, focused: AuditResult | None, command: str = "") -> VerifyResult:
    """Say what two audits tell about an earlier one. Pure."""
    whole = merged(ordinary, focused) if focused is not None else ordinary
    is_sound = whole.verdict is not Verdict.INCONCLUSIVE
    checked = tuple(_checked(channel, against, whole, is_sound=is_sound) for channel in against.channels)
    covert = [channel for channel in whole.channels if channel.cls is Class.COVERT] if is_sound else []
    known = [sight(channel, against.table) for channel in against.channels]
    seen = sightings(replace(whole, channels=tuple(covert)))
    new = tuple(
        channel for channel, it in zip(covert, seen, strict=True) if not any(same(it, other) for other in known)
    )
    return VerifyResult(
        against=against.target,
        channels=checked,
        new=new,
        audit=whole,
        verdict=_verdict(checked, new, is_sound=is_sound),
        reasons=(*_reasons(against, whole, checked), *whole.reasons),
        command=command,
    )


def _verdict(checked: Iterable[CheckedChannel], new: Sequence[Channel], *, is_sound: bool) -> str:
    fates = {item.fate for item in checked}
    if Fate.PRESENT in fates or new:
        return "present"
    return "inconclusive" if Fate.UNKNOWN in fates or not is_sound else "removed"


def _reasons(against: Earlier, whole: AuditResult, checked: Iterable[CheckedChannel]) -> Iterable[str]:
    was, now = (f"{target.get('name')} (agent {target.get('agent')})" for target in (against.target, whole.target))
    if (against.target.get("name"), against.target.get("agent")) != (whole.target.get("name"), whole.target["agent"]):
        yield f"The earlier audit is of {was}, this one of {now}."
    if not against.channels:
        yield "The earlier audit found no covert channel, so this one could only look for new ones."
    for item in checked:
        if item.fate is Fate.UNKNOWN:
            yield f"What became of {item.earlier.id} is not known: {item.note}."


def _checked(channel: Channel, against: Earlier, whole: AuditResult, *, is_sound: bool) -> CheckedChannel:
    looked_for = sight(channel, against.table)
    runs = _runs(looked_for.needed, whole.table)
    if not is_sound:
        return CheckedChannel(channel, Fate.UNKNOWN, None, runs, "the new audit is inconclusive")
    covert = (each for each in whole.channels if each.cls is Class.COVERT)
    now = next((each for each in covert if same(looked_for, sight(each, whole.table))), None)
    if now is not None:
        return CheckedChannel(channel, Fate.PRESENT, now, runs)
    if not looked_for.needed:
        return CheckedChannel(channel, Fate.UNKNOWN, None, runs, "its document does not say which worlds showed it")
    if not examined(looked_for.needed, asking(whole.table)):
        why = "some worlds that showed it could not be run again, or the agent asked no model in them"
        return CheckedChannel(channel, Fate.UNKNOWN, None, runs, why)
    rate = channel.evidence.rate
    chance = (1 - rate) ** len(runs) if rate is not None else 0.0
    if chance > _CHANCE:
        why = f"it showed itself in {rate:.0%} of repeats only, and {len(runs)} runs without it may be chance"
        return CheckedChannel(channel, Fate.UNKNOWN, None, runs, why)
    return CheckedChannel(channel, Fate.REMOVED, None, runs)


def _runs(needed: Sequence[World], table: Iterable[RunSummary]) -> tuple[int, ...]:
    """Return the runs that asked a model in one of the wanted settings."""
    return tuple(
        row.run for row in table if not row.note and any(cut(row.world, wish.facts) == wish for wish in needed)
    )


def merged(ordinary: AuditResult, focused: AuditResult) -> AuditResult:
    """Return the ordinary audit with the runs of the focused one behind its own, and the channels only that one saw."""
    offset = max((row.run for row in ordinary.table), default=-1) + 1
    seen = sightings(ordinary)
    covert = [each for each in focused.channels if each.cls is Class.COVERT]
    others = [each for each in covert if not any(same(sight(each, focused.table), it) for it in seen)]
    ids = {each.id: f"c{n}" for n, each in enumerate(others, len(ordinary.channels) + 1)}
    channels = (*ordinary.channels, *(_moved(each, ids[each.id], offset) for each in others))
    reasons = (*ordinary.reasons, *focused.reasons)
    silent = Verdict.INCONCLUSIVE in (ordinary.verdict, focused.verdict)
    return replace(
        ordinary,
        channels=channels,
        verdict=Verdict.INCONCLUSIVE if silent else verdict_of(channels),
        reasons=tuple(dict.fromkeys(reasons)),
        table=(*ordinary.table, *(_row(row, ids, offset) for row in focused.table)),
        runs=ordinary.runs + focused.runs,
        wall_s=ordinary.wall_s + focused.wall_s,
        agent_cpu_s=ordinary.agent_cpu_s + focused.agent_cpu_s,
        control_cpu_s=ordinary.control_cpu_s + focused.control_cpu_s,
        lab_cpu_s=ordinary.lab_cpu_s + focused.lab_cpu_s,
    )


def _row(row: RunSummary, ids: Mapping[str, str], offset: int) -> RunSummary:
    symbols = {ids[channel]: index for channel, index in row.symbols.items() if channel in ids}
    return replace(row, run=row.run + offset, symbols=symbols)


def _moved(channel: Channel, id_: str, offset: int) -> Channel:
    """Return a channel whose runs are counted on from another audit's."""
    flips = tuple((without + offset, with_ + offset) for without, with_ in channel.evidence.flip_runs)
    return replace(
        channel,
        id=id_,
        symbols=tuple(replace(s, runs=tuple(run + offset for run in s.runs)) for s in channel.symbols),
        evidence=replace(channel.evidence, flip_runs=flips),
    )
