"""`wiretell fleet export cyclonedx`: an inventory as a bill of materials."""

from __future__ import annotations

import argparse
from typing import Final

from wiretell.cli.fleet.shared import add_machine_options, inventory_of, taken
from wiretell.cli.output import Commands, check_output, write_output

_EXAMPLES: Final = """examples:
  wiretell fleet export cyclonedx --output agents.cdx.json                       this machine
  wiretell fleet export cyclonedx --inventory inventory.json --output agents.cdx.json
  ssh host wiretell fleet inventory --format json | wiretell fleet export cyclonedx --inventory -

CycloneDX 1.6 in JSON. Equal inventories give equal bytes. What the inventory could not see stands in the metadata's
properties, as `wiretell:not-examined`.
exit codes: 0 done, 2 wrong use or bad input, 4 own fault, 130 interrupted
"""


def add_to(verbs: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the form to the parser."""
    parser = verbs.add_parser(
        "cyclonedx",
        help="an inventory as CycloneDX",
        description="Writes an inventory as a CycloneDX 1.6 bill of materials: every agent with its package URL, its "
        "place and its hash.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--inventory", metavar="FILE", help="a stored inventory instead of this machine; -: from stdin")
    add_machine_options(parser)
    parser.add_argument("--output", metavar="PATH", default="-", help="write it there (default: standard output)")
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Write the bill of materials."""
    check_output(options.output)
    from wiretell.fleet.exports.cyclonedx import render

    inventory = inventory_of(options.inventory) if options.inventory else taken(options)
    write_output(render(inventory), options.output)
    return 0
