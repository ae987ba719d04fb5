"""`wiretell bench`: measurements anyone can repeat."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
from pathlib import Path

from wiretell import target
from wiretell.bench.lab import Efficiency, OwnCost, measure_efficiency, measure_own_cost
from wiretell.cli.output import Commands, add_output_options, check_output, write_output
from wiretell.errors import UsageError
from wiretell.report.progress import Progress

_EXAMPLES = """examples:
  wiretell bench lab                                   what the lab costs, on a real and on a planted agent
  wiretell bench lab --target npm:@openai/codex@0.169.0
"""
_DEFAULT = "npm:@anthropic-ai/claude-code@2.1.91"
_GIB = 1 << 30


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command to the parser."""
    parser = commands.add_parser(
        "bench",
        help="measure wiretell's own speed",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=("lab",), help="what to measure")
    parser.add_argument("--target", default=_DEFAULT, help=f"agent to measure with (default: {_DEFAULT})")
    parser.add_argument("--runs", type=int, default=60, metavar="N", help="runs of each kind (default: 60)")
    parser.add_argument("--workers", type=int, default=None, metavar="N", help="runs at a time (default: one a core)")
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Measure and print."""
    check_output(options.output)
    if options.runs < 20:
        raise UsageError("--runs takes 20 or more; fewer say nothing.")
    cores = options.workers or len(os.sched_getaffinity(0))
    with Progress(sys.stderr) as progress:
        agent = target.resolve(options.target, progress=progress.note)
        real = measure_efficiency(agent, options.runs, cores, progress)
        own = measure_own_cost(options.runs, cores, progress)
    text = _as_json(real, own) if options.format == "json" else _as_text(real, own)
    write_output(text, options.output)
    return 0


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        "unknown processor",
    )
    return f"{len(os.sched_getaffinity(0))} cores of {model}, {memory:.0f} GiB, Linux {os.uname().release}"


def _as_text(real: Efficiency, own: OwnCost) -> str:
    today = dt.datetime.now(dt.UTC).date()
    return f"""{today}, {_machine()}

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
    document = {
        "schema": "wiretell/bench/1",
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": _machine(),
        "lab": {
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
        "planted": {"runs": own.runs, "wall_s": own.wall_s, "own_ms_per_run": own.own_ms_per_run},
    }
    return json.dumps(document, indent=2)
