"""`wiretell marks read`: which marks stand in texts and logs, where, and how surely."""

from __future__ import annotations

import argparse
import io
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO, cast

from wiretell import logs, report
from wiretell.cli.ending import ending_on_terminate
from wiretell.cli.marks.chosen import Chosen, NotWrittenError
from wiretell.cli.marks.shared import STANDARD, add_schemes, called, mention_terminal, picked, written
from wiretell.cli.output import Commands, add_output_options, check_output, leads_to, show
from wiretell.errors import InconclusiveError, UsageError
from wiretell.logs.interface import Form
from wiretell.logs.pool import MOST_WORKERS
from wiretell.logs.tables import CsvTable, ParquetTable
from wiretell.marks import schemes
from wiretell.model.findings import NotExamined
from wiretell.model.marks import Certainty, MarksResult
from wiretell.report.glyphs import visible
from wiretell.report.progress import Progress

_EXAMPLES = """examples:
  wiretell marks read request.json
  wiretell marks read logs/*.jsonl --scheme date-line --at-least certain
  wiretell marks read saved-audit/ traffic.har exchanges.parquet
  wiretell marks read logs/ 'more/**/*.jsonl.gz'
  curl ... | wiretell marks read
  wiretell marks read requests.jsonl --format html --output marks.html
  wiretell marks read requests.jsonl --format csv > marks.csv
  wiretell marks read requests.jsonl --format json | jq .counts

Text, JSON, JSON Lines, HAR, saved captures and Parquet are told by their content, plain or packed with gzip or zstd.
A folder that `wiretell audit --save` wrote is one source; of any other, every file is read, but for hidden ones.
The date line without a mark is counted beside those with one. Nothing is sent anywhere.

exit codes: 0 no mark, 1 a mark, 2 wrong use or bad input, 3 nothing could be examined (inconclusive), 4 own fault,
130 interrupted
"""
_FOUND: Final = 1
_ERROR_NUMBER: Final = 2
_TABLES: Final[dict[str, type[CsvTable] | type[ParquetTable]]] = {"csv": CsvTable, "parquet": ParquetTable}


def add_to(verbs: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the verb to the parser."""
    parser = verbs.add_parser(
        "read",
        help="which marks stand in these texts and logs?",
        description="Reads texts and logs for marks: of the known scheme, and characters that are hidden or look like "
        "others. Says of each where it stands, how sure it is, and how it could be innocent.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "files", metavar="FILE", nargs="*", default=[STANDARD], help="files, folders, quoted globs, or -"
    )
    add_schemes(parser, "all")
    parser.add_argument(
        "--at-least",
        choices=[certainty.value for certainty in reversed(Certainty)],
        default=Certainty.POSSIBLE.value,
        help="count and list only marks at least so sure (default: possible)",
    )
    parser.add_argument(
        "--limit", type=int, default=logs.DEFAULT_LIMIT, metavar="N", help="list so many marks (default: 1000)"
    )
    parser.add_argument(
        "--column", action="append", default=[], metavar="NAME", help="of Parquet, may be repeated (default: all text)"
    )
    parser.add_argument("--workers", type=int, metavar="N", help="processes that read (default: one a core)")
    parser.add_argument("--verbose", action="store_true", help="show every mark that is listed")
    add_output_options(parser, ("text", "json", "html", "csv", "parquet"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Read, print, and return 1 where there is a mark."""
    _check(options)
    if options.format in _TABLES:
        return _as_table(options)
    least = Certainty(options.at_least)
    chosen = None if least is Certainty.POSSIBLE else Chosen(least, options.limit)
    result = _read(options, chosen)
    result = chosen.result(result) if chosen else result
    show(report.to_document(result), options)
    return _code(result)


def _code(result: MarksResult) -> int:
    if all(source.form == Form.UNREAD for source in result.sources):
        return InconclusiveError.exit_code
    return _FOUND if result.total else 0


def _check(options: argparse.Namespace) -> None:
    _check_replaced(options.output, options.files)
    check_output(options.output)
    if options.limit < 0:
        raise UsageError("--limit takes 0 or more.")
    if options.workers is not None and not 1 <= options.workers <= MOST_WORKERS:
        raise UsageError(f"--workers takes a number from 1 to {MOST_WORKERS}.")
    if options.format == "parquet" and _is_terminal(options.output):
        raise UsageError("Parquet is no text for a terminal; give --output PATH.")


def _check_replaced(output: str, files: Sequence[str]) -> None:
    """Refuse to put a report in the place of a log.

    :raises UsageError: where the output is a source, or a part of one; as `logs.sources` does.
    """
    target = Path(output)
    if output == STANDARD or not target.is_file():
        return
    for source in logs.sources(files):
        if leads_to(output, source, sys.stdin) or (
            source != STANDARD and Path(source).resolve() in target.resolve().parents
        ):
            raise UsageError(f"--output {output} is read as well ({called(source)}); name another file.")


def _read(options: argparse.Namespace, rows: Chosen | None) -> MarksResult:
    errors = _standard_error()
    for path in options.files if errors else ():
        mention_terminal(path)
    with Progress(errors or io.StringIO()) as progress, ending_on_terminate():
        result = logs.read(
            options.files,
            schemes=picked(options.scheme, schemes()),
            limit=options.limit,
            columns=options.column,
            workers=options.workers,
            progress=progress.status,
            rows=rows,
        )
    return replace(result, command=_command(options))


def _standard_error() -> TextIO | None:
    """Return standard error, None where it is closed. Then its number is taken, or the next file would get it."""
    if sys.stderr is None:
        try:
            os.fstat(_ERROR_NUMBER)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), _ERROR_NUMBER)
    return sys.stderr


def _as_table(options: argparse.Namespace) -> int:
    """Write every mark as a row, as it is found; return the exit code."""
    code, remarks = 0, tuple[NotExamined, ...]()
    rows = Chosen(Certainty(options.at_least), 0)
    with written(options.output) as file, _TABLES[options.format](_fit(file, options.output)) as table:
        rows.into = table
        try:
            result = rows.result(_read(options, rows))
            code, remarks = _code(result), result.not_examined
        except NotWrittenError as error:
            raise error.cause from None
    for remark in remarks if sys.stderr else ():  # a table has no place for them
        print(f"wiretell: not examined: {visible(remark.what)}: {visible(remark.why)}", file=sys.stderr)
    return _FOUND if rows.total else code  # no code where the table's reader went away early


def _fit(file: BinaryIO, path: str) -> BinaryIO:
    """Return a file that takes a table, and draws it where it is a terminal: what a log holds must not steer that."""
    return cast(BinaryIO, _Drawing(file)) if _is_terminal(path) else file


def _is_terminal(path: str) -> bool:
    return path == STANDARD and sys.stdout is not None and sys.stdout.isatty()


class _Drawing(io.RawIOBase):
    """Makes every character visible but line ends; a table's writer hands it whole lines of UTF-8."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        raw = bytes(data)
        text = raw.decode("utf-8", "replace")
        lines = ("\n".join(map(visible, line.split("\n"))) for line in text.split("\r\n"))
        self._file.write("\r\n".join(lines).encode())
        return len(raw)


def _command(options: argparse.Namespace) -> str:
    """Return a command that reads the same again."""
    words = ["wiretell", "marks", "read", *options.files]
    for name in options.scheme:
        words += ["--scheme", name]
    for name in options.column:
        words += ["--column", name]
    if options.at_least != Certainty.POSSIBLE.value:
        words += ["--at-least", options.at_least]
    if options.limit != logs.DEFAULT_LIMIT:
        words += ["--limit", str(options.limit)]
    return shlex.join(words)
