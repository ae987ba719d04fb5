"""`wiretell marks strip`: the same text in its plain form, nothing else changed."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Final

from wiretell import marks
from wiretell.cli.ending import ending_on_terminate
from wiretell.cli.marks import editing
from wiretell.cli.marks.shared import STANDARD, add_schemes, opened, picked, written
from wiretell.cli.output import Commands, check_output
from wiretell.errors import UsageError

_EXAMPLES = """examples:
  wiretell marks strip request.json > plain.json
  wiretell marks strip requests.jsonl --in-place             and report the edits
  wiretell marks strip request.json --output plain.json --format json
  wiretell marks strip request.json --edits edits.json | my-client
  pbpaste | wiretell marks strip --anywhere --scheme date-line --scheme invisible

The date line is edited where an agent writes it: in the currentDate block of a system-reminder in the first user
message of a request. Marks elsewhere are reported and left alone, unless --anywhere. Of JSON Lines each line is a
request of its own. Standard output gets the text; the report goes to standard error if that is a terminal, or to
standard output where --output or --in-place leaves it free. What was left alone or not examined is said on standard
error in any case, in one line. Bodies that a HAR holds in base64 are not edited.

exit codes: 0 whatever was edited, 2 wrong use or no text, 4 own fault, 130 interrupted
"""
_DEFAULT: Final = ("date-line",)


def add_to(verbs: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the verb to the parser."""
    parser = verbs.add_parser(
        "strip",
        help="take marks out of a text; nothing else changes",
        description="Returns a text in its plain form, byte for byte the same but for its marks, and lists every "
        "edit. Stripping twice changes nothing more.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", nargs="?", default=STANDARD, help="a text, JSON, JSON Lines or HAR")
    add_schemes(parser, "date-line")
    parser.add_argument("--anywhere", action="store_true", help="edit marks wherever they stand")
    parser.add_argument("--in-place", action="store_true", help="write the text back into FILE")
    editing.add_report_options(parser)
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Strip, write the text, report the edits."""
    names = picked(options.scheme, _DEFAULT)
    output = _output(options)
    on_stdout = output == STANDARD
    check_output(output, "--in-place" if options.in_place else "--output")
    if options.edits:
        check_output(options.edits, "--edits")
    editing.check_report(options, output)
    change = partial(marks.strip, schemes=names, anywhere=options.anywhere)
    done = editing.Done(editing.is_reported(options, text_on_stdout=on_stdout))
    with ending_on_terminate(), opened(options.file) as stream, written(output) as out:
        editing.edit(stream, options.file, out, change, done)
        if not on_stdout:  # before the text takes its place: where the one cannot be written, neither is the other
            editing.tell(done.result("strip", options.file, names), options, text_on_stdout=False)
    if on_stdout:
        editing.tell(done.result("strip", options.file, names), options, text_on_stdout=True)
    editing.remind(done)
    return 0


def _output(options: argparse.Namespace) -> str:
    """Return where the text goes."""
    if not options.in_place:
        return str(options.output)
    if options.file == STANDARD:
        raise UsageError("--in-place needs a FILE; standard input has no place to write back to.")
    if options.output != STANDARD:
        raise UsageError("--in-place and --output name two places for one text; give one.")
    path = Path(options.file)
    if path.exists() and not path.is_file() and not path.is_dir():
        raise UsageError(f"--in-place needs a file; {path} is a pipe or a device.")
    return str(options.file)
