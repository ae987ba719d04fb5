"""`wiretell fleet export dns`: host names that audited agents reach for, as a list for a resolver."""

from __future__ import annotations

import argparse
from typing import Final

from wiretell.cli.fleet.export.audits import add_audit_options, gathered, say
from wiretell.cli.output import Commands, check_output, write_output

_EXAMPLES: Final = """examples:
  wiretell audit claude-code --format json --output claude-code.audit.json
  wiretell fleet export dns claude-code.audit.json --form rpz --output db.agents.rpz
  wiretell fleet export dns *.audit.json --form unbound --keep github.com --keep '*.github.com'
  wiretell fleet export dns codex.audit.json --allow --form dnsmasq      for machines that need nothing else
  wiretell fleet export dns codex.audit.json --form plain | sort -u

The names are those that agents reached for in a sealed lab; none is guessed and none resolved. Hosts of the lab itself
are left out. An address that an agent reached without a name is in no such list: `wiretell fleet export egress`.
plain is names alone: what other lists say in comments, it says on standard error.
exit codes: 0 done, 2 wrong use or bad input, 4 own fault
"""


def add_to(verbs: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the form to the parser."""
    parser = verbs.add_parser(
        "dns",
        help="lists for resolvers, from the destinations of audits",
        description="Writes the host names that audited agents reach for as a list that a resolver reads.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_audit_options(parser)
    parser.add_argument(
        "--form", choices=("hosts", "rpz", "unbound", "dnsmasq", "plain"), default="plain", help="default: plain"
    )
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Write the list, and say on standard error what is not in it."""
    from wiretell.fleet.exports.names import NameForm, Side, remarks, render

    check_output(options.output)
    destinations, form, side = gathered(options), NameForm(options.form), Side(options.side)
    text = render(destinations, form, side)
    say(remarks(destinations, form, side))
    write_output(text, options.output)
    return 0
