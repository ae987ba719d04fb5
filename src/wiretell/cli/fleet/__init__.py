"""`wiretell fleet`: which agents a machine has, what the policy says of them, and how they go. One file a verb."""

from __future__ import annotations

import argparse
from types import MappingProxyType
from typing import Final

from wiretell.cli.output import Commands
from wiretell.cli.verbs import LazyVerbs

_EXAMPLES: Final = """examples:
  wiretell fleet inventory                              every agent of this user (as root: of everybody)
  wiretell fleet check --policy wiretell-policy.toml    what the policy says of them; exit 1 if something is banned
  wiretell fleet check --on 2026-07-10                  the same on another day
  wiretell fleet remove                                 the steps that would remove what is banned
  wiretell fleet remove --apply                         take them, keep the user's files, prove the absence

  wiretell fleet policy init claude-code.audit.json     a policy from what an audit found
  wiretell fleet policy test wiretell-policy.toml       run the policy's own examples
  wiretell fleet export osquery --policy wiretell-policy.toml
  wiretell fleet report inventories/ --policy wiretell-policy.toml --format html --output fleet.html

`wiretell fleet VERB --help` tells more of each. An inventory reads; it never sends, and never runs what it finds.
exit codes: 0 done, nothing banned; 1 something is banned; 2 wrong use or bad input; 4 own fault; 130 interrupted
"""
_VERBS: Final = MappingProxyType(
    {
        "inventory": "every AI agent on this machine, with version, origin and hash",
        "check": "an inventory held against a policy",
        "remove": "remove what is banned: a plan, or with --apply the deed and its proof",
        "policy": "test, explain and begin policies",
        "export": "the same for what companies run already: osquery, Fleet, managed settings, DNS, CycloneDX",
        "report": "inventories of many machines on one page",
    }
)


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command; its verbs are imported when they are named."""
    parser = commands.add_parser(
        "fleet",
        help="which agents run where, what the policy says of them, removal with proof",
        description="Finds every AI agent on a machine, holds what is there against the company's policy, removes what "
        "is banned with proof, and hands both to what companies run already.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", action=LazyVerbs, required=True)
    assert isinstance(verbs, LazyVerbs)
    for name, told in _VERBS.items():
        verbs.announce(name, told, f"wiretell.cli.fleet.{name}")
