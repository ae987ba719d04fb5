"""What some settings would be marked as, for people at a terminal: the state, then each step that leads to it.

What is laid out is a drawn document (`drawn.py`), the sentence with its symbols in boxes: nothing steers a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.text import Text

from wiretell.report.console import GREEN, GREY, LEAST_WIDTH, RED, banner, indented, limited, printed, tabled, title
from wiretell.report.drawn import drawn
from wiretell.report.marks.view import NOT_SHOWN, boxed
from wiretell.report.marks_explain.document_v1 import ExplainDocument, Signal

ENTRIES_SHOWN = 6
_SETTINGS = {"base_url": ("ANTHROPIC_BASE_URL", "(not set)"), "timezone": ("time zone", "(not known)")}
"""Field -> what it is called, and what is shown where it is null."""


def render(document: ExplainDocument, *, color: bool, width: int, verbose: bool = False) -> str:
    """Return the report as lines of at most `width` cells; ANSI colours only where `color`. Pure."""
    report = _Report(document, max(width, LEAST_WIDTH), verbose)
    return printed(report.blocks(), color=color, width=width)


class _Report:
    """Makes the blocks of one report, top to bottom."""

    def __init__(self, document: ExplainDocument, width: int, verbose: bool) -> None:
        self._raw = document
        self._document = drawn(document)
        self._width = width
        self._entries = 1_000_000_000 if verbose else ENTRIES_SHOWN

    def blocks(self) -> Iterable[RenderableType]:
        yield from self._headline()
        yield from self._settings()
        yield from self._signals()
        yield from self._sentence()
        yield from self._versions()
        yield from self._notes()

    def _headline(self) -> Iterable[RenderableType]:
        state = self._document.state
        colour = RED if state.number else GREEN if self._document.gate_open else GREY
        yield banner(f"STATE {state.number}: {state.name}", colour, self._document.scheme)
        yield indented(Text(f"{state.meaning} {NOT_SHOWN}"), 1)

    def _settings(self) -> Iterable[RenderableType]:
        yield Text()
        yield title("Settings", "read here, sent nowhere", self._width)
        values = {"base_url": self._document.base_url, "timezone": self._document.timezone}
        rows = [
            (name, values[key] or missing, self._document.origin.get(key, ""))
            for key, (name, missing) in _SETTINGS.items()
        ]
        yield from tabled((("setting", 0), ("value", 3), ("from", 2)), rows, self._width)

    def _signals(self) -> Iterable[RenderableType]:
        yield Text()
        yield title("Gate", "open" if self._document.gate_open else "closed", self._width)
        yield indented(Text(self._document.gate_why), 2)
        yield Text()
        fire = sum(signal.fires for signal in self._document.signals)
        yield title("Signals", f"{fire} of {len(self._document.signals)} fire", self._width)
        headers = (("signal", 0), ("fires", 0), ("compared", 2), ("rule", 0), ("because", 4))
        yield from tabled(headers, map(self._signal, self._document.signals), self._width)

    def _signal(self, signal: Signal) -> tuple[str, ...]:
        why = signal.why or (f"It matches {signal.entry}, an entry in the vendor's list." if signal.entry else "")
        others = f" Further entries: {', '.join(limited(signal.others, self._entries))}." if signal.others else ""
        fires = "yes" if signal.fires else "no"
        return (signal.name, fires, signal.value or "(nothing)", signal.rule or "-", why + others)

    def _sentence(self) -> Iterable[RenderableType]:
        yield Text()
        yield title("What would be written", "the date line, in the first user message of a request", self._width)
        points = [symbol.codepoint for symbol in self._raw.symbols]
        yield indented(Text(boxed(self._raw.sentence, points), style="bold"), 2)
        rows = [
            (symbol.codepoint, symbol.name, f"{symbol.count:,}", symbol.utf8, symbol.escape)
            for symbol in self._document.symbols
        ]
        headers = (("symbol", 0), ("name", 3), ("times", 0), ("UTF-8", 0), ("JSON escape", 0))
        yield from tabled(headers, rows, self._width)
        for name, spelling in self._document.spellings.items():
            yield indented(Text.assemble((f"{name}: ", "dim"), spelling), 2)

    def _versions(self) -> Iterable[RenderableType]:
        yield Text()
        yield title("Where this holds", "in these published versions, both ends included", self._width)
        for item in self._document.versions:
            span = f"{item.product} {item.first} ({item.first_date}) to {item.last} ({item.last_date})"
            source = f"; {item.source}" if item.source else ""
            yield indented(Text(f"{span}{source}"), 2, "-")

    def _notes(self) -> Iterable[RenderableType]:
        if self._document.notes:
            yield Text()
            yield title("To know besides", "", self._width)
            for note in self._document.notes:
                yield indented(Text(note), 2, "-")
