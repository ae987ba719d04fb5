"""`wiretell fleet export egress`: what audited agents reach for, as a list for a packet filter or a proxy."""

from __future__ import annotations

import argparse
from typing import Final

from wiretell.cli.fleet.export.audits import add_audit_options, gathered, say
from wiretell.cli.output import Commands, check_output, write_output

_EXAMPLES: Final = """examples:
  wiretell fleet export egress qoder.audit.json --form nftables --output agents.nft     bare addresses
  wiretell fleet export egress *.audit.json --form squid --output agents.conf           names and bare addresses
  wiretell fleet export egress *.audit.json --form csv                                  everything, with ports
  wiretell fleet export egress codex.audit.json --form squid --allow

csv and json tell what was reached, whatever the list is for. No name is resolved to fill a list: a packet filter gets
the addresses that agents reached without a name; names go to a proxy, or to a resolver (`wiretell fleet export dns`).
exit codes: 0 done, 2 wrong use or bad input, 4 own fault
"""


def add_to(verbs: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the form to the parser."""
    parser = verbs.add_parser(
        "egress",
        help="lists for proxies and packet filters, from the destinations of audits",
        description="Writes what audited agents reach for as a list that a proxy or a packet filter reads.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_audit_options(parser)
    parser.add_argument("--form", choices=("nftables", "squid", "csv", "json"), default="csv", help="default: csv")
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Write the list, and say on standard error what is not in it."""
    from wiretell.fleet.exports.egress import EgressForm, remarks, render
    from wiretell.fleet.exports.names import Side

    check_output(options.output)
    destinations, form = gathered(options), EgressForm(options.form)
    text = render(destinations, form, Side(options.side))
    say(remarks(destinations, form))
    write_output(text, options.output)
    return 0
