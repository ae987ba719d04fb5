"""Marks that were read, for people at a terminal: how many and of what, who sent them, each kind with its places.

What is laid out is a drawn document (`drawn.py`), and excerpts with the marks in boxes: no string can steer a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.text import Text

from wiretell.model.marks import Certainty
from wiretell.report import listing, words
from wiretell.report.console import GREY, LEAST_WIDTH, RED, YELLOW, banner, indented, limited, more, printed, tabled
from wiretell.report.console import title as heading
from wiretell.report.drawn import drawn
from wiretell.report.glyphs import clip
from wiretell.report.marks import view
from wiretell.report.marks.document_v1 import Mark, MarksDocument, Row

MARKS_SHOWN = 20
MARKS_OF_A_KIND = 6
ROWS_SHOWN = 12
STATES_SHOWN = 8
PLACE_SHOWN = 160
ACCOUNT_SHOWN = 20
TABLE_FROM = 100
"""Columns of a terminal from which on a state and its count have room in a table, beside all else."""
_EVERYTHING = 1_000_000_000
_JOINT = "\ue000"
"""A space at which no line ends: lines end at every kind that Unicode has. What is drawn holds none of these."""


def render(document: MarksDocument, *, color: bool, width: int, verbose: bool = False) -> str:
    """Return the report as lines of at most `width` cells; ANSI colours only where `color`. Pure."""
    report = _Report(document, max(width, LEAST_WIDTH), verbose)
    return printed(report.blocks(), color=color, width=width).replace(_JOINT, " ")


class _Report:
    """Makes the blocks of one report, top to bottom."""

    def __init__(self, document: MarksDocument, width: int, verbose: bool) -> None:
        self._raw = document
        self._document = drawn(document)
        self._width = width
        self._verbose = verbose
        self._account_shown = _EVERYTHING if verbose else ACCOUNT_SHOWN
        self._forms = {source.source: source.form for source in self._document.sources}

    def blocks(self) -> Iterable[RenderableType]:
        yield from self._headline()
        yield from self._summary()
        yield from self._marks()
        yield from self._ordinary()
        yield from listing.not_examined(self._document.not_examined, self._width)
        yield from self._footer()

    def _headline(self) -> Iterable[RenderableType]:
        document = self._document
        yield banner(view.verdict(document).upper(), self._colour(), self._sources())
        sentences = [*self._counts(), *self._unmarked(), view.NOT_SHOWN]
        yield indented(Text(" ".join(sentences)), 1)

    def _colour(self) -> str:
        if not self._document.total:
            return YELLOW if view.is_inconclusive(self._document) else GREY
        return RED if self._document.certainties.get(Certainty.CERTAIN) else YELLOW

    def _sources(self) -> str:
        return ", ".join(limited([clip(view.source_name(source.source), 60) for source in self._document.sources], 3))

    def _counts(self) -> Iterable[str]:
        document = self._document
        if not document.total:
            read = words.plural(sum(source.records for source in document.sources), "record")
            yield f"{read} read for {', '.join(document.schemes)}."
            return
        sure = [f"{document.certainties[name]:,} {name}" for name in Certainty if document.certainties.get(name)]
        yield f"{', '.join(sure)}, {view.records(document)}. By scheme and state: {self._counted(document.counts)}."

    def _counted(self, counts: dict[str, int]) -> str:
        return view.counted(counts, _EVERYTHING if self._verbose else STATES_SHOWN, joint=_JOINT)

    def _unmarked(self) -> Iterable[str]:
        found = view.unmarked(self._document)
        if found:
            places = words.plural(sum(found.values()), "more place" if self._document.total else "place")
            yield f"In {places} a mark could have been written and none was ({self._counted(found)})."

    def _summary(self) -> Iterable[RenderableType]:
        rows = view.rows(self._document)
        if not rows:
            return
        shown = rows if self._verbose else rows[:ROWS_SHOWN]
        yield Text()
        yield heading("Who, with what, when", "as far as the log says", self._width)
        headers = (("account", 3), ("client", 2), ("day", 0), ("records", 0), ("unmarked", 0), ("marks", 4))
        yield from tabled(headers, map(self._row, shown), self._width if self._width >= TABLE_FROM else LEAST_WIDTH)
        yield from more(len(rows) - len(shown), "row")

    def _row(self, row: Row) -> tuple[str, ...]:
        counts = (f"{row.records:,}", f"{sum(row.unmarked.values()):,}")
        return (
            view.short(row.account, self._account_shown) or "-",
            view.client(row) or "-",
            row.day or "-",
            *counts,
            self._counted(row.marks),
        )

    def _marks(self) -> Iterable[RenderableType]:
        kinds = view.kinds(self._raw)
        most = _EVERYTHING if self._verbose else MARKS_OF_A_KIND
        shown = view.shares([min(len(kind.marks), most) for kind in kinds], max(most, MARKS_SHOWN))
        for kind, count in zip(kinds, shown, strict=True):
            if count:
                yield from self._kind(kind, count)
        yield from self._left_out(sum(shown), sum(not count for count in shown))

    def _kind(self, kind: view.Kind, count: int) -> Iterable[RenderableType]:
        mark = self._document.marks[kind.first]
        yield Text()
        name = f"{mark.scheme} {mark.state}"
        yield heading(name, f"{mark.certainty} · {words.plural(len(kind.marks), 'mark')}", self._width)
        yield indented(Text(mark.meaning), 2)
        told: tuple[str, str] = ("", "")
        for index in kind.marks[:count]:
            raw, shown = self._raw.marks[index], self._document.marks[index]
            who = view.sender(shown, self._account_shown) or ("sender not told" if told[0] else "")
            now = (who, view.boxed(raw.excerpt, raw.codepoints))
            yield from self._place(shown, *("" if new == old else new for new, old in zip(now, told, strict=True)))
            told = now
        if len(kind.marks) > count:
            yield indented(Text(f"+{len(kind.marks) - count:,} more of this kind"), 4)
        yield indented(Text.assemble(("could be innocent: ", "dim"), " ".join(mark.innocent)), 2)

    def _place(self, mark: Mark, who: str, excerpt: str) -> Iterable[RenderableType]:
        """Say where a mark stands; who sent it and its excerpt, where these are others than those above."""
        form = self._forms.get(mark.where.source, "text")
        place = clip(view.place(mark, form), _EVERYTHING if self._verbose else PLACE_SHOWN)
        yield indented(Text.assemble((place, "bold"), (f" · {who}" if who else "", "dim")), 4, "-")
        if excerpt:
            yield indented(Text(excerpt), 4)
        if mark.hidden:
            yield indented(Text.assemble(("spells: ", "dim"), mark.hidden), 4)

    def _left_out(self, shown: int, kinds: int) -> Iterable[RenderableType]:
        listed, beyond = len(self._document.marks) - shown, self._document.not_listed
        if listed or beyond:
            yield Text()
        if listed:
            among = f", {words.plural(kinds, 'kind')} not shown at all among them" if kinds else ""
            yield indented(Text(f"+{words.plural(listed, 'more mark')} (--verbose shows all{among})"), 2)
        if beyond:
            how = "(--limit N lists more, --format csv or parquet all)"
            verb = "is" if beyond == 1 else "are"
            yield indented(Text(f"+{words.plural(beyond, 'more mark')} {verb} counted and not listed {how}"), 2)

    def _ordinary(self) -> Iterable[RenderableType]:
        if self._document.ordinary:
            yield Text()
            yield heading("In ordinary use", "could carry a mark, and here does what it is for", self._width)
            yield indented(Text(self._counted(self._document.ordinary)), 2)

    def _footer(self) -> Iterable[RenderableType]:
        document = self._document
        effort = (words.seconds(document.wall_s),) if document.wall_s else ()
        read = view.sources(document.sources)
        command, started = document.command, document.started
        yield from listing.footer("This reading", effort, command, started, document.wiretell, self._width, read=read)
