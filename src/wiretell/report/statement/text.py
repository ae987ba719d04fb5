"""A statement for people: the total, then a line a day and model, then how it can be checked.

What is laid out is a drawn document (`drawn.py`): nothing in it steers a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import RenderableType
from rich.text import Text

from wiretell.report.console import GREY, LEAST_WIDTH, banner, indented, printed, tabled, title
from wiretell.report.drawn import drawn
from wiretell.report.statement.document_v1 import StatementDocument, Totals
from wiretell.report.words import plural

_HEADERS = (
    ("day", 0),
    ("model", 2),
    ("requests", 0),
    ("input", 0),
    ("cache read", 0),
    ("cache write", 0),
    ("output", 0),
    ("USD", 0),
)


def render(document: StatementDocument, *, color: bool, width: int) -> str:
    """Return the statement as lines of at most `width` cells; ANSI colours only where `color`. Pure."""
    wide = max(width, LEAST_WIDTH)
    return printed(_blocks(drawn(document), wide), color=color, width=width)


def _blocks(document: StatementDocument, width: int) -> Iterable[RenderableType]:
    yield banner("STATEMENT", GREY, f"{document.user}, {document.period}")
    requests = plural(document.total.requests, "request")
    yield indented(Text(f"${document.total.usd} for {requests}, {document.starts} to {document.ends}."), 1)
    yield Text()
    yield title("Days", f"of {document.timezone}; input is without what a prompt cache gave or took", width)
    rows = [(line.day, line.model or "(not told)", *_numbers(line.used)) for line in document.lines]
    if rows:
        yield from tabled(_HEADERS, [*rows, ("total", "", *_numbers(document.total))], width)
    else:
        yield indented(Text("No request of this user in this period was sent to a model."), 2)
    yield from _notes(document)
    yield Text()
    yield title("Check", "made again from the same log, these are the same", width)
    yield indented(Text(f"digest of exchanges and costs (SHA-256): {document.digest}"), 2)
    yield indented(Text(f"head of the log's chain: {document.head or 'none, the log has no store'}"), 2)
    if document.broken:
        places = plural(document.broken, "place")
        yield indented(Text(f"The log was changed since it was written, in {places}; see `wiretell gateway check`."), 2)


def _numbers(sums: Totals) -> Sequence[str]:
    counts = (sums.requests, sums.input_tokens, sums.cache_read_tokens, sums.cache_write_tokens, sums.output_tokens)
    return *(f"{count:,}" for count in counts), sums.usd


def _notes(document: StatementDocument) -> Iterable[RenderableType]:
    total = document.total
    tables = sorted({line.price_table for line in document.lines if line.price_table})
    notes = (
        (total.estimated, f"{plural(total.estimated, 'request')} with estimated tokens: the upstream told none."),
        (total.unpriced, f"{plural(total.unpriced, 'request')} without a cost in the log, counted as 0."),
        (document.not_sent, f"{plural(document.not_sent, 'exchange')} not sent upstream, in no line."),
        (document.free, f"{plural(document.free, 'exchange')} that asked no model, in no line."),
        (len(tables), f"Prices: {', '.join(tables)}."),
    )
    for count, sentence in notes:
        if count:
            yield indented(Text(sentence), 2, "-")
