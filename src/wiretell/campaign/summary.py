"""From channels to a result: coverage, destinations, the table of worlds, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from wiretell import __version__, compare
from wiretell.campaign.describe import Campaign
from wiretell.checks import Findings
from wiretell.compare import Comparison
from wiretell.lab import plan
from wiretell.model.capture import Capture, Outcome
from wiretell.model.findings import (
    AuditResult,
    Channel,
    Class,
    Coverage,
    NotExamined,
    RunSummary,
    Verdict,
)

_FEWEST_ASKING = 0.5
"""Share of runs that must have asked a model for the audit to say anything."""

_STRENGTH = (
    (Class.COVERT, Verdict.COVERT),
    (Class.UNDECLARED, Verdict.UNDECLARED),
    (Class.DECLARED, Verdict.DECLARED),
)


def summarise(
    campaign: Campaign,
    captures: Sequence[Capture],
    comparison: Comparison,
    findings: Findings,
) -> AuditResult:
    """Put everything together that a report is made of."""
    bare = _bare(campaign, captures)
    reasons = (*_why_inconclusive(campaign, captures), *_unsettled(findings))
    named = tuple(replace(channel, id=f"c{n}") for n, channel in enumerate(findings.channels, 1))
    return replace(
        bare,
        verdict=Verdict.INCONCLUSIVE if reasons else verdict(named),
        channels=named,
        coverage=replace(
            bare.coverage,
            not_examined=(
                *_dropped(captures),
                *_never_asked(campaign, captures),
                *findings.not_examined,
                *bare.coverage.not_examined,
            ),
        ),
        destinations=compare.destinations(comparison.observations),
        template=compare.template(comparison),
        explained=findings.explained,
        table=_table(captures, named),
        reasons=reasons,
    )


def inconclusive(campaign: Campaign, captures: Sequence[Capture]) -> AuditResult:
    """Return the result of an audit that got nowhere, with its reasons."""
    return replace(_bare(campaign, captures), reasons=campaign.reasons)


def verdict(channels: Iterable[Channel]) -> Verdict:
    """Return the strongest class among channels, `clean` where there is none."""
    classes = {channel.cls for channel in channels}
    return next((strong for cls, strong in _STRENGTH if cls in classes), Verdict.CLEAN)


def _bare(campaign: Campaign, captures: Sequence[Capture]) -> AuditResult:
    return AuditResult(
        target=campaign.target,
        verdict=Verdict.INCONCLUSIVE,
        channels=(),
        coverage=Coverage(plan.coverage(campaign.catalogue, asking(captures)), campaign.not_examined),
        destinations=(),
        template=(),
        controls=campaign.controls,
        runs=len(captures),
        wall_s=campaign.wall_s,
        agent_cpu_s=sum(capture.process.cpu_s for capture in captures),
        control_cpu_s=campaign.control_cpu_s,
        lab_cpu_s=sum(capture.lab_cpu_s for capture in captures),
        seed=campaign.seed,
        version=__version__,
        started=campaign.started,
        command=campaign.command,
        leads=campaign.leads,
    )


def _why_inconclusive(campaign: Campaign, captures: Sequence[Capture]) -> tuple[str, ...]:
    controls = campaign.controls
    failed = [
        f"the {name} control failed: {outcome}"
        for name, outcome in (("recorder", controls.recorder), ("canary", controls.canary), ("sealed", controls.sealed))
        if outcome != "pass"
    ]
    asked = len(asking(captures))
    if asked < _FEWEST_ASKING * len(captures):
        failed.append(
            f"the agent asked a model in only {asked} of {len(captures)} runs; see why it fails in the others."
        )
    lost = [capture.run for capture in captures if capture.records_dropped or capture.bytes_dropped]
    if lost:
        failed.append(f"runs {lost} sent more than the lab could keep; what was lost may have told something.")
    leaking = [capture.run for capture in captures if capture.leaks]
    if leaking:
        failed.append(f"the network of runs {leaking} had interfaces beside the lab's loopback; the audit is void.")
    return tuple(failed)


def asking(captures: Sequence[Capture]) -> list[Capture]:
    """Return the runs in which the agent asked a model; the others examined nothing."""
    return [capture for capture in captures if capture.model_exchanges]


def _unsettled(findings: Findings) -> tuple[str, ...]:
    """Say that something was seen which the budget could not prove, where a bare verdict would hide it."""
    if any(channel.cls is Class.COVERT for channel in findings.channels):
        return ()
    count = len(findings.unsettled) if not findings.channels else sum(d.hidden for d in findings.unsettled)
    if not count:
        return ()
    what = "1 difference was" if count == 1 else f"{count} differences were"
    return (f"{what} seen in model requests whose cause could not be proven within the budget; raise --runs.",)


def _dropped(captures: Sequence[Capture]) -> tuple[NotExamined, ...]:
    cut = [capture.run for capture in captures if _is_cut(capture)]
    if not cut:
        return ()
    return (
        NotExamined(f"all but the beginning of some datagrams or unknown connections in runs {cut}", "they are long"),
    )


def _never_asked(campaign: Campaign, captures: Sequence[Capture]) -> tuple[NotExamined, ...]:
    """Say which levels were given to the agent and stopped it from asking its model: they were not examined."""
    given = {cell for capture in captures for cell in capture.world.levels}
    why = "the agent asked no model in the runs that had them"
    lost = plan.untried(campaign.catalogue, asking(captures))
    silent = ((fact, [level for level in levels if (fact, level) in given]) for fact, levels in lost.items())
    return tuple(NotExamined(f"{fact}: {', '.join(levels)}", why) for fact, levels in silent if levels)


def _is_cut(capture: Capture) -> bool:
    unknown = (c for c in capture.connections if c.outcome is Outcome.UNKNOWN)
    return any(d.size > len(d.payload) for d in capture.datagrams) or any(
        c.bytes_received > len(c.first_bytes) for c in unknown
    )


def _table(captures: Sequence[Capture], channels: Sequence[Channel]) -> tuple[RunSummary, ...]:
    shown = {
        (run, channel.id): index
        for channel in channels
        for index, symbol in enumerate(channel.symbols)
        for run in symbol.runs
    }
    return tuple(
        RunSummary(
            run=capture.run,
            purpose=capture.purpose,
            world=capture.world,
            symbols={c.id: shown[capture.run, c.id] for c in channels if (capture.run, c.id) in shown},
            note=_note(capture),
        )
        for capture in captures
    )


def _note(capture: Capture) -> str:
    if capture.process.timed_out:
        return "timed out"
    if not capture.model_exchanges:
        return "no model request"
    return ""
