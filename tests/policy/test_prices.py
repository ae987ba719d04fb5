"""Costs are exact, never less than what is known, and come of a dated table."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wiretell import policy
from wiretell.errors import FormatError
from wiretell.policy import Usage, prices

TABLE = prices.shipped()
TOKENS = st.integers(0, 2_000_000)
USAGES = st.builds(
    Usage,
    input_tokens=TOKENS,
    cache_read_tokens=st.none() | TOKENS,
    cache_write_tokens=st.none() | TOKENS,
    cache_write_1h_tokens=TOKENS,
    output_tokens=TOKENS,
)
OWN: dict[str, Any] = {
    "schema": 1,
    "name": "ours",
    "date": "2026-11-01",
    "unit": "USD per million tokens",
    "models": {"inside-7b": {"input": 0, "output": 0}, "Big": {"vendor": "us", "input": 1.1, "output": 2}},
}


def own(**changed: Any) -> policy.PriceTable:
    return prices.parse(json.dumps({**OWN, **changed}).encode(), "prices.json")


def test_the_table_that_ships_says_its_day_source_and_licence() -> None:
    assert TABLE.name == f"wiretell {TABLE.date}"
    assert "litellm" in TABLE.source and "sha256" in TABLE.source
    assert TABLE.licence.startswith("MIT")
    assert {entry.vendor for entry in TABLE.entries.values()} >= {"anthropic", "openai", "google", "deepseek", "xai"}
    assert all(policy.vendor_of(name) == entry.vendor for name, entry in TABLE.entries.items())


def test_each_kind_of_token_has_its_price() -> None:
    usage = Usage(1_000_000, 2_000_000, 3_000_000, 1_000_000, 500_000)
    # claude-opus-4-6: 5 input, 0.50 read, 6.25 and 10 written, 25 output, for a million
    dollars = Fraction(5) + 2 * Fraction("0.5") + 2 * Fraction("6.25") + 10 + Fraction("12.5")
    assert TABLE.cost("claude-opus-4-6", usage) == policy.Cost(int(dollars * 1_000_000), "claude-opus-4-6", True)


def test_a_cost_is_rounded_up_once() -> None:
    assert TABLE.cost("claude-haiku-4-5", Usage(cache_read_tokens=1)).micro_usd == 1
    assert TABLE.cost("claude-haiku-4-5", Usage(cache_read_tokens=10)).micro_usd == 1
    assert TABLE.cost("claude-haiku-4-5", Usage(cache_read_tokens=11)).micro_usd == 2
    assert TABLE.cost("claude-haiku-4-5", Usage()).micro_usd == 0


@pytest.mark.parametrize(
    ("model", "entry"),
    [
        ("claude-opus-4-6", "claude-opus-4-6"),
        ("claude-opus-4-6[1m]", "claude-opus-4-6"),
        ("claude-opus-4-6-20990101", "claude-opus-4-6"),
        ("claude-opus-4.6", "claude-opus-4-6"),
        ("anthropic/claude-opus-4-6", "claude-opus-4-6"),
        ("us.anthropic.claude-opus-4-6-v1:0", "claude-opus-4-6"),
        ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5"),
        ("models/gemini-2.5-pro", "gemini-2.5-pro"),
        ("GPT-5-2025-08-07", "gpt-5-2025-08-07"),
        ("gpt-5-2099-01-01", "gpt-5"),
        ("devstral-small-2507", "devstral-small-latest"),
        ("claude-opus-4-6-latest", "claude-opus-4-6"),
    ],
)
def test_names_of_models_are_brought_to_those_of_the_table(model: str, entry: str) -> None:
    found, known = TABLE.find(model)
    assert (found.name, known) == (entry, True)


@pytest.mark.parametrize("model", ["claude-opus-99", "anthropic/claude-opus-99", "fireworks/models/claude-opus-4-6"])
@given(usage=USAGES)
def test_an_unknown_model_costs_as_much_as_its_vendors_dearest(model: str, usage: Usage) -> None:
    cost = TABLE.cost(model, usage)
    dearest = max((e for e in TABLE.entries.values() if e.vendor == "anthropic"), key=lambda entry: entry.dearness)
    assert cost == policy.Cost(dearest.cost(usage), dearest.name, False)


def test_a_model_of_an_unknown_vendor_costs_as_much_as_the_dearest_of_all() -> None:
    cost = TABLE.cost("llama-4", Usage(input_tokens=1000))
    assert not cost.known
    assert cost.micro_usd == max(entry.cost(Usage(input_tokens=1000)) for entry in TABLE.entries.values())


@given(
    st.sampled_from(sorted(TABLE.entries)), USAGES, st.sampled_from(["input", "cache_read", "cache_write", "output"])
)
@example("gemini-2.5-pro", Usage(input_tokens=200_000, output_tokens=100), "input")
def test_more_tokens_never_cost_less(model: str, usage: Usage, kind: str) -> None:
    field = f"{kind}_tokens"
    one: dict[str, Any] = {field: (getattr(usage, field) or 0) + 1}
    more = replace(usage, **one)
    assert TABLE.cost(model, more).micro_usd >= TABLE.cost(model, usage).micro_usd >= 0


def test_above_a_threshold_all_tokens_cost_the_higher_price() -> None:
    at = TABLE.cost("gemini-2.5-pro", Usage(100_000, 100_000, output_tokens=1000)).micro_usd
    above = TABLE.cost("gemini-2.5-pro", Usage(100_001, 100_000, output_tokens=1000)).micro_usd
    assert at == 125_000 + 12_500 + 10_000
    assert above == 250_003 + 25_000 + 15_000


@given(USAGES)
def test_numbers_that_make_no_sense_cost_nothing_negative(usage: Usage) -> None:
    negative = replace(usage, input_tokens=-5, output_tokens=-7, cache_read_tokens=-9)
    written = Usage(cache_write_tokens=usage.cache_write_tokens, cache_write_1h_tokens=usage.cache_write_1h_tokens)
    assert TABLE.cost("claude-opus-4-6", negative).micro_usd == TABLE.cost("claude-opus-4-6", written).micro_usd >= 0


def test_what_is_reserved_covers_the_bytes_and_the_answer() -> None:
    held = policy.reservation(TABLE, "claude-opus-4-6", 400_001, 32_000)
    assert held == policy.Spent(100_001 * 5 + 32_000 * 25, 132_001, 1)
    unlimited = policy.reservation(TABLE, "claude-opus-4-6", 0, None)
    assert unlimited.tokens == prices.DEFAULT_OUTPUT_TOKENS
    assert policy.reservation(TABLE, "claude-opus-4-6", 0, 10**30).tokens == prices.MAX_OUTPUT_TOKENS
    assert policy.reservation(TABLE, "claude-opus-4-6", 0, -1) == unlimited
    assert policy.reservation(TABLE, "gpt-4o", 0, 1000, choices=100).tokens == 100_000
    assert policy.reservation(TABLE, "gpt-4o", 0, 1000, choices=0).tokens == 1000


def test_what_was_spent_counts_every_token_once() -> None:
    usage = Usage(10, 20, 30, 30, 40)
    assert policy.spent(TABLE, "gpt-5", usage) == policy.Spent(TABLE.cost("gpt-5", usage).micro_usd, 100, 1)


def test_ones_own_table_takes_the_place_of_ours(tmp_path: Path) -> None:
    file = tmp_path / "prices.json"
    file.write_text(json.dumps(OWN))
    table = prices.load(file)
    assert table.name == "ours 2026-11-01"
    assert table.cost("inside-7b", Usage(10**6, output_tokens=10**6)) == policy.Cost(0, "inside-7b", True)
    assert table.cost("BIG", Usage(1)).micro_usd == 2
    assert table.cost("claude-opus-4-6", Usage(10)) == policy.Cost(11, "big", False)


def test_ones_own_table_can_add_to_ours() -> None:
    table = own(extends="wiretell", models={"claude-opus-4-6": {"input": 1, "output": 1}})
    assert table.name == f"ours 2026-11-01 over {TABLE.name}"
    assert table.cost("claude-opus-4-6", Usage(10)).micro_usd == 10
    assert table.cost("gpt-5", Usage(8)) == TABLE.cost("gpt-5", Usage(8))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"schema": 2}, "is no price table"),
        ({"unit": "USD per token"}, "is no price table"),
        ({"model": {}}, "unknown field `model`"),
        ({"models": {}}, "has no models"),
        ({"models": {"a": {"input": -1, "output": 1}}}, "the prices of 'a' must be numbers from 0 on"),
        ({"models": {"a": {"input": "NaN", "output": 1}}}, "the prices of 'a' must be numbers from 0 on"),
        ({"models": {"a": {"input": 1e-7, "output": 1}}}, "at most six decimals"),
        ({"models": {"a": {"input": 1, "output": 1}, "A": {"input": 1, "output": 1}}}, "a model twice"),
        (
            {"models": {"a": {"input": 1, "output": 1, "tiers": [{"above": 0, "input": 1, "output": 1}]}}},
            "tiers of 'a'",
        ),
    ],
)
def test_a_bad_table_is_refused_in_one_sentence(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(FormatError) as error:
        own(**changed)
    assert said in str(error.value)
    assert "prices.json" in str(error.value) and "\n" not in str(error.value)


@given(st.binary(max_size=60) | st.text('{}[]":,1aN', max_size=60).map(str.encode))
@example(b"[" * 100_000)
def test_nothing_but_a_format_error_comes_of_any_bytes(data: bytes) -> None:
    with pytest.raises(FormatError):
        prices.parse(data, "prices.json")


def test_a_table_that_is_not_there_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"cannot be read: No such file or directory\.$"):
        prices.load(tmp_path / "none.json")
