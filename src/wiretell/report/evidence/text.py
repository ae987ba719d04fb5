"""A signed export for people: whether it is whole, what it holds, who signed it.

What is laid out is a drawn document (`drawn.py`): nothing in it steers a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.text import Text

from wiretell.report.console import GREEN, LEAST_WIDTH, RED, banner, indented, printed
from wiretell.report.drawn import drawn
from wiretell.report.evidence.document_v1 import EvidenceDocument, Verdict
from wiretell.report.words import plural


def render(document: EvidenceDocument, *, color: bool, width: int) -> str:
    """Return the report as lines of at most `width` cells; ANSI colours only where `color`. Pure."""
    return printed(_blocks(drawn(document)), color=color, width=max(width, LEAST_WIDTH))


def _blocks(document: EvidenceDocument) -> Iterable[RenderableType]:
    is_whole = document.verdict is Verdict.WHOLE
    yield banner(document.verdict.upper(), GREEN if is_whole else RED, document.file)
    for problem in document.problems:
        yield indented(Text(problem), 3, "-")
    if not is_whole:
        yield indented(Text("What follows is what it says of itself; it is not proven."), 1)
    exchanges = plural(document.exchanges, "exchange")
    edits = f"{document.edits:,} ledger {'entry' if document.edits == 1 else 'entries'}"
    yield indented(Text(f"{exchanges} of {document.user} in {document.period} ({document.timezone}), {edits}."), 1)
    for remark in document.remarks:
        yield indented(Text(remark), 3, "-")
    compared = "compared with the one that you named" if document.key_is_known else "compare this with the signer's"
    yield indented(Text(f"made:  {document.created or 'not told'}"), 2)
    yield indented(Text(f"head:  {document.head or 'none, the log has no store'}"), 2)
    yield indented(Text(f"key:   SHA-256 {document.key or 'none'}; {compared}"), 2)
