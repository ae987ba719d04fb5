"""Rules in plain words, and why one does not decide."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.examples import MIDNIGHT, POLICY, of
from tests.policy.test_audits import document, rules
from tests.policy.test_remarks import KEYS, made_of, random_asks
from wiretell import policy
from wiretell.policy import Asked, Client, explaining


def only(keys: str, effect: str = "ban") -> policy.Rule:
    return of(f'[[rule]]\nid = "r"\neffect = "{effect}"\n{keys}\n').rules[0]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (POLICY.rules[0], "Bans claude-code from 2026-07-10 on."),
        (POLICY.rules[1], "Bans models claude-* from 2026-07-10 on."),
        (
            only('product = "codex"\nversions = "^1.2"\nuntil = 2026-07-10', "allow"),
            "Allows codex in versions ^1.2 until the end of 2026-07-10.",
        ),
        (
            only('product = "codex"\nversions = "<1"'),
            "Bans codex in versions <1 (a version that is not told counts).",
        ),
        (
            only('vendor = "openai"\nmodel = "gpt-*"', "warn"),
            "Warns of models gpt-* in programs of the vendor openai.",
        ),
        (only('product = "*"'), "Bans every program (product *)."),
        (only('model = "*"'), "Bans every model."),
        (rules(document()).rules[0], "Bans what audits found covert (claude-code 2.1.91)."),
    ],
)
def test_words(rule: policy.Rule, words: str) -> None:
    assert explaining.in_words(rule) == words


def test_what_of_the_catalogue_a_rule_is_about() -> None:
    assert explaining.products_of(POLICY.rules[0]) == ("claude-code",)
    assert explaining.products_of(POLICY.rules[1]) == ()
    assert explaining.families_of(POLICY.rules[1]) == ("claude-*",)
    assert explaining.products_of(rules(document()).rules[0]) == ("claude-code",)
    assert "codex" in explaining.products_of(only('vendor = "openai"'))
    assert set(explaining.products_of(only('product = "*"'))) == set(policy.products())


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ('product = "codex"', "product claude-code is not codex"),
        ('vendor = "openai"', "vendor anthropic is not openai"),
        ('model = "gpt-*"', "model (none) is not gpt-*"),
        ('product = "*"\nversions = "<2"', "version 2.1.91 is not in <2"),
        ('product = "*"\nfrom = 2026-07-11', "it begins on 2026-07-11"),
        ('product = "*"\nuntil = 2026-07-08', "it ended with 2026-07-08"),
        ('product = "*"', ""),
    ],
)
def test_why_not(keys: str, why: str) -> None:
    made = of(f'[[rule]]\nid = "r"\neffect = "ban"\n{keys}\n')
    asked = Asked(Client("claude-code", "anthropic", "2.1.91"))
    assert explaining.why_not(made, made.rules[0], asked, MIDNIGHT) == why


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["ban", "warn", "allow"]), KEYS), min_size=1, max_size=4), st.integers(0, 99))
def test_there_is_a_reason_exactly_where_a_rule_does_not_match(
    tables: list[tuple[str, dict[str, object]]], seed: int
) -> None:
    made = made_of(tables)
    for asked, at in random_asks(seed, 60):
        for rule in made.rules:
            does = policy.in_force(rule, made.timezone, at) and policy.matches(rule, asked)
            assert (explaining.why_not(made, rule, asked, at) == "") == does


def test_a_rule_about_audits_says_what_it_is_not() -> None:
    made = rules(document())
    at = dt.datetime(2026, 7, 10, tzinfo=dt.UTC)
    assert explaining.why_not(made, made.rules[0], Asked(Client("codex")), at) == "it is none of what was audited"
