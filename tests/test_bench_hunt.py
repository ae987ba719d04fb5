"""The benchmark of the hunt counts what it says it counts."""

from __future__ import annotations

import json
import math

import pytest

from wiretell.bench.hunt.scoring import Found, b_cubed, found, score, upper
from wiretell.bench.hunt.truth import Operator, Truth
from wiretell.cli import run
from wiretell.model.hunt import Tier


def operator(name: str, *accounts: str, grey: bool = False) -> Operator:
    return Operator(name, "distillation", "S0", frozenset(accounts), grey)


TRUTH = Truth(
    {"h1": "solo", "h2": "solo", "h3": "vpn"},
    (operator("one", "a", "b", "c", "d"), operator("two", "e", "f"), operator("friends", "g", grey=True)),
    {},
)


def test_all_right() -> None:
    groups = (frozenset("abcd"), frozenset("ef"))
    said = score(Found(dict.fromkeys("abcdef", Tier.REVIEW), groups), TRUTH)
    assert (said.precision, said.recall, said.matched, said.merged, said.b_cubed) == (1.0, 1.0, 2, 0, 1.0)
    assert said.honest_flagged == said.grey_flagged == 0 and said.subgroups == {"solo": (2, 0), "vpn": (1, 0)}


def test_everything_in_one_is_no_match() -> None:
    group = frozenset("abcdefgh") | {"h1", "h2", "h3"}
    said = score(Found(dict.fromkeys(group, Tier.REVIEW), (group,)), TRUTH)
    assert said.recall == 1.0 and said.precision == pytest.approx(6 / 10)  # "h" is nobody's, and counts as wrong
    assert (said.matched, said.merged, said.grey_flagged, said.honest_flagged) == (0, 1, 1, 3)
    assert said.b_cubed < 0.7


def test_verify_is_not_review() -> None:
    said = score(Found({"a": Tier.VERIFY, "b": Tier.WATCH, "h3": Tier.VERIFY}, ()), TRUTH)
    assert said.recall == 0 and said.verify == 1 and said.honest_verify == 1 and said.precision == 1.0


def test_b_cubed_of_singletons() -> None:
    assert b_cubed((), [operator("one", "a", "b")]) == pytest.approx(2 * 0.5 / 1.5)


def test_zero_in_three_hundred_thousand() -> None:
    assert upper(0, 300_000) < 1.0e-5 < upper(1, 300_000)
    assert math.isclose(upper(0, 100), 1 - 0.05 ** (1 / 100))


def test_groups_are_those_in_review() -> None:
    document = {
        "accounts": [{"account": "a", "tier": "review"}, {"account": "b", "tier": "watch"}],
        "campaigns": [
            {"accounts": ["a", "b"], "tier": "review"},
            {"accounts": ["c", "d"], "tier": "verify"},
            {"accounts": ["e"], "tier": "review"},
        ],
    }
    assert found(document) == Found({"a": Tier.REVIEW, "b": Tier.WATCH}, (frozenset("ab"),))


def test_another_rule_is_not_scored(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "hunt", "--part", "quality", "--rule", "0000"]) == 2
    assert "nothing was scored" in capsys.readouterr().err


@pytest.mark.long
def test_a_small_measurement_gives_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    words = "bench hunt --part quality --part honest --part speed --accounts 1500 --honest 3000 --seeds 5 --rows 50000"
    assert run([*words.split(), "--rows", "150000", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)["hunt"]
    assert [one["what"] for one in document["quality"]] == ["S0", "S1", "S2", "S3", "S4"]
    easy = document["quality"][0]["score"]
    assert easy["right"] > 0.9 * easy["bad"] and easy["honest_flagged"] == 0
    assert all(len(one["others"]) == 4 for one in document["quality"])
    assert [one["score"]["honest_flagged"] for one in document["honest"]] == [0]
    assert all(cost["rows"] > 0 and cost["wall_s"] > 0 for cost in document["speed"]["costs"])
