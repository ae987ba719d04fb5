"""`wiretell gateway evidence`: a signed export of a user's own exchanges, made and checked."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path
from typing import Final

from wiretell import report
from wiretell.cli.gateway.accounts import add_log, add_period, chained_rows, store_of
from wiretell.cli.output import Commands, check_output, real_path, replaced, show
from wiretell.errors import UsageError
from wiretell.gateway.accounts.evidence import export, private_key, public_key, verify
from wiretell.gateway.accounts.periods import all_until, span_of
from wiretell.model.accounts import Evidence

_EXAMPLES = """examples:
  openssl genpkey -algorithm ed25519 -out key.pem              a key to sign with, once
  openssl pkey -in key.pem -pubout -out public.pem             what to give to whoever checks
  wiretell gateway evidence --log exchanges --user dev-017 --period 2026-07 --key key.pem --output appeal.zip
  wiretell gateway evidence --verify appeal.zip --public-key public.pem

The export is a zip file of JSON Lines: rows, heads and bodies as they are stored (secrets redacted), ledger entries,
the head of the log's chain. Without --public-key a check says that nobody changed it, not who made it.

exit codes: 0 done, or whole; 1 changed (`--verify`); 2 wrong use or bad input;
3 the tables say otherwise than the chain; 4 own fault
"""
_CHANGED: Final = 1
_PRIVATE: Final = 0o600


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command to the parser."""
    parser = commands.add_parser(
        "evidence",
        help="a signed export of one's own exchanges, for an appeal",
        description="Writes the exchanges of a user in a period to one signed file, or checks such a file.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_log(parser, required=False)
    parser.add_argument("--user", metavar="NAME", help="name of the [[user]]")
    add_period(parser, required=False)
    parser.add_argument("--key", metavar="FILE", help="Ed25519 private key to sign with (PEM)")
    parser.add_argument("--output", metavar="FILE", help="the export (a zip file)")
    parser.add_argument("--verify", metavar="FILE", help="check an export")
    parser.add_argument("--public-key", metavar="FILE", help="Ed25519 public key that must have signed it (PEM)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of what is said about it")
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Make or check an export, and say what is in it."""
    check_output("-")
    making = {f"--{name}": getattr(options, name) for name in ("log", "user", "period", "key", "output")}
    found = _verified(options, making) if options.verify else _made(options, making)
    options.output, options.verbose = "-", False
    show(report.to_document(found), options)
    return _CHANGED if found.problems else 0


def _verified(options: argparse.Namespace, making: dict[str, str | None]) -> Evidence:
    if given := [name for name, value in making.items() if value]:
        raise UsageError(f"--verify checks an export that is there; leave {given[0]} out.")
    trusted = public_key(Path(options.public_key)) if options.public_key else None
    return verify(Path(options.verify), trusted)


def _made(options: argparse.Namespace, making: dict[str, str | None]) -> Evidence:
    if missing := [name for name, value in making.items() if not value and name != "--period"]:
        raise UsageError(f"An export needs {', '.join(missing)}; to check one, give --verify FILE.")
    if options.public_key:
        raise UsageError("--public-key belongs to --verify; the key to sign with is --key.")
    if options.output == "-":
        raise UsageError("An export is no text; give --output a file.")
    check_output(options.output)
    key = private_key(Path(options.key))
    now = dt.datetime.now(dt.UTC)
    span = span_of(options.period, options.timezone) if options.period else all_until(now, options.timezone)
    found = chained_rows(options.log, None, span)
    is_new = not real_path(options.output).exists()
    try:
        with replaced(real_path(options.output)) as file:
            made = export(file, found, store_of(options.log), options.user, span, key, created=now, name=options.output)
        if is_new:
            real_path(options.output).chmod(_PRIVATE)
    except OSError as error:
        raise UsageError(f"{options.output} cannot be written: {error.strerror or error}.") from None
    return made
