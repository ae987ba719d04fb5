"""The whole of each rendering of statements, exports and replays, as a reader gets it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from tests.report import accounts_sample, snapshot
from tests.report.hostile import payloads, poisoned, unprintable
from wiretell.errors import FormatError
from wiretell.report import decode_any, encode, render, to_document

RESULTS: dict[str, Any] = {
    "statement": accounts_sample.statement(),
    "statement-empty": accounts_sample.empty_statement(),
    "evidence": accounts_sample.exported(),
    "evidence-changed": accounts_sample.changed(),
    "replay": accounts_sample.replayed(),
    "replay-nothing": accounts_sample.nothing_replayed(),
}
WHOLE = ("statement", "evidence", "replay")


@pytest.mark.parametrize("name", RESULTS)
def test_text(name: str) -> None:
    snapshot.check(snapshot.FOLDER / f"{name}.txt", render(to_document(RESULTS[name]), "text", width=100))


@pytest.mark.parametrize("name", WHOLE)
def test_text_verbose_narrow_and_in_colour(name: str) -> None:
    document = to_document(RESULTS[name])
    snapshot.check(snapshot.FOLDER / f"{name}-narrow.txt", render(document, "text", width=60))
    snapshot.check(snapshot.FOLDER / f"{name}-verbose.txt", render(document, "text", width=140, verbose=True))
    snapshot.check(snapshot.FOLDER / f"{name}-colour.txt", render(document, "text", width=100, color=True))


@pytest.mark.parametrize("name", WHOLE)
def test_json_reads_back(name: str) -> None:
    document = to_document(RESULTS[name])
    snapshot.check(snapshot.FOLDER / f"{name}.json", render(document, "json"))
    assert decode_any(encode(document)) == document


@settings(deadline=None)
@given(payloads)
def test_no_string_steers_a_terminal(payload: str) -> None:
    for name in WHOLE:
        text = render(poisoned(to_document(RESULTS[name]), payload), "text", width=100, verbose=True)
        assert not unprintable(text)


def test_documents_that_do_not_add_up_are_refused() -> None:
    statement = encode(to_document(accounts_sample.statement()))
    replayed = encode(to_document(accounts_sample.replayed()))
    whole = encode(to_document(replace(accounts_sample.exported(), bodies=225)))
    for data, old, new in (
        (statement, b'"output_tokens": 120', b'"output_tokens": 121'),
        (statement, b'"usd": "0.006445"', b'"usd": "0.016445"'),
        (replayed, b'"banned": 273', b'"banned": 272'),
        (replayed, b'"requests": 39,', b'"requests": 40,'),
        (whole, b'"verdict": "whole"', b'"verdict": "changed"'),
        (whole, b'"bodies": 225', b'"bodies": 226'),
    ):
        assert data.count(old) >= 1
        with pytest.raises(FormatError, match=r"document"):
            decode_any(data.replace(old, new, 1))
