"""What `export dns` and `export egress` share: audit documents, what is left out, what is said beside a list."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wiretell import report
from wiretell.errors import FormatError, UsageError
from wiretell.report.glyphs import visible

if TYPE_CHECKING:
    from wiretell.fleet.exports.destinations import Destinations

_LARGEST: Final = 1 << 28
"""Bytes of an audit document; the largest known has some megabytes."""


def add_audit_options(parser: argparse.ArgumentParser) -> None:
    """Add the documents, and what the list is for."""
    parser.add_argument(
        "audits", metavar="AUDIT.json", nargs="+", help="what `wiretell audit --format json` wrote; -: standard input"
    )
    side = parser.add_mutually_exclusive_group()
    side.add_argument("--block", dest="side", action="store_const", const="block", help="a list of what to block")
    side.add_argument(
        "--allow", dest="side", action="store_const", const="allow", help="a list outside of which all is blocked"
    )
    parser.add_argument(
        "--keep", metavar="GLOB", action="append", default=[], help="leave these names out (repeatable)"
    )
    parser.add_argument("--product", metavar="NAME", default="", help="what to call the agent (default: as the audit)")
    parser.add_argument("--output", metavar="PATH", default="-", help="write the list there (default: standard output)")
    parser.set_defaults(side="block")


def gathered(options: argparse.Namespace) -> Destinations:
    """Read the documents. :raises UsageError: for one that cannot be read, or holds what no list can."""
    from wiretell.fleet.exports.destinations import gather

    return gather([(visible(path), _document(path)) for path in options.audits], options.keep, options.product)


def say(remarks: Iterable[str]) -> None:
    """Tell what the list cannot say, on standard error."""
    for remark in remarks:
        print(f"wiretell: {visible(remark)}", file=sys.stderr)


def _document(path: str) -> report.Document:
    try:
        if path == "-":
            data = sys.stdin.buffer.read(_LARGEST)
        else:
            with Path(path).open("rb") as file:
                data = file.read(_LARGEST)
        return report.decode(data)
    except (OSError, ValueError) as error:
        raise UsageError(f"{visible(path)} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    except FormatError as error:
        raise FormatError(f"{visible(path)}: {error}") from None
