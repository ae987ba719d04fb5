"""The whole of each rendering of removals, as a reader gets it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from tests.report import fleet_removal_sample as sample
from tests.report import fleet_sample, snapshot
from tests.report.hostile import payloads, poisoned, unprintable
from wiretell.report import decode_any, encode, render, to_document

RESULTS: dict[str, Any] = {
    "fleet-removal": sample.done(),
    "fleet-removal-planned": sample.planned(),
    "fleet-removal-failed": sample.failed(),
    "fleet-removal-led": sample.led(),
    "fleet-removal-nothing": sample.nothing(),
}
WHOLE = ("fleet-removal", "fleet-removal-failed")


@pytest.mark.parametrize("name", RESULTS)
def test_text(name: str) -> None:
    snapshot.check(snapshot.FOLDER / f"{name}.txt", render(to_document(RESULTS[name]), "text", width=100))


@pytest.mark.parametrize("name", WHOLE)
def test_text_verbose_narrow_and_in_colour(name: str) -> None:
    document = to_document(RESULTS[name])
    snapshot.check(snapshot.FOLDER / f"{name}-narrow.txt", render(document, "text", width=60))
    snapshot.check(snapshot.FOLDER / f"{name}-verbose.txt", render(document, "text", width=140, verbose=True))
    snapshot.check(snapshot.FOLDER / f"{name}-colour.txt", render(document, "text", width=100, color=True))


@pytest.mark.parametrize("name", RESULTS)
def test_json_reads_back(name: str) -> None:
    document = to_document(RESULTS[name])
    snapshot.check(snapshot.FOLDER / f"{name}.json", render(document, "json"))
    assert decode_any(encode(document)) == document


@settings(deadline=None, max_examples=40)
@given(payloads)
def test_no_string_steers_a_terminal(payload: str) -> None:
    for name in WHOLE:
        text = render(poisoned(to_document(RESULTS[name]), payload), "text", width=100, verbose=True)
        assert not unprintable(text)


def test_remarks_of_a_policy_are_cut_and_counted() -> None:
    many = replace(fleet_sample.checked(), remarks=tuple(f"Remark number {n}." for n in range(20)))
    shown = render(to_document(many), "text", width=100)
    assert "Remark number 2." in shown
    assert "Remark number 3." not in shown
    assert "+17 more remarks (--verbose shows all)" in shown
    assert "Remark number 19." in render(to_document(many), "text", width=100, verbose=True)
