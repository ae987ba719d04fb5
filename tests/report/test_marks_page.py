"""The page of marks: whole, alone, deaf to what logs hold; and its bars add up."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report import marks_sample
from tests.report.hostile import payloads, poisoned, unprintable
from tests.report.test_html import ATTRIBUTES, INLINE, TAGS, Page
from wiretell.report import render, to_document
from wiretell.report.marks import chart
from wiretell.report.marks.document_v1 import MarksDocument, Row

READ, NOTHING = to_document(marks_sample.read()), to_document(marks_sample.unmarked())
DRAWN = {"svg", "rect", "title"}
DRAWING = {"viewbox", "preserveaspectratio", "role", "aria-label", "x", "y", "width", "height"}


def page_of(document: MarksDocument) -> Page:
    page = Page()
    page.feed(render(document, "html"))
    page.close()
    assert page.open == []
    return page


@given(payloads)
@settings(max_examples=20, deadline=None)
def test_nothing_of_a_log_becomes_markup(payload: str) -> None:
    page, expected = page_of(poisoned(READ, payload)), page_of(READ)
    assert set(page.tags) <= TAGS | DRAWN
    assert {name for _, name, _ in page.attributes} <= ATTRIBUTES | DRAWING
    same = TAGS - INLINE - {"b", "li", "title"}  # two names of one kind may become two kinds of bars
    assert {tag: page.tags[tag] for tag in same} == {tag: expected.tags[tag] for tag in same}
    assert unprintable(render(poisoned(READ, payload), "html")) == set()
    assert page.values("href") == ["#findings"]


@pytest.mark.parametrize("document", [READ, NOTHING], ids=["marks", "nothing"])
def test_the_page_stands_alone_and_a_screen_reader_finds_its_way(document: MarksDocument) -> None:
    html, page = render(document, "html"), page_of(document)
    assert html.startswith("<!doctype html>")
    assert not {"script", "link", "img", "iframe", "object", "form", "base"} & set(page.tags)
    assert not re.search(r"url\(|@import|@font-face", html)
    ids = [value for value in page.values("id") if value]
    assert len(ids) == len(set(ids)) and set(page.values("aria-labelledby")) <= set(ids)
    assert page.tags["main"] == page.tags["h1"] == 1


def test_every_mark_its_doubts_and_what_was_not_examined_are_on_the_page() -> None:
    html, text = render(READ, "html"), " ".join(page_of(READ).text)
    assert "Today<b>[U+02BC]</b>s date is 2026<b>/</b>06<b>/</b>01." in html
    for mark in READ.marks:
        assert mark.meaning in text and all(words in text for words in mark.innocent)
    for item in READ.not_examined:
        assert item.what in text and item.why in text
    assert "was shown by nobody" in text and "was shown by nobody" in " ".join(page_of(NOTHING).text)


DAYS = st.integers(1, 28).map(lambda day: f"2026-05-{day:02}")
COUNTS = st.dictionaries(st.sampled_from([f"date-line:s{n}" for n in range(12)]), st.integers(0, 50))
ROWS = st.lists(
    st.builds(
        Row,
        account=st.just("a"),
        day=DAYS,
        records=st.just(1),
        unmarked=st.fixed_dictionaries({"date-line": st.integers(0, 9)}),
        marks=COUNTS,
    ),
    max_size=30,
)


@given(ROWS)
def test_the_bars_hold_every_place_and_no_bar_overlaps_another(rows: list[Row]) -> None:
    document = msgspec.structs.replace(READ, summary=tuple(rows))
    drawing = chart.by_day(document)
    wanted: Counter[str] = Counter()
    for row in rows:
        wanted[row.day] += sum(row.marks.values()) + sum(row.unmarked.values())
    if drawing is None:
        assert len(+wanted) < 2
        return
    drawn: Counter[str] = Counter()
    for segment in drawing.segments:
        drawn[segment.day] += segment.count
    assert drawn == +wanted
    assert sum(count for _, _, count in drawing.legend) == sum(wanted.values())
    for segment in drawing.segments:
        assert -1e-6 <= segment.y <= segment.y + segment.height <= chart.HEIGHT + 1e-6
        assert 0 <= segment.x < segment.x + segment.width <= chart.WIDTH + 1e-6
    tops = sorted((segment.x, segment.y, segment.height) for segment in drawing.segments)
    for (x, y, height), (other_x, other_y, _) in pairwise(tops):
        assert x < other_x or y + height <= other_y + 1e-6
    assert len({colour for _, colour, _ in drawing.legend}) == len(drawing.legend) <= 8
