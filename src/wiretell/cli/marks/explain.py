"""`wiretell marks explain`: what some settings would be marked as, and why. Settings are read, and never sent."""

from __future__ import annotations

import argparse
import json
import os
import zoneinfo
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from rapidfuzz import fuzz, process, utils

from wiretell import marks, report
from wiretell.cli.marks.machine import machine_zone
from wiretell.cli.marks.shared import a_date
from wiretell.cli.output import Commands, add_output_options, check_output, show
from wiretell.errors import UsageError
from wiretell.marks.date_line.zones import told_zone
from wiretell.model.marks import Classification, Explained
from wiretell.report.glyphs import shorten

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
_RUNTIMES: Final = ("node", "bun")
_RUNTIME_NAMES: Final = {"node": "Node", "bun": "Bun"}
_NOTES: Final = (
    "Two things alone are read: ANTHROPIC_BASE_URL and the name of the time zone. Proxy settings, the IP address, the "
    "locale, the language and CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC are not.",
    "2.1.198 (published 2026-07-01) and later do not write it, as far as they were read: 2.1.198 and 2.1.329.",
    'The second sentence, "Today\'s date is now ...", which a session over midnight holds, is never marked.',
)
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
    parser.add_argument("--date", metavar="YYYY-MM-DD", type=a_date, help="in the sentence (default: today)")
    parser.add_argument(
        "--runtime", choices=_RUNTIMES, default="node", help="which tells the name of the zone (default: node)"
    )
    parser.add_argument("--verbose", action="store_true", help="list every entry that matches")
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Explain and print."""
    check_output(options.output)
    base_url, base_origin = _base_url(options.base_url)
    zone, zone_origin = _zone(options.timezone, options.runtime)
    found = marks.explain(base_url, zone)
    notes = _NOTES if options.base_url is not None else (*_NOTES, _OWN_SETTINGS)
    explained = _explained(found, {"base_url": base_origin, "timezone": zone_origin}, options.date, notes)
    show(report.to_document(explained), options)
    return 0


def _base_url(given: str | None) -> tuple[str | None, str]:
    """Return the base URL and where it comes from."""
    if given is not None:
        return given or None, "--base-url"
    found = os.environ.get(_VARIABLE)
    return found or None, f"this machine ({_VARIABLE})" if found else f"this machine ({_VARIABLE} is not set)"


def _zone(given: str | None, runtime: str) -> tuple[str | None, str]:
    """Return the zone as the runtime tells it, and where it comes from."""
    if given is None:
        name, origin = machine_zone()
    else:
        name, origin = _known_zone(given), "--timezone"
    if name is None:
        return None, origin
    told = told_zone(name, runtime)
    return told, origin if told == name else f"{origin} {name}, which {_RUNTIME_NAMES[runtime]} tells as {told}"


def _known_zone(name: str) -> str:
    """Return a zone of the time zone database.

    :raises UsageError: for any other, with the nearest.
    """
    zones = zoneinfo.available_timezones()
    if name in zones:
        return name
    nearest = process.extractOne(
        name, sorted(zones), scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=70
    )
    hint = f"did you mean {nearest[0]}?" if nearest else "write a name such as Asia/Shanghai."
    raise UsageError(f"The time zone database has no {shorten(name, 60)!r}; {hint}")


def _explained(found: Classification, origin: dict[str, str], day: date | None, notes: Iterable[str]) -> Explained:
    day = day or datetime.now(UTC).astimezone().date()
    plain = f"Today's date is {day.isoformat()}."
    sentence = marks.write(plain, found.state.name, scheme_name=found.scheme, anywhere=True).data
    shown = replace(found.settings, base_url=_without_secrets(found.settings.base_url))
    return Explained(
        replace(found, settings=shown),
        origin,
        sentence,
        {"utf-8": sentence.encode().hex(" "), "json": json.dumps(sentence)},
        tuple(marks.scheme(found.scheme).versions),
        tuple(notes),
    )


def _without_secrets(base_url: str | None) -> str | None:
    """Return a URL as it may be shown: without a password, and without a query, either of which may hold a key."""
    if not base_url:
        return None
    parts = urlsplit(base_url)
    location = f"***@{parts.netloc.rsplit('@', 1)[1]}" if "@" in parts.netloc else parts.netloc
    query = "***" if parts.query else ""
    return urlunsplit(parts._replace(netloc=location, query=query, fragment=""))
