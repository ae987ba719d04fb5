"""Rules: the first that matches decides, from its day on, and says why."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.examples import CLAUDE_CODE, CODEX, MIDNIGHT, POLICY, asked, of
from wiretell import policy
from wiretell.policy import Asked, Client

LATER = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)


def rule(keys: str, effect: str = "ban") -> policy.Policy:
    return of(f'[[rule]]\nid = "r"\neffect = "{effect}"\n{keys}')


def effect(keys: str, request: Asked, kind: str = "ban") -> str:
    return policy.decide(rule(keys, kind), request, LATER).effect


def test_the_policy_of_the_contract_before_on_and_after_its_day() -> None:
    before = policy.decide(POLICY, asked(), MIDNIGHT - MICROSECOND)
    assert (before.effect, before.rule, before.sentence, before.told) == ("pass", None, "", "pass")
    for at in (MIDNIGHT, MIDNIGHT + dt.timedelta(days=400)):
        decision = policy.decide(POLICY, asked(), at)
        assert decision.told == "ban:high-risk-software"
        assert decision.sentence == (
            "claude-code 2.1.91 is banned since 2026-07-10 by the policy's rule high-risk-software: "
            "Hidden channel, see report 17. Use instead: the approved agent."
        )


def test_the_same_moment_in_another_zone_is_the_same_moment() -> None:
    west = dt.timezone(dt.timedelta(hours=-7))
    assert policy.decide(POLICY, asked(), MIDNIGHT.astimezone(west)).effect == "ban"
    assert policy.decide(POLICY, asked(), (MIDNIGHT - MICROSECOND).astimezone(west)).effect == "pass"


def test_the_second_rule_catches_the_model_in_another_client() -> None:
    decision = policy.decide(POLICY, asked(CODEX, "claude-opus-4-6"), LATER)
    assert decision.told == "ban:high-risk-models"
    assert decision.sentence == (
        "Model claude-opus-4-6 is banned since 2026-07-10 by the policy's rule high-risk-models: Same notice."
    )
    assert policy.decide(POLICY, asked(CODEX, "gpt-5"), LATER).effect == "pass"


def test_the_first_match_wins() -> None:
    allow = '[[rule]]\nid = "a"\neffect = "allow"\nproduct = "codex"\n'
    ban = '[[rule]]\nid = "b"\neffect = "ban"\nproduct = "*"\n'
    assert policy.decide(of(allow + ban), asked(CODEX), LATER).told == "allow:a"
    assert policy.decide(of(ban + allow), asked(CODEX), LATER).told == "ban:b"
    assert policy.decide(of(allow + ban), asked(CODEX), LATER).sentence == ""


@pytest.mark.parametrize(
    ("glob", "model", "expected"),
    [
        ("claude-*", "claude-opus-4-6", True),
        ("CLAUDE-*", "Claude-Opus-4-6", True),
        ("claude-*", "anthropic/claude-opus-4-6", True),
        ("claude-*", "us.anthropic.claude-opus-4-6-v1:0", True),
        ("claude-opus-4-6", "claude-opus-4-6[1m]", True),
        ("*[1m]", "claude-opus-4-6[1m]", True),
        ("*[1m]", "claude-opus-4-1", False),
        ("gemini-?.5-*", "models/gemini-2.5-pro", True),
        ("openrouter/*", "openrouter/claude-opus-4-6", True),
        ("claude-*", "not-claude-opus", False),
        ("claude", "claude-opus-4-6", False),
        ("*", "", False),
    ],
)
def test_models_match_by_glob_as_written_and_bare(glob: str, model: str, expected: bool) -> None:
    assert (effect(f'model = "{glob}"', asked(model=model)) == "ban") is expected


def test_a_vendor_is_the_clients_and_not_the_models() -> None:
    assert effect('vendor = "anthropic"', asked(model="gpt-5")) == "ban"
    assert effect('vendor = "anthropic"', asked(CODEX, "claude-opus-4-6")) == "pass"


def test_an_unknown_client_matches_only_a_star() -> None:
    assert effect('product = "claude-code"', asked(Client())) == "pass"
    assert effect('product = "?*"', asked(Client())) == "pass"
    assert effect('product = "*"', asked(Client())) == "ban"
    said = policy.decide(rule('product = "*"'), asked(Client()), LATER).sentence
    assert said == "This client, which is not recognised, is banned by the policy's rule r."


VERSIONED = 'product = "claude-code"\nversions = ">=2.1.91,<2.1.198"'


@pytest.mark.parametrize(
    ("version", "ban", "allow"),
    [
        ("2.1.90", "pass", "pass"),
        ("2.1.91", "ban", "allow"),
        ("2.1.197", "ban", "allow"),
        ("2.1.198", "pass", "pass"),
        ("", "ban", "pass"),
        ("nightly", "ban", "pass"),
    ],
)
def test_a_version_that_is_not_told_gains_nothing(version: str, ban: str, allow: str) -> None:
    client = Client("claude-code", "anthropic", version)
    assert effect(VERSIONED, asked(client)) == ban
    assert effect(VERSIONED, asked(client), "allow") == allow


def test_the_sentence_says_that_the_version_is_not_known() -> None:
    said = policy.decide(rule(VERSIONED, "warn"), asked(Client("claude-code", "anthropic")), LATER).sentence
    assert said == (
        "claude-code (its version is not told, so it counts as one of >=2.1.91,<2.1.198) is under a warning by the "
        "policy's rule r."
    )


def test_all_that_a_rule_names_must_match() -> None:
    keys = 'product = "claude-code"\nmodel = "gpt-*"'
    assert effect(keys, asked(CLAUDE_CODE, "gpt-5")) == "ban"
    assert effect(keys, asked(CLAUDE_CODE, "claude-opus-4-6")) == effect(keys, asked(CODEX, "gpt-5")) == "pass"
    said = policy.decide(rule(keys), asked(CLAUDE_CODE, "gpt-5"), LATER).sentence
    assert said.startswith("claude-code 2.1.91 with model gpt-5 is banned")


@given(st.text(), st.text(), st.text())
def test_a_sentence_is_one_line_whatever_the_request_holds(product: str, version: str, model: str) -> None:
    request = Asked(Client(product, "", version), model)
    said = policy.decide(rule('product = "*"\nreason = "a\\nb"'), request, LATER).sentence
    assert said.isprintable()
    assert len(said) < 200
    assert said.endswith("is banned by the policy's rule r: a b.")


def test_a_tuned_model_is_what_it_was_tuned_from() -> None:
    ban = policy.parse('schema = 1\n[[rule]]\nid = "a"\neffect = "ban"\nmodel = "gpt-*"\n', "p")
    at = dt.datetime(2026, 7, 10, tzinfo=dt.UTC)
    for name in ("ft:gpt-4o-2024-08-06:acme::8x2k", "FT:gpt-4o:acme", "openai/ft:gpt-4o::id"):
        assert policy.decide(ban, policy.Asked(model=name), at).effect == "ban", name


def test_whether_a_policy_looks_at_models() -> None:
    head = 'schema = 1\n[[rule]]\nid = "a"\neffect = "ban"\n'
    assert policy.names_models(policy.parse(head + 'model = "gpt-*"\n', "p"))
    assert not policy.names_models(policy.parse(head + 'product = "codex"\n', "p"))
    budget = 'schema = 1\n[[budget]]\nwho = "user:*"\nusd = 1\nper = "day"\n'
    assert policy.names_models(policy.parse(budget + 'models = ["gpt-*"]\n', "p"))
    assert not policy.names_models(policy.parse(budget, "p"))
