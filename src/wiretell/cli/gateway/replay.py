"""`wiretell gateway replay`: what a policy would have done to the traffic in a log."""

from __future__ import annotations

import argparse
from pathlib import Path

from wiretell import policy, report
from wiretell.cli.gateway.accounts import add_log, add_period, rows_of
from wiretell.cli.output import Commands, add_output_options, check_output, show
from wiretell.gateway.accounts.periods import span_of
from wiretell.gateway.accounts.replay import COLUMNS, replay

_EXAMPLES = """examples:
  wiretell gateway replay --log exchanges --policy new.toml
  wiretell gateway replay --log exchanges --policy new.toml --period 2026-07 --verbose
  wiretell gateway replay --log exchanges --policy new.toml --format json | jq -r '.rules[] | [.id, .requests] | @tsv'

Rules are those in force at each request's own time: take `from` out of a rule to see what it would always have done.
Nothing is sent and nothing is changed.

exit codes: 0 done, 2 wrong use or bad input, 4 own fault
"""


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command to the parser."""
    parser = commands.add_parser(
        "replay",
        help="what a policy would have done to past traffic",
        description="Tries a policy on the requests of a log: per rule and budget who would have been met, when first, "
        "how many requests, and what they cost.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_log(parser)
    parser.add_argument("--policy", metavar="FILE", required=True, help="the policy to try (wiretell-policy.toml)")
    parser.add_argument("--prices", metavar="FILE", help="price table (default: the one in the package)")
    add_period(parser, required=False)
    parser.add_argument("--verbose", action="store_true", help="list everybody, not only those met most often")
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Print what would have been done."""
    check_output(options.output)
    tried = policy.load(Path(options.policy))
    table = policy.prices.load(Path(options.prices)) if options.prices else policy.prices.shipped()
    span = span_of(options.period, options.timezone) if options.period else None
    show(report.to_document(replay(tried, table, rows_of(options.log, COLUMNS, span), span)), options)
    return 0
