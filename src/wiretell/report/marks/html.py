"""What was read as one page that stands alone (`page.py`)."""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup, escape

from wiretell.report import page, words
from wiretell.report.marks import chart, view
from wiretell.report.marks.document_v1 import Mark, MarksDocument

MOST_ROWS: Final = 500
"""Rows of one table on the page; what is beyond is counted, and stands in the JSON document."""
ROWS_SHOWN: Final = 16
"""Before the rest folds away."""
MOST_PLACES: Final = 100
"""Places of one kind of mark."""
_BOX: Final = re.compile(r"\[U\+[0-9A-F]{4,6}\]")
"""A character that is drawn by its number; no text of its own can look so (`glyphs.visible`)."""
_SLASH: Final = re.compile(r"(?<=[0-9])/(?=[0-9]{2})")
"""Of a date, where it is the mark."""


def render(document: MarksDocument) -> str:
    """Return the page, complete, with a final newline. Pure."""
    return page.render(
        "marks.html.j2",
        document=document,
        view=view,
        verdict=view.verdict(document),
        headline=_headline(document),
        excerpt=_excerpt,
        kinds=view.kinds(document),
        rows=view.rows(document),
        chart=chart.by_day(document),
        width=chart.WIDTH,
        height=chart.HEIGHT,
        forms={source.source: source.form for source in document.sources},
        most=MOST_ROWS,
        shown=ROWS_SHOWN,
        most_places=MOST_PLACES,
    )


def _headline(document: MarksDocument) -> str:
    if not document.total:
        read = words.plural(sum(source.records for source in document.sources), "record")
        end = ", and not all was read." if view.is_inconclusive(document) else "."
        return f"Nothing in {read} that writes a mark{end}"
    return f"{view.counted(document.counts, 3)}, {view.records(document)}"


def _excerpt(mark: Mark) -> Markup:
    """Return what stands around a mark, drawn, with the characters that write it set off."""
    drawn = str(escape(view.boxed(mark.excerpt, mark.codepoints)))
    if "U+002F" in mark.codepoints:
        drawn = _SLASH.sub("<b>/</b>", drawn)
    return Markup(_BOX.sub(lambda box: f"<b>{box[0]}</b>", drawn))  # noqa: S704 - escaped in the first line
