"""`wiretell scan`: read a package for what it hides, without running it."""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import replace

from wiretell import report, scan, target
from wiretell.campaign import leads
from wiretell.cli.ending import ending_on_terminate
from wiretell.cli.output import Commands, add_output_options, check_output, show
from wiretell.cli.running import described
from wiretell.report.progress import Progress

_EXAMPLES = """examples:
  wiretell scan npm:@anthropic-ai/claude-code@2.1.91
  wiretell scan ./node_modules/some-agent              a folder
  wiretell scan ./agent                                a program, an archive, a wheel, any file
  wiretell scan pypi:some-agent==1.2.3
  wiretell scan claude-code --format html --output scan.html
  wiretell scan claude-code@2.1.91 --format json | jq -r '.lists[0].entries[]'

exit codes: 0 no hidden list, 1 a hidden list, 2 wrong use, 4 own fault, 130 interrupted
"""
_FOUND = 1


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command to the parser."""
    parser = commands.add_parser(
        "scan",
        help="read a package for hidden lists and for what it reads of its surroundings",
        description="Unpacks a package, decodes hidden lists without being told a key, and lists what the package "
        "names of the user's surroundings. Nothing is executed. What it finds is a mention, not a proof: "
        "`wiretell audit` proves.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", help="npm:NAME@VERSION, pypi:NAME==VERSION, a folder, a program, an archive")
    parser.add_argument(
        "--engine",
        choices=("auto", "numba", "python"),
        default="auto",
        help="what does the native pass (default: auto)",
    )
    parser.add_argument("--verbose", action="store_true", help="list everything, not only what matters most")
    add_output_options(parser, ("text", "json", "sarif", "html"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Scan, print, and return 1 where a hidden list was found."""
    check_output(options.output)
    with Progress(sys.stderr) as progress, ending_on_terminate():
        located = target.locate(options.target, progress=progress.note)
        result = scan.scan(
            located.root,
            described(located),
            engine=options.engine,
            notes=located.notes,
            command=shlex.join(["wiretell", "scan", options.target]),
            progress=progress.status,
        )
    result = replace(result, levels=leads.would_try(result))
    show(report.to_document(result), options)
    return _FOUND if result.hidden else 0
