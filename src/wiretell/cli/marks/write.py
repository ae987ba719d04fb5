"""`wiretell marks write`: puts a mark in, for tests and research."""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, BinaryIO, Final

from wiretell import marks
from wiretell.cli.ending import ending_on_terminate
from wiretell.cli.marks import editing
from wiretell.cli.marks.shared import STANDARD, a_date, called, opened, picked, written
from wiretell.cli.output import Commands, check_output, write_output
from wiretell.errors import UsageError
from wiretell.marks.verbs import state_of
from wiretell.model.marks import Edited

_EXAMPLES = """examples:
  wiretell marks write --state known+cnTZ                    the sentence, with today's date
  wiretell marks write --state 5 --date 2026-06-01           the same state by its number
  wiretell marks write --state labKw request.json --output marked.json
  wiretell marks write --state none --anywhere notes.md      each date line of a text, in its plain form

Without FILE the sentence alone is printed. In JSON the date line is written where an agent writes it, in the
currentDate block of a system-reminder in the first user message, and with --anywhere wherever the sentence stands;
in text that is no JSON, which has no such place, each sentence is written without --anywhere as well. The date itself
stays as it is.

exit codes: 0 written, 2 wrong use or no date line, 4 own fault, 130 interrupted
"""
_IN_MEMORY_BYTES: Final = 64 << 20
"""Of a text that waits until its first date line was found; a longer one waits in a file."""


def add_to(verbs: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the verb to the parser."""
    parser = verbs.add_parser(
        "write",
        help="put a mark into a text, for tests and research",
        description="Makes the date line of a text show a state, or prints the sentence that shows it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", nargs="?", help="a text, JSON or JSON Lines; - is standard input")
    parser.add_argument("--state", required=True, help="a state by its name, signals in any order, or its number, 0-7")
    parser.add_argument("--scheme", metavar="NAME", default="date-line", help="the scheme (default: date-line)")
    parser.add_argument("--date", metavar="YYYY-MM-DD", type=a_date, help="of the sentence alone (default: today)")
    parser.add_argument("--anywhere", action="store_true", help="write wherever the sentence stands")
    parser.add_argument("--escaped", action="store_true", help="write JSON escapes (\\u2019) in place of UTF-8")
    editing.add_report_options(parser)
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Write the sentence, or into a text."""
    (scheme,) = picked([options.scheme], ())
    check_output(options.output)
    if options.file is None:
        _refuse_options_of_files(options)
        write_output(_sentence(options, scheme), options.output)
        return 0
    if options.date:
        raise UsageError("--date is for the sentence alone; the date of a text stays as it is.")
    if options.edits:
        check_output(options.edits, "--edits")
    editing.check_report(options, options.output)
    _into_text(options, scheme, on_stdout=options.output == STANDARD)
    return 0


def _refuse_options_of_files(options: argparse.Namespace) -> None:
    if options.edits or options.anywhere or options.format != "text":
        raise UsageError("--edits, --anywhere and --format are for texts; name a FILE, or - for standard input.")


def _sentence(options: argparse.Namespace, scheme: str) -> str:
    day = options.date or datetime.now(UTC).astimezone().date()
    plain = f"Today's date is {day.isoformat()}."
    done = marks.write(plain, options.state, scheme_name=scheme)
    return json.dumps(done.data) if options.escaped else done.data


def _into_text(options: argparse.Namespace, scheme: str, *, on_stdout: bool) -> None:
    writing = _Writing(options.state, scheme, anywhere=options.anywhere, escaped=options.escaped)
    done = editing.Done(editing.is_reported(options, text_on_stdout=on_stdout))
    with ending_on_terminate(), _waiting() as waiting:
        with opened(options.file) as stream:
            editing.edit(stream, options.file, waiting, writing.change, done)
        if not writing.has_place:
            hint = "" if options.anywhere else "; in JSON it is looked for where an agent writes it, unless --anywhere"
            raise UsageError(f"{called(options.file)} holds no date line to write to{hint}.")
        result = done.result("write", options.file, (scheme,), writing.state)
        with written(options.output) as out:
            waiting.copy_to(out)
            if not on_stdout:  # as in `strip`: where one cannot be written, neither is the other
                editing.tell(result, options, text_on_stdout=False)
    if on_stdout:
        editing.tell(result, options, text_on_stdout=True)
    editing.remind(done)


class _Waiting:
    """A text that waits until it is known whether it is written at all."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, data: bytes, /) -> None:
        """Take some. :raises UsageError: where there is no room for it."""
        with _no_room():
            self._file.write(data)

    def copy_to(self, out: BinaryIO) -> None:
        """Hand all of it over. :raises UsageError: where there was no room for it."""
        with _no_room():
            self._file.seek(0)
        shutil.copyfileobj(self._file, out)


@contextlib.contextmanager
def _waiting() -> Iterator[_Waiting]:
    file = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 - closed below, whatever that says
    try:
        yield _Waiting(file)
    finally:
        with contextlib.suppress(OSError):  # of what could not be written, which was said
            file.close()


@contextlib.contextmanager
def _no_room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"a text of more than {_IN_MEMORY_BYTES >> 20} MB waits in {tempfile.gettempdir()} until its first date "
            f"line was found, and that cannot be written: {error.strerror or error}; make room, or set TMPDIR."
        ) from None


class _Writing:
    """Writes one state into records, and notices whether there was any place for it."""

    def __init__(self, state: str, scheme: str, *, anywhere: bool, escaped: bool) -> None:
        self._scheme = scheme
        self._anywhere = anywhere
        self._escaped = escaped
        self.state = state_of(marks.scheme(scheme), state).name
        self.has_place = False

    def change(self, record: bytes) -> Edited[bytes]:
        """Write into one record."""
        done = self._written(record, self.state)
        if not self.has_place:
            self.has_place = bool(done.edits) or self._shows_it_already(record)
        return done

    def _shows_it_already(self, record: bytes) -> bool:
        other = "none" if self.state != "none" else "known"
        return bool(self._written(record, other).edits)

    def _written(self, record: bytes, state: str) -> Edited[bytes]:
        return marks.write(record, state, scheme_name=self._scheme, anywhere=self._anywhere, escaped=self._escaped)
