"""`wiretell diff`: what is new between two versions of a package, by its literals."""

from __future__ import annotations

import argparse
import shlex
import sys

from wiretell import report, scan, target
from wiretell.cli.ending import ending_on_terminate
from wiretell.cli.output import Commands, add_output_options, check_output, show
from wiretell.cli.running import described
from wiretell.report.progress import Progress

_EXAMPLES = """examples:
  wiretell diff npm:@anthropic-ai/claude-code@2.1.90 npm:@anthropic-ai/claude-code@2.1.91
  wiretell diff claude-code@2.1.197 claude-code@2.1.198 --verbose
  wiretell diff old/ new/ --format json

exit codes: 0 whatever is new, 2 wrong use, 4 own fault, 130 interrupted
"""


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command to the parser."""
    parser = commands.add_parser(
        "diff",
        help="what is new between two versions: hidden lists, time zones, lookalikes, names, hosts, texts",
        description="Compares two packages by their string literals, decoded, wherever they stand: names that a "
        "minifier makes do not count. Hidden lists stand first.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("a", metavar="A", help="the earlier version, as for `wiretell scan`")
    parser.add_argument("b", metavar="B", help="the later version")
    parser.add_argument("--verbose", action="store_true", help="list every literal, not only what matters most")
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Compare and print."""
    check_output(options.output)
    with Progress(sys.stderr) as progress, ending_on_terminate():
        one, two = (target.locate(spec, progress=progress.note) for spec in (options.a, options.b))
        result = scan.diff(
            scan.Side(one.root, described(one)),
            scan.Side(two.root, described(two)),
            command=shlex.join(["wiretell", "diff", options.a, options.b]),
            progress=progress.status,
        )
    show(report.to_document(result), options)
    return 0
