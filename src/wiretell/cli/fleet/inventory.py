"""`wiretell fleet inventory`: every AI agent on this machine."""

from __future__ import annotations

import argparse
from typing import Final

from wiretell import report
from wiretell.cli.fleet.shared import add_machine_options, taken
from wiretell.cli.output import Commands, add_output_options, check_output, show

_EXAMPLES: Final = """examples:
  wiretell fleet inventory                              one's own home and the system's folders
  sudo wiretell fleet inventory                         every home
  wiretell fleet inventory --home /home/dev --format json --output inventory.json
  wiretell fleet inventory --root /mnt/image            a mounted image: all its homes, nothing that runs

What is found: npm, pnpm, yarn and bun (global, per user, per project, under nvm and its kin), pip, pipx, uv tools and
virtual environments, native installers, Debian packages, extensions of the VS Code family, running processes,
settings, shell start files and MCP entries. What could not be seen is listed with the reason.
exit codes: 0 done, 2 wrong use, 4 own fault, 130 interrupted
"""


def add_to(verbs: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the verb to the parser."""
    parser = verbs.add_parser(
        "inventory",
        help="every AI agent on this machine, with version, origin and hash",
        description="Finds every AI agent on this machine: which, which version, how it came there, its hash, whether "
        "it runs, and which hosts and models its settings point at. Reads only; sends nothing; runs nothing.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_machine_options(parser)
    parser.add_argument("--verbose", action="store_true", help="list everything, not only what matters most")
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Take the inventory and print it."""
    check_output(options.output)
    show(report.to_document(taken(options)), options)
    return 0
