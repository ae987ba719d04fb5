"""`wiretell fleet check`: an inventory held against a policy; exit code 1 where something is banned."""

from __future__ import annotations

import argparse
from typing import Final

from wiretell import report
from wiretell.cli.fleet.shared import add_machine_options, add_policy_options, inventory_of, moment, policy_of, taken
from wiretell.cli.output import Commands, add_output_options, check_output, show

_EXAMPLES: Final = """examples:
  wiretell fleet check --policy wiretell-policy.toml
  wiretell fleet check --on 2026-07-10                  as on that day, by the policy's clock
  wiretell fleet check --inventory inventory.json       a stored inventory, of this or another machine
  ssh host wiretell fleet inventory --format json | wiretell fleet check --inventory -

Every install and every running process is asked of the policy's rules, and every setting that names a model; the first
rule that matches decides, and is named. What the inventory could not see is listed: it is not judged.
exit codes: 0 nothing banned, 1 something is banned, 2 wrong use or bad input, 4 own fault, 130 interrupted
"""


def add_to(verbs: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the verb to the parser."""
    parser = verbs.add_parser(
        "check",
        help="an inventory held against a policy",
        description="Holds every agent on this machine against a policy: banned from when, why, and what instead.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_policy_options(parser)
    parser.add_argument("--inventory", metavar="FILE", help="a stored inventory instead of this machine; -: from stdin")
    add_machine_options(parser)
    parser.add_argument("--verbose", action="store_true", help="list everything, not only what matters most")
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Check, print, and return 1 where something is banned."""
    check_output(options.output)
    policy = policy_of(options)
    on = moment(options, policy)
    inventory = inventory_of(options.inventory) if options.inventory else taken(options)
    from wiretell.fleet.checking import check

    checked = check(inventory, policy, on)
    show(report.to_document(checked), options)
    return int(bool(checked.banned))
