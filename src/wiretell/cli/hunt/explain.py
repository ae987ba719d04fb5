"""`wiretell hunt explain`: the statement of reasons for one account, from a saved hunt."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from wiretell.cli.output import Commands, add_output_options, check_output, show
from wiretell.errors import UsageError
from wiretell.report.hunt import reading
from wiretell.report.hunt.explain import explain_document

_EXAMPLES: Final = """examples:
  wiretell hunt exchanges --format json --output hunt.json
  wiretell hunt explain a17 --from hunt.json                       fit to send: other accounts are counted, not named
  wiretell hunt explain a17 --from hunt.json --internal            for the reviewer: with names
  wiretell hunt explain a17 --from hunt.json --format json --output a17.json
  wiretell hunt explain --from hunt.json -- -a17                   a name that looks like an option stands behind --

An account that is in no campaign is told so, and what was looked at. Nothing is read but the document.

exit codes: 0 done, 2 wrong use or bad input, 4 own fault
"""


def add_to(verbs: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the verb to the parser."""
    parser = verbs.add_parser(
        "explain",
        help="the statement of reasons for one account",
        description="Says in plain words what a hunt concluded about an account and on which facts, how often each "
        "happens by chance, what the score would be without each, and what would clear it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("account", metavar="ACCOUNT", nargs="?", help="as the log names it")
    add_from(parser)
    parser.add_argument("--internal", action="store_true", help="with the names of other accounts: not to be sent")
    parser.add_argument("--verbose", action="store_true", help="list everything, not only what matters most")
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call, words=())


def add_from(parser: argparse.ArgumentParser) -> None:
    """Add `--from`, which every verb that works on a saved hunt has."""
    parser.add_argument(
        "--from", dest="source", metavar="HUNT.json", required=True, help="what `wiretell hunt --format json` wrote"
    )


def call(options: argparse.Namespace) -> int:
    """Print the statement."""
    account = _account(options)
    check_output(options.output)
    document = reading.load(Path(options.source))
    show(explain_document(document, account, options.internal), options)
    return 0


def _account(options: argparse.Namespace) -> str:
    """Return the account, before or behind `--`."""
    named: list[str] = [*filter(None, (options.account,)), *options.words]
    if len(named) != 1:
        raise UsageError("name one ACCOUNT, as the log names it; see `wiretell hunt explain --help`.")
    return named[0]
