from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lab_plan.agents import AGENT
from wiretell.errors import InternalError, UsageError
from wiretell.lab import plan
from wiretell.lab.facts import FactSpec, catalogue
from wiretell.lab.plan import Planned
from wiretell.model.world import OFFICIAL, UNSET, World

SPECS = catalogue(AGENT)


@st.composite
def catalogues(draw: st.DrawFn) -> tuple[FactSpec, ...]:
    sizes = draw(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 6)), min_size=1, max_size=8))
    return tuple(
        FactSpec(f"f{i}", "", "p0", tuple(f"p{n}" for n in range(paired)), tuple(f"r{n}" for n in range(riders)))
        for i, (paired, riders) in enumerate(sizes)
    )


@settings(max_examples=40, deadline=None)
@given(catalogues(), st.integers(0, 1 << 32))
def test_every_pair_of_paired_levels_meets_in_a_world_that_has_all_facts(
    specs: tuple[FactSpec, ...], seed: int
) -> None:
    rows = plan.pairwise(specs, seed)
    for one, other in combinations(specs, 2):
        met = {(row.world[one.name], row.world[other.name]) for row in rows}
        assert met == {(a, b) for a in one.paired for b in other.paired}
    for row in rows:
        assert row.world.facts == tuple(sorted(spec.name for spec in specs))
        assert row.purpose == "array"


@settings(max_examples=40, deadline=None)
@given(catalogues(), st.integers(0, 1 << 32))
def test_the_sweep_has_every_rider_once_and_nothing_else(specs: tuple[FactSpec, ...], seed: int) -> None:
    rows = plan.sweep(specs, seed)
    assert len(rows) == max(len(spec.riders) for spec in specs)
    for spec in specs:
        seen = Counter(row.world[spec.name] for row in rows)
        assert all(seen[level] == 1 for level in spec.riders)
        assert set(seen) <= {spec.baseline, *spec.riders}


@settings(max_examples=40, deadline=None)
@given(catalogues(), st.integers(0, 1 << 32), st.integers(0, 8), st.integers(0, 6))
def test_a_sweep_with_little_room_spares_what_was_named(
    specs: tuple[FactSpec, ...], seed: int, most: int, named: int
) -> None:
    told = tuple(replace(spec, named=spec.riders[-named:] if named else ()) for spec in specs)
    rows = plan.sweep(told, seed, most)
    assert len(rows) == min(most, max(len(spec.riders) for spec in specs))
    for spec in told:
        kept = {row.world[spec.name] for row in rows} & set(spec.riders)
        assert len(kept) == min(most, len(spec.riders))
        assert len(kept & set(spec.named)) == min(most, len(spec.named))


@settings(max_examples=40, deadline=None)
@given(catalogues(), st.integers(0, 1 << 32), st.integers(10, 120))
def test_what_a_budget_cuts_is_said_and_nothing_else(specs: tuple[FactSpec, ...], seed: int, budget: int) -> None:
    made = plan.initial(specs, seed, budget)
    assert len(made.planned) <= budget - budget * plan.RESERVE // plan.RUNS
    purposes = Counter(run.purpose for run in made.planned)
    assert purposes["warm-up"] == 1
    assert purposes["calibration"] == plan.CALIBRATIONS
    assert made.planned[0].purpose == "warm-up"
    said = " ".join(item.what for item in made.not_examined)
    lost = plan.untried(specs, made.planned)
    assert all(f"{fact}: {', '.join(levels)}" in said for fact, levels in lost.items())
    pairs = len(plan.uncovered(specs, made.planned))
    assert len(made.not_examined) == len(lost) + bool(pairs)
    assert (f"{pairs} of " in said) == bool(pairs)


@pytest.mark.parametrize("seed", range(5))
def test_the_default_plan_leaves_a_reserve_and_examines_everything(seed: int) -> None:
    made = plan.initial(SPECS, seed)
    assert len(made.planned) <= plan.RUNS - plan.RESERVE
    assert made.not_examined == ()
    assert plan.untried(SPECS, made.planned) == {}
    assert len(plan.pairwise(SPECS, seed)) <= 24
    custom = [run for run in plan.sweep(SPECS, seed) if run.world["base_url"] != OFFICIAL]
    assert len(custom) == len(plan.sweep(SPECS, seed))


def test_the_baseline_base_url_meets_every_paired_zone_in_the_array() -> None:
    rows = plan.pairwise(SPECS, 7)
    zones = next(spec.paired for spec in SPECS if spec.name == "timezone")
    for base in (plan.baseline(SPECS)["base_url"], OFFICIAL):
        assert {row.world["timezone"] for row in rows if row.world["base_url"] == base} == set(zones)


def test_calibration_runs_stand_apart_and_frame_the_campaign() -> None:
    purposes = [run.purpose for run in plan.initial(SPECS, 3).planned][1:]
    places = [i for i, purpose in enumerate(purposes) if purpose == "calibration"]
    gaps = [b - a for a, b in pairwise(places)]
    assert places[0] == 0
    assert places[-1] == len(purposes) - 1
    assert max(gaps) - min(gaps) <= 1
    assert len({run.world for run in plan.calibration(SPECS, 6)}) == 1


def test_array_and_sweep_are_mixed() -> None:
    purposes = [run.purpose for run in plan.initial(SPECS, 3).planned if run.purpose in ("array", "sweep")]
    assert "sweep" in purposes[:10]
    assert "array" in purposes[-20:]


def test_seeds_give_different_plans_and_one_seed_the_same() -> None:
    assert plan.initial(SPECS, 1) == plan.initial(SPECS, 1)
    assert plan.initial(SPECS, 1).planned != plan.initial(SPECS, 2).planned


def test_a_plan_does_not_depend_on_the_process() -> None:
    code = (
        "from tests.lab_plan.agents import AGENT; from wiretell.lab import plan, facts;"
        "print(plan.initial(facts.catalogue(AGENT), 5).planned)"
    )
    root = Path(__file__).parents[2]
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert outputs == {f"{plan.initial(SPECS, 5).planned}\n"}


def test_a_budget_without_room_is_refused_with_the_least_that_would_do() -> None:
    with pytest.raises(UsageError, match="10 are the least"):
        plan.initial(SPECS, 0, 9)
    assert len(plan.initial(SPECS, 0, 10).planned) == 8


def test_flips_differ_only_in_the_named_facts_and_alternate() -> None:
    contexts = [plan.baseline(SPECS), plan.baseline(SPECS).replace({"locale": "zh_CN.UTF-8"})]
    off, on = {"timezone": "Etc/UTC"}, {"timezone": "Asia/Shanghai"}
    runs = plan.flips(off, on, contexts, 4)
    assert [run.world["timezone"] for run in runs] == ["Etc/UTC", "Asia/Shanghai"] * 4
    for without, with_level in zip(runs[::2], runs[1::2], strict=True):
        assert without.world.differing(with_level.world) == ("timezone",)
    assert [run.world["locale"] for run in runs[::2]] == ["en_US.UTF-8", "zh_CN.UTF-8"] * 2
    assert {run.purpose for run in runs} == {"flip"}


@pytest.mark.parametrize(
    ("off", "on", "contexts"),
    [
        ({"a": "1"}, {"b": "2"}, [World.of({"a": "1"})]),
        ({"a": "1"}, {"a": "1"}, [World.of({"a": "1"})]),
        ({"a": "1"}, {"a": "2"}, []),
    ],
)
def test_a_flip_of_nothing_is_our_own_fault(off: dict[str, str], on: dict[str, str], contexts: list[World]) -> None:
    with pytest.raises(InternalError):
        plan.flips(off, on, contexts, 1)


def test_isolate_keeps_some_levels_of_a_row() -> None:
    rest = plan.baseline(SPECS)
    row = rest.replace({"timezone": "Asia/Tokyo", "base_url": OFFICIAL, "ci": "github"})
    run = plan.isolate(rest, row, ["timezone", "ci"])
    assert run.world.differing(rest) == ("ci", "timezone")
    assert run.purpose == "isolate"


def test_coverage_counts_paired_and_lone_levels_that_were_run() -> None:
    specs = (FactSpec("f", "", "a", ("a", "b"), ("c", "d")), FactSpec("g", "", "x", ("x",)))
    runs = [
        Planned(World.of({"f": "a", "g": "x"}), "calibration"),
        Planned(World.of({"f": "b", "g": "x"}), "array"),
        Planned(World.of({"f": "c", "g": "x"}), "sweep"),
        Planned(World.of({"f": "elsewhere", "g": "x"}), "flip"),
    ]
    found = plan.coverage(specs, runs)
    assert (found["f"].levels, found["f"].paired, found["f"].alone) == (("a", "b", "c"), 1, 2)
    assert (found["g"].levels, found["g"].paired, found["g"].alone) == (("x",), 1, 0)
    assert plan.untried(specs, runs) == {"f": ("d",)}


def test_one_fact_that_varies_is_tried_at_each_level() -> None:
    specs = (FactSpec("f", "", "a", ("a", "b", "c")), FactSpec("g", "", UNSET, (UNSET,)))
    assert {run.world["f"] for run in plan.pairwise(specs, 0)} == {"a", "b", "c"}
    assert [run.world for run in plan.pairwise((specs[1],), 0)] == [World.of({"g": UNSET})]
