"""From policies to the agents' own settings: only documented keys, and nothing left out in silence."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings

from tests.fleet.exports_managed.policies import AT, CASE, parsed, policies
from wiretell import policy as library
from wiretell.fleet.exports.managed import Managed, managed, reckoning, telling
from wiretell.model.policy import Policy, Rule

DOCUMENTED = {
    "claude-code/managed-settings.json": {"requiredMinimumVersion", "requiredMaximumVersion", "deniedModels"},
    "opencode/opencode.json": {"$schema", "disabled_providers", "provider"},
    "vscode/policy.json": {"AllowedExtensions"},
}
OF_NO_FAMILY = ("claude-mythos-5", "claude-mythos-5-1", "claude-mythos-preview")
"""Known models that no alias of a family stands for."""


def content(made: Managed, name: str) -> dict[str, Any]:
    return next((json.loads(file.content) for file in made.files if file.name == name), {})


def claude(rules: str) -> dict[str, Any]:
    return content(managed(parsed(rules), AT), "claude-code/managed-settings.json")


def rule(versions: str = "", product: str = "claude-code", effect: str = "ban", name: str = "r") -> str:
    held = f'versions = "{versions}"\n' if versions else ""
    return f'[[rule]]\nid = "{name}"\neffect = "{effect}"\nproduct = "{product}"\n{held}'


def test_the_case() -> None:
    made = managed(parsed(CASE), AT)
    assert content(made, "claude-code/managed-settings.json") == {
        "requiredMinimumVersion": "2.1.198",
        "deniedModels": ["opus", "sonnet", "haiku", "fable", *OF_NO_FAMILY],
    }
    assert content(made, "opencode/opencode.json") == {
        "$schema": "https://opencode.ai/config.json",
        "disabled_providers": ["anthropic"],
    }
    left = {(each.rule, each.agent) for each in made.unexpressed}
    assert {("high-risk-models", agent) for agent in ("codex", "gemini-cli", "copilot-cli", "")} <= left
    assert ("high-risk-software", "vscode") in left


def test_the_day_before_nothing_is_banned_and_it_says_from_when() -> None:
    made = managed(parsed(CASE), dt.datetime(2026, 7, 9, 15, 59, 59, tzinfo=dt.UTC))
    assert made.files == ()
    assert [(each.rule, "from 2026-07-10" in each.why) for each in made.unexpressed] == [
        ("high-risk-software", True),
        ("high-risk-models", True),
    ]
    assert managed(parsed(CASE), dt.datetime(2026, 7, 9, 16, tzinfo=dt.UTC)).files


@pytest.mark.parametrize(
    ("rules", "keys"),
    [
        (rule("<2.1.198"), {"requiredMinimumVersion": "2.1.198"}),
        (rule("<=2.1.197"), {"requiredMinimumVersion": "2.1.198"}),
        (rule("2.1.x"), {"requiredMinimumVersion": "2.2.0"}),
        (rule(">2.1.300"), {"requiredMaximumVersion": "2.1.300"}),
        (rule("<2.1.198 || >2.1.300"), {"requiredMinimumVersion": "2.1.198", "requiredMaximumVersion": "2.1.300"}),
        (rule(), {"requiredMinimumVersion": "999999.0.0"}),
        (rule("<2", effect="warn"), {}),
        (rule("==2.1.200", effect="allow", name="a") + rule("<2.1.300"), {"requiredMinimumVersion": "2.1.300"}),
        (rule(">=2.1.91", effect="allow", name="a") + rule(), {"requiredMinimumVersion": "2.1.91"}),
        (rule("<1", product="codex"), {}),
        (rule(product="claude-*"), {"requiredMinimumVersion": "999999.0.0"}),
    ],
)
def test_versions_become_a_least_and_a_greatest_one(rules: str, keys: dict[str, str]) -> None:
    assert claude(rules) == keys


def test_a_ceiling_that_cannot_be_told_is_said() -> None:
    made = managed(parsed(rule(">=2.2.0")), AT)
    assert content(made, "claude-code/managed-settings.json") == {}
    assert any(each.agent == "claude-code" and "versions = '>X.Y.Z'" in each.why for each in made.unexpressed)


def why(made: Managed, agent: str, name: str) -> str:
    return " ".join(each.why for each in made.unexpressed if (each.agent, each.rule) == (agent, name))


@pytest.mark.parametrize("versions", ["<=2.1.91-a || >=2.1.91-b", "<1!2.0", "<2.1.91.post1 || >=2.1.91.post3"])
def test_a_least_version_that_cannot_be_told_is_said(versions: str) -> None:
    made = managed(parsed(rule(versions)), AT)
    assert content(made, "claude-code/managed-settings.json") == {}
    assert "requiredMinimumVersion names the oldest version" in why(made, "claude-code", "r")


def test_a_bound_that_cannot_be_told_is_said_of_the_rules_that_set_it() -> None:
    made = managed(parsed(rule(">=2.2.0", name="new") + rule("<2.1.91", name="old")), AT)
    assert content(made, "claude-code/managed-settings.json") == {"requiredMinimumVersion": "2.1.91"}
    assert "requiredMaximumVersion" in why(made, "claude-code", "new")
    assert why(made, "claude-code", "old") == ""


EXCEPT = """
[[rule]]
id = "new-may"
effect = "{effect}"
{product}
versions = ">=2.1.198"
{model}
[[rule]]
id = "models"
effect = "ban"
model = "claude-*"
"""


@pytest.mark.parametrize("effect", ["allow", "warn"])
def test_models_that_some_versions_may_use_are_left_out_and_said(effect: str) -> None:
    text = EXCEPT.format(effect=effect, product='product = "claude-code"', model='model = "claude-opus*"')
    made = managed(parsed(text), AT)
    assert content(made, "claude-code/managed-settings.json")["deniedModels"] == [
        *("sonnet", "haiku", "fable"),
        *OF_NO_FAMILY,
    ]
    assert content(made, "opencode/opencode.json")["disabled_providers"] == ["anthropic"]
    assert "rule new-may, which comes before it, lets some versions use models" in why(made, "claude-code", "models")
    assert why(made, "opencode", "models") == ""


def test_an_exception_of_versions_for_any_model_leaves_no_model_denied() -> None:
    made = managed(parsed(EXCEPT.format(effect="allow", product='product = "*"', model="")), AT)
    assert made.files == ()
    for agent in ("claude-code", "opencode"):
        assert "rule new-may, which comes before it" in why(made, agent, "models")


def test_a_ban_of_versions_before_a_ban_of_models_lets_nothing_through() -> None:
    made = managed(parsed(EXCEPT.format(effect="ban", product='product = "claude-code"', model="")), AT)
    denied = content(made, "claude-code/managed-settings.json")["deniedModels"]
    assert denied == ["opus", "sonnet", "haiku", "fable", *OF_NO_FAMILY]


@pytest.mark.parametrize(
    ("rules", "agent", "told"),
    [
        ('model = "claude-3-*"', "claude-code", "it names no model that wiretell knows of for this product"),
        ('model = "gpt-*"', "claude-code", "of other vendors' names it blocks some and lets others through"),
        ('model = "no-such-*"', "opencode", "it names no model that wiretell knows of for this product"),
        (
            'product = "*"\nmodel = "claude-opus*"\nversions = "<2"',
            "claude-code",
            "no documented key joins a model with a version",
        ),
        (
            'product = "*"\nmodel = "claude-opus*"\nversions = "<2"',
            "opencode",
            "no documented key joins a model with a version",
        ),
        ('product = "opencode"', "opencode", "no documented key for a version of its own"),
    ],
)
def test_a_ban_without_a_key_says_why_by_what_it_names(rules: str, agent: str, told: str) -> None:
    said = why(managed(parsed(f'[[rule]]\nid = "r"\neffect = "ban"\n{rules}\n'), AT), agent, "r")
    assert told in said
    assert ("joins" in said) == ("versions" in rules)


@pytest.mark.parametrize("product", ["claude-code", "codex", "cline"])
def test_a_ban_that_rules_before_it_leave_nothing_says_so(product: str) -> None:
    made = managed(Policy((Rule("a", "allow", product=product), Rule("b", "ban", product=product))), AT)
    assert why(made, product, "b") == "rules before it decide all that it bans of this product."


def test_what_is_stricter_than_the_policy_is_said() -> None:
    made = managed(parsed(rule(">=2.1.91,<2.1.198")), AT)
    (key,) = made.files[0].keys
    assert "kept out too" in key.note
    (key,) = managed(parsed(rule("<2.1.198")), AT).files[0].keys
    assert "kept out too" not in key.note


@pytest.mark.parametrize(
    ("model", "denied"),
    [
        ("claude-opus-*", ["opus"]),
        ("*opus*", ["opus"]),
        ("claude-haiku-4-5", ["claude-haiku-4-5"]),
        ("gpt-*", None),
    ],
)
def test_models_are_denied_by_family_or_by_name(model: str, denied: list[str] | None) -> None:
    text = f'[[rule]]\nid = "m"\neffect = "ban"\nmodel = "{model}"\n'
    assert claude(text).get("deniedModels") == denied


def test_a_ban_of_models_that_nobody_knows_is_said_whatever_else_is_denied() -> None:
    text = "".join(
        f'[[rule]]\nid = "{name}"\neffect = "ban"\nmodel = "{model}"\n'
        for name, model in (("later", "claude-opus-99*"), ("known", "claude-haiku-4-5"))
    )
    made = managed(parsed(text), AT)
    assert {rule for file in made.files for key in file.keys for rule in key.rules} == {"known"}
    for agent in ("claude-code", "opencode"):
        assert "it names no model that wiretell knows of" in why(made, agent, "later")


def test_what_a_list_of_denied_models_lets_through_is_said() -> None:
    (some,) = managed(parsed('[[rule]]\nid = "m"\neffect = "ban"\nmodel = "claude-opus-*"\n'), AT).files[0].keys
    assert "names that a gateway gives" in some.note
    assert "versions = '<2.1.283'" in some.note
    assert "every family" not in some.note
    notes = {key.name: key.note for key in managed(parsed(CASE), AT).files[0].keys}
    assert notes["deniedModels"].endswith("starts only where a name not in it is asked for.")


def test_no_known_model_is_banned_and_neither_denied_nor_said() -> None:
    denied = claude('[[rule]]\nid = "m"\neffect = "ban"\nmodel = "claude-*"\n')["deniedModels"]
    known = reckoning.known_models(library.products()["claude-code"])
    assert [name for name in known if not any(each in name for each in denied)] == []


def test_some_models_of_a_provider_are_listed_by_name() -> None:
    made = managed(parsed('[[rule]]\nid = "m"\neffect = "ban"\nmodel = "claude-haiku-4-5"\n'), AT)
    assert content(made, "opencode/opencode.json")["provider"] == {"anthropic": {"blacklist": ["claude-haiku-4-5"]}}


def test_extensions_are_banned_whole_or_but_for_single_versions() -> None:
    text = (
        rule(product="cline", name="a")
        + rule("==4.1.0 || ==4.2.0", "roo-code", "allow", "b")
        + rule(product="roo-code")
    )
    made = content(managed(parsed(text), AT), "vscode/policy.json")
    assert json.loads(made["AllowedExtensions"]) == {
        "*": True,
        "rooveterinaryinc.roo-cline": ["4.1.0", "4.2.0"],
        "saoudrizwan.claude-dev": False,
    }


def test_hashes_budgets_and_warnings_are_said_to_be_left_out() -> None:
    text = rule(effect="warn", name="w") + '[[budget]]\nwho = "org"\nusd = 5\nper = "day"\n'
    assert {each.rule for each in managed(parsed(text), AT).unexpressed} == {"w", "org usd per day"}


@given(policies)
@settings(max_examples=40, deadline=None)
def test_every_ban_in_force_has_a_key_or_a_reason(policy: Policy) -> None:
    """And every key is one that is documented, stands for rules of the policy, and has a source."""
    made = managed(policy, AT)
    told = {each for file in made.files for key in file.keys for each in key.rules} | {
        left.rule for left in made.unexpressed
    }
    concerned = {
        ban.id
        for ban in reckoning.bans(policy, AT)
        if any(reckoning.names(ban, product) for product in library.products().values())
    }
    assert concerned <= told
    for file in made.files:
        assert set(json.loads(file.content)) <= DOCUMENTED[file.name]
        for key in file.keys:
            assert key.source.startswith("https://")
            assert {*key.rules} <= {rule.id for rule in policy.rules}
            assert json.loads(key.value) is not None


@given(policies)
@settings(max_examples=40, deadline=None)
def test_a_least_version_keeps_out_nothing_newer_that_is_allowed(policy: Policy) -> None:
    least = content(managed(policy, AT), "claude-code/managed-settings.json").get("requiredMinimumVersion")
    key = library.order(least) if least else None
    if least and key:
        banned = reckoning.versions(policy, library.products()["claude-code"], AT)
        assert banned.all or not banned.versions.holds(key)


def test_the_text_is_the_same_everywhere_and_names_every_file_and_rule() -> None:
    text = telling.text(managed(parsed(CASE), AT))
    assert "/etc/claude-code/managed-settings.json" in text
    assert text.count("merge the two") == 2
    assert "high-risk-models" in text
    assert all(len(line) <= 140 for line in text.splitlines())
    assert "\x1b" not in telling.text(managed(parsed(rule(name="x").replace("claude-code", "no-such")), AT))
