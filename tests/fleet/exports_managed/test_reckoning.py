"""What is banned, as sets, agrees with what the policy decides one by one."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.fleet.exports_managed.policies import AT, parsed, policies, versions
from wiretell import policy as library
from wiretell.fleet.exports.managed import reckoning
from wiretell.model.policy import Asked, Audited, Client, Policy, Rule
from wiretell.policy.versions import order

CLAUDE = library.products()["claude-code"]


@given(policies, versions)
def test_a_version_is_in_the_set_where_the_policy_bans_it(policy: Policy, version: str) -> None:
    banned = reckoning.versions(policy, CLAUDE, AT)
    key = order(version)
    assert key is not None
    decision = library.decide(policy, Asked(Client("claude-code", "anthropic", version)), AT)
    assert banned.versions.holds(key) == (decision.effect == "ban")
    if decision.effect == "ban" and decision.rule:
        assert decision.rule.id in banned.rules


@given(policies)
def test_a_model_is_listed_where_the_policy_bans_it_for_every_version(policy: Policy) -> None:
    asked = ["claude-opus-4-6", "claude-haiku-4-5", "gpt-5"]
    found = reckoning.models(policy, CLAUDE, asked, AT)
    for model in found.names:
        plain = Policy(rules=tuple(rule for rule in policy.rules if rule.versions is None))
        decision = library.decide(plain, Asked(Client("claude-code", "anthropic", "1.0.0"), model), AT)
        assert decision.effect == "ban"


@given(policies, versions)
def test_a_model_is_listed_only_where_no_version_may_use_it(policy: Policy, version: str) -> None:
    """And where some may, the rule that lets them is told beside the ban."""
    asked = ["claude-opus-4-6", "claude-haiku-4-5", "gpt-5"]
    found = reckoning.models(policy, CLAUDE, asked, AT)
    for model in found.names:
        decision = library.decide(policy, Asked(Client("claude-code", "anthropic", version), model), AT)
        assert decision.effect == "ban"
    effects = {rule.id: rule.effect for rule in policy.rules}
    assert {(effects[ban], effects[before] != "ban") for ban, before in found.let} <= {("ban", True)}


@pytest.mark.parametrize("version", ["9.0.0+" + "a" * 122 + " || <9", "9.0.0+" + "a" * 122 + " ||"])
def test_an_audited_version_is_one_version_whatever_its_text(version: str) -> None:
    audited = (Audited("a.json", "covert", "claude-code", version, ""),)
    policy = Policy(rules=(Rule("r", "ban", audits=("a.json",), verdict="covert", audited=audited),))
    banned = reckoning.versions(policy, CLAUDE, AT).versions
    for other in ("0.1.0", "2.1.0", "8.9.9", "9.0.1"):
        key = order(other)
        assert key is not None
        assert not banned.holds(key)


def test_audited_versions_are_banned_and_no_others() -> None:
    audited = (
        Audited("a.json", "covert", "claude-code", "2.1.91", ""),
        Audited("b.json", "covert", "codex", "1.0", ""),
    )
    policy = Policy(rules=(Rule("r", "ban", audits=("a.json", "b.json"), verdict="covert", audited=audited),))
    banned = reckoning.versions(policy, CLAUDE, AT).versions
    assert banned == library.parse_range("==2.1.91")
    assert reckoning.versions(policy, library.products()["aider"], AT).versions.is_empty


def test_an_exception_before_a_ban_is_left_out_of_it() -> None:
    policy = parsed(
        '[[rule]]\nid = "but"\neffect = "allow"\nproduct = "claude-code"\nversions = "==2.1.150"\n'
        '[[rule]]\nid = "all"\neffect = "ban"\nproduct = "claude-code"\n'
    )
    banned = reckoning.versions(policy, CLAUDE, AT)
    assert not banned.all
    assert [reckoning.told(each) for each in banned.allowed] == ["2.1.150"]
