"""`wiretell fleet export osquery`: a policy, or the catalogue alone, as a query pack of osqueryd."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from wiretell.cli.fleet.shared import POLICY, policy_of
from wiretell.cli.output import Commands, check_output, write_output
from wiretell.errors import UsageError

if TYPE_CHECKING:
    from wiretell.fleet.exports.osquery import Query, Reach

_EXAMPLES: Final = """examples:
  wiretell fleet export osquery --policy wiretell-policy.toml --output wiretell.conf
  wiretell fleet export osquery --inventory --output inventory.conf              every agent, for `fleet report`
  wiretell fleet export osquery --policy wiretell-policy.toml --form sql         the queries, to read or to try
  osqueryi --json "$(wiretell fleet export osquery --inventory --form sql --only npm)"          one of them, now

Rows of the policy's queries are what it bans or warns of, by the machine's clock; --all adds the rest. Those of the
inventory list everything each time, also what did not change, and tell of machines without agents. What osquery cannot
see stands in the pack under `wiretell`, and in the comments of the SQL: docs/fleet-osquery.md.
exit codes: 0 done, 2 wrong use or bad input, 4 own fault
"""
DEEPEST: Final = 8
_WEEK: Final = 7 * 24 * 3600


def add_to(verbs: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the form to the parser."""
    parser = verbs.add_parser(
        "osquery",
        help="query packs for osqueryd",
        description="Writes queries that find agents by osquery's own tables and hold them against a policy: the same "
        "rules, versions and days as `wiretell fleet check`.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--policy", default=POLICY, metavar="FILE", help=f"default: {POLICY}")
    parser.add_argument("--inventory", action="store_true", help="every agent, without a policy")
    parser.add_argument("--all", action="store_true", help="rows for what is allowed, or what no rule decides, too")
    parser.add_argument("--form", choices=("pack", "sql"), default="pack", help="default: pack")
    parser.add_argument(
        "--only",
        metavar="KIND",
        help="one query: npm, python, debian, extensions, native, binaries, processes, machine (of the inventory)",
    )
    add_reach_options(parser)
    parser.set_defaults(call=call)


def add_reach_options(parser: argparse.ArgumentParser) -> None:
    """Add how often, how deep, and where to."""
    parser.add_argument(
        "--interval", type=int, default=3600, metavar="SECONDS", help="between two runs of a query (default: 3600)"
    )
    parser.add_argument(
        "--depth",
        type=int,
        default=3,
        metavar="N",
        help="folders below a home in which projects are found (default: 3)",
    )
    parser.add_argument("--output", metavar="PATH", default="-", help="default: -, standard output")


def reach_of(options: argparse.Namespace) -> Reach:
    """Return how far queries go. :raises UsageError: for numbers out of bounds."""
    from wiretell.fleet.exports.osquery import Reach

    if not 0 <= options.depth <= DEEPEST:
        raise UsageError(
            f"--depth takes a whole number from 0 to {DEEPEST}; each folder deeper costs the machines more."
        )
    if not 1 <= options.interval <= _WEEK:
        raise UsageError(f"--interval takes seconds from 1 to {_WEEK:,} (a week).")
    return Reach(options.depth)


def call(options: argparse.Namespace) -> int:
    """Write the pack."""
    check_output(options.output)
    reach = reach_of(options)
    from wiretell.fleet.exports import osquery
    from wiretell.fleet.exports.osquery import pack

    policy = None if options.inventory else policy_of(options)
    effects = ("ban", "warn", "allow", "pass") if options.all else ("ban", "warn")
    found = osquery.inventory(reach=reach) if policy is None else osquery.decisions(policy, None, reach, effects)
    queries, notes = _only(found, options.only), osquery.notes(policy)
    if options.form == "sql":
        write_output(pack.as_sql(queries, notes), options.output)
    else:
        write_output(pack.as_json(pack.pack(queries, options.interval, notes)), options.output)
    return 0


def _only(queries: tuple[Query, ...], kind: str | None) -> tuple[Query, ...]:
    if kind is None:
        return queries
    kinds = {query.name.rpartition("_")[2]: query for query in queries}
    if kind not in kinds:
        raise UsageError(f"--only {kind}: there is no such query here; there are {', '.join(kinds) or 'none'}.")
    return (kinds[kind],)
