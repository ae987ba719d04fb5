"""The scan's page and SARIF log: whole, alone, valid, and deaf to what packages hold."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings

from tests.report import scan_sample
from tests.report.hostile import payloads, poisoned, unprintable
from tests.report.test_html import ATTRIBUTES, INLINE, TAGS, Page
from tests.report.test_sarif import URI
from wiretell.report import render, to_document
from wiretell.report.scan.document_v1 import ScanDocument

FULL, NOTHING = to_document(scan_sample.full()), to_document(scan_sample.nothing())


def _page(document: ScanDocument) -> Page:
    page = Page()
    page.feed(render(document, "html"))
    page.close()
    assert page.open == []
    return page


@given(payloads)
@settings(max_examples=20, deadline=None)
def test_no_bytes_of_a_package_become_markup(payload: str) -> None:
    page, expected = _page(poisoned(FULL, payload)), _page(FULL)
    assert set(page.tags) <= TAGS
    assert {name for _, name, _ in page.attributes} <= ATTRIBUTES
    assert {tag: page.tags[tag] for tag in TAGS - INLINE} == {tag: expected.tags[tag] for tag in TAGS - INLINE}
    assert unprintable(render(poisoned(FULL, payload), "html")) == set()
    assert page.values("href") == ["#findings"]


@pytest.mark.parametrize("document", [FULL, NOTHING], ids=["full", "nothing"])
def test_the_page_stands_alone_and_a_screen_reader_finds_its_way(document: ScanDocument) -> None:
    html, page = render(document, "html"), _page(document)
    assert html.startswith("<!doctype html>")
    assert not {"script", "link", "img", "iframe", "object", "form", "base"} & set(page.tags)
    assert not re.search(r"url\(|@import|@font-face", html)
    policy = next(value for value in page.values("content") if value and "default-src" in value)
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline';")
    ids = [value for value in page.values("id") if value]
    assert len(ids) == len(set(ids))
    assert set(page.values("aria-labelledby")) <= set(ids)
    assert page.tags["main"] == page.tags["h1"] == 1
    assert sum(name == "scope" for tag, name, _ in page.attributes if tag == "th") == page.tags["th"]


def test_every_entry_and_what_was_not_examined_is_on_the_page() -> None:
    text = " ".join(_page(FULL).text)
    for words in (*scan_sample.HOSTS, *scan_sample.WORDS, "XOR with the byte 42 (0x2a)", "a hash cannot be decoded"):
        assert words in text
    assert "the folder is empty" in " ".join(_page(NOTHING).text)


def test_nothing_is_drawn_twice() -> None:
    html = render(poisoned(FULL, "\u200b"), "html")
    assert "[U+200B]" in html
    assert "[U+005B]" not in html


def _run(document: ScanDocument) -> dict[str, Any]:
    log = json.loads(render(document, "sarif"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in {"note", "error"}
        assert all(re.fullmatch("[0-9a-f]{64}", value) for value in result["partialFingerprints"].values())
        for location in result["locations"]:
            physical = location["physicalLocation"]
            assert URI.fullmatch(physical["artifactLocation"]["uri"])
            assert physical["region"]["byteOffset"] >= 0
    found: dict[str, Any] = run
    return found


@given(payloads)
@settings(max_examples=20, deadline=None)
def test_whatever_packages_hold_the_log_stays_valid(payload: str) -> None:
    run = _run(poisoned(FULL, payload))
    assert unprintable(json.dumps(run, ensure_ascii=False)) == set()


def test_hidden_lists_are_errors_and_the_rest_are_notes() -> None:
    run = _run(FULL)
    assert [result["level"] for result in run["results"]] == ["error"] * 3 + ["note"] * 3
    assert "XOR with the byte 42 (0x2a)" in run["results"][0]["message"]["text"]
    texts = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert "Not examined: lists of hashes (a hash cannot be decoded)." in texts
    assert run["properties"] == {"target": "npm:@example/agent@4.2.0", "hidden": 3}
