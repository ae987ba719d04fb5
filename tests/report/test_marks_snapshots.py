"""The whole of each rendering of marks that were read, explained, stripped and written, as a reader gets it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.report import marks_sample, snapshot
from wiretell.report import render, reproducible, to_document

RESULTS: dict[str, Any] = {
    "marks": marks_sample.read(),
    "marks-unmarked": marks_sample.unmarked(),
    "marks-unread": marks_sample.unread(),
    "marks-parquet": marks_sample.parquet(),
    "marks-explain": marks_sample.explained(),
    "marks-explain-closed": marks_sample.closed(),
    "marks-strip": marks_sample.stripped(),
    "marks-write": marks_sample.written(),
    "marks-untouched": marks_sample.untouched(),
    "marks-schemes": marks_sample.schemes(),
}


@pytest.mark.parametrize("name", RESULTS)
def test_text(name: str) -> None:
    document = reproducible(to_document(RESULTS[name]))
    snapshot.check(snapshot.FOLDER / f"{name}.txt", render(document, "text", width=100))


@pytest.mark.parametrize("name", ["marks", "marks-explain", "marks-strip", "marks-schemes"])
def test_text_verbose_narrow_and_in_colour(name: str) -> None:
    document = reproducible(to_document(RESULTS[name]))
    snapshot.check(snapshot.FOLDER / f"{name}-narrow.txt", render(document, "text", width=60))
    snapshot.check(snapshot.FOLDER / f"{name}-verbose.txt", render(document, "text", width=140, verbose=True))
    snapshot.check(snapshot.FOLDER / f"{name}-colour.txt", render(document, "text", width=100, color=True))


@pytest.mark.parametrize("name", ["marks", "marks-explain", "marks-strip", "marks-write", "marks-schemes"])
def test_json(name: str) -> None:
    document = reproducible(to_document(RESULTS[name]))
    snapshot.check(snapshot.FOLDER / f"{name}.json", render(document, "json"))
