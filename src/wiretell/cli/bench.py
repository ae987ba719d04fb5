"""`wiretell bench`: measurements anyone can repeat."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
import sysconfig
from pathlib import Path

from wiretell import target
from wiretell.bench.corpus import Corpus, read_corpus
from wiretell.bench.lab import Efficiency, OwnCost, measure_efficiency, measure_own_cost
from wiretell.bench.scan import MIB, ScanSpeed, measure
from wiretell.cli.output import Commands, add_output_options, check_output, write_output
from wiretell.errors import UsageError
from wiretell.report.progress import Progress

_EXAMPLES = """examples:
  wiretell bench lab                                   what the lab costs, on a real and on a planted agent
  wiretell bench lab --target npm:@openai/codex@0.169.0
  wiretell bench scan                                  the native pass beside rg, grep, strings and yara-x
  wiretell bench scan --corpus ~/src --corpus /usr/lib  false positives in other folders than Python's packages
"""
_DEFAULTS = {"lab": "npm:@anthropic-ai/claude-code@2.1.91", "scan": "npm:@anthropic-ai/claude-code@2.1.197"}
_GIB = 1 << 30


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command to the parser."""
    parser = commands.add_parser(
        "bench",
        help="measure wiretell's own speed",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=tuple(_DEFAULTS), help="what to measure")
    defaults = ", ".join(f"{what}: {name}" for what, name in _DEFAULTS.items())
    parser.add_argument("--target", default=None, help=f"package to measure with (default: {defaults})")
    parser.add_argument("--runs", type=int, default=60, metavar="N", help="lab: runs of each kind (default: 60)")
    parser.add_argument("--workers", type=int, default=None, metavar="N", help="lab: runs at a time (default: cores)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="scan: rounds over all tools (default: 5)")
    parser.add_argument(
        "--corpus",
        action="append",
        type=Path,
        default=[],
        metavar="DIR",
        help="scan: look for false positives there (default: the packages of this Python)",
    )
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Measure and print."""
    check_output(options.output)
    if options.what == "lab" and options.runs < 20:
        raise UsageError("--runs takes 20 or more; fewer say nothing.")
    if options.rounds < 1:
        raise UsageError("--rounds takes 1 or more.")
    for folder in options.corpus:
        if not folder.is_dir():
            raise UsageError(f"--corpus {folder} is no folder; name one to read.")
    with Progress(sys.stderr) as progress:
        text = (_lab if options.what == "lab" else _scan)(options, progress)
    write_output(text, options.output)
    return 0


def _lab(options: argparse.Namespace, progress: Progress) -> str:
    cores = options.workers or len(os.sched_getaffinity(0))
    agent = target.resolve(options.target or _DEFAULTS["lab"], progress=progress.note)
    real = measure_efficiency(agent, options.runs, cores, progress)
    own = measure_own_cost(options.runs, cores, progress)
    return _as_json(real, own) if options.format == "json" else _as_text(real, own)


def _scan(options: argparse.Namespace, progress: Progress) -> str:
    spec = options.target or _DEFAULTS["scan"]
    root = target.locate(spec, progress=progress.note).root
    files = [root] if root.is_file() else [path for path in root.rglob("*") if path.is_file()]
    speed = measure(spec, max(files, key=lambda path: path.stat().st_size), options.rounds, progress)
    corpus = read_corpus(options.corpus or [Path(sysconfig.get_paths()["purelib"])], progress)
    return _scan_as_json(speed, corpus) if options.format == "json" else _scan_as_text(speed, corpus)


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


def _scan_as_text(speed: ScanSpeed, corpus: Corpus) -> str:
    today = dt.datetime.now(dt.UTC).date()
    rows = [
        f"  {one.name:24}{one.median_s:8.2f} s {speed.mb_per_s(one):8.0f} MB/s {one.max_rss / MIB:8.0f} MiB   "
        f"{min(one.wall_s):.2f} to {max(one.wall_s):.2f} s as a process; {one.said}"
        for one in speed.timings
    ]
    missing = f"\nNot on this machine: {', '.join(speed.missing)}.\n" if speed.missing else ""
    hits = "".join(f"\n  {found}" for found in corpus.keyed)
    return f"""{today}, {_machine()}

{speed.target}: {speed.size / 1e6:.1f} MB, medians of {speed.rounds} rounds; the tools merely find base64 runs
{chr(10).join(rows)}
{missing}
Unmarked corpus: {", ".join(map(str, corpus.folders))}
  {corpus.files} files, {corpus.size / 1e6:.0f} MB read (unpacked content included), {corpus.wall_s:.0f} s
  keyed lists above the threshold: {len(corpus.keyed)}{hits}
  other hidden lists (no key, several encodings): {corpus.layered}"""


def _scan_as_json(speed: ScanSpeed, corpus: Corpus) -> str:
    document = {
        "schema": "wiretell/bench/1",
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": _machine(),
        "scan": {
            "target": speed.target,
            "bytes": speed.size,
            "rounds": speed.rounds,
            "ways": [
                {
                    "name": one.name,
                    "median_s": one.median_s,
                    "mb_per_s": speed.mb_per_s(one),
                    "wall_s": one.wall_s,
                    "max_rss": one.max_rss,
                    "said": one.said,
                }
                for one in speed.timings
            ],
            "missing": speed.missing,
        },
        "corpus": {
            "folders": [str(folder) for folder in corpus.folders],
            "files": corpus.files,
            "bytes": corpus.size,
            "wall_s": corpus.wall_s,
            "keyed": corpus.keyed,
            "layered": corpus.layered,
        },
    }
    return json.dumps(document, indent=2)
