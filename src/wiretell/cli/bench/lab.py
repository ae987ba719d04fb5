"""`wiretell bench lab`: what the lab costs, on a real and on a planted agent."""

from __future__ import annotations

import argparse
import os

from wiretell import target
from wiretell.bench.lab import Efficiency, OwnCost, measure_efficiency, measure_own_cost
from wiretell.cli.bench.machine import as_json, heading
from wiretell.errors import UsageError
from wiretell.report.progress import Progress

DEFAULT = "npm:@anthropic-ai/claude-code@2.1.91"


def run(options: argparse.Namespace, progress: Progress) -> str:
    """Measure, and return the report."""
    if options.runs < 20:
        raise UsageError("--runs takes 20 or more; fewer say nothing.")
    cores = options.workers or len(os.sched_getaffinity(0))
    agent = target.resolve(options.target or DEFAULT, progress=progress.note)
    real = measure_efficiency(agent, options.runs, cores, progress)
    own = measure_own_cost(options.runs, cores, progress)
    return _as_json(real, own) if options.format == "json" else _as_text(real, own)


def _as_text(real: Efficiency, own: OwnCost) -> str:
    return f"""{heading()}

{real.target} in the lab, {real.runs} runs, {real.cores} at a time (plain: the same runs in a plain network namespace)
  wall time                  {real.wall_s:8.2f} s   ({60 * real.runs / real.wall_s:.0f} runs a minute)
  start (seal, first run)    {real.start_s:8.2f} s
  agent's CPU, lab           {real.agent_cpu_s:8.3f} s a run (median)
  agent's CPU, plain         {real.plain_cpu_s:8.3f} s a run (median)
  lab's own CPU              {1000 * real.lab_cpu_s:8.1f} ms a run (median)
  lab efficiency             {real.efficiency:8.2f}     plain CPU x runs / (cores x wall)
  with the start counted in  {real.efficiency_with_start:8.2f}

planted agent, whole audit, {own.runs} runs
  wall time                  {own.wall_s:8.2f} s
  agent's CPU                {1000 * own.agent_cpu_s / own.runs:8.1f} ms a run
  wiretell's own CPU         {own.own_ms_per_run:8.1f} ms a run (sandbox, sink, plan, comparison)"""


def _as_json(real: Efficiency, own: OwnCost) -> str:
    return as_json(
        lab={
            "target": real.target,
            "runs": real.runs,
            "cores": real.cores,
            "wall_s": real.wall_s,
            "start_s": real.start_s,
            "agent_cpu_s": real.agent_cpu_s,
            "plain_cpu_s": real.plain_cpu_s,
            "lab_cpu_s": real.lab_cpu_s,
            "efficiency": real.efficiency,
            "efficiency_with_start": real.efficiency_with_start,
        },
        planted={"runs": own.runs, "wall_s": own.wall_s, "own_ms_per_run": own.own_ms_per_run},
    )
