"""Each pooled kind: what is planted fires, its honest look-alike does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from tests.hunt.building import DAY_US, START_US, Triple
from tests.hunt.evidence.planting import (
    ROWS,
    all_hold,
    cluster,
    everybody,
    favourites,
    harvesters,
    log,
    queue,
    team,
)
from wiretell.hunt.evidence.interface import Weighed
from wiretell.hunt.evidence.weighing import weigh
from wiretell.hunt.rule import shipped
from wiretell.hunt.tables import HOURS
from wiretell.model.hunt import EvidenceKind

Seen = Mapping[Triple, tuple[int, int, int]]


def _weighed(
    people: Mapping[str, Mapping[str, Any]], seen: Seen | None = None, seed: int = 1, crowd: int = 500
) -> Weighed:
    rng = np.random.default_rng(seed)
    triples = [*all_hold(people, ("prefix", "harness")), *(seen or {})]
    made = log(everybody(crowd, rng) | dict(people), triples, seen=seen)
    return weigh(made, cluster(made, people), shipped(), rng)


def _shown(weighed: Weighed, kind: EvidenceKind) -> float:
    """Return the share of accounts that show a kind."""
    if kind not in weighed.kinds:
        return 0.0
    return float(weighed.shows[:, weighed.kinds.index(kind)].mean())


def _rng(seed: int = 7) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("size", [5, 12, 60])
def test_hours_dealt_out_by_one_clock_are_told_from_an_office(size: int) -> None:
    assert _shown(_weighed(harvesters(size, _rng())), EvidenceKind.TIMING) > 0.9
    assert _shown(_weighed(team(size, _rng())), EvidenceKind.TIMING) == 0.0


def test_an_office_whose_people_keep_the_same_hours_to_the_minute_but_come_in_sittings_is_not_one_clock() -> None:
    rng = _rng()
    people = team(30, rng)
    for person in people.values():
        sittings = rng.choice(np.arange(9, 18), 4, replace=False)
        person["hours"] = np.bincount(sittings, minlength=HOURS) * (ROWS // 4)
    assert _shown(_weighed(people), EvidenceKind.TIMING) == 0.0


@pytest.mark.parametrize("size", [5, 12, 60])
def test_one_shape_of_harvest_is_told_from_a_team_with_a_trade(size: int) -> None:
    assert _shown(_weighed(harvesters(size, _rng())), EvidenceKind.CONTENT) > 0.9
    assert _shown(_weighed(team(size, _rng())), EvidenceKind.CONTENT) == 0.0


def test_one_heavy_account_does_not_carry_the_pool() -> None:
    rng = _rng()
    people = team(20, rng)
    heavy = harvesters(1, rng)["b00000"]
    people["t00000"] = heavy | {"rows": 100_000, "hours": heavy["hours"] * 900, "shapes": heavy["shapes"] * 900}
    weighed = _weighed(people)
    assert _shown(weighed, EvidenceKind.CONTENT) == 0.0
    assert _shown(weighed, EvidenceKind.TIMING) == 0.0


@pytest.mark.parametrize("size", [5, 12, 60])
def test_a_queue_dealt_over_accounts_is_told_from_favourites(size: int) -> None:
    bad = harvesters(size, _rng())
    assert _shown(_weighed(bad, queue(list(bad), _rng())), EvidenceKind.SHARDING) > 0.9
    assert _shown(_weighed(bad, favourites(list(bad), _rng())), EvidenceKind.SHARDING) < 0.1


def test_people_who_talk_on_share_no_queue_however_even_their_mix_is() -> None:
    people = team(30, _rng())
    assert _shown(_weighed(people, queue(list(people), _rng())), EvidenceKind.SHARDING) == 0.0


def test_a_public_prompt_that_each_uses_once_has_no_mix() -> None:
    people = harvesters(30, _rng())
    seen = {(name, "template", "0:tutorial"): (1, START_US, START_US) for name in people}
    assert _shown(_weighed(people, seen), EvidenceKind.SHARDING) == 0.0


def test_accounts_opened_in_one_go_are_told_from_accounts_of_all_ages() -> None:
    rng = _rng()
    assert _shown(_weighed(harvesters(12, rng)), EvidenceKind.LIFECYCLE) > 0.5
    old = {
        name: who | {"created": START_US - int(rng.integers(1, 400 * DAY_US))} for name, who in team(12, rng).items()
    }
    assert _shown(_weighed(old), EvidenceKind.LIFECYCLE) == 0.0


def test_a_launch_day_on_which_everybody_opens_an_account_is_not_one_go() -> None:
    rng = _rng()
    crowd = everybody(500, rng)
    for name in list(crowd)[:200]:
        crowd[name]["created"] = START_US - 10 * DAY_US + int(rng.integers(0, DAY_US))
    names = list(crowd)[:12]
    made = log(crowd, all_hold(names, ("prefix", "p")))
    weighed = weigh(made, cluster(made, names), shipped(), rng)
    assert _shown(weighed, EvidenceKind.LIFECYCLE) == 0.0


def test_without_times_of_creation_the_first_exchange_stands_in() -> None:
    rng = _rng()
    crowd = everybody(500, rng) | harvesters(12, rng)
    for name, who in crowd.items():
        late = 20 * DAY_US if name.startswith("b") else int(rng.integers(0, 20 * DAY_US))
        who |= {"created": -1, "first": START_US + late + int(rng.integers(0, 3_600_000_000))}
    names = [name for name in crowd if name.startswith("b")]
    made = log(crowd, all_hold(names, ("prefix", "p")))
    weighed = weigh(made, cluster(made, names), shipped(), rng)
    assert "first seen" in weighed.examples[weighed.kinds.index(EvidenceKind.LIFECYCLE)]


def test_a_relay_contradicts_itself_and_a_borrowed_system_part_does_not() -> None:
    relay = {name: who | {"contradictions": 60, "known_systems": 100} for name, who in team(12, _rng()).items()}
    assert _shown(_weighed(relay), EvidenceKind.CONTRADICTION) == 1.0
    lone = team(12, _rng())
    lone["t00003"] |= {"contradictions": 60, "known_systems": 100}
    assert _shown(_weighed(lone), EvidenceKind.CONTRADICTION) == 0.0


def test_too_few_other_accounts_tell_nothing() -> None:
    weighed = _weighed(harvesters(12, _rng()), crowd=10)
    assert not {EvidenceKind.TIMING, EvidenceKind.CONTENT, EvidenceKind.SHARDING} & set(weighed.kinds)


def test_facts_stand_exactly_where_something_is_shown() -> None:
    bad = harvesters(12, _rng())
    weighed = _weighed(bad, queue(list(bad), _rng()))
    told = np.array([[bool(text) for text in row] for row in weighed.told])
    assert (told == weighed.shows).all()
    assert [bool(text) for text in weighed.examples] == weighed.shows.any(axis=0).tolist()


def test_the_same_seed_gives_the_same_weights() -> None:
    one, other = (_weighed(harvesters(12, _rng())) for _ in range(2))
    assert (one.bits == other.bits).all()
    assert (one.by_chance == other.by_chance).all()
