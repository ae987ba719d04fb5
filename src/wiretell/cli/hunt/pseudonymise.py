"""`wiretell hunt pseudonymise`: a log with keyed hashes in the place of who is who."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wiretell.cli.ending import ending_on_terminate
from wiretell.cli.output import Commands, check_output, write_output
from wiretell.errors import UsageError
from wiretell.report.progress import Progress
from wiretell.report.words import plural

if TYPE_CHECKING:
    from wiretell.hunt.pseudonyms import Pseudonymised

_EXAMPLES: Final = """examples:
  wiretell hunt pseudonymise exchanges --output shared              the key is made and kept in shared.key
  wiretell hunt pseudonymise today --output shared2 --key-file shared.key      names agree with those of `shared`
  wiretell hunt pseudonymise exchanges --output shared --drop tz,asn --columns client,device

Accounts, organisations, users, keys, cards, addresses, conversations and every hash of what was said become 16 hex
digits (HMAC-SHA-256). Prompts, marks, and whatever a hunt does not read are left out. A hunt in the new log
looks at the same accounts and what they share; its scores may move by small amounts, since what it draws by chance is
drawn by names (and a tier with them, where one was on the edge). Who has the key can find names again.
docs/hunt-privacy.md says what the new log still tells.

exit codes: 0 done, 2 wrong use or bad input, 4 own fault, 130 interrupted
"""


def add_to(verbs: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the verb to the parser."""
    parser = verbs.add_parser(
        "pseudonymise",
        help="a log with keyed hashes in the place of who is who",
        description="Writes a log anew, with keyed hashes in the place of what identifies, before it leaves its owner.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("log", metavar="LOG", help="a file or a folder (read whole): Parquet or JSON lines")
    parser.add_argument("--output", metavar="DIR", required=True, help="the new log: a folder that is not there yet")
    parser.add_argument(
        "--key-file", metavar="FILE", help="64 hex digits; made where it is not there (default: DIR.key)"
    )
    parser.add_argument("--columns", metavar="A,B", default="", help="replace these as well")
    parser.add_argument("--drop", metavar="A,B", default="", help="leave these out as well")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of what is said about it")
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Write the new log, and say what became of each column."""
    from wiretell.hunt.pseudonyms import check, key_of, pseudonymise  # their parts come with an extra
    from wiretell.hunt.pseudonyms.columns import chosen

    check_output("-")
    target = Path(options.output)
    path = _key_file(options, target)
    columns = chosen(_names(options.columns), _names(options.drop))
    check(Path(options.log), target)
    key = key_of(path)
    try:
        with Progress(sys.stderr) as progress, ending_on_terminate():
            counted = _Counted(progress)
            made = pseudonymise(Path(options.log), target, columns, key.secret, counted.add)
    except BaseException:
        key.forget()
        raise
    write_output(_report(made, target, path, options.format), "-")
    return 0


class _Counted:
    """Rows done, told on a terminal."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._rows = 0

    def add(self, rows: int) -> None:
        self._rows += rows
        self._progress.status(f"{self._rows:,} rows")


def _names(listed: str) -> list[str]:
    return [name.strip() for name in listed.split(",") if name.strip()]


def _key_file(options: argparse.Namespace, target: Path) -> Path:
    path = Path(options.key_file) if options.key_file else Path(f"{target}.key")
    for folder, what in ((target, "the new log"), (Path(options.log), "the log")):
        if path.resolve().is_relative_to(folder.resolve()):
            raise UsageError(f"--key-file {path} is in {what} and would go where it goes; keep the key elsewhere.")
    return path


def _report(made: Pseudonymised, target: Path, key: Path, form: str) -> str:
    columns = {name: getattr(made, name) for name in ("replaced", "coarsened", "kept", "left_out")}
    if form == "json":
        document: dict[str, Any] = {"schema": "wiretell/pseudonyms/1", "output": str(target), "key_file": str(key)}
        return json.dumps({**document, "files": made.files, "rows": made.rows, **columns})
    told = [f"{plural(made.rows, 'row')} in {plural(made.files, 'file')} of {target}. The key is {key}: keep it apart."]
    told += [f"{name.replace('_', ' ')}: {', '.join(names)}" for name, names in columns.items() if names]
    return "\n".join(told)
