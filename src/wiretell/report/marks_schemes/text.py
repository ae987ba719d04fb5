"""What is known of marks, for people at a terminal: schemes with their states and sources, then detectors.

What is laid out is a drawn document (`drawn.py`): nothing in it steers a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.text import Text

from wiretell.report.console import LEAST_WIDTH, indented, printed, tabled, title
from wiretell.report.drawn import drawn
from wiretell.report.marks_schemes.document_v1 import Scheme, SchemesDocument, VendorList
from wiretell.report.words import plural


def render(document: SchemesDocument, *, color: bool, width: int) -> str:
    """Return the list as lines of at most `width` cells; ANSI colours only where `color`. Pure.

    Nothing is left out: entries are shown where the document has them.
    """
    wide = max(width, LEAST_WIDTH)
    blocks = [block for scheme in drawn(document).schemes for block in _blocks(scheme, wide)]
    return printed(blocks, color=color, width=width)


def _blocks(scheme: Scheme, width: int) -> Iterable[RenderableType]:
    yield title(scheme.name, scheme.title, width)
    yield indented(Text(scheme.place), 2)
    if scheme.states:
        rows = [(str(state.number), state.name, state.meaning) for state in scheme.states]
        yield from tabled((("state", 0), ("name", 0), ("meaning", 4)), rows, width)
    for item in scheme.versions:
        span = f"{item.first} ({item.first_date}) to {item.last} ({item.last_date})"
        yield indented(Text(f"written by {item.product} {span}; {item.source}"), 2, "-")
    for source in scheme.sources:
        yield indented(Text(f"described in {source}"), 2, "-")
    for found in scheme.lists:
        yield from _list_blocks(found)
    yield Text()


def _list_blocks(found: VendorList) -> Iterable[RenderableType]:
    entries = plural(found.count, "entry")
    yield indented(Text(f"list {found.signal} ({found.rule}): {entries}, sha256 {found.sha256}"), 2, "-")
    yield indented(Text(f"from {found.package}, sha256 {found.package_sha256}"), 4)
    if found.entries:
        yield indented(Text(", ".join(found.entries)), 4)
