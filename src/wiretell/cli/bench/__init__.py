"""`wiretell bench`: measurements anyone can repeat. One file a measurement."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from wiretell.cli.bench import fleet, gateway, hunt, lab, marks, scan
from wiretell.cli.output import Commands, add_output_options, check_output, write_output
from wiretell.errors import UsageError
from wiretell.report.progress import Progress

_EXAMPLES: Final = """examples:
  wiretell bench lab                                   what the lab costs, on a real and on a planted agent
  wiretell bench lab --target npm:@openai/codex@0.169.0
  wiretell bench scan                                  the native pass beside rg, grep, strings and yara-x
  wiretell bench scan --corpus ~/src --corpus /usr/lib  false positives in other folders than Python's packages
  wiretell bench marks                                 reading marks in 2 GB of requests beside rg; stripping one
  wiretell bench marks --megabytes 200                 the same, smaller
  wiretell bench gateway                               the gateway beside nginx and LiteLLM's proxy
  wiretell bench gateway --rounds 1 --seconds 2 --requests 5000
  wiretell bench hunt --seeds 11,12                    what the hunt finds in made-up logs, trivial rules beside it
  wiretell bench hunt --part speed --rows 1000000 --rows 10000000
  wiretell bench fleet                                 an inventory of 300,000 files, a report of 50,000 machines
  wiretell bench fleet --part inventory --projects 20 --files 30000
  wiretell bench fleet --part report --machines 50000 --days 7
"""
_MEASUREMENTS: Final = {
    "lab": lab.run,
    "scan": scan.run,
    "marks": marks.run,
    "gateway": gateway.run,
    "hunt": hunt.run,
    "fleet": fleet.run,
}
_PARTS: Final = {"hunt": tuple(hunt.PARTS), "fleet": tuple(fleet.PARTS)}
_TARGETS: Final = {"lab": lab.DEFAULT, "scan": scan.DEFAULT}


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command to the parser."""
    parser = commands.add_parser(
        "bench",
        help="measure wiretell's own speed",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=tuple(_MEASUREMENTS), help="what to measure")
    defaults = ", ".join(f"{what}: {name}" for what, name in _TARGETS.items())
    parser.add_argument("--target", default=None, help=f"package to measure with (default: {defaults})")
    parser.add_argument("--runs", type=int, default=60, metavar="N", help="lab: runs of each kind (default: 60)")
    parser.add_argument(
        "--workers", type=int, default=None, metavar="N", help="lab, marks: processes at a time (default: cores)"
    )
    parser.add_argument(
        "--rounds", type=int, default=5, metavar="N", help="scan, marks, gateway, fleet: rounds over all (default: 5)"
    )
    parser.add_argument(
        "--megabytes", type=int, default=2000, metavar="N", help="marks: size of the log to make (default: 2000)"
    )
    parser.add_argument(
        "--seconds", type=int, default=5, metavar="N", help="gateway: of each run of the load (default: 5)"
    )
    parser.add_argument(
        "--requests",
        type=int,
        default=100_000,
        metavar="N",
        help="gateway: over which memory is watched (default: 100000)",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="marks, gateway: of what is made (default: 0)")
    parser.add_argument(
        "--corpus",
        action="append",
        type=Path,
        default=[],
        metavar="DIR",
        help="scan: look for false positives there (default: the packages of this Python)",
    )
    _add_hunt(parser)
    _add_fleet(parser)
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)


def _add_hunt(parser: argparse.ArgumentParser) -> None:
    parts = tuple(dict.fromkeys(part for names in _PARTS.values() for part in names))
    parser.add_argument("--part", action="append", choices=parts, help="hunt, fleet: this part alone; repeatable")
    parser.add_argument("--seeds", default="1,2", metavar="N,N", help="hunt: of the made-up logs (default: 1,2)")
    parser.add_argument(
        "--accounts", type=int, default=30_000, metavar="N", help="hunt: honest accounts of a log (default: 30000)"
    )
    parser.add_argument(
        "--honest", type=int, default=300_000, metavar="N", help="hunt: accounts with nobody to find (default: 300000)"
    )
    parser.add_argument(
        "--beside", type=int, default=100_000, metavar="N", help="hunt: honest accounts beside the reported case"
    )
    parser.add_argument("--rows", type=int, action="append", metavar="N", help="hunt: size of a log whose cost counts")
    parser.add_argument("--rule", metavar="SHA256", help="hunt: score only if the rule has this hash")


def _add_fleet(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--projects",
        type=int,
        default=fleet.PROJECTS,
        metavar="N",
        help=f"fleet: of the home (default: {fleet.PROJECTS})",
    )
    parser.add_argument(
        "--files", type=int, default=fleet.FILES, metavar="N", help=f"fleet: of the home (default: {fleet.FILES})"
    )
    parser.add_argument(
        "--machines",
        type=int,
        default=fleet.MACHINES,
        metavar="N",
        help=f"fleet: of the report (default: {fleet.MACHINES})",
    )
    parser.add_argument(
        "--days", type=int, default=1, metavar="N", help="fleet: of history, an inventory a day (default: 1)"
    )
    parser.add_argument(
        "--drop-caches",
        action="store_true",
        help="fleet: also with an empty page cache (root only; the whole machine waits)",
    )


def call(options: argparse.Namespace) -> int:
    """Measure and print."""
    check_output(options.output)
    if options.rounds < 1:
        raise UsageError("--rounds takes 1 or more.")
    _refuse_parts(options)
    with Progress(sys.stderr) as progress:
        text = _MEASUREMENTS[options.what](options, progress)
    write_output(text, options.output)
    return 0


def _refuse_parts(options: argparse.Namespace) -> None:
    """Refuse parts of another measurement; those that have none take no `--part` to heart."""
    known = _PARTS.get(options.what, ())
    strange = [part for part in options.part or () if part not in known]
    if strange and known:
        raise UsageError(f"bench {options.what} has no part {strange[0]}; it has {', '.join(known)}.")
