"""The page of a hunt: whole, alone, deaf to hostile names, small for thousands of accounts; its data complete."""

from __future__ import annotations

import base64
import hashlib
import html as standard
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from tests.report.hostile import NASTY, payloads, unprintable
from tests.report.hunt import sample
from tests.report.hunt.hostile import hostile
from tests.report.test_html import ATTRIBUTES, INLINE, TAGS, Page
from wiretell.model.hunt import EvidenceKind
from wiretell.report import render, to_document
from wiretell.report.glyphs import visible
from wiretell.report.hunt import html, pictures, rows
from wiretell.report.hunt.document_v1 import HuntDocument

FOUND, QUIET, EMPTY = sample.document(), to_document(sample.quiet()), to_document(sample.empty())
MORE_TAGS = {"script", "svg", "rect", "text", "path", "title", "figure", "figcaption"}
MORE_TAGS |= {"form", "label", "input", "select", "option", "output", "button", "h4"}
MORE_ATTRIBUTES = {"hidden", "viewbox", "preserveaspectratio", "aria-label", "x", "y", "width", "height", "d"}
MORE_ATTRIBUTES |= {"autocomplete", "placeholder", "colspan", "value"}
MORE_ATTRIBUTES |= {
    f"data-{name}" for name in ("id", "kind", "tier", "value", "sort", "label", "key", "step", "campaign")
}
BLOCK = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.S)
SCRIPT = re.compile(r"<script>(.*?)</script>", re.S)


class HuntPage(Page):
    """A page whose scripts are no text for readers."""

    def handle_data(self, data: str) -> None:
        if "script" not in self.open:
            super().handle_data(data)


def page_of(document: HuntDocument) -> HuntPage:
    page = HuntPage()
    page.feed(render(document, "html"))
    page.close()
    assert page.open == []
    return page


def data_of(document: HuntDocument) -> dict[str, Any]:
    (found,) = BLOCK.findall(render(document, "html"))
    data: dict[str, Any] = json.loads(found)
    return data


@settings(max_examples=15, deadline=None)
@given(payloads)
def test_nothing_of_a_log_becomes_markup_or_script(payload: str) -> None:
    poisoned = hostile(FOUND, payload)
    text, page, expected = render(poisoned, "html"), page_of(poisoned), page_of(FOUND)
    assert set(page.tags) <= TAGS | MORE_TAGS
    assert {name for _, name, _ in page.attributes} <= ATTRIBUTES | MORE_ATTRIBUTES
    same = (TAGS | MORE_TAGS) - INLINE - {"text"}
    assert {tag: page.tags[tag] for tag in same} == {tag: expected.tags[tag] for tag in same}
    assert unprintable(text) == set()
    assert SCRIPT.findall(text) == [html.script()], "one script, and it is ours"
    (block,) = BLOCK.findall(text)
    assert not set("<>&") & set(block)


@pytest.mark.parametrize("payload", NASTY)
def test_the_scripts_data_holds_drawn_names_only(payload: str) -> None:
    data = data_of(hostile(FOUND, payload))
    told = [row[0] for row in data["rows"]] + [c[0] for c in data["campaigns"]]
    told += [fill for row in data["rows"] for item in row[4] for fill in item[4:]]
    assert all(visible(text) == text or "[U+" in text for text in told)
    assert not unprintable("".join(told) + "".join(data["patterns"]).replace(rows.SLOT, ""))


@pytest.mark.parametrize("document", [FOUND, QUIET, EMPTY], ids=["found", "quiet", "empty"])
def test_the_page_stands_alone_and_only_its_own_script_may_run(document: HuntDocument) -> None:
    text, page = render(document, "html"), page_of(document)
    assert text.startswith("<!doctype html>")
    assert not {"link", "img", "iframe", "object", "embed", "base"} & set(page.tags)
    assert not re.search(r"url\(|@import|@font-face|https?://", text)
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\b|fetch\(|XMLHttp", html.script())
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', text)
    digest = base64.b64encode(hashlib.sha256(html.script().encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in standard.unescape(policy) and "default-src 'none'" in policy
    ids = [value for value in page.values("id") if value]
    assert len(ids) == len(set(ids)) and set(page.values("aria-labelledby")) <= set(ids)
    assert {href.removeprefix("#") for href in page.values("href") if href} <= set(ids)
    assert page.tags["main"] == page.tags["h1"] == 1


def test_without_a_script_campaigns_reasons_and_what_was_not_examined_are_there() -> None:
    text = " ".join(" ".join(page_of(FOUND).text).split())
    for campaign in FOUND.campaigns:
        assert campaign.id in text and f"{campaign.score_bits:.1f} bits" in text
        for item in campaign.evidence:
            assert item.example in text and f"{campaign.without[item.kind]:.1f}" in text
        for alternative in campaign.alternatives:
            assert alternative.name in text and alternative.told in text
    for account in FOUND.accounts:
        assert account.account in text
        assert all(item.example in text for item in account.evidence)
    for unseen in FOUND.not_examined:
        assert unseen.what in text and unseen.why in text
    for appeal in FOUND.appeals:
        assert appeal.note in text and appeal.reviewer in text
    assert "a person decides" in text and FOUND.rule.sha256 in text
    assert "is no proof that there is nothing" in " ".join(page_of(QUIET).text)


def test_the_script_gets_every_account_with_facts_that_can_be_put_together_again() -> None:
    data = data_of(FOUND)
    assert [row[0] for row in data["rows"]] == [account.account for account in FOUND.accounts]
    for row, account in zip(data["rows"], FOUND.accounts, strict=True):
        assert data["tiers"][row[1]] == account.tier and data["campaigns"][row[2]][0] == account.campaign
        assert abs(row[3] - account.score_bits) <= 0.051
        for item, evidence in zip(row[4], account.evidence, strict=True):
            parts = data["patterns"][item[3]].split(rows.SLOT)
            fills = [*item[4:], ""]
            assert "".join(part + fill for part, fill in zip(parts, fills, strict=True)) == evidence.example
            assert data["kinds"][item[0]] == evidence.kind
            assert abs(row[3] - item[1] - account.without[evidence.kind]) <= 0.11 or len(row) > 6


def test_a_score_without_a_kind_that_is_no_plain_difference_is_sent_as_it_is() -> None:
    account = replace(FOUND.accounts[0], without={EvidenceKind.PAYMENT: 1.5})
    row = data_of(replace(FOUND, accounts=(account,)))["rows"][0]
    assert row[6] == {"0": 1.5}


def test_thousands_of_accounts_make_a_small_page_and_the_rest_is_said() -> None:
    document = to_document(sample.found(2_500))
    text = render(document, "html")
    assert len(text.encode()) < 1_000_000
    assert len(data_of(document)["rows"]) == 2_507
    assert "2,300 more of its accounts are not listed here" in text
    assert text.count('class="person"') == 207


def test_reasons_beyond_the_limit_are_left_out_and_counted() -> None:
    block = rows.block(FOUND, most_bytes=3_000)
    data = json.loads(block.data)
    whole = [bool(row[4]) for row in data["rows"]]
    assert 0 < block.bare == whole.count(False) < len(whole) == len(FOUND.accounts)
    assert whole == sorted(whole, reverse=True), "the strongest keep theirs"


def test_many_campaigns_stand_in_the_table_and_the_strongest_have_cards() -> None:
    first = FOUND.campaigns[1]
    campaigns = tuple(replace(first, id=f"k{n}") for n in range(1, 501))
    text = render(replace(FOUND, campaigns=campaigns, accounts=(), appeals=()), "html")
    assert text.count('class="card"') == html.CARDS and text.count("<tr data-id=") == 500
    assert "460 weaker campaigns stand in the table alone" in text


def test_the_pictures_show_every_link_and_every_exchange() -> None:
    campaign, picture = FOUND.campaigns[0], FOUND.pictures["k1"]
    matrix, days = pictures.matrix(campaign, picture), pictures.days(campaign, picture)
    assert matrix is not None and days is not None
    assert sum(band.path.count("M") for band in matrix.bands) == len(picture.links)
    assert sum(band.tokens for band in matrix.bands) == len(picture.tokens)
    assert matrix.bands[0].kind is EvidenceKind.FAILOVER, "the strongest kind is on top"
    counts = [int(bar.told.split(": ")[1].split()[0].replace(",", "")) for bar in days.bars]
    assert sum(counts) == sum(count for _, count in picture.days)
    assert max(bar.height for bar in days.bars) == pictures.DAYS_HEIGHT
    assert all(bar.x >= 0 and bar.x + bar.width <= pictures.DAYS_WIDTH + 1e-6 for bar in days.bars)
    assert days.called == pytest.approx(pictures.DAYS_WIDTH * 2 / 45)


def test_years_of_days_are_drawn_in_longer_bars() -> None:
    days = tuple((f"{year}-{month:02}-01", 10) for year in range(2020, 2026) for month in range(1, 13))
    drawn = pictures.days(FOUND.campaigns[0], replace(FOUND.pictures["k1"], days=days))
    assert drawn is not None and len(drawn.bars) <= 120 and "days" in drawn.most
    assert pictures.days(FOUND.campaigns[0], replace(FOUND.pictures["k1"], days=days[:1])) is None
    assert pictures.matrix(FOUND.campaigns[0], replace(FOUND.pictures["k1"], links=())) is None
