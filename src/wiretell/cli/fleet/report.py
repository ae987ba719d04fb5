"""`wiretell fleet report`: inventories of many machines on one page."""

from __future__ import annotations

import argparse
import csv
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wiretell import report
from wiretell.cli.fleet.shared import POLICY, add_policy_options, moment, policy_of, progress
from wiretell.cli.output import Commands, add_output_options, check_output, show
from wiretell.errors import UsageError

if TYPE_CHECKING:
    from wiretell.model.policy import Policy

_EXAMPLES: Final = """examples:
  wiretell fleet report inventories --policy wiretell-policy.toml
  wiretell fleet report inventories --format html --output fleet.html
  wiretell fleet report 'inventories/*.json' fleet.ndjson.gz --teams teams.csv
  wiretell fleet report osqueryd.snapshots.log          results of `wiretell fleet export osquery --inventory`
  wiretell fleet report inventories --on 2026-07-10     as it was, or will be, on that day

INVENTORY: a document of `wiretell fleet inventory --format json` (a file each, or one a line), a result log of osquery,
a folder of them (every .json, .jsonl, .ndjson and .log in it, also .gz), a glob, or - for standard input. Several
inventories of one machine make its history; the last counts. --on DATE means the end of that day.
--teams: CSV with the columns machine (host name, or id of the inventory) and team.
exit codes: 0 done, 2 wrong use or bad input, 3 no file holds an inventory, 4 own fault, 130 interrupted
"""
_MOST_DAYS: Final = 3660


def add_to(verbs: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the verb to the parser."""
    parser = verbs.add_parser(
        "report",
        help="inventories of many machines on one page",
        description="Merges inventories of many machines: versions by team, what is banned and where, what soon will "
        "be, what is not known, and how all that went over time.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("inventories", nargs="+", metavar="INVENTORY", help="file, folder or glob")
    add_policy_options(parser)
    parser.add_argument("--teams", metavar="FILE", help="whose machines are whose: CSV with machine and team")
    parser.add_argument("--ahead", type=int, default=30, metavar="DAYS", help="how far `expiring` looks (default: 30)")
    parser.add_argument(
        "--silent", type=int, default=14, metavar="DAYS", help="how old a last inventory may be (default: 14)"
    )
    parser.add_argument("--past", type=int, default=30, metavar="DAYS", help="days shown over time (default: 30)")
    parser.add_argument("--verbose", action="store_true", help="list everything, not only what matters most")
    add_output_options(parser, ("text", "json", "html"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Merge and print."""
    for option in ("ahead", "silent", "past"):
        if not 0 < getattr(options, option) <= _MOST_DAYS:
            raise UsageError(f"--{option} takes a number of days from 1 to {_MOST_DAYS:,}.")
    check_output(options.output)
    policy = _policy(options)
    teams = _teams(options.teams) if options.teams else {}
    from wiretell.fleet.merging.merging import ReportOptions, merge

    with progress() as shown:
        merged = merge(
            ReportOptions(
                paths=tuple(options.inventories),
                policy=policy,
                on=_moment(options, policy),
                teams=teams,
                ahead_days=options.ahead,
                silent_days=options.silent,
                past_days=options.past,
            ),
            shown,
        )
    show(report.to_document(merged), options)
    return 0


def _moment(options: argparse.Namespace, policy: Policy | None) -> dt.datetime:
    """Return the end of `--on`, so that inventories of that day count; without it, now."""
    if options.on is None:
        return dt.datetime.now(dt.UTC)
    return moment(argparse.Namespace(on=options.on + dt.timedelta(days=1)), policy) - dt.timedelta(seconds=1)


def _policy(options: argparse.Namespace) -> Policy | None:
    """Return the policy; None where none is named and none lies here: then versions are counted and nothing decided."""
    if options.policy == POLICY and not Path(POLICY).exists():
        return None
    return policy_of(options)


def _teams(path: str) -> dict[str, str]:
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if not {"machine", "team"} <= set(rows.fieldnames or ()):
                raise UsageError(f"{path} needs a first line with the columns machine and team.")
            return {row["machine"].strip(): (row["team"] or "").strip() for row in rows if row["machine"]}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{path} cannot be read as CSV: {why}.") from None
