"""Edits of a text, for people at a terminal: what changed where, and what was left alone.

What is laid out is a drawn document (`drawn.py`), and spellings with the marks in boxes: no string steers a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.text import Text

from wiretell.report import listing, words
from wiretell.report.console import GREEN, GREY, LEAST_WIDTH, YELLOW, banner, indented, more, printed, tabled
from wiretell.report.console import title as heading
from wiretell.report.drawn import drawn
from wiretell.report.glyphs import clip, codepoint
from wiretell.report.marks.view import NOT_SHOWN, boxed, source_name
from wiretell.report.marks_edits.document_v1 import Edit, EditsDocument, Left, Verb

ROWS_SHOWN = 20
SPELLING_SHOWN = 40
PATH_SHOWN = 60


def render(document: EditsDocument, *, color: bool, width: int, verbose: bool = False) -> str:
    """Return the report as lines of at most `width` cells; ANSI colours only where `color`. Pure."""
    report = _Report(document, max(width, LEAST_WIDTH), verbose)
    return printed(report.blocks(), color=color, width=width)


class _Report:
    """Makes the blocks of one report, top to bottom."""

    def __init__(self, document: EditsDocument, width: int, verbose: bool) -> None:
        self._raw = document
        self._document = drawn(document)
        self._width = width
        self._shown = 1_000_000_000 if verbose else ROWS_SHOWN

    def blocks(self) -> Iterable[RenderableType]:
        yield from self._headline()
        yield from self._edits()
        yield from self._left()
        yield from listing.not_examined(self._document.not_examined, self._width)

    def _headline(self) -> Iterable[RenderableType]:
        document, count = self._document, len(self._document.edits)
        label = words.plural(count, "edit") if count else "nothing changed"
        colour = GREEN if count else YELLOW if document.left else GREY
        yield banner(label.upper(), colour, source_name(document.source))
        yield indented(Text(f"{self._what()} {NOT_SHOWN}"), 1)

    def _what(self) -> str:
        document = self._document
        if document.verb is Verb.WRITE:
            return f"Every place of {', '.join(document.schemes)} shows the state {document.state}."
        size = f"{words.plural(document.bytes_before, 'byte')} before, {document.bytes_after:,} after"
        left = f", {words.plural(len(document.left), 'mark')} left alone" if document.left else ""
        return f"Looked for {', '.join(document.schemes)}; {size}{left}."

    def _edits(self) -> Iterable[RenderableType]:
        if not self._document.edits:
            return
        yield Text()
        yield heading("Edits", "nothing else changed", self._width)
        rows = zip(self._document.edits[: self._shown], self._raw.edits, strict=False)
        headers = (("line", 0), ("byte", 0), ("what", 2), ("before", 2), ("after", 2), ("where", 4))
        yield from tabled(headers, (_edit(edit, raw) for edit, raw in rows), self._width)
        yield from more(len(self._document.edits) - self._shown, "edit")

    def _left(self) -> Iterable[RenderableType]:
        if not self._document.left:
            return
        yield Text()
        yield heading("Left alone", "not where the scheme is known to write; --anywhere includes these", self._width)
        for mark, raw in list(zip(self._document.left, self._raw.left, strict=True))[: self._shown]:
            yield indented(
                Text.assemble((_place(mark), "bold"), f" · {mark.scheme} {mark.state}, {mark.certainty}"), 2, "-"
            )
            yield indented(Text(boxed(raw.excerpt, raw.codepoints)), 2)
        yield from more(len(self._document.left) - self._shown, "mark")


def _edit(edit: Edit, raw: Edit) -> tuple[str, ...]:
    spellings = (_spelled(raw.before), _spelled(raw.after))
    what = f"{edit.scheme} {edit.rule}"
    return (f"{edit.line:,}", f"{edit.offset:,}", what, *spellings, clip(_path(edit), PATH_SHOWN))


def _spelled(spelling: str) -> str:
    """Return a spelling with all that is beyond ASCII in boxes; nothing at all is said so."""
    shown = clip(spelling, SPELLING_SHOWN)
    return boxed(shown, {codepoint(char) for char in spelling}) or "(nothing)"


def _place(mark: Left) -> str:
    path = _path(mark)
    return f"line {mark.line:,}, " + (f"{clip(path, PATH_SHOWN)}, " if path else "") + f"byte {mark.offset:,}"


def _path(item: Edit | Left) -> str:
    return " > ".join((*item.within, item.path)) if item.path is not None else ""
