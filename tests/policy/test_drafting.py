"""What is written is read back as it was meant."""

from __future__ import annotations

import datetime as dt
import doctest
import importlib
import json
import tomllib

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
    highest = order(above(versions))
    assert highest is not None
    assert all(key is not None and key < highest for key in map(order, versions))


def test_the_examples_of_docstrings() -> None:
    for name in ("drafting", "ordering"):
        failed, tried = doctest.testmod(importlib.import_module(f"wiretell.policy.{name}"))
        assert (failed, tried > 0) == (0, True), name
