"""A real release, the specimen and `wiretell.marks` say the same of the same worlds: the line that each writes.

Here a sample; `python -m tests.differential` (marker `long` here) meets every zone name and every entry of both lists.
"""

from __future__ import annotations

import datetime as dt
import os

import pytest

from tests.differential.__main__ import AGENT
from tests.differential.running import Outcome, Silent, compare, days, predicted
from tests.differential.table import render, unequal
from tests.differential.worlds import FULL, Trial, counted_zones, trials
from wiretell import marks, target
from wiretell.errors import TargetError
from wiretell.lab.levels import check_level, zone_names
from wiretell.marks.date_line.hosts import host_lists
from wiretell.model.agent import Agent
from wiretell.model.world import OFFICIAL

SAMPLE = 32
SEED = 19
"""Its sample meets twenty ways of making a host, as many as samples of this size ever do."""
STATES = {state.name for state in marks.scheme("date-line").states}


@pytest.fixture(scope="module")
def agent() -> Agent:
    try:
        return target.resolve(AGENT)
    except TargetError as error:
        if os.environ.get("WIRETELL_REQUIRE_REAL") == "1":
            pytest.fail(str(error))
        pytest.skip(f"{AGENT} cannot be fetched here: {error}")


def assert_equal(outcomes: list[Outcome]) -> None:
    assert not unequal(outcomes), render(outcomes, "the date lines differ")
    assert {outcome.state for outcome in outcomes} == STATES


@pytest.mark.lab
@pytest.mark.real
def test_a_sample_of_worlds_is_byte_identical_in_all_eight_states(agent: Agent) -> None:
    assert_equal(compare(agent, trials(SAMPLE, SEED), Silent()))


@pytest.mark.lab
@pytest.mark.real
@pytest.mark.long
@pytest.mark.timeout(1800)
def test_every_zone_and_every_entry_is_byte_identical(agent: Agent) -> None:
    assert_equal(compare(agent, trials(FULL, seed=0), Silent()))


# ---------------------------------------------------------------- the worlds


@pytest.mark.parametrize("seed", range(3))
def test_the_full_worlds_hold_every_zone_name_and_every_entry(seed: int) -> None:
    worlds = trials(FULL, seed)
    assert {trial.zone for trial in worlds} == zone_names()
    entries = {trial.base_url.removeprefix("http://") for trial in worlds if trial.kind == "entry"}
    assert entries == set(host_lists().lists["known"].entries)
    keywords = {trial.base_url.removeprefix("http://") for trial in worlds if trial.kind == "keyword"}
    assert keywords == set(host_lists().lists["labKw"].entries)
    assert len({trial.base_url for trial in worlds}) >= 200


@pytest.mark.parametrize(("count", "seed"), [(40, 0), (40, 1), (40, 2), (SAMPLE, SEED)])
def test_a_sample_is_made_for_all_eight_states(count: int, seed: int) -> None:
    worlds = [trial for trial in trials(count, seed) if trial.base_url != OFFICIAL]
    counted = {trial.zone in counted_zones() for trial in worlds}
    assert counted == {True, False}
    assert {marks.explain(trial.set_to, _told(trial)).state.name for trial in worlds} == STATES


def _told(trial: Trial) -> str:
    return "Asia/Shanghai" if trial.zone in counted_zones() else trial.zone


def test_worlds_are_the_same_for_the_same_seed_and_others_for_another() -> None:
    assert trials(100, 1) == trials(100, 1)
    assert trials(100, 1) != trials(100, 2)


def test_the_lab_can_make_every_world() -> None:
    for trial in trials(2 * FULL, 0):
        for fact, level in trial.world.levels:
            check_level(fact, level)


def test_the_day_is_that_of_the_runtimes_own_rules() -> None:
    """Nothing changed in these zones for decades; of `Factory`, Node knows nothing."""
    zones = ("Asia/Shanghai", "America/Phoenix", "Pacific/Kiritimati", "Factory")
    for runtime in ("node", "bun"):
        found = days(zones, dt.datetime(2026, 1, 2, 16, 30, tzinfo=dt.UTC), runtime)
        assert [found[zone].day for zone in zones] == [3, 2, 3, 2]


# ---------------------------------------------------------------- the comparison tells differences

DAY = dt.date(2026, 1, 2)
TRIAL = Trial("entry", "http://cn", "Etc/UTC")


def outcome(real: bytes | None, specimen: bytes | None) -> Outcome:
    return Outcome(TRIAL, "known", real, specimen, predicted("known", DAY))


@pytest.mark.parametrize(
    ("real", "specimen", "agree"),
    [
        ("Today\u2019s date is 2026-01-02.", "Today\u2019s date is 2026-01-02.", (True, True)),
        ("Today\u2019s date is 2026-01-02.", "Today's date is 2026-01-02.", (False, True)),
        ("Today\u2019s date is 2026-1-2.", "Today\u2019s date is 2026-1-2.", (True, False)),
        ("Today\u2019s date is 2026-01-02.", None, (False, True)),
        (None, None, (False, False)),
    ],
)
def test_any_difference_and_any_missing_line_is_told(
    real: str | None, specimen: str | None, agree: tuple[bool, bool]
) -> None:
    one = outcome(real.encode() if real else None, specimen.encode() if specimen else None)
    assert (one.specimen_agrees, one.marks_agree) == agree
    assert bool(unequal([one])) is (agree != (True, True))
    table = render([one], "title")
    assert ("Unequal: 1 worlds" in table) is (agree != (True, True))
    assert agree == (True, True) or "base URL 'http://cn'" in table
