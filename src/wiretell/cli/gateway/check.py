"""`wiretell gateway check`: is the log as it was written?"""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from wiretell.cli.output import Commands, add_output_options, check_output, write_output
from wiretell.errors import UsageError
from wiretell.gateway.log import Checked, Store

_EXAMPLES: Final = """examples:
  wiretell gateway check --log exchanges
  wiretell gateway check --log exchanges --head 4f1c...        was all up to then left as it was?
  wiretell gateway check --log exchanges --format json --output checked.json

Every frame's place in the chain of hashes is worked out anew. Without a head that you wrote down elsewhere, whoever can
write to the folder could have written another chain, or cut off its end. Erased exchanges are checked like others.

exit codes: 0 whole, 1 changed, 2 wrong use or no log
"""
_HASH: Final = re.compile(r"[0-9a-fA-F]{64}")


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command to the parser."""
    parser = commands.add_parser(
        "check",
        help="is the log as it was written?",
        description="Goes through the chain of hashes over a log, and prints its head. A gateway may be running on it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--log", metavar="DIR", required=True, type=Path, help="the gateway's log folder")
    parser.add_argument("--head", metavar="HASH", help="a head that was printed earlier: it must be in the chain")
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Check, print, and say by the exit code whether anything was changed."""
    check_output(options.output)
    if options.head and not _HASH.fullmatch(options.head):
        raise UsageError(f"--head {options.head} is no hash: 64 hexadecimal digits, as `gateway check` prints them.")
    with Store(options.log) as store:
        try:
            checked = store.check(options.head)
        except OSError as error:
            raise UsageError(f"{options.log} cannot be read: {error.strerror}.") from None
    whole = not checked.broken and checked.found is not False
    document = _document(checked, whole) if options.format == "json" else _text(checked, options.head, whole)
    write_output(document, options.output)
    return 0 if whole else 1


def _document(checked: Checked, whole: bool) -> str:
    fields: dict[str, Any] = asdict(checked)
    return json.dumps({"schema": "wiretell/log-check/1", "whole": whole, **fields}, indent=2)


def _text(checked: Checked, head: str | None, whole: bool) -> str:
    lines = [f"{broken.day} segment {broken.segment}, byte {broken.offset}: {broken.what}" for broken in checked.broken]
    if checked.found is False:
        lines.append(f"The head {head} is not in the chain: what was written up to then was changed, or cut off.")
    if checked.torn and not checked.broken:
        lines.append(f"{checked.torn} bytes at the end are being written now, and were not checked.")
    lines += checked.notes
    what = "whole" if whole else "CHANGED"
    lines.append(f"{what}: {checked.exchanges} exchanges, {checked.frames} frames in {checked.segments} segments")
    return "\n".join([*lines, f"head {checked.head}"])
