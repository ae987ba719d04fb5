"""One harness brings its accounts together, and nobody else."""

from __future__ import annotations

import numpy as np

from tests.hunt.building import Triple, tables
from tests.hunt.evidence.planting import all_hold
from wiretell.hunt.graph.gathering import gathered
from wiretell.hunt.graph.parts import NONE, Part


def _names(letter: str, count: int) -> list[str]:
    return [f"{letter}{at:02}" for at in range(count)]


_POOL, _CROWD = _names("a", 12), _names("b", 30)


def _parts(triples: list[Triple], numbers: list[int]) -> Part:
    return gathered(tables(triples), np.array(numbers, dtype=np.int64))


def _cards(names: list[str], each: int) -> list[Triple]:
    return [(name, "payment", f"card{at // each}") for at, name in enumerate(names)]


_HARNESS = all_hold(_POOL, ("headers", "h"), ("prefix", "p"))
_OTHERS = all_hold(_CROWD, ("headers", "public"), ("prefix", "popular"))
_TORN = [0] * 4 + [1] * 4 + [NONE] * 4 + [1] * 30
"""Four accounts of the pool by themselves, four in a crowd, four nowhere."""


def test_a_pool_that_fell_apart_is_put_together_and_leaves_the_crowd() -> None:
    found = _parts([*_HARNESS, *_OTHERS, *_cards(_POOL, 4)], _TORN)
    assert len(set(found[:12])) == 1
    assert len(set(found[12:])) == 1
    assert found[0] != found[12]


def test_headers_and_system_part_alone_are_a_program_that_people_use() -> None:
    found = _parts([*_HARNESS, *_OTHERS, *_cards(_POOL, 1)], _TORN)
    assert (found[:12] == NONE).sum() == 4


def test_holders_of_one_system_part_and_one_template_belong_together() -> None:
    found = _parts([*all_hold(_POOL, ("prefix", "p"), ("template", "t")), *_OTHERS], _TORN)
    assert len(set(found[:12])) == 1


def test_a_popular_header_tuple_gathers_nobody() -> None:
    shared = all_hold([*_POOL, *_CROWD], ("headers", "public"))
    found = _parts([*shared, *_cards(_POOL, 4), *all_hold(_CROWD, ("prefix", "popular"))], _TORN)
    assert (found[:12] == NONE).sum() == 4


def test_what_goes_along_is_only_a_part_that_the_harness_mostly_marks() -> None:
    numbers = [0] * 10 + [NONE] * 2 + [0] * 3 + [1] * 27
    found = _parts([*_HARNESS, *_OTHERS, *_cards(_POOL, 4)], numbers)
    assert len(set(found[:15])) == 1
    assert set(found[15:]).isdisjoint(found[:15])
