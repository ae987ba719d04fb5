"""The whole of each rendering of inventories, checks and reports of machines, as a reader gets it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings

from tests.report import fleet_sample, snapshot
from tests.report.hostile import payloads, poisoned, unprintable
from wiretell.errors import FormatError
from wiretell.report import decode_any, encode, render, to_document
from wiretell.report.fleet_inventory.convert import from_document

RESULTS: dict[str, Any] = {
    "fleet-inventory": fleet_sample.inventory(),
    "fleet-inventory-bare": fleet_sample.bare_inventory(),
    "fleet-check": fleet_sample.checked(),
    "fleet-check-nothing": fleet_sample.nothing_banned(),
    "fleet-report": fleet_sample.report(),
    "fleet-report-unjudged": fleet_sample.unjudged_report(),
}
WHOLE = ("fleet-inventory", "fleet-check", "fleet-report")


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


def test_a_stored_inventory_is_the_inventory() -> None:
    inventory = fleet_sample.inventory()
    assert from_document(to_document(inventory)) == inventory


@settings(deadline=None, max_examples=60)
@given(payloads)
def test_no_string_steers_a_terminal(payload: str) -> None:
    for name in WHOLE:
        text = render(poisoned(to_document(RESULTS[name]), payload), "text", width=100, verbose=True)
        assert not unprintable(text)


class _Page(HTMLParser):
    """What a browser would make of a page: elements, and where they lead."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def _parsed(page: str) -> _Page:
    parsed = _Page()
    parsed.feed(page)
    return parsed


def test_the_page() -> None:
    page = render(to_document(fleet_sample.report()), "html")
    snapshot.check(snapshot.FOLDER / "fleet-report.html", page)
    assert "script" not in _parsed(page).tags


@settings(deadline=None, max_examples=60)
@given(payloads)
def test_no_string_becomes_part_of_the_page(payload: str) -> None:
    plain = _parsed(render(to_document(fleet_sample.report()), "html"))
    page = render(poisoned(to_document(fleet_sample.report()), payload), "html")
    hostile = _parsed(page)
    assert set(hostile.tags) <= set(plain.tags)
    assert not [name for name, _ in hostile.attributes if name.startswith("on")]
    assert not unprintable(page)


def test_documents_that_do_not_add_up_are_refused() -> None:
    inventory = encode(to_document(fleet_sample.inventory()))
    checked = encode(to_document(fleet_sample.checked()))
    reported = encode(to_document(fleet_sample.report()))
    for data, old, new in (
        (inventory, b'my-agent",\n      "product', b'my-agent",\n      "produkt'),
        (inventory, b"binary:/home/dev/bin/my-agent", fleet_sample.CLAUDE.id.encode()),
        (inventory, b'"install": "npm-global:', b'"install": "npm-user:'),
        (inventory, b"2026-07-10T09:00:00Z", b"yesterday"),
        (checked, b'"banned": 3', b'"banned": 2'),
        (checked, b'"rule": "high-risk-models",', b""),
        (reported, b'"machines": 1204', b'"machines": 1205'),
    ):
        assert data.count(old) >= 1, old
        with pytest.raises(FormatError):
            decode_any(data.replace(old, new, 1))
