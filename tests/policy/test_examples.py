"""A policy's own examples."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from tests.policy.examples import FILE, MIDNIGHT, POLICY, of
from wiretell import policy

RULE = '[[rule]]\nid = "r"\neffect = "ban"\nproduct = "codex"\nfrom = 2026-07-10\n'


def example(keys: str, expect: str = "ban") -> str:
    return f'[[example]]\non = 2026-07-10\nexpect = "{expect}"\n{keys}\n'


def test_examples_hold_or_do_not_and_the_decision_is_shown() -> None:
    text = RULE + '[[rule]]\nid = "s"\neffect = "warn"\nproduct = "codex"\n'
    text += example('product = "codex"\nrule = "r"') + example('product = "codex"', "warn")
    text += example('product = "codex"\nrule = "s"', "warn") + example('product = "aider"', "pass")
    tried = policy.held(of(text))
    assert [(each.holds, each.decision.told) for each in tried] == [
        (True, "ban:r"),
        (False, "ban:r"),
        (False, "ban:r"),
        (True, "pass"),
    ]
    assert [each.example.number for each in tried] == [1, 2, 3, 4]


def test_a_vendor_that_is_not_named_is_that_of_the_product() -> None:
    made = of('[[rule]]\nid = "r"\neffect = "ban"\nvendor = "openai"\n' + example('product = "codex"'))
    assert policy.held(made)[0].holds
    other = of('[[rule]]\nid = "r"\neffect = "ban"\nvendor = "openai"\n' + example('product = "codex"\nvendor = "x"'))
    assert not policy.held(other)[0].holds


def test_a_time_is_one_of_the_policys_zone_and_none_is_the_days_beginning() -> None:
    made = of(RULE + example('product = "codex"') + example('product = "codex"\nat = 23:59:59'), "Asia/Shanghai")
    assert [each.at.astimezone(dt.UTC) for each in made.examples] == [
        MIDNIGHT,
        MIDNIGHT + dt.timedelta(hours=23, minutes=59, seconds=59),
    ]
    before = of(RULE + example('product = "codex"', "pass").replace("07-10\nexp", "07-09\nat = 23:59:59\nexp"))
    assert policy.held(before)[0].holds


@given(st.sampled_from(["claude-code", "codex", "aider"]), st.sampled_from(["", "2.1.91"]), st.integers(1, 28))
def test_no_decision_looks_at_examples(product: str, version: str, day: int) -> None:
    made = policy.parse(FILE + example('product = "codex"', "pass"), "wiretell-policy.toml")
    known = policy.products()[product]
    asked = policy.Asked(policy.Client(product, known.vendor, version), "claude-opus-4-6")
    at = dt.datetime(2026, 7, day, tzinfo=dt.UTC)
    assert policy.decide(made, asked, at) == policy.decide(POLICY, asked, at)
    assert policy.claims(made, asked, at) == policy.claims(POLICY, asked, at)


def test_the_vendor_of_a_product_is_known_in_any_case() -> None:
    rule = '[[rule]]\nid = "r"\neffect = "ban"\nvendor = "anthropic"\n'
    made = of(rule + '[[example]]\nproduct = "Claude-Code"\non = 2026-07-10\nexpect = "ban"\n')
    assert [each.holds for each in policy.held(made)] == [True]
    assert policy.remarks(made) == ()
