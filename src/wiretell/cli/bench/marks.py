"""`wiretell bench marks`: reading marks in a large log beside rg; stripping one request."""

from __future__ import annotations

import argparse
import os

from wiretell.bench.marks import MarksSpeed, measure
from wiretell.cli.bench.machine import as_json, heading
from wiretell.errors import UsageError
from wiretell.report.progress import Progress


def run(options: argparse.Namespace, progress: Progress) -> str:
    """Measure, and return the report."""
    if options.megabytes < 1:
        raise UsageError("--megabytes takes 1 or more.")
    workers = options.workers or len(os.sched_getaffinity(0))
    speed = measure(options.megabytes * 1_000_000, options.rounds, workers, options.seed, progress)
    return _as_json(speed) if options.format == "json" else _as_text(speed)


def _as_text(speed: MarksSpeed) -> str:
    missing = f"\nNot on this machine: {', '.join(speed.missing)}.\n" if speed.missing else ""
    rows = "\n".join(one.row(speed.log.size) for one in speed.timings)
    quarter = "\n".join(one.row(speed.quarter.size) for one in speed.quarter_timings)
    strips = "\n".join(
        f"  {one.name:40}{one.size / 1000:6.0f} KB {1000 * one.median_s:8.3f} ms (median of {one.times})"
        for one in speed.strips
    )
    return f"""{heading()}

{speed.log.records} requests in JSON Lines, {speed.log.size / 1e6:.0f} MB, {speed.log.marked} with a marked date line,
seed {speed.seed}; medians of {speed.rounds} rounds, {speed.workers} processes
{rows}
{missing}
Is memory flat? The same with {speed.quarter.records} requests, {speed.quarter.size / 1e6:.0f} MB
{quarter}

Stripping one request, in process
{strips}"""


def _as_json(speed: MarksSpeed) -> str:
    return as_json(
        marks={
            "bytes": speed.log.size,
            "records": speed.log.records,
            "marked": speed.log.marked,
            "rounds": speed.rounds,
            "workers": speed.workers,
            "seed": speed.seed,
            "ways": [one.plain(speed.log.size) for one in speed.timings],
            "quarter": [one.plain(speed.quarter.size) for one in speed.quarter_timings],
            "missing": speed.missing,
        },
        strip=[
            {"name": one.name, "bytes": one.size, "median_s": one.median_s, "times": one.times} for one in speed.strips
        ],
    )
