"""The whole flow on one screen: target -> lab -> capture -> compare -> checks -> report.

The target is resolved and the report rendered by the caller (`cli/audit.py`); what lies between is here.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from pathlib import Path

from wiretell import checks, compare
from wiretell.campaign.describe import Campaign, Options, describe, from_meta, to_meta
from wiretell.campaign.run import Progress, collect, compare_all, open_bench, run_controls
from wiretell.campaign.summary import inconclusive, summarise
from wiretell.campaign.sweep import split, sweep_all, swept_levels
from wiretell.campaign.swept import with_sweeps
from wiretell.capture import store
from wiretell.errors import AgentError
from wiretell.model.agent import Agent
from wiretell.model.capture import Capture
from wiretell.model.findings import AuditResult

__all__ = ["Options", "audit", "reanalyse"]


def audit(agent: Agent, options: Options, progress: Progress) -> AuditResult:
    """Run `agent` in many worlds and say what its bytes tell.

    An agent that never asks a model gives a result that is inconclusive and says why.

    :raises NotSealedError: if no sandbox can be built here; nothing was started then.
    :raises UsageError: for levels that cannot be.
    """
    began = time.monotonic()
    campaign = describe(agent, options, dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z"))
    captures: list[Capture] = []
    comparison: compare.Comparison | None = None
    with open_bench(agent, campaign, progress, swept_levels(agent, options)) as bench:  # 1 lab: sealed, or not at all
        controls, cpu_s = run_controls(bench)
        campaign = campaign.but(controls=controls, control_cpu_s=cpu_s)
        try:
            plan = collect(bench, campaign, options, captures)  # 2 capture: worlds, then what proofs still need
            campaign = campaign.but(not_examined=(*plan.not_examined, *campaign.not_examined))
            if options.sweeps:  # asked for by name: every entry of what a scan decoded
                comparison = compare_all(captures, campaign)
                campaign = sweep_all(bench, campaign, options, captures, analyse(campaign, captures, comparison))
        except AgentError as error:
            campaign = campaign.but(reasons=(str(error),))
    campaign = campaign.but(wall_s=time.monotonic() - began)
    if options.save is not None:
        store.save(options.save, captures, to_meta(campaign))
    return analyse(campaign, captures, comparison)


def analyse(
    campaign: Campaign, captures: Sequence[Capture], comparison: compare.Comparison | None = None
) -> AuditResult:
    """Say what captures tell: the pure half, for a live audit and a saved one alike.

    `comparison` is that of the ordinary runs, where it is known already.
    """
    if campaign.reasons:
        return inconclusive(campaign, captures)
    ordinary, _ = split(captures)
    comparison = comparison or compare_all(ordinary, campaign)  # 3 compare: differences, causes, how well proven
    findings = checks.judge(comparison.analysis, campaign.declares)  # 4 checks: class and carrier
    result = summarise(campaign, ordinary, comparison, findings)  # 5 coverage, destinations, verdict
    return with_sweeps(result, campaign, captures)


def reanalyse(folder: Path, progress: Progress) -> AuditResult:
    """Analyse what an earlier audit saved, without a run.

    :raises FormatError: if `folder` holds no saved audit.
    """
    stored = store.load(folder)
    progress.note(f"{len(stored.captures)} runs read from {folder}")
    return analyse(from_meta(stored.meta), stored.captures)
