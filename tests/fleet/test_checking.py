"""An inventory held against a policy: what is asked of each kind of finding."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

import pytest

from tests.report.fleet_sample import AIDER, CLAUDE, CODEX, MACHINE, MODEL, PROCESS
from wiretell import policy
from wiretell.fleet.checking import check
from wiretell.model.fleet import Finding, Install, Inventory, Process, Setting

ON: Final = dt.datetime(2026, 7, 10, 12, tzinfo=dt.UTC)


def told(rules: str, *findings: Finding, audits: dict[str, bytes] | None = None) -> dict[str, str]:
    inventory = Inventory(
        machine=MACHINE,
        taken="2026-07-10T00:00:00Z",
        installs=tuple(each for each in findings if isinstance(each, Install)),
        processes=tuple(each for each in findings if isinstance(each, Process)),
        settings=tuple(each for each in findings if isinstance(each, Setting)),
    )
    checked = check(inventory, policy.parse("schema = 1\n" + rules, "p.toml", audits or {}), ON)
    return {each.finding.id: each.decision.told for each in checked.judged}


def rule(name: str, effect: str, *lines: str) -> str:
    return f'[[rule]]\nid = "{name}"\neffect = "{effect}"\n' + "\n".join(lines) + "\n"


NAMED: Final = rule("r", "ban", 'product = "claude-code"', 'model = "claude-*"', 'versions = "<2.1.198"')


def test_a_setting_is_asked_with_the_version_that_is_installed() -> None:
    assert told(NAMED, CLAUDE, MODEL)[MODEL.id] == "ban:r"
    newer = replace(CLAUDE, version="2.1.198")
    assert told(NAMED, newer, MODEL)[MODEL.id] == "pass"


def test_of_several_versions_none_is_told_and_so_it_counts_as_any() -> None:
    newer = replace(CLAUDE, version="2.1.198", path="/elsewhere")
    assert told(NAMED, CLAUDE, newer, MODEL)[MODEL.id] == "ban:r"


def test_what_is_not_installed_sends_nothing_so_rules_for_products_do_not_speak_of_its_settings() -> None:
    assert told(rule("r", "ban", 'product = "claude-code"'), MODEL)[MODEL.id] == "pass"
    assert told(rule("r", "ban", 'model = "claude-*"'), MODEL)[MODEL.id] == "ban:r"


@pytest.mark.parametrize(("owner", "says"), [("dev", "ban:r"), ("", "ban:r"), ("ops", "pass")])
def test_installs_of_ones_own_and_of_the_system_count_and_those_of_others_do_not(owner: str, says: str) -> None:
    assert told(NAMED, replace(CLAUDE, user=owner), MODEL)[MODEL.id] == says


def test_a_setting_that_is_nobodys_own_goes_with_anybodys_install() -> None:
    managed = replace(MODEL, user="", path="/etc/claude-code/managed-settings.json")
    assert told(NAMED, CLAUDE, managed)[managed.id] == "ban:r"


def test_a_setting_without_a_model_is_not_judged() -> None:
    assert told(rule("r", "ban", 'product = "*"'), CLAUDE, replace(MODEL, model="")) == {CLAUDE.id: "ban:r"}


def test_a_process_is_known_by_the_hash_of_its_install() -> None:
    audit = (
        b'{"schema": "wiretell/audit/1", "verdict": "covert", "target": {"kind": "command", "name": "x", '
        b'"version": null, "sha256": "' + CLAUDE.sha256.encode() + b'", "agent": "x"}}'
    )
    by_hash = rule("r", "ban", 'audits = ["a.json"]')
    found = told(by_hash, CLAUDE, PROCESS, CODEX, audits={"a.json": audit})
    assert found == {CLAUDE.id: "ban:r", PROCESS.id: "ban:r", CODEX.id: "pass"}


def test_banned_comes_first_and_each_answer_names_its_rule() -> None:
    rules = rule("a", "allow", 'product = "codex"') + rule("w", "warn", 'product = "aider"')
    rules += rule("b", "ban", 'product = "*"')
    assert list(told(rules, CODEX, AIDER, CLAUDE).values()) == ["ban:b", "warn:w", "allow:a"]
