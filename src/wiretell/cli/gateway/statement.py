"""`wiretell gateway statement`: what one user's requests of a period cost, for reimbursement."""

from __future__ import annotations

import argparse
from dataclasses import replace

from wiretell import report
from wiretell.cli.gateway.accounts import add_log, add_period, chained_rows, store_of
from wiretell.cli.output import Commands, add_output_options, check_output, show
from wiretell.gateway.accounts.periods import span_of
from wiretell.gateway.accounts.statement import COLUMNS, statement

_EXAMPLES = """examples:
  wiretell gateway statement --log exchanges --user dev-017 --period 2026-07
  wiretell gateway statement --log exchanges --user dev-017 --period 2026-W28 --timezone Asia/Shanghai
  wiretell gateway statement --log exchanges --user dev-017 --period 2026-07 --format json --output july.json

The digest is made of exchange ids and costs alone; who has the log makes the same statement again, byte for byte.
`--user '(nobody)'` is for requests without a user, as on a gateway without keys.

exit codes: 0 done, 2 wrong use or bad input, 3 the tables say otherwise than the chain, 4 own fault
"""


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command to the parser."""
    parser = commands.add_parser(
        "statement",
        help="what one user's requests of a period cost, for reimbursement",
        description="Sums up a user's requests from the log: per day and model requests, tokens and cost, by the "
        "prices that were in force when they were made.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_log(parser)
    parser.add_argument("--user", metavar="NAME", required=True, help="name of the [[user]]")
    add_period(parser, required=True)
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Print the statement."""
    check_output(options.output)
    span = span_of(options.period, options.timezone)
    found = statement(chained_rows(options.log, COLUMNS, span), options.user, span)
    if store := store_of(options.log):
        checked = store.check()
        found = replace(found, head=checked.head, broken=len(checked.broken))
    options.verbose = False  # nothing is left out
    show(report.to_document(found), options)
    return 0
