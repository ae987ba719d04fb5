"""The page on policies says what the code does, and so do the examples in docstrings."""

from __future__ import annotations

import datetime as dt
import doctest
import importlib
import re
from pathlib import Path

from tests.policy.examples import MIDNIGHT
from tests.policy.test_audits import COMMAND, SHA, document
from wiretell import policy
from wiretell.policy import Asked, Client, globs, prices

PAGE = Path(__file__).parents[2] / "docs" / "policy.md"
TEXT = PAGE.read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


FILE = policy.parse(blocks("toml")[0], "wiretell-policy.toml")


def test_the_sentences_that_users_see_are_those_of_the_page() -> None:
    asked = Asked(Client("claude-code", "anthropic", "2.1.91"), "claude-opus-4-6", "ann")
    banned = policy.decide(FILE, asked, MIDNIGHT).sentence
    claim = policy.claims(FILE, asked, MIDNIGHT)[0]
    spent = policy.spent_sentence(FILE, claim, 300_020_000)
    quoted = [line.removeprefix("> ").replace("\\", "") for line in TEXT.splitlines() if line.startswith("> ")]
    assert quoted == [banned, spent]


def test_the_policy_of_the_page_does_what_it_says() -> None:
    day = MIDNIGHT + dt.timedelta(hours=1)
    client = Client("claude-code", "anthropic", "2.1.198")
    assert policy.decide(FILE, Asked(client, "gpt-5"), day).effect == "pass"
    assert policy.decide(FILE, Asked(client, "claude-opus-4-6"), day).told == "ban:high-risk-models"
    assert [
        claim.budget.id for claim in policy.claims(FILE, Asked(client, "inside-7b", "ann", ("search-team",)), day)
    ] == ["inside-models"]


def test_the_policy_of_the_page_needs_no_remark_and_its_examples_hold() -> None:
    assert policy.remarks(FILE) == ()
    assert [each.holds for each in policy.held(FILE)] == [True]


def test_the_rule_by_audits_of_the_page() -> None:
    documents = {"audits/claude-code-2.1.91.json": document(), "audits/tool.json": document(target=COMMAND)}
    made = policy.parse("schema = 1\n" + blocks("toml")[1], "p", documents)
    asked = Asked(Client("claude-code", "anthropic", "2.1.91"))
    assert policy.decide(made, asked, MIDNIGHT).told == "ban:covert-channel"
    assert policy.decide(made, Asked(sha256=SHA), MIDNIGHT).told == "ban:covert-channel"


def test_every_form_of_range_of_the_page_is_one_and_holds_what_it_says() -> None:
    (table,) = re.findall(r"^\| form \|.*?\n\n", TEXT, re.DOTALL | re.MULTILINE)
    forms = [form.replace("\\|", "|") for row in table.splitlines() for form in re.findall(r"`([^`]*\d[^`]*)`", row)]
    assert len(forms) == 10
    for form in forms:
        policy.parse_range(form)
    (differ,) = re.findall(r"^Two things differ.*?\n\n## ?#?", TEXT, re.DOTALL | re.MULTILINE)
    held = re.findall(r"`([^`]+)`(?: and `([^`]+)`)? holds? `([^`]+)`", differ)
    assert len(held) == 3
    for *ranges, version in held:
        key = policy.order(version)
        assert key is not None
        assert all(policy.parse_range(each).holds(key) for each in ranges if each)


def test_the_price_table_of_the_page_is_one() -> None:
    table = prices.parse(blocks("json")[0].encode(), "prices.json")
    assert table.name == f"ours 2026-11-01 over {prices.shipped().name}"
    assert table.cost("inside-7b", policy.Usage(10**6)).micro_usd == 0
    assert table.cost("contract-model", policy.Usage(300_000)).micro_usd == 1_440_000


def test_every_key_of_the_file_is_on_the_page() -> None:
    keys = ("id", "effect", "product", "vendor", "model", "versions", "from", "until", "reason", "instead")
    examples = ("version", "user", "sha256", "on", "at", "expect", "rule")
    for key in (
        *keys,
        *examples,
        "audits",
        "verdict",
        "who",
        "usd",
        "tokens",
        "requests",
        "per",
        "models",
        "timezone",
        "extends",
    ):
        assert re.search(rf"\b{key}\b", TEXT), key
    assert f"{prices.DEFAULT_OUTPUT_TOKENS:,}" in TEXT


def test_the_examples_of_page_and_docstrings() -> None:
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert (failed, tried >= 5) == (0, True)
    # The package exports a function of the name of this module.
    products = importlib.import_module("wiretell.policy.products")
    for module in (policy, globs, prices, products):
        failed, tried = doctest.testmod(module)
        assert (failed, tried > 0) == (0, True), module.__name__
