"""`wiretell marks`: read, explain, strip and write covert marks. One file a verb."""

from __future__ import annotations

import argparse

from wiretell.cli.marks import explain, read, schemes, strip, write
from wiretell.cli.output import Commands
from wiretell.errors import UsageError

_VERBS = (read, explain, strip, write, schemes)
_EXAMPLES = """examples:
  wiretell marks explain                               what this machine's settings would be marked as
  wiretell marks explain --base-url https://gateway.example --timezone Asia/Shanghai
  wiretell marks read requests.jsonl                   marks in a log, with a summary by account, version and day
  wiretell marks strip request.json > plain.json       the same text in its plain form
  wiretell marks write --state known+cnTZ              puts a mark in, for tests and research
  wiretell marks schemes --lists                       what is known, and from where

`wiretell marks VERB --help` tells more of each.
exit codes: 0 done, 1 a mark was read (`read` alone), 2 wrong use or bad input, 3 nothing could be
examined (`read`), 4 own fault, 130 interrupted
"""


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command and its verbs to the parser."""
    parser = commands.add_parser(
        "marks",
        help="read, explain, strip and write covert marks in texts and logs",
        description="A mark is a covert symbol in a text: a character that looks like another, or is not drawn. "
        "The date line of a widely used agent was written with such marks; its scheme is known completely. "
        "That a server reads such marks was shown by nobody.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    for verb in _VERBS:
        verb.add_to(verbs)
    parser.set_defaults(call=_Help(parser))


class _Help:
    """What is done where no verb is named: the same as where no command is."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._parser = parser

    def __call__(self, _options: argparse.Namespace) -> int:
        self._parser.print_help()
        return UsageError.exit_code
