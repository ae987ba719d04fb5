"""`wiretell verify`: is what an earlier audit found gone, and has nothing covert come instead?"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import Final

from wiretell import report, target
from wiretell.audit import Options, audit
from wiretell.cli.ending import ending_on_terminate
from wiretell.cli.output import Commands, add_output_options, check_output, show
from wiretell.cli.running import DEFAULT_RUNS, check_runs, scanned, workers
from wiretell.errors import FormatError, InconclusiveError, UsageError
from wiretell.model.history import VerifyResult
from wiretell.report.progress import Progress
from wiretell.verify import Earlier, earlier, verify

_EXAMPLES = """examples:
  wiretell audit claude-code@2.1.197 --format json --output 197.json
  wiretell verify claude-code@2.1.198 --against 197.json             removed: exit code 0
  wiretell verify claude-code@2.1.196 --against 197.json             still there: exit code 1

exit codes: 0 gone and nothing new, 1 still there or a new covert channel, 2 wrong use, 3 inconclusive, 130 interrupted
"""
_FOUND: Final = 1
_MOST_BYTES: Final = 256 << 20


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command to the parser."""
    parser = commands.add_parser(
        "verify",
        help="is what an earlier audit found gone?",
        description="Runs the worlds again in which an earlier audit saw covert channels, and an ordinary audit for "
        "new ones.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", metavar="TARGET", help="as for `wiretell audit`")
    parser.add_argument("--against", metavar="AUDIT.json", required=True, help="an audit's document (`--format json`)")
    parser.add_argument("--recipe", metavar="NAME|FILE", help="how to start it, where that is not known by its name")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="choose other worlds (default: 0)")
    parser.add_argument("--workers", type=int, metavar="N", help="runs at a time (default: one a core)")
    parser.add_argument(
        "--runs", type=int, default=DEFAULT_RUNS, metavar="N", help="at most so many starts an audit (default: 80)"
    )
    parser.add_argument("--no-scan", action="store_true", help="do not read the package first for levels to try")
    parser.add_argument("--verbose", action="store_true", help="list everything, not only what matters most")
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Check, print, and return the exit code."""
    check_output(options.output)
    check_runs(options)
    against = read(options.against)
    with Progress(sys.stderr) as progress, ending_on_terminate():
        result = _verify(options, against, progress)
    show(report.to_document(result), options)
    return exit_code(result)


def exit_code(result: VerifyResult) -> int:
    """Return 0 for `removed`, 1 for `present`, 3 where it is not known."""
    return {"removed": 0, "present": _FOUND}.get(result.verdict, InconclusiveError.exit_code)


def read(path: str) -> Earlier:
    """Read an earlier audit's document; `-` is standard input.

    :raises UsageError: if it cannot be read.
    :raises FormatError: if it is no audit document.
    """
    try:
        with sys.stdin.buffer if path == "-" else Path(path).open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"--against {path} cannot be read: {error.strerror}.") from None
    if len(data) > _MOST_BYTES:
        raise FormatError(f"--against {path} is larger than any audit document ({_MOST_BYTES >> 20} MB).")
    try:
        return earlier(report.decode(data))
    except UsageError as error:
        raise type(error)(f"--against {path}: {error}") from None


def _verify(options: argparse.Namespace, against: Earlier, progress: Progress) -> VerifyResult:
    agent = target.resolve(options.target, recipe=options.recipe, progress=progress.note)
    wish = Options(
        seed=options.seed,
        runs=options.runs,
        workers=workers(options),
        scanned=scanned(agent, progress, wanted=not options.no_scan),
        command=_repeat_command(options),
    )
    return verify(agent, against, wish, progress, audit)


def _repeat_command(options: argparse.Namespace) -> str:
    words = ["wiretell", "verify", options.target, "--against", options.against]
    words += ["--recipe", options.recipe] if options.recipe else []
    words += ["--no-scan"] if options.no_scan else []
    words += ["--runs", str(options.runs)] if options.runs != DEFAULT_RUNS else []
    return shlex.join([*words, "--seed", str(options.seed)])
