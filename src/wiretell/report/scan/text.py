"""The scan for people at a terminal: hidden lists first and in full, the rest condensed to fit two screens.

What is laid out is a drawn document (`drawn.py`): no string of it can steer a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import RenderableType
from rich.text import Text

from wiretell.model.scan import MentionKind
from wiretell.report import listing, words
from wiretell.report.console import (
    GREY,
    LEAST_WIDTH,
    RED,
    banner,
    columns,
    indented,
    limited,
    more,
    printed,
    tabled,
    title,
)
from wiretell.report.drawn import drawn
from wiretell.report.glyphs import clip
from wiretell.report.scan import lookalikes, view
from wiretell.report.scan.document_v1 import Mention, ScanDocument

LISTS_SHOWN = 4
ROWS_SHOWN = 5
FACTS_SHOWN = 8
NAMES_SHOWN = 12
NAME_SHOWN = 48
CLUSTERS_SHOWN = 3
LEVELS_SHOWN = 3
SURROUNDINGS_NAMED = 2
LONGEST = 10_000
"""Characters of one name or literal that even --verbose cuts: a screen is no place for an asset."""


def render(document: ScanDocument, *, color: bool, width: int, verbose: bool = False) -> str:
    """Return the report as lines of at most `width` cells; ANSI colours only where `color`. Pure."""
    return printed(_Report(document, max(width, LEAST_WIDTH), verbose).blocks(), color=color, width=width)


class _Report:
    """Makes the blocks of one report, top to bottom."""

    def __init__(self, document: ScanDocument, width: int, verbose: bool) -> None:
        self._document = drawn(document)
        self._width = width
        self._verbose = verbose
        self._rows = 1_000_000 if verbose else ROWS_SHOWN
        self._names = 1_000_000 if verbose else NAMES_SHOWN

    def blocks(self) -> Iterable[RenderableType]:
        yield from self._headline()
        yield from self._hidden()
        yield from self._clusters()
        yield from self._plain()
        yield from self._surroundings()
        yield from self._environment()
        yield from self._zones()
        yield from self._lookalikes()
        yield from self._names_of("Hosts", MentionKind.HOST, "name")
        yield from self._names_of("Compared", MentionKind.COMPARED, "literal", " that something read is compared with")
        yield from self._embedded()
        yield from self._levels()
        yield from listing.not_examined(self._document.not_examined, self._width)
        yield from self._footer()

    def _headline(self) -> Iterable[RenderableType]:
        hidden = self._document.hidden
        label = words.plural(hidden, "hidden list") if hidden else "no hidden list found"
        yield banner(label.upper(), RED if hidden else GREY, view.target_name(self._document))
        yield indented(Text(listing.MENTIONS), 1)

    def _hidden(self) -> Iterable[RenderableType]:
        found = view.lists(self._document, hidden=True)
        shown = found if self._verbose else found[:LISTS_SHOWN]
        for item in shown:
            yield Text()
            yield from listing.list_in_full(item, width=self._width, verbose=self._verbose)
        yield from more(len(found) - len(shown), "hidden list")

    def _plain(self) -> Iterable[RenderableType]:
        found = view.lists(self._document, hidden=False)
        if not found:
            return
        count = f"{words.plural(len(found), 'text')} in one usual encoding without a key: no hidden list by itself"
        yield from self._head("Plain encodings", count)
        if self._verbose:
            for item in found:
                yield from listing.list_in_full(item, width=self._width, verbose=True)
            return
        headers = (("", 0), ("entries", 0), ("encoding", 0), ("begins", 3), ("where", 3))
        rows = []
        for item in found[: self._rows]:
            begins = listing.entries(item.entries, verbose=False, limit=3)
            steps = self._clip(", ".join(item.encoding), 20)
            rows.append((item.id, f"{item.count:,}", steps, begins, listing.where(item.places)))
        yield from tabled(headers, rows, self._width)
        yield from more(len(found) - self._rows, "text")

    def _surroundings(self) -> Iterable[RenderableType]:
        rows = view.by_fact(view.of_kind(self._document, MentionKind.SURROUNDINGS))
        if not rows:
            return
        yield from self._head("Surroundings", f"interfaces that read {words.plural(len(rows), 'fact')}")
        headers = (("fact", 0), ("mentions", 0), ("named", 3), ("written as", 2), ("first", 3))
        limit = 1_000_000 if self._verbose else FACTS_SHOWN
        cells = []
        for row in rows[:limit]:
            named = self._counted(row.mentions, SURROUNDINGS_NAMED)
            fact, first = self._clip(row.fact, 24), listing.where(row.places[:1])
            cells.append((fact, f"{row.count:,}", named, row.spellings, first))
        yield from tabled(headers, cells, self._width)
        yield from more(len(rows) - limit, "fact")

    def _environment(self) -> Iterable[RenderableType]:
        found = view.environment(self._document)
        if not found:
            return
        yield from self._head("Environment", view.read_and_named(found))
        yield indented(Text.assemble(("written as ", "dim"), view.spellings(found, 5)), 2)
        yield indented(Text(self._counted(found)), 2)
        compared = [mention for mention in found if mention.values]
        for mention in compared[: self._rows]:
            values = ", ".join(limited([self._quoted(value) for value in mention.values], self._names))
            yield indented(
                Text.assemble(self._clip(mention.name, NAME_SHOWN), (" is compared with ", "dim"), values), 2
            )
        yield from more(len(compared) - self._rows, "compared variable")

    def _zones(self) -> Iterable[RenderableType]:
        found = view.of_kind(self._document, MentionKind.TIMEZONE)
        yield from self._placed("Time zones", found, len(found), "zone", "named in literals")

    def _lookalikes(self) -> Iterable[RenderableType]:
        found, others = lookalikes.lookalikes(self._document), lookalikes.others(self._document)
        about = "with a character that passes for one of ASCII, or is not shown"
        shown = (*found, *others) if self._verbose else found or others
        yield from self._placed("Lookalikes", shown, len(found), "literal", about)
        tabled_ = lookalikes.in_tables(found)
        if tabled_:
            yield indented(Text(f"{tabled_:,} of them in tables of characters"), 2)
        if others:
            yield indented(Text(f"+{words.plural(len(others), 'literal')} with other unusual characters"), 2)

    def _placed(
        self, name: str, found: Sequence[Mention], count: int, noun: str, about: str
    ) -> Iterable[RenderableType]:
        """List what was found with its places; `count` is what the heading says of it."""
        if not found:
            return
        yield from self._head(name, f"{words.plural(count, noun)} {about}")
        table = columns((noun, 3), ("mentions", 0), ("where", 4))
        for mention in found[: self._rows]:
            points = f" {' '.join(limited(mention.codepoints, 4))}" if mention.codepoints else ""
            text = Text.assemble(
                self._quoted(mention.name) if points else self._clip(mention.name, NAME_SHOWN), (points, "bold")
            )
            table.add_row(text, Text(f"{mention.count:,}"), Text(listing.where(mention.places)))
        yield table
        yield from more(len(found) - self._rows, noun)

    def _clusters(self) -> Iterable[RenderableType]:
        found = self._document.clusters
        if not found:
            return
        yield from self._head("Near each other", words.plural(len(found), "place"))
        limit = self._rows if self._verbose else CLUSTERS_SHOWN
        for item in found[:limit]:
            yield indented(Text(listing.place(item.place)), 2)
            yield indented(Text(clip(view.cluster(item), LONGEST)), 4)
        yield from more(len(found) - limit, "place")

    def _names_of(self, name: str, kind: MentionKind, noun: str, which: str = "") -> Iterable[RenderableType]:
        found = view.of_kind(self._document, kind)
        if found:
            yield from self._head(name, words.plural(len(found), noun) + which)
            yield indented(Text(self._counted(found)), 2)

    def _embedded(self) -> Iterable[RenderableType]:
        found = self._document.embedded
        if not found:
            return
        yield from self._head("Embedded", words.plural(len(found), "file"))
        headers = (("format", 0), ("files", 0), ("read as", 0), ("such as", 3), ("", 2))
        cells, groups = [], view.formats(found)
        for group in groups[: self._rows]:
            notes = "; ".join(limited(group.notes, 1_000_000 if self._verbose else 1))
            such = listing.place(group.items[0].place)
            form, read_as = self._clip(group.format, 16), self._clip(group.read_as, 16)
            cells.append((form, f"{len(group.items):,}", read_as, such, self._clip(notes, 200)))
        yield from tabled(headers, cells, self._width)
        yield from more(len(groups) - self._rows, "format")
        if self._verbose:
            for item in found:
                yield indented(Text(f"{item.format} {listing.place(item.place)}: {item.read_as} {item.note}"), 4, "-")

    def _levels(self) -> Iterable[RenderableType]:
        levels = self._document.levels
        if not levels:
            return
        total = sum(map(len, levels.values()))
        count = f"{words.plural(total, 'level')} of {words.plural(len(levels), 'fact')}"
        yield from self._head("For the lab", f"{count} that `wiretell audit` would try")
        rows = []
        ranked = sorted(levels.items(), key=lambda item: (-len(item[1]), item[0]))
        for fact, tried in ranked[: self._rows]:
            names = ", ".join(
                limited([self._clip(level, 40) for level in tried], self._names if self._verbose else LEVELS_SHOWN)
            )
            rows.append((self._clip(fact, 32), f"{len(tried):,}", names))
        yield from tabled((("fact", 0), ("levels", 0), ("such as", 5)), rows, self._width)
        yield from more(len(ranked) - self._rows, "fact")

    def _footer(self) -> Iterable[RenderableType]:
        document = self._document
        time = words.seconds(document.wall_s) if document.wall_s else ""
        native = f"native pass {words.seconds(document.native_s)} ({document.engine})" if document.native_s else ""
        yield from listing.footer(
            "This scan",
            (time, native),
            document.command,
            document.started,
            document.wiretell,
            self._width,
            read=" · ".join(view.effort(document)),
        )

    def _head(self, name: str, count: str) -> Iterable[RenderableType]:
        yield Text()
        yield title(name, count, self._width)

    def _counted(self, found: Sequence[Mention], limit: int = NAMES_SHOWN) -> str:
        """Return names with how often each is mentioned."""
        names = [f"{self._clip(m.name, NAME_SHOWN)} {m.count:,}" for m in (found if self._verbose else found[:limit])]
        rest = len(found) - len(names)
        return ", ".join([*names, f"+{rest:,} more"] if rest > 0 else names)

    def _quoted(self, literal: str) -> str:
        return f'"{self._clip(literal, NAME_SHOWN)}"'

    def _clip(self, text: str, limit: int) -> str:
        return clip(text, LONGEST if self._verbose else limit)
