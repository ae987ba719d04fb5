"""The page in a real browser, where there is one: its script lists, sorts and filters, and runs nothing of the log."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from markupsafe import Markup
from msgspec.structs import replace

from tests.report.hunt import sample
from wiretell.report import render
from wiretell.report.hunt import html
from wiretell.report.hunt.document_v1 import HuntDocument

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")

HOSTILE = "</script><img src=x onerror=\"document.title='owned'\">\u202e"
READER = """
addEventListener("load", () => {
  const table = document.getElementById("account-table");
  const told = { all: table.tBodies[0].rows.length };
  const sort = table.tHead.rows[0].cells[3].firstChild;
  sort.click();
  sort.click();
  told.order = table.tHead.rows[0].cells[3].getAttribute("aria-sort");
  told.bits = [...table.tBodies[0].rows].map((row) => Number(row.cells[3].textContent));
  table.tBodies[0].rows[0].querySelector("button").click();
  told.reasons = table.tBodies[0].rows[1].textContent;
  const tools = document.getElementById("account-tools").elements;
  tools.kind.value = "headers";
  tools.kind.dispatchEvent(new Event("input", { bubbles: true }));
  told.filtered = table.tBodies[0].rows.length;
  const campaigns = document.getElementById("campaign-tools").elements;
  campaigns.text.value = "key:77aa";
  campaigns.text.dispatchEvent(new Event("input", { bubbles: true }));
  told.cards = [...document.querySelectorAll(".card")].filter((card) => !card.hidden).length;
  document.querySelector("footer").textContent = JSON.stringify(told);
});
"""


def drawn(text: str, folder: Path) -> str:
    """Return the document as the browser has it after its script has run."""
    assert CHROMIUM is not None
    page = folder / "hunt.html"
    page.write_text(text, encoding="utf-8")
    options = ["headless", "no-sandbox", "disable-gpu", "no-first-run", "disable-sync", "disable-background-networking"]
    options += ["disable-component-update", f"user-data-dir={folder / 'profile'}", "virtual-time-budget=3000"]
    command = [CHROMIUM, *(f"--{option}" for option in options), "--dump-dom", page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def named_badly(document: HuntDocument) -> HuntDocument:
    """Give the strongest account of the first campaign a name that would be markup."""
    first, *others = document.accounts
    campaign, *rest = document.campaigns
    return replace(
        document,
        accounts=(replace(first, account=HOSTILE, score_bits=999.0), *others),
        campaigns=(replace(campaign, accounts=(HOSTILE, *campaign.accounts[1:])), *rest),
    )


def test_it_lists_sorts_filters_unfolds_and_runs_none_of_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = html.script() + Markup(READER)  # the reader's clicks, under the page's own policy
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    monkeypatch.setattr(html, "script", lambda: script)
    monkeypatch.setattr(html, "script_hash", lambda: f"sha256-{digest}")
    document = named_badly(sample.document())
    page = drawn(render(document, "html"), tmp_path)
    told = re.search(r"<footer>(\{.*?\})</footer>", page, re.S)
    assert told is not None, "the script did not run to its end"
    report = told[1]
    assert f'"all":{len(document.accounts)}' in report and '"order":"descending"' in report
    bits = [float(number) for number in re.findall(r"[\d.]+", re.findall(r'"bits":\[(.*?)\]', report)[0])]
    assert bits == sorted(bits, reverse=True) and bits[0] == 999.0
    assert "What would clear it: a bill or contract" in report and "1 in 4,200 unrelated accounts" in report
    assert '"filtered":6' in report, "only the pool shows headers"
    assert '"cards":1' in report
    assert "<img" not in page and "owned</title>" not in page


def test_a_script_of_another_hash_does_not_run(tmp_path: Path) -> None:
    changed = render(sample.document(), "html").replace('"use strict";', '"use strict"; ')
    page = drawn(changed, tmp_path)
    assert "Made by wiretell" in page and 'class="js"' not in page
    assert page.count('class="person"') == len(sample.document().accounts), "accounts are there without it"
