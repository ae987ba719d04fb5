"""What is written is read back as it was meant."""

from __future__ import annotations

import datetime as dt
import doctest
import importlib
import json
import tomllib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.policy.test_audits import COMMAND, SHA, document
from wiretell import policy
from wiretell.policy.drafting import Ban, Draft, above, text, written
from wiretell.policy.versions import order

DAY = dt.date(2026, 7, 10)
ANY = st.text(st.characters(exclude_categories=()), max_size=30)
VERSION = st.builds("{}.{}.{}".format, *[st.integers(0, 30)] * 3) | st.sampled_from(["1!2.0", "1.0rc1", "2.1.0-beta.1"])


@given(ANY)
@example('"\\\n\r\t\x00\x7f\u2028\U000e0041"""')
@example("\ud800x")
def test_any_text_comes_back_through_toml_and_steers_no_terminal(value: str) -> None:
    line = f"a = {text(value)}"
    assert line.isprintable()
    surrogates = dict.fromkeys(range(55296, 57344), "�")
    assert tomllib.loads(line)["a"] == value.translate(surrogates)


@given(st.lists(VERSION, min_size=1, max_size=5, unique_by=order), ANY, ANY, ANY, st.none() | st.just(DAY))
def test_a_draft_is_a_policy_that_is_refused_for_nothing_and_whose_examples_hold(
    versions: list[str], reason: str, instead: str, comment: str, since: dt.date | None
) -> None:
    ban = Ban("covert-claude-code", reason.strip(), "claude-code", tuple(versions))
    draft = Draft((ban,), DAY, since, "Asia/Shanghai", instead.strip(), (comment,))
    made = policy.parse(written(draft), "p")
    policy.refuse(made)
    tried = policy.held(made)
    assert all(each.holds for each in tried)
    assert len(tried) == len(versions) + (since is not None) + 1
    assert (made.rules[0].since, made.rules[0].effect, made.timezone) == (since, "ban", "Asia/Shanghai")


def test_a_ban_by_documents_names_them_and_a_hash_is_an_example() -> None:
    bans = (
        Ban("a", "r", "claude-code", ("2.1.91",), ('audits/"x".json',)),
        Ban("b", "r", audits=("b.json",), hashes=(SHA,)),
    )
    toml = written(Draft(bans, DAY))
    made = policy.parse(toml, "p", {'audits/"x".json': document(), "b.json": document(target=COMMAND)})
    assert [rule.audits for rule in made.rules] == [('audits/"x".json',), ("b.json",)]
    assert [each.example.asked.sha256 for each in policy.held(made) if each.holds] == ["", "", SHA]
    assert json.dumps(SHA) in toml


@given(st.lists(VERSION, min_size=1, max_size=5))
def test_a_version_above_all_is_above_all(versions: list[str]) -> None:
    found = above(versions)
    assert found is not None
    highest = order(found)
    assert highest is not None
    assert all(key is not None and key < highest for key in map(order, versions))


HIGHEST = "9" * 12


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (f"1.0.{HIGHEST}", "1.1.0"),
        (f"1!2.{HIGHEST}.{HIGHEST}", "1!3.0.0"),
        (".".join([HIGHEST] * 3), None),
        ("1.0.0.9", "1.0.0.10"),
    ],
)
def test_where_no_version_is_above_there_is_no_such_example(version: str, expected: str | None) -> None:
    assert above([version]) == expected
    made = policy.parse(written(Draft((Ban("a", "r", "claude-code", (version,)),), DAY)), "p")
    assert [each.holds for each in policy.held(made)] == [True] * (1 + (expected is not None))


def test_more_versions_than_one_range_may_have_become_several_rules() -> None:
    versions = tuple(f"2.{number}.{number}" for number in range(900))
    made = policy.parse(written(Draft((Ban("a", "r", "claude-code", versions),), DAY, DAY)), "p")
    policy.refuse(made)
    assert [rule.id for rule in made.rules] == ["a", "a-part-2", "a-part-3"]
    assert " || ".join(filter(None, (rule.versions for rule in made.rules))) == " || ".join(versions)
    tried = policy.held(made)
    assert (len(tried), all(each.holds for each in tried)) == (902, True)


@pytest.mark.parametrize("since", [dt.date(2, 1, 1), dt.date(9998, 12, 31)])
def test_a_day_at_the_edge_of_the_calendar_makes_a_policy_too(since: dt.date) -> None:
    draft = Draft((Ban("a", "r", "claude-code", ("2.1.91",)),), DAY, since, "Asia/Shanghai", " \t ")
    made = policy.parse(written(draft), "p")
    assert made.rules[0].instead == ""
    assert all(each.holds for each in policy.held(made))


def test_the_examples_of_docstrings() -> None:
    for name in ("drafting", "ordering"):
        failed, tried = doctest.testmod(importlib.import_module(f"wiretell.policy.{name}"))
        assert (failed, tried > 0) == (0, True), name
