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
from wiretell.gateway.log.layout import Layout
from wiretell.gateway.log.sealed import Agreement, ledger_problems
from wiretell.gateway.tables.rows import rows

_EXAMPLES: Final = """examples:
  wiretell gateway check --log exchanges
  wiretell gateway check --log exchanges --head 4f1c...        was all up to then left as it was?
  wiretell gateway check --log exchanges --format json --output checked.json

Every frame's place in the chain of hashes is worked out anew, and tables and ledger are compared with it. Without a
head that you wrote down elsewhere, whoever can write to the folder could have written another chain, tables and all.
Erased exchanges are checked like others; what is left of them in the tables is not.

exit codes: 0 whole, 1 changed, 2 wrong use or no log
"""
_MOST: Final = 20
"""Differences that are named."""
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
            problems = _problems(options.log)
            checked = store.check(options.head)
        except OSError as error:
            raise UsageError(f"{options.log} cannot be read: {error.strerror}.") from None
    whole = not checked.broken and checked.found is not False and not problems
    if options.format == "json":
        document = _document(checked, whole, problems)
    else:
        document = _text(checked, options.head, whole, problems)
    write_output(document, options.output)
    return 0 if whole else 1


def _problems(log: Path) -> tuple[str, ...]:
    """Compare tables and ledger with the chain. They are read first: a gateway may be adding to all."""
    layout = Layout(log)
    lines = layout.ledger.read_text("utf-8", "replace").splitlines() if layout.ledger.exists() else []
    table = list(rows(log))
    agreement = Agreement(layout)
    found = filter(None, map(agreement.problem, table))
    return (*found, *agreement.missing(), *ledger_problems(layout, lines))


def _document(checked: Checked, whole: bool, problems: tuple[str, ...]) -> str:
    fields: dict[str, Any] = asdict(checked)
    return json.dumps({"schema": "wiretell/log-check/1", "whole": whole, **fields, "problems": problems}, indent=2)


def _text(checked: Checked, head: str | None, whole: bool, problems: tuple[str, ...]) -> str:
    lines = [f"{broken.day} segment {broken.segment}, byte {broken.offset}: {broken.what}" for broken in checked.broken]
    if checked.found is False:
        lines.append(f"The head {head} is not in the chain: what was written up to then was changed, or cut off.")
    if checked.torn and not checked.broken:
        lines.append(f"{checked.torn} bytes at the end are being written now, and were not checked.")
    lines += problems[:_MOST]
    if len(problems) > _MOST:
        lines.append(f"{len(problems) - _MOST:,} further exchanges differ; --format json names them.")
    lines += checked.notes
    what = "whole" if whole else "CHANGED"
    lines.append(f"{what}: {checked.exchanges} exchanges, {checked.frames} frames in {_counted(checked.segments)}")
    return "\n".join([*lines, f"head {checked.head}"])


def _counted(segments: int) -> str:
    return "1 segment" if segments == 1 else f"{segments} segments"
