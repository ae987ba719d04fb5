"""Sweeps and leads of an audit, as blocks for a terminal. Callers pass a drawn document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import RenderableType
from rich.text import Text

from wiretell.report import words
from wiretell.report.audit import sweep
from wiretell.report.audit.document_v1 import Channel, Document, Sweep
from wiretell.report.console import columns, indented, limited, more, title
from wiretell.report.glyphs import clip

ROWS_SHOWN = 8


def blocks(document: Document, *, width: int, verbose: bool) -> Iterable[RenderableType]:
    """Return what was swept, and the lists that a scan decoded; nothing where there is neither."""
    report = _Sweeps(document, width, verbose)
    yield from report.sweeps()
    yield from report.leads()


class _Sweeps:
    def __init__(self, document: Document, width: int, verbose: bool) -> None:
        self._document = document
        self._width = width
        self._verbose = verbose
        self._rows = 1_000_000 if verbose else ROWS_SHOWN

    def sweeps(self) -> Iterable[RenderableType]:
        for item in self._document.sweeps:
            yield Text()
            yield title(f"Sweep of {item.fact}", f"{item.confirmed:,} of {item.entries:,} entries", self._width)
            for sentence in (*sweep.confirmed(self._document, item), sweep.near_misses(item)):
                yield from [indented(Text(sentence), 2)] if sentence else []
            for label, sentences in (("rule", item.rules), ("exception", item.exceptions)):
                for sentence in limited(sentences, self._rows):
                    yield indented(Text.assemble((f"{label}: ", "dim"), sentence), 2, "-")
            yield from self._swept(item)

    def _swept(self, item: Sweep) -> Iterable[RenderableType]:
        found = sweep.channels(self._document, item)
        table = columns(("list", 0), ("entries", 0), *((f"{c.id} {c.carrier.value}", 1) for c in found), ("such as", 3))
        for row in sweep.shown(item, found)[: self._rows]:
            names = ", ".join(limited([clip(entry, 40) for entry in row.entries], 3))
            cells = (row.lead, f"{len(row.entries):,}", *(clip(symbol, 40) for symbol in row.symbols), names)
            table.add_row(*map(Text, cells))
        yield table
        yield from more(len(sweep.shown(item, found)) - self._rows, "combination")
        yield Text()
        reaches = columns(("levels", 0), ("made of", 3), ("run", 0), ("hit", 0), ("as inferred", 1))
        for kind in sweep.reached(item):
            cells = (kind.reach.value, sweep.REACHES[kind.reach], f"{kind.run:,} of {kind.tried:,}", f"{kind.hits:,}")
            reaches.add_row(*map(Text, cells), Text(kind.as_inferred))
        yield reaches
        if self._verbose:
            yield from self._every_level(item, found)

    def _every_level(self, item: Sweep, found: Sequence[Channel]) -> Iterable[RenderableType]:
        yield Text()
        table = columns(
            ("run", 0), ("list", 0), ("", 0), ("level", 4), *((clip(c.id, 12), 2) for c in found), ("hit", 1)
        )
        for level in item.levels:
            run = "-" if level.run is None else str(level.run)
            cells = (
                run,
                level.lead,
                level.reach.value,
                level.level,
                *sweep.symbols(level, found),
                sweep.hit_words(level),
            )
            table.add_row(*map(Text, cells))
        yield table

    def leads(self) -> Iterable[RenderableType]:
        items = self._document.leads
        if not items:
            return
        yield Text()
        count = f"{words.plural(len(items), 'list')} that the scan decoded; their entries became levels"
        yield title("Leads", count, self._width)
        for item in items[: self._rows]:
            names = ", ".join(limited([clip(entry, 40) for entry in item.entries], 1_000_000 if self._verbose else 8))
            yield indented(Text.assemble((f"{item.id} ", "bold"), f"{words.plural(item.count, 'entry')}: {names}"), 2)
            yield indented(Text(sweep.lead_words(item), style="dim"), 4)
        yield from more(len(items) - self._rows, "list")
