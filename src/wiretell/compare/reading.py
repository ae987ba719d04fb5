"""How a place is told to people: its symbols with an example each, the words around, when each was shown."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Final

from wiretell.compare import dates
from wiretell.compare.features import Feature
from wiretell.compare.slots import Span
from wiretell.compare.when import products
from wiretell.compare.worlds import Table
from wiretell.model.difference import Layer
from wiretell.model.findings import Symbol
from wiretell.unicode.characters import codepoints

_CHARACTERS: Final = frozenset({Layer.GLYPH, Layer.INVISIBLE, Layer.SPACE, Layer.DATE_FORMAT, Layer.PUNCTUATION})
_MOST_POINTS: Final = 32
_VALUE_LENGTH: Final = 200
_CONTEXT: Final = 24
_LINE: Final = 200
_WORD: Final = re.compile(r"[^\W\d_]{2,}(?:['’ʼʹ-][^\W\d_]+)*")
_MARKS: Final = ".,;:!?()[]{}\"'’“”*`#"


def symbols(feature: Feature, facts: Sequence[str], table: Table, base: int) -> tuple[Symbol, ...]:
    """Return what each symbol looks like and when it was shown; the base run's first, then by first run.

    Each is shown by the run whose world is nearest to the calibrated one, so that nothing else differs to the eye.
    """
    runs: dict[Hashable, list[int]] = {}
    for run in sorted(feature.symbols, key=lambda run: (run != base, run)):
        runs.setdefault(feature.symbols[run], []).append(run)
    home = table.worlds[base]
    nearest = {run: len(world.differing(home)) for run, world in table.worlds.items()}
    return tuple(
        _symbol(feature, sorted(shown), min(shown, key=lambda run: (run != base, nearest[run], run)), facts, table)
        for shown in runs.values()
    )


def _symbol(feature: Feature, shown: Sequence[int], sample: int, facts: Sequence[str], table: Table) -> Symbol:
    value = feature.display[sample]
    points = codepoints(value) if feature.layer in _CHARACTERS and len(value) <= _MOST_POINTS else ()
    when = products((table.levels(run, facts) for run in shown), facts)
    return Symbol(_cut(value), points, when, context(feature, sample), tuple(shown))


def _cut(value: str) -> str:
    return value if len(value) <= _VALUE_LENGTH else f"{value[:_VALUE_LENGTH]}…"


def context(feature: Feature, run: int) -> str:
    """Return what a run sent around the place, on the same line."""
    span = feature.spans.get(run)
    if span is None:
        return ""
    start, end = span.start + feature.shown[0], max(span.start + feature.shown[0], span.end - feature.shown[1])
    before = span.text[max(0, start - _CONTEXT) : start].rpartition("\n")[2]
    after = span.text[end : end + _CONTEXT].partition("\n")[0]
    return f"{before}{_cut(span.text[start:end])}{after}"


def line(span: Span) -> str:
    """Return the line of text around a span, shortened around it."""
    first = span.text.rfind("\n", 0, span.start) + 1
    last = span.text.find("\n", span.end)
    last = len(span.text) if last < 0 else last
    half = _LINE // 2
    return span.text[max(first, span.start - half) : min(last, span.end + half)]


def in_running_text(span: Span) -> bool:
    """Whether words, set apart by spaces, stand around a span on its line, at least three in all."""
    whole = line(span)
    at = whole.find(span.value)
    around = f"{whole[:at]}\0{whole[at + len(span.value) :]}" if at >= 0 else whole
    return sum(1 for word in around.split() if _WORD.fullmatch(word.strip(_MARKS))) >= 3


def is_locale_form(feature: Feature, table: Table) -> bool:
    """Whether every date format is one that CLDR has for the locale of each world that showed it."""
    if feature.layer is not Layer.DATE_FORMAT:
        return False
    styles: Mapping[str, dates.Date] = dates.agree(span.value for span in feature.spans.values())
    return all(
        span.value in styles and dates.is_locale_form(styles[span.value].style, table.worlds[run].get("locale"))
        for run, span in feature.spans.items()
    )
