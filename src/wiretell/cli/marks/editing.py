"""What `strip` and `write` have in common: a text goes through record by record, its edits are reported.

Of JSON Lines each line is a record, so that memory stays flat; any other text is one record.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Protocol

import msgspec

from wiretell import report
from wiretell.cli.marks.archive import bodies_in_base64
from wiretell.cli.marks.shared import STANDARD, is_lines
from wiretell.cli.output import leads_to, refuse_closed_output, terminal_width, wants_color, write_output
from wiretell.errors import UsageError
from wiretell.logs.recognise import HEAD_BYTES
from wiretell.model.findings import NotExamined
from wiretell.model.marks import Edit, Edited, EditResult, Mark
from wiretell.report.glyphs import visible
from wiretell.report.words import plural

Change = Callable[[bytes], Edited[bytes]]
"""What is done to one record."""


@dataclass
class Done:
    """What was done so far to one text. Offsets and lines count from the beginning of the text before any edit."""

    keeps: bool
    """Whether edits and marks are listed; where nobody reads them, they are only counted."""
    edits: list[Edit] = field(default_factory=list)
    left: list[Mark] = field(default_factory=list)
    marks_left: int = 0
    """How many marks were left alone, listed or not."""
    not_examined: dict[NotExamined, None] = field(default_factory=dict)
    before: int = 0
    after: int = 0
    lines: int = 0

    def add(self, record: bytes, done: Edited[bytes]) -> None:
        """Take what was done to the next record."""
        if self.keeps:
            self.edits += (replace(e, offset=e.offset + self.before, line=e.line + self.lines) for e in done.edits)
            self.left += (replace(m, offset=m.offset + self.before, line=m.line + self.lines) for m in done.left)
        self.marks_left += len(done.left)
        self.not_examined.update(dict.fromkeys((*done.not_examined, *bodies_in_base64(record))))
        self.before += len(record)
        self.after += len(done.data)
        self.lines += record.count(b"\n")

    def result(self, verb: str, source: str, schemes: tuple[str, ...], state: str = "") -> EditResult:
        """Return all of it."""
        lists = (tuple(self.edits), tuple(self.left), tuple(self.not_examined))
        return EditResult(verb, source, schemes, *lists, self.before, self.after, state)


class Out(Protocol):
    """Where the text goes."""

    def write(self, data: bytes, /) -> object:
        """Take some."""


def edit(stream: BinaryIO, source: str, out: Out, change: Change, done: Done) -> None:
    """Send a text through, record by record, and note what was done.

    :raises UsageError: for what is no text.
    """
    for record in _records(stream, source):
        edited = change(record)
        out.write(edited.data)
        done.add(record, edited)


def _records(stream: BinaryIO, source: str) -> Iterator[bytes]:
    """Go through the records of a text: its lines, if the first is a whole document or most of them are."""
    first = stream.readline()
    if _is_document(first):
        yield first
        yield from stream
        return
    head = first + stream.read(max(0, HEAD_BYTES - len(first)))
    if is_lines(head, source):
        yield from _lines(head, stream)
    else:
        yield head + stream.read()


def _lines(head: bytes, stream: BinaryIO) -> Iterator[bytes]:
    """Go through the lines of a stream of which the beginning was read."""
    at = head.rfind(b"\n") + 1
    yield from io.BytesIO(head[:at])
    if rest := head[at:] + stream.readline():
        yield rest
    yield from stream


def _is_document(line: bytes) -> bool:
    """Whether a line is a whole JSON document by itself."""
    if not line.startswith((b"{", b"[")):
        return False
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def add_report_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where text and report go."""
    parser.add_argument(
        "--output", metavar="PATH", default=STANDARD, help="write the text there (default: -, standard output)"
    )
    parser.add_argument(
        "--edits", metavar="PATH", help="write every edit there as JSON, `wiretell/marks-edits/1` (- with --output)"
    )
    parser.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="form of the report on the edits, which is printed where standard output is free (default: text)",
    )
    parser.add_argument("--verbose", action="store_true", help="list every edit, not only the first")


def check_report(options: argparse.Namespace, output: str) -> None:
    """Refuse what would write text and report into each other, or over what is read, before any work is done.

    `output`: where the text goes.
    :raises UsageError: if that is so.
    """
    if output == STANDARD and options.edits == STANDARD:
        raise UsageError("--edits - and the text would both go to standard output; give --output PATH as well.")
    if output == STANDARD and options.format == "json":
        raise UsageError("--format json and the text would both go to standard output; give --output PATH as well.")
    if output != STANDARD:
        refuse_closed_output("the report goes there, send it to /dev/null if nobody reads it")
    if options.edits in (None, STANDARD):
        return
    if leads_to(options.edits, options.file, sys.stdin):
        raise UsageError("--edits names the file that is read, which would be lost; name another one.")
    if leads_to(options.edits, output, sys.stdout):
        raise UsageError("--edits names the file that the text goes to; name two.")


def is_reported(options: argparse.Namespace, *, text_on_stdout: bool) -> bool:
    """Whether anybody reads which edits were made."""
    return not text_on_stdout or bool(options.edits) or _is_terminal()


def tell(result: EditResult, options: argparse.Namespace, *, text_on_stdout: bool) -> None:
    """Report the edits: to `--edits`, and to standard output, or to a terminal where that holds the text.

    :raises UsageError: if the report cannot be written, saying what became of the text.
    """
    document = report.to_document(result)
    text = "the text itself was written" if text_on_stdout else "the text was not written either"
    if options.edits:
        write_output(report.render(document, "json"), options.edits, f"{text}. Name another file with --edits")
    if options.edits == STANDARD:
        return
    if not text_on_stdout:
        color = wants_color(STANDARD)
        shown = report.render(document, options.format, color=color, width=terminal_width(), verbose=options.verbose)
        write_output(shown, STANDARD, text)
    elif _is_terminal():
        color = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        sys.stderr.write(report.render(document, "text", color=color, width=terminal_width(), verbose=options.verbose))


def remind(done: Done) -> None:
    """Say in one line on standard error what is still in the text, or may be; on a terminal the report says so too."""
    said = []
    if done.marks_left:
        said.append(f"{plural(done.marks_left, 'mark')} left alone (--anywhere includes marks wherever they stand)")
    if done.not_examined:
        first, more = next(iter(done.not_examined)), len(done.not_examined) - 1
        said.append(f"not examined: {first.what}: {first.why}" + (f", and {more:,} more" if more else ""))
    if said and sys.stderr is not None:
        print(f"wiretell: {visible('; '.join(said))}", file=sys.stderr)


def _is_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()
