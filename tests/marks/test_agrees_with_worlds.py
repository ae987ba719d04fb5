"""What `marks read` says of captures agrees with the worlds they were made in, which it is not told.

Real runs of 2.1.91 in the sealed lab, saved as an audit saves them, loaded again; of each run the bodies of all its
requests are read, and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.differential.__main__ import AGENT
from tests.differential.running import Silent, ready
from tests.differential.worlds import VARIABLE, trials
from wiretell import marks, target
from wiretell.capture import store
from wiretell.errors import TargetError
from wiretell.lab.plan import SWEEP, Planned
from wiretell.marks.date_line.zones import told_zone
from wiretell.model.capture import Capture
from wiretell.model.world import OFFICIAL

pytestmark = [pytest.mark.lab, pytest.mark.real]

RUNS = 32
SEED = 33
"""Its worlds are of all eight states, with hosts made in eighteen ways."""
TWO_MESSAGES = {"env:ENABLE_TOOL_SEARCH": "true"}
"""The client then names its tools in a user message of their own, before the one with the date line. At the vendor's
own host it does so by itself."""
SCHEME = "date-line"
PLAIN = "none"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> list[Capture]:
    try:
        agent = target.resolve(AGENT)
    except TargetError as error:
        if os.environ.get("WIRETELL_REQUIRE_REAL") == "1":
            pytest.fail(str(error))
        pytest.skip(f"{AGENT} cannot be fetched here: {error}")
    chosen = trials(RUNS, SEED)
    worlds = [trial.world for trial in chosen]
    worlds[::5] = [world.replace(TWO_MESSAGES) for world in worlds[::5]]
    with ready(agent, chosen, Silent(), workers=2) as bench:
        made = bench.run([Planned(world, SWEEP) for world in worlds], 0)
    folder = tmp_path_factory.mktemp("audit") / "saved"
    store.save(folder, made, {})
    return list(store.load(folder).captures)


def states_read(capture: Capture) -> Iterator[str]:
    """The states of all date lines in a run's requests, by their bytes alone."""
    for exchange in capture.exchanges:
        reading = marks.read(exchange.request.body, schemes=[SCHEME])
        yield from (mark.state for mark in reading.marks)
        yield from [PLAIN] * reading.unmarked.get(SCHEME, 0)


def state_of_the_world(capture: Capture) -> str:
    """What the settings of the world lead to."""
    world = capture.world
    base_url = world.get(VARIABLE, world["base_url"])
    return marks.explain(None if base_url == OFFICIAL else base_url, told_zone(world["timezone"])).state.name


def test_the_state_read_from_each_run_is_that_of_its_world(saved: list[Capture]) -> None:
    assert len(saved) == RUNS
    wrong = [
        (capture.world.as_dict(), read, state)
        for capture in saved
        if (read := list(states_read(capture))) != [state := state_of_the_world(capture)]
    ]
    assert wrong == []


def test_all_eight_states_are_among_them(saved: list[Capture]) -> None:
    states = {state for capture in saved for state in states_read(capture)}
    assert states == {state.name for state in marks.scheme(SCHEME).states}


def test_what_is_read_stands_in_the_second_block_of_a_user_message_before_any_answer(saved: list[Capture]) -> None:
    places = {
        mark.path
        for capture in saved
        for exchange in capture.exchanges
        for mark in marks.read(exchange.request.body, schemes=[SCHEME]).marks
    }
    assert places == {"/messages/0/content/1/text", "/messages/1/content/1/text"}


def test_stripped_bodies_of_all_worlds_read_as_unmarked(saved: list[Capture]) -> None:
    for capture in saved:
        for exchange in capture.model_exchanges:
            stripped = marks.strip(exchange.request.body)
            reading = marks.read(stripped.data, schemes=[SCHEME])
            assert (reading.marks, stripped.left) == ((), ())
            assert reading.unmarked.get(SCHEME) == 1
            apart = sum(len(edit.after.encode()) - len(edit.before.encode()) for edit in stripped.edits)
            assert len(stripped.data) - len(exchange.request.body) == apart
