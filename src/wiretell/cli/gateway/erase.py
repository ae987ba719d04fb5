"""`wiretell gateway erase`: a user's exchanges, gone by destroying the keys that seal them."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

from wiretell.cli.output import Commands, add_output_options, check_output, write_output
from wiretell.errors import UsageError
from wiretell.gateway.log.erasing import ask_writer
from wiretell.gateway.log.session import opened

_EXAMPLES: Final = """examples:
  wiretell gateway erase --log exchanges --user dev-017
  wiretell gateway erase --log exchanges --user dev-017 --yes --format json

The keys that seal the user's exchanges are destroyed, the texts of the user's ledger entries removed, and the columns
that tell of a person nulled in the tables. Tokens and costs stay, for the accounts. The chain stays whole, and a note
in it says that an erasure took place, not whose. Backups of the folder hold the keys as long as they exist. A gateway
may be running on the log.

exit codes: 0 erased, 2 wrong use or no such user, 4 own fault or a disk that cannot be written: erase again
"""


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command to the parser."""
    parser = commands.add_parser(
        "erase",
        help="erase a user's exchanges",
        description="Erases what a log holds of a user. This cannot be undone.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--log", metavar="DIR", required=True, type=Path, help="the gateway's log folder")
    parser.add_argument("--user", metavar="NAME", required=True, help="name of the [[user]]")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Ask, erase, report."""
    check_output(options.output)
    if not options.yes:
        _confirm(options.user)
    done = ask_writer(options.log, options.user)
    if done is None:
        with opened(options.log) as session:
            erased = session.erase(options.user)
        done = {"keys": erased.keys, "exchanges": erased.exchanges, "rows": erased.rows}
    write_output(_report(done, options), options.output)
    return 0


def _confirm(user: str) -> None:
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(f"erasing {user} cannot be undone; give --yes where nobody can be asked.")
    sys.stderr.write(f"Erase everything of {user}? This cannot be undone. Type the name to go on: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != user:
        raise UsageError("nothing was erased: the name typed is another.")


def _report(done: dict[str, Any], options: argparse.Namespace) -> str:
    if options.format == "json":
        return json.dumps({"schema": "wiretell/erasure/1", **done})
    return (
        f"{done['exchanges']} exchanges cannot be rebuilt any more, {done['keys']} keys were destroyed; "
        f"in {done['rows']} rows of the tables what tells of a person was nulled."
    )
