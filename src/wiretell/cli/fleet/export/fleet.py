"""`wiretell fleet export fleet`: a policy as policies and queries of Fleet, in YAML."""

from __future__ import annotations

import argparse
from typing import Final

from wiretell.cli.fleet.export.osquery import add_reach_options, reach_of
from wiretell.cli.fleet.shared import POLICY, policy_of
from wiretell.cli.output import Commands, check_output, write_output

_EXAMPLES: Final = """examples:
  wiretell fleet export fleet --policy wiretell-policy.toml --output wiretell.yml
  wiretell fleet export fleet --policy wiretell-policy.toml --form apply | fleetctl apply -f -

Each rule that can ban an install becomes a policy that a machine passes or fails, by its own clock: one that begins
next month is rolled out today. Queries list what was found and the rule that decided. See docs/fleet-osquery.md.
exit codes: 0 done, 2 wrong use or bad input, 4 own fault
"""


def add_to(verbs: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the form to the parser."""
    parser = verbs.add_parser(
        "fleet",
        help="policies and queries for Fleet, as YAML",
        description="Writes a policy as policies of Fleet, and the queries that say what was found, as YAML.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--policy", default=POLICY, metavar="FILE", help=f"default: {POLICY}")
    parser.add_argument(
        "--form",
        choices=("gitops", "apply"),
        default="gitops",
        help="for `fleetctl gitops` (default) or `fleetctl apply`",
    )
    parser.add_argument("--critical", action="store_true", help="mark the policies as critical: needs Fleet Premium")
    add_reach_options(parser)
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Write the YAML."""
    check_output(options.output)
    reach = reach_of(options)
    from wiretell.fleet.exports import osquery
    from wiretell.fleet.exports.osquery import fleet_yaml

    policy = policy_of(options)
    policies = fleet_yaml.policies(policy, reach=reach, critical=options.critical)
    queries = fleet_yaml.queries_of(
        (*osquery.inventory(reach=reach), *osquery.decisions(policy, None, reach)), options.interval
    )
    write = fleet_yaml.as_gitops if options.form == "gitops" else fleet_yaml.as_apply
    write_output(write(policies, queries, osquery.notes(policy)), options.output)
    return 0
