"""`wiretell hunt simulate`: a made-up exchange log with known campaigns in it."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from wiretell.cli.ending import ending_on_terminate
from wiretell.cli.output import Commands, refuse_closed_output, write_output
from wiretell.report.progress import Progress
from wiretell.simulation import NAMES, Settings, Summary, preset, simulate

_EXAMPLES: Final = """examples:
  wiretell hunt simulate --preset small --output made-up
  wiretell hunt made-up/log
  wiretell hunt simulate --preset mixed --stealth S0,S3 --sizes 50,500 --seed 7 --output made-up
  wiretell hunt simulate --preset honest --accounts 300000 --output honest

The log stands in DIR/log, what is true of it in DIR/truth: who belongs to whom, what it cost, all settings. A seed
makes the same log again, on any number of processors. All campaigns are made up; `wiretell hunt` never saw this code.

presets: mixed (campaigns of 5, 50 and 500 accounts at every level of stealth), honest (none), reported (25,000
accounts, 28.8 million exchanges, 22 April to 5 June 2026, among honest traffic), small (seconds)
exit codes: 0 done, 2 wrong use or bad input, 4 own fault, 130 interrupted (nothing is left behind)
"""
_FIELDS: Final = (
    "accounts", "days", "start", "sizes", "stealth", "kinds", "campaigns", "prevalence", "shared_keys", "scale", "seed",
    "label_noise", "drop_columns", "frame", "workers",
)  # fmt: skip


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command to the parser."""
    parser = commands.add_parser(
        "simulate",
        help="a made-up exchange log with known campaigns in it",
        description="Makes an exchange log of invented people, programs and campaigns, and the truth about it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--preset", choices=NAMES, default="mixed", help="where settings start from (default: mixed)")
    parser.add_argument("--output", metavar="DIR", required=True, help="a new folder, for log and truth")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the summary")
    _add_world(parser)
    _add_campaigns(parser)
    _add_flaws(parser)
    parser.set_defaults(call=call)


def _add_world(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--accounts", metavar="N", type=int, help="honest accounts")
    parser.add_argument("--days", metavar="N", type=int, help="days from the first one on")
    parser.add_argument("--start", metavar="DATE", help="first day, UTC (default: 2026-04-22)")
    parser.add_argument("--scale", metavar="X", type=float, help="that share of all accounts; what each does stays")
    parser.add_argument("--seed", metavar="N", type=int, help="another seed, another world (default: 1)")
    parser.add_argument("--workers", metavar="N", type=int, help="processes (default: 2); the log stays the same")


def _add_campaigns(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--campaigns", metavar="N", type=int, help="how many (default: every size at every level)")
    parser.add_argument("--stealth", metavar="S0,S1", type=_words, help="levels, S0 to S4")
    parser.add_argument("--kinds", metavar="KIND,KIND", type=_words, help="distillation, reseller-pool, hydra")
    parser.add_argument("--sizes", metavar="N,N", type=_numbers, help="accounts of campaigns")
    parser.add_argument(
        "--prevalence", metavar="SHARE", type=float, help="of accounts in campaigns: as many as it takes"
    )
    parser.add_argument("--shared-keys", metavar="N", type=int, help="accounts whose key was sold to many")


def _add_flaws(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--label-noise", metavar="SHARE", type=float, help="of wrong labels in `honest_seen`")
    parser.add_argument(
        "--drop-column", metavar="NAME", action="append", dest="drop_columns", help="leave it out; may be repeated"
    )
    parser.add_argument("--frame", action="store_true", default=None, help="campaigns copy what innocents show")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(word) for word in _words(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of numbers") from None


def settings_of(options: argparse.Namespace) -> Settings:
    """Return the preset with what the command line changes.

    :raises UsageError: for what cannot be simulated.
    """
    changes: dict[str, Any] = {name: getattr(options, name) for name in _FIELDS}
    changes = {name: value for name, value in changes.items() if value is not None}
    if "drop_columns" in changes:
        changes["drop_columns"] = tuple(changes["drop_columns"])
    return preset(options.preset, **changes)


def call(options: argparse.Namespace) -> int:
    """Write log and truth, and say what was written."""
    refuse_closed_output()
    settings = settings_of(options)
    with Progress(sys.stderr) as progress, ending_on_terminate():
        progress.phase("days", settings.days)
        found = simulate(settings, Path(options.output), lambda _done, _all: progress.advance())
    write_output(_as_json(found) if options.format == "json" else _as_text(found), "-")
    return 0


def _as_json(found: Summary) -> str:
    return json.dumps({"schema": "wiretell/hunt-simulated/1"} | asdict(found) | {"log": str(found.log)}, indent=2)


def _as_text(found: Summary) -> str:
    lines = [
        f"{found.rows:,} exchanges of {found.accounts:,} accounts in {found.log}",
        f"{found.honest:,} honest ({found.hard:.0%} of them look like a campaign in some way), "
        f"{found.bad:,} in campaigns, {found.grey:,} neither",
    ]
    if campaigns := [one for one in found.operators if one["stealth"]]:
        lines += ["", f"{'campaign':<16}{'stealth':<9}{'accounts':>9}{'exchanges':>12}{'cost, USD':>12}{'per 1 M':>12}"]
        lines += [_line(one) for one in campaigns]
    keys = sum(one["kind"] == "shared-key" for one in found.operators)
    return "\n".join([*lines, "", f"keys sold to many: {keys}; the truth is in {found.log.parent / 'truth'}"])


def _line(one: dict[str, Any]) -> str:
    return (
        f"{one['kind']:<16}{one['stealth']:<9}{one['accounts']:>9,}{one['exchanges']:>12,}"
        f"{one['cost_usd']:>12,.0f}{one['cost_usd_per_million']:>12,.0f}"
    )
