"""`wiretell marks schemes`: what marks are known, where they stand, and from where that is known."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain
from typing import Any, Final

from rich.console import RenderableType
from rich.text import Text

from wiretell import marks
from wiretell.cli.output import Commands, add_output_options, check_output, terminal_width, wants_color, write_output
from wiretell.marks.date_line.hosts import HostLists, host_lists
from wiretell.marks.interface import Detector
from wiretell.marks.registry import SCHEMES
from wiretell.report.console import indented, printed, tabled, title
from wiretell.report.glyphs import visible
from wiretell.report.words import plural

_EXAMPLES = """examples:
  wiretell marks schemes
  wiretell marks schemes --lists                       with every entry of the lists
  wiretell marks schemes --format json | jq -r '.schemes[].name'

A scheme can be read, explained, stripped and written; a detector can be read and stripped.

exit codes: 0 done, 2 wrong use, 4 own fault
"""
_LISTED: Final = "date-line"


def add_to(verbs: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the verb to the parser."""
    parser = verbs.add_parser(
        "schemes",
        help="what marks are known, where they stand, and from where that is known",
        description="Lists schemes, with their states, versions and sources, and detectors, with what they find.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--lists", action="store_true", help="show every entry of the vendor's lists")
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Print what is known."""
    check_output(options.output)
    found = [_described(each, with_entries=options.lists) for each in marks.named(marks.schemes())]
    if options.format == "json":
        text = json.dumps({"schema": "wiretell/marks-schemes/1", "schemes": found}, indent=2, ensure_ascii=False)
    else:
        text = _as_text(found, color=wants_color(options.output), width=terminal_width())
    write_output(text, options.output)
    return 0


def _described(detector: Detector, *, with_entries: bool) -> dict[str, Any]:
    """Return what is known of one scheme or detector, as it is published."""
    described: dict[str, Any] = {"name": detector.name, "title": detector.title, "place": detector.place}
    scheme = next((each for each in SCHEMES if each.name == detector.name), None)
    if scheme is None:
        return described | {"verbs": ["read", "strip"]}
    return described | {
        "verbs": ["explain", "read", "strip", "write"],
        "states": [asdict(state) for state in scheme.states],
        "versions": [asdict(item) for item in scheme.versions],
        "sources": list(scheme.sources),
        "lists": _lists(host_lists(), with_entries=with_entries) if scheme.name == _LISTED else [],
    }


def _lists(found: HostLists, *, with_entries: bool) -> list[dict[str, Any]]:
    """Return where the vendor's lists are from; hashes are of the tarball, and of the entries joined by commas."""
    return [
        {
            "signal": signal,
            "rule": each.rule,
            "count": len(each.entries),
            "sha256": each.sha256,
            "package": found.package,
            "package_sha256": found.sha256,
        }
        | ({"entries": list(each.entries)} if with_entries else {})
        for signal, each in found.lists.items()
    ]


def _as_text(found: list[dict[str, Any]], *, color: bool, width: int) -> str:
    return printed(chain.from_iterable(_blocks(each, width) for each in found), color=color, width=width)


def _blocks(each: dict[str, Any], width: int) -> Iterator[RenderableType]:
    yield title(visible(each["name"]), visible(each["title"]), width)
    yield indented(Text(visible(each["place"])), 2)
    if states := each.get("states"):
        rows = [(str(state["number"]), state["name"], visible(state["meaning"])) for state in states]
        yield from tabled((("state", 0), ("name", 0), ("meaning", 4)), rows, width)
    for item in each.get("versions", ()):
        span = f"{item['first']} ({item['first_date']}) to {item['last']} ({item['last_date']})"
        yield indented(Text(f"written by {item['product']} {span}; {visible(item['source'])}"), 2, "-")
    for source in each.get("sources", ()):
        yield indented(Text(f"described in {visible(source)}"), 2, "-")
    for found in each.get("lists", ()):
        yield from _list_blocks(found)
    yield Text()


def _list_blocks(found: dict[str, Any]) -> Iterator[RenderableType]:
    entries = plural(found["count"], "entry")
    yield indented(Text(f"list {found['signal']} ({found['rule']}): {entries}, sha256 {found['sha256']}"), 2, "-")
    yield indented(Text(f"from {found['package']}, sha256 {found['package_sha256']}"), 4)
    if "entries" in found:
        yield indented(Text(", ".join(map(visible, found["entries"]))), 4)
