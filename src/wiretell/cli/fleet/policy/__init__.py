"""`wiretell fleet policy`: policies tested, explained and begun. One file a verb, imported when it is named."""

from __future__ import annotations

import argparse
from types import MappingProxyType
from typing import Final

from wiretell.cli.output import Commands
from wiretell.cli.verbs import LazyVerbs

_EXAMPLES: Final = """examples:
  wiretell fleet policy init claude-code.audit.json --from 2026-07-10 --output wiretell-policy.toml
  wiretell fleet policy test wiretell-policy.toml
  wiretell fleet policy explain wiretell-policy.toml --on 2026-07-10 --product claude-code --version 2.1.91

docs/policy.md tells what may stand in a policy. Nothing on this machine is looked at but the files that are named.
exit codes: 0 done, 1 an example does not hold, 2 wrong use or bad input, 4 own fault
"""
_VERBS: Final = MappingProxyType(
    {
        "test": "run a policy's own examples",
        "explain": "each rule in plain words, and why something is decided as it is",
        "init": "begin a policy from audit documents",
    }
)


def add_to(verbs: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the verb; its own verbs are imported when they are named."""
    parser = verbs.add_parser(
        "policy",
        help="test, explain and begin policies",
        description="Tests a policy by its own examples, explains it rule by rule, or begins one from audit documents.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    own = parser.add_subparsers(dest="policy_verb", metavar="VERB", action=LazyVerbs, required=True)
    assert isinstance(own, LazyVerbs)
    for name, told in _VERBS.items():
        own.announce(name, told, f"wiretell.cli.fleet.policy.{name}")
