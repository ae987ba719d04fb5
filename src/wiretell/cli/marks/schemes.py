"""`wiretell marks schemes`: what marks are known, where they stand, and from where that is known."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Final

from wiretell import marks, report
from wiretell.cli.output import Commands, add_output_options, check_output, show
from wiretell.marks.date_line.hosts import HostLists, host_lists
from wiretell.marks.interface import Detector
from wiretell.marks.registry import SCHEMES
from wiretell.model.schemes import SchemeDescription, SchemesResult, VendorList

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
    options.verbose = False  # nothing is left out
    show(report.to_document(known(with_entries=options.lists)), options)
    return 0


def known(*, with_entries: bool) -> SchemesResult:
    """Return what is known of every scheme and detector."""
    return SchemesResult(tuple(_described(each, with_entries=with_entries) for each in marks.named(marks.schemes())))


def _described(detector: Detector, *, with_entries: bool) -> SchemeDescription:
    scheme = next((each for each in SCHEMES if each.name == detector.name), None)
    if scheme is None:
        return SchemeDescription(detector.name, detector.title, detector.place, ("read", "strip"))
    return SchemeDescription(
        scheme.name,
        scheme.title,
        scheme.place,
        ("explain", "read", "strip", "write"),
        tuple(scheme.states),
        tuple(scheme.versions),
        tuple(scheme.sources),
        tuple(_lists(host_lists(), with_entries=with_entries)) if scheme.name == _LISTED else (),
    )


def _lists(found: HostLists, *, with_entries: bool) -> Iterator[VendorList]:
    for signal, each in found.lists.items():
        entries = tuple(each.entries) if with_entries else ()
        yield VendorList(signal, each.rule, len(each.entries), each.sha256, found.package, found.sha256, entries)
