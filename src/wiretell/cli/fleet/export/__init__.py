"""`wiretell fleet export`: policy and inventory in the forms of what companies run already. One file a form."""

from __future__ import annotations

import argparse
from types import MappingProxyType
from typing import Final

from wiretell.cli.output import Commands
from wiretell.cli.verbs import LazyVerbs

_EXAMPLES: Final = """examples:
  wiretell fleet export osquery --policy wiretell-policy.toml --output wiretell.conf
  wiretell fleet export fleet --policy wiretell-policy.toml --output wiretell.yml
  wiretell fleet export settings --policy wiretell-policy.toml --output-dir managed
  wiretell fleet export dns claude-code.audit.json --form rpz
  wiretell fleet export egress claude-code.audit.json --form squid
  wiretell fleet export cyclonedx --inventory inventory.json --output agents.cdx.json
"""
_FORMS: Final = MappingProxyType(
    {
        "osquery": "query packs for osqueryd",
        "fleet": "policies and queries for Fleet, as YAML",
        "settings": "managed settings of the agents themselves",
        "dns": "lists for resolvers, from the destinations of audits",
        "egress": "lists for proxies and packet filters, from the destinations of audits",
        "cyclonedx": "an inventory as CycloneDX",
    }
)


def add_to(verbs: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the verb; its forms are imported when they are named."""
    parser = verbs.add_parser(
        "export",
        help="policy and inventory for what companies run already",
        description="Writes a policy, an inventory or the destinations of an audit in the forms that other tools read. "
        "What a form cannot say is told beside it, never left out in silence.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    forms = parser.add_subparsers(dest="form_name", metavar="FORM", action=LazyVerbs, required=True)
    assert isinstance(forms, LazyVerbs)
    for name, told in _FORMS.items():
        forms.announce(name, told, f"wiretell.cli.fleet.export.{name}")
