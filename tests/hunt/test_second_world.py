"""The detector on a world that it was not tuned on, by the issue's targets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.hunt.second_world.campaigns import invade
from tests.hunt.second_world.clock import World
from tests.hunt.second_world.measuring import Result, hunt
from tests.hunt.second_world.people import People
from tests.hunt.second_world.places import Places
from tests.hunt.second_world.words import Speaker, paraphrase, template
from tests.hunt.second_world.writing import SCHEMA, make
from wiretell.bench.hunt import scoring
from wiretell.bench.hunt.truth import read
from wiretell.gateway.tables import columns

_SEEDS = (1, 2, 3)
_LEVELS = {"S0": 0.99, "S1": 0.95, "S2": 0.85, "S3": 0.5}
_GAPS = {
    level: pytest.mark.xfail(reason=f"the target of {level} is missed in this world: docs/hunt.md", strict=True)
    for level in ("S0", "S2", "S3")
}
"""What is known to fall short: a gap that closes fails here, so that it is taken off."""
"""Least recall of accounts in review."""


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make worlds with a tenth of the people and small campaigns."""
    groups = People.groups

    def fewer(self: People) -> Sequence[tuple[str, int, Any]]:
        return [(name, max(1, n // 20), put) for name, n, put in groups(self) if n > 2]

    monkeypatch.setattr(People, "groups", fewer)
    monkeypatch.setattr("tests.hunt.second_world.campaigns.Operator.set_to_work", _little)


def _little(operator: Any, daily: float) -> None:
    operator.world.start(operator.harvest(20.0), operator.begins)
    operator.world.start(operator.customer(), operator.begins)


@pytest.mark.usefixtures("few")
def test_log_keeps_its_contract(tmp_path: Path) -> None:
    make(tmp_path, 5, days=6)

    table = pq.read_table(tmp_path / "log")
    for field in SCHEMA:
        assert str(table.schema.field(field.name).type).replace("element", "item") == _type(field.name)
    assert table.num_rows > 500
    assert table["exchange_id"].null_count == table["ts"].null_count == 0
    assert len(set(table["exchange_id"].to_pylist())) == table.num_rows
    assert {len(bands) for bands in table["template"].to_pylist()} == {0, 16}
    assert max(len(blocks) for blocks in table["prefix_blocks"].to_pylist()) <= 8
    for name in ("payment", "header_tuple", "tz", "ip"):
        assert 0 < table[name].null_count < table.num_rows, name
    truth = read(tmp_path)
    assert truth.bad().isdisjoint(truth.honest)
    assert truth.bad() | truth.honest.keys() == set(table["account"].to_pylist())


def _type(name: str) -> str:
    told = columns.type_name(name)
    return {"list<string>": "list<item: string>", "timestamp[us, UTC]": "timestamp[us, tz=UTC]"}.get(told, told)


@pytest.mark.usefixtures("few")
def test_same_seed_makes_same_log(tmp_path: Path) -> None:
    for name in ("one", "other"):
        make(tmp_path / name, 9, days=5)

    assert pq.read_table(tmp_path / "one" / "log").equals(pq.read_table(tmp_path / "other" / "log"))


def test_operators_pay_for_what_they_hide() -> None:
    world = World(4, 28)
    places = Places(world.rng, 28)
    People(world, places).settle()

    told = invade(world, places)

    for one in told:
        cards = {account.payment for account in world.accounts if account.operator == one.number and account.payment}
        if one.level is not None:
            assert len(cards) > 0.8 * one.size if one.level >= 2 else len(cards) <= 1 + one.size // 8


def test_paraphrases_keep_few_word_triples() -> None:
    world = World(4, 28)
    kept = []
    for _ in range(50):
        text = Speaker(world.rng).fill(template(world.rng, 5))
        one, other = _triples(paraphrase(world.rng, text)), _triples(paraphrase(world.rng, text))
        kept.append(len(one & other) / len(one | other))
    assert 0.01 < sum(kept) / len(kept) < 0.15


def _triples(text: str) -> set[tuple[str, ...]]:
    words = text.split()
    return set(zip(words, words[1:], words[2:], strict=False))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[Result]:
    """Make three worlds and hunt in them."""
    return [hunt(tmp_path_factory.mktemp(f"world{seed}"), seed) for seed in _SEEDS]


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_no_honest_account_is_in_review(results: list[Result]) -> None:
    assert {one.seed: one.honest_in_review() for one in results} == {seed: {} for seed in _SEEDS}


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("level", [pytest.param(level, marks=_GAPS.get(level, ())) for level in _LEVELS])
def test_recall(results: list[Result], level: str) -> None:
    hits, bad = map(sum, zip(*(one.recall(level) for one in results), strict=True))
    assert hits / bad >= _LEVELS[level]


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.xfail(reason="campaigns without cards or failover of their own are missed: docs/hunt.md", strict=True)
def test_campaigns_are_matched(results: list[Result]) -> None:
    pools = [(result, one) for result in results for one in result.pools() if one.stealth != "S3"]
    matched = sum(result.best(one) >= scoring.MATCHED for result, one in pools)
    assert matched / len(pools) >= 0.9


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_campaigns_are_not_merged(results: list[Result]) -> None:
    assert [result.score.merged for result in results] == [0] * len(results)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_accounts_in_review_have_reasons(results: list[Result]) -> None:
    for result in results:
        for name in result.review():
            account = result.accounts[name]
            campaign = next(one for one in result.document["campaigns"] if one["id"] == account["campaign"])
            assert len(account["evidence"]) >= 2, name
            assert campaign["without"], name
