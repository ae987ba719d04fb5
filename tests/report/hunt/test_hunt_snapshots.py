"""The whole of each rendering of a hunt and of its explanations, as a reader gets it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from msgspec.structs import replace
from rich.cells import cell_len

from tests.report import snapshot
from tests.report.hostile import payloads, unprintable
from tests.report.hunt import sample
from tests.report.hunt.hostile import hostile
from wiretell.report import render, to_document

DOCUMENTS: dict[str, Any] = {
    "hunt": sample.document(),
    "hunt-quiet": to_document(sample.quiet()),
    "hunt-empty": to_document(sample.empty()),
    "hunt-explain": to_document(sample.asked("acct-w2")),
    "hunt-explain-key": to_document(sample.asked("key:77aa0123")),
    "hunt-explain-cleared": to_document(sample.asked("key:nobody")),
    "hunt-explain-internal": to_document(sample.asked("acct-w2", internal=True)),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_text(name: str) -> None:
    snapshot.check(snapshot.FOLDER / f"{name}.txt", render(DOCUMENTS[name], "text", width=100))


@pytest.mark.parametrize("name", ["hunt", "hunt-explain"])
def test_narrow_verbose_in_colour_and_json(name: str) -> None:
    document = DOCUMENTS[name]
    snapshot.check(snapshot.FOLDER / f"{name}-narrow.txt", render(document, "text", width=60))
    snapshot.check(snapshot.FOLDER / f"{name}-colour.txt", render(document, "text", width=100, color=True))
    if name == "hunt":
        snapshot.check(snapshot.FOLDER / f"{name}-verbose.txt", render(document, "text", width=140, verbose=True))
    else:
        snapshot.check(snapshot.FOLDER / f"{name}.json", render(document, "json"))


@settings(deadline=None, max_examples=20)
@given(payloads)
def test_no_string_steers_a_terminal(payload: str) -> None:
    for name in ("hunt", "hunt-explain", "hunt-explain-internal"):
        text = render(hostile(DOCUMENTS[name], payload), "text", width=100, verbose=True)
        assert not unprintable(text)
        assert max(map(cell_len, text.splitlines())) <= 100


def test_long_lists_are_cut_and_the_rest_is_counted() -> None:
    text = render(to_document(sample.found(2_500)), "text", width=100)
    assert "+2,494 more" in text and len(text.splitlines()) < 120


def test_nothing_found_is_not_called_clean() -> None:
    for name, told in (("hunt-quiet", "is no proof that there is nothing"), ("hunt-empty", "Nothing can be said")):
        text = render(DOCUMENTS[name], "text", width=100)
        assert "clean" not in text and "Not examined" in text
        assert "What was looked at" in text and told in text


def test_what_an_appeal_overturned_does_not_make_the_headline() -> None:
    document = DOCUMENTS["hunt"]
    fallen = [replace(c, status="fallen") if c.tier == "review" else c for c in document.campaigns]
    text = render(replace(document, campaigns=tuple(fallen)), "text", width=100)
    assert "1 CAMPAIGN TO VERIFY" in text and text.count("review, fallen by appeal") == 2
    none = tuple(replace(c, status="fallen") for c in document.campaigns)
    assert "NO CAMPAIGN STANDS AFTER APPEAL" in render(replace(document, campaigns=none), "text", width=100)
