"""The page: whole, alone, and deaf to what agents write."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.report import sample
from tests.report.hostile import payloads, poisoned, unprintable
from wiretell.report import render, to_document
from wiretell.report.audit.document_v1 import Document

VOID = {"meta", "input"}
TAGS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "a",
        "header",
        "main",
        "footer",
        "section",
        "article",
        "div",
        "span",
        "p",
        "h1",
        "h2",
        "h3",
        "dl",
        "dt",
        "dd",
        "ol",
        "ul",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "code",
        "pre",
        "strong",
        "em",
        "b",
        "i",
        "fieldset",
        "legend",
        "label",
        "input",
    ]
)
ATTRIBUTES = frozenset(
    [
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "id",
        "href",
        "rel",
        "scope",
        "title",
        "role",
        "tabindex",
        "type",
        "checked",
        "open",
        "for",
        "aria-hidden",
        "aria-labelledby",
    ]
)
INLINE = frozenset({"span", "b", "i", "p", "code", "em", "a"})
"""These come and go with the length and form of a text."""


@dataclass
class Page(HTMLParser):
    """The page's structure, read by the standard library."""

    tags: Counter[str] = field(default_factory=Counter)
    attributes: list[tuple[str, str, str | None]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)

    def values(self, name: str) -> list[str | None]:
        return [value for _, found, value in self.attributes if found == name]


def _page(document: Document) -> Page:
    page = Page()
    page.feed(render(document, "html"))
    page.close()
    assert page.open == []
    return page


DOCUMENT = to_document(sample.short())


@given(st.sampled_from(["short", "inconclusive", "noted", "swept"]), payloads)
@settings(max_examples=30, deadline=None)
def test_no_bytes_of_an_agent_become_markup(name: str, payload: str) -> None:
    plain = to_document(getattr(sample, name)())
    document = poisoned(plain, payload)
    page, expected = _page(document), _page(plain)
    assert set(page.tags) <= TAGS
    assert {name for _, name, _ in page.attributes} <= ATTRIBUTES
    assert {tag: page.tags[tag] for tag in TAGS - INLINE} == {tag: expected.tags[tag] for tag in TAGS - INLINE}
    assert unprintable(render(document, "html")) == set()
    for href in page.values("href"):
        assert href is not None
        assert href.startswith(("#findings", "https://", "http://"))


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//example.com/x", "https:", "http://[::1", ""]
)
def test_only_web_addresses_become_links(url: str) -> None:
    declared = replace(DOCUMENT.channels[-1], declared_by=(url,))
    page = _page(replace(DOCUMENT, channels=(*DOCUMENT.channels[:-1], declared)))
    assert page.values("href") == ["#findings"]


@pytest.mark.parametrize("name", ["covert", "clean", "inconclusive", "empty", "swept"])
def test_the_page_stands_alone(name: str) -> None:
    html = render(to_document(getattr(sample, name)()), "html")
    page = _page(to_document(getattr(sample, name)()))
    assert html.startswith("<!doctype html>")
    assert not {"script", "link", "img", "iframe", "object", "form", "base"} & set(page.tags)
    assert not re.search(r"url\(|@import|@font-face", html)
    policy = next(value for value in page.values("content") if value and "default-src" in value)
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline';")
    assert "script-src" not in policy


@pytest.mark.parametrize("name", ["covert", "clean", "inconclusive", "empty", "swept"])
def test_a_screen_reader_finds_its_way(name: str) -> None:
    page = _page(to_document(getattr(sample, name)()))
    ids = [value for value in page.values("id") if value]
    assert len(ids) == len(set(ids))
    assert set(page.values("aria-labelledby")) <= set(ids)
    assert page.tags["main"] == page.tags["h1"] == 1
    assert page.tags["section"] <= page.tags["h2"]
    scopes = sum(name == "scope" for tag, name, _ in page.attributes if tag == "th")
    assert scopes == page.tags["th"]


def test_nothing_is_drawn_twice() -> None:
    """A box that is boxed again would read as if the agent had written it."""
    html = render(poisoned(to_document(sample.noted()), "\u200b"), "html")
    assert "[U+200B]" in html
    assert "[U+005B]" not in html


def test_every_marked_character_has_its_code_point() -> None:
    html = render(to_document(sample.covert()), "html")
    for point in ("0027", "2019", "02BC", "02B9", "002D", "002F"):
        assert re.search(rf'<span class="g m"><b>[^<]+</b><i>{point}</i>', html), point


def test_the_table_has_a_row_for_each_run_and_a_number_for_each_symbol() -> None:
    document = to_document(sample.covert())
    html = render(document, "html")
    rows = re.findall(r'<tr class="p\d+">.*?</tr>', html, re.DOTALL)
    assert len(rows) == 66
    for row, run in zip(rows, document.table, strict=True):
        numbers = [int(n) for n in re.findall(r'<span class="key s\d">(\d+)</span>', row)]
        assert numbers == [run.symbols[channel.id] + 1 for channel in document.channels]


def test_what_was_not_examined_is_on_the_page() -> None:
    text = " ".join(_page(to_document(sample.clean())).text)
    for item in sample.NOT_EXAMINED:
        assert item.what in text
        assert item.why in text


def test_many_symbols_and_purposes_keep_their_numbers() -> None:
    channel = DOCUMENT.channels[1]
    symbols = tuple(replace(channel.symbols[0], value=chr(0x3B1 + n), context="") for n in range(20))
    rows = tuple(replace(DOCUMENT.table[0], run=n, purpose=f"p{n}<", symbols={channel.id: n}) for n in range(20))
    page = _page(replace(DOCUMENT, channels=(replace(channel, symbols=symbols),), table=rows))
    assert "20" in page.text
    assert sum(value == "purpose" for value in page.values("name")) == 21


@given(st.integers(0, 2**31))
@settings(max_examples=5, deadline=None)
def test_equal_documents_give_equal_pages(seed: int) -> None:
    document = replace(DOCUMENT, seed=seed)
    assert render(document, "html") == render(document, "html")
