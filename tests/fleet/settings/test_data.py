"""The data files: every entry is of a known agent, has a source, and none is a credential."""

from __future__ import annotations

import re

from wiretell import policy
from wiretell.fleet.settings import models
from wiretell.fleet.settings.forms import EVERY
from wiretell.fleet.settings.variables import known

UNKNOWN = {"zed", "claude-desktop"}
"""Programs whose settings are read, and that the catalogue does not count as agents."""


def test_products_are_those_of_the_catalogue() -> None:
    named = {form.product for form in EVERY} | {each.product for each in known().values()}
    assert {*named} - {*policy.products()} - UNKNOWN == {""}


def test_no_variable_is_a_credential() -> None:
    words = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH(?!ORITY)|COOKIE|HEADER")
    assert [name for name in known() if words.search(name.upper())] == []


def test_everything_has_a_source() -> None:
    sources = [form.source for form in EVERY] + [each.source for each in known().values()]
    assert all(len(source) > 8 for source in sources)


def test_aliases_are_spelled_as_rules_are_written() -> None:
    for alias in ("opus", "sonnet", "haiku", "opusplan", "default", "opus[1m]", "Sonnet"):
        rule = policy.Rule("r", "ban", model="claude-*")
        asked = policy.Asked(model=models.spelled("claude-code", alias))
        assert policy.matches(rule, asked)


def test_an_alias_of_one_agent_is_none_of_another() -> None:
    assert models.spelled("codex", "opus") == "opus"
    assert models.spelled("", "opus") == "opus"


def test_what_is_not_told_names_no_model() -> None:
    assert [models.spelled("codex", text) for text in ("(computed)", "(withheld)", "(unreadable)")] == [""] * 3
