"""The page on policies says what the code does, and so do the examples in docstrings."""

from __future__ import annotations

import datetime as dt
import doctest
import importlib
import re
from pathlib import Path

from tests.policy.examples import MIDNIGHT
from wiretell import policy
from wiretell.policy import Asked, Client, globs, prices

PAGE = Path(__file__).parents[2] / "docs" / "policy.md"
TEXT = PAGE.read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    assert isinstance(found, str)
    return found


FILE = policy.parse(block("toml"), "wiretell-policy.toml")


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


def test_the_price_table_of_the_page_is_one() -> None:
    table = prices.parse(block("json").encode(), "prices.json")
    assert table.name == f"ours 2026-11-01 over {prices.shipped().name}"
    assert table.cost("inside-7b", policy.Usage(10**6)).micro_usd == 0
    assert table.cost("contract-model", policy.Usage(300_000)).micro_usd == 1_440_000


def test_every_key_of_the_file_is_on_the_page() -> None:
    keys = ("id", "effect", "product", "vendor", "model", "versions", "from", "reason", "instead")
    for key in (*keys, "who", "usd", "tokens", "requests", "per", "models", "timezone", "extends"):
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
