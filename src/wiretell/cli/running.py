"""What commands that run agents share: limits of options, the scan before an audit."""

from __future__ import annotations

import argparse
import os
from typing import Final

from wiretell import scan
from wiretell.campaign import leads
from wiretell.errors import UsageError
from wiretell.lab import plan
from wiretell.model.agent import Agent, Target
from wiretell.report.progress import Progress
from wiretell.scan.levels import Levels
from wiretell.target.interface import is_visible

DEFAULT_RUNS: Final = plan.RUNS
_MAX_WORKERS: Final = 64
_WHAT: Final = "what the package hides and names (the scan)"


def check_runs(options: argparse.Namespace) -> None:
    """Refuse numbers of runs and workers that make no audit."""
    if options.runs < plan.LEAST_RUNS:
        raise UsageError(f"--runs takes {plan.LEAST_RUNS} or more; with fewer nothing can be said.")
    if options.workers is not None and not 1 <= options.workers <= _MAX_WORKERS:
        raise UsageError(f"--workers takes a number from 1 to {_MAX_WORKERS}.")


def workers(options: argparse.Namespace) -> int:
    """Return how many runs go on at a time: as asked, or one a core."""
    return options.workers or len(os.sched_getaffinity(0))


def described(located: Target) -> dict[str, str]:
    """Return what the documents say of a target."""
    return {
        "kind": located.kind,
        "name": located.name,
        "version": located.version or "",
        "sha256": located.sha256,
    }


def scanned(agent: Agent, progress: Progress, *, wanted: bool) -> Levels:
    """Read the package for levels to try. Whatever goes wrong there is said in the result and costs no audit."""
    located = agent.target
    if not wanted:
        return leads.without_scan(_WHAT, "--no-scan was given")
    if located.kind == "command" and is_visible(located.root):
        return leads.without_scan(_WHAT, "the program lies in a folder of the system, among others")
    progress.phase("reading the package", 1)
    try:
        found = leads.from_scan(scan.scan(located.root, described(located), progress=progress.status), agent)
    except Exception as error:  # a reader that meets hostile files must not cost the runs
        return leads.without_scan(_WHAT, f"it failed: {str(error) or type(error).__name__}")
    progress.advance()
    for at, lead in enumerate(found.leads, 1):
        progress.note(f"hidden list {at}: {len(lead.entries)} entries in {lead.file}")
    return found
