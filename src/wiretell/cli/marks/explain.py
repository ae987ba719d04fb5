"""`wiretell marks explain`: what some settings would be marked as, and why. Settings are read, and never sent."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from typing import Final

from wiretell import marks, report
from wiretell.cli.marks.machine import machine_zone
from wiretell.cli.marks.shared import a_date
from wiretell.cli.output import Commands, add_output_options, check_output, show
from wiretell.marks.explaining import RUNTIME_NAMES, zone_name

_EXAMPLES = """examples:
  wiretell marks explain                                         this machine's own settings
  wiretell marks explain --base-url https://api.deepseek.com --timezone Asia/Shanghai
  wiretell marks explain --base-url http://localhost:4000        a capture opens the gate by itself
  wiretell marks explain --base-url '' --timezone Asia/Urumqi    not set: the gate is closed
  wiretell marks explain --format json | jq -r .state.name

What is not given is taken from this machine: ANTHROPIC_BASE_URL of the environment, and the time zone as JavaScript's
Intl tells it. Nothing is sent anywhere.

exit codes: 0 whatever the state, 2 wrong use, 4 own fault, 130 interrupted
"""
_VARIABLE: Final = "ANTHROPIC_BASE_URL"
_OWN_SETTINGS: Final = (
    "Of this machine, the environment of this command was read. The agent's own settings files, which can set "
    "ANTHROPIC_BASE_URL too, were not."
)


def add_to(verbs: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the verb to the parser."""
    parser = verbs.add_parser(
        "explain",
        help="what would these settings be marked as, and why?",
        description="Says which signals fire and by which rule and entry, which state that is, which bytes it writes, "
        "and in which published versions.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--base-url", metavar="URL", help=f"in place of {_VARIABLE}; empty: not set")
    parser.add_argument("--timezone", metavar="ZONE", help="in place of this machine's, such as Asia/Shanghai")
    parser.add_argument(
        "--date", metavar="YYYY-MM-DD", type=a_date, help="in the sentence (default: today, in that zone)"
    )
    parser.add_argument(
        "--runtime",
        choices=tuple(RUNTIME_NAMES),
        default="node",
        help="which tells the name of the zone (default: node)",
    )
    parser.add_argument("--verbose", action="store_true", help="list every entry that matches")
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Explain and print."""
    check_output(options.output)
    base_url, base_origin = _base_url(options.base_url)
    zone, zone_origin = machine_zone() if options.timezone is None else (zone_name(options.timezone), "--timezone")
    found = marks.explain(base_url, zone, date=options.date, runtime=options.runtime)
    told = found.classification.settings.timezone
    if told != zone:
        zone_origin += f" {zone}, which {RUNTIME_NAMES[options.runtime]} tells as {told}"
    notes = found.notes if options.base_url is not None else (*found.notes, _OWN_SETTINGS)
    explained = replace(found, origin={"base_url": base_origin, "timezone": zone_origin}, notes=notes)
    show(report.to_document(explained), options)
    return 0


def _base_url(given: str | None) -> tuple[str | None, str]:
    """Return the base URL and where it comes from."""
    if given is not None:
        return given or None, "--base-url"
    found = os.environ.get(_VARIABLE)
    return found or None, f"this machine ({_VARIABLE})" if found else f"this machine ({_VARIABLE} is not set)"
