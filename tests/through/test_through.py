"""Real agents through the gateway, in the sealed lab: the same outcome as direct, and the record of it.

Skipped aloud where the package cannot be fetched or no sandbox can be built. `WIRETELL_REQUIRE_REAL=1` makes it fail.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import pytest

from tests.through.cases import AGENTS, MARKED
from tests.through.led import Led, lead
from tests.through.refused import REFUSALS, Refusal, Shown, refused
from tests.through.running import Case, Compared, compare
from wiretell import marks
from wiretell.errors import TargetError

Found = TypeVar("Found")
pytestmark = [pytest.mark.lab, pytest.mark.real, pytest.mark.timeout(300)]


def fetched(run: Callable[[], Found], spec: str) -> Found:
    try:
        return run()
    except TargetError as error:
        if os.environ.get("WIRETELL_REQUIRE_REAL") == "1":
            pytest.fail(str(error))
        pytest.skip(f"{spec} cannot be fetched here: {error}")


def compared(case: Case) -> Compared:
    return fetched(lambda: compare(case), case.spec)


def assert_recorded(found: Compared) -> None:
    rows = [row for row in found.through.recorded["rows"] if row["operation"] == "generate"]
    assert len(rows) == len(found.through.requests)
    assert {row["client"] for row in rows} != {""}
    assert {row["ended"] for row in rows} == {"complete"} and {row["status"] for row in rows} == {200}
    assert all(row["output_tokens"] > 0 for row in rows)
    assert found.through.recorded["check"] == 0, found.through.recorded["check_said"]
    assert found.through.recorded["gateway"] == 0, found.through.recorded["said"]


@pytest.mark.long
@pytest.mark.parametrize("spec", AGENTS)
def test_an_agent_fares_as_it_does_direct(spec: str) -> None:
    found = compared(Case(spec))
    assert found.direct.exit_code == 0 and found.direct.requests
    assert found.same_outcome, (found.direct, found.through)
    assert_recorded(found)
    if "claude-code" in spec:  # the others draw ids and times anew each run
        assert found.same_bodies
        assert found.other_headers == []
    assert found.through.recorded["ledger"] == []


@pytest.mark.long
def test_a_marked_release_is_recorded_as_it_is() -> None:
    found = compared(MARKED[0])
    assert found.same_outcome and found.same_bodies
    [row] = [row for row in found.through.recorded["rows"] if row["operation"] == "generate"]
    assert row["marks"] == ["date-line:labKw+cnTZ"]


def test_a_marked_release_is_stripped_and_the_ledger_says_so() -> None:
    found = compared(MARKED[1])
    assert found.same_outcome
    [direct], [through] = found.direct.bodies, found.through.bodies
    assert [mark.state for mark in marks.read(direct, schemes=["date-line"]).marks] == ["labKw+cnTZ"]
    assert marks.read(through, schemes=["date-line"]).marks == ()
    assert marks.strip(direct).data == through
    ledger = found.through.recorded["ledger"]
    assert {(entry["before"], entry["after"]) for entry in ledger} == {("\u02bc", "'"), ("/", "-")}
    assert_recorded(found)


def assert_led(found: Led) -> None:
    """The same outcome whoever starts it, a record of all it asked, no trace of the gateway in the agent's files."""
    assert found.direct.exit_code == 0 and found.direct.requests
    for name, way in found.ways[1:]:
        assert found.same_outcome(way), (name, way)
        assert found.telling(way) == []
        rows = [row for row in way.recorded["rows"] if row["operation"] == "generate"]
        assert len(rows) == len(way.requests) == len(found.direct.requests), (name, way.errors)
        assert {(row["ended"], row["status"]) for row in rows} == {("complete", 200)}
        assert way.recorded["check"] == 0, way.recorded["check_said"]
    # by its own name the agent says to the gateway what it says to its vendor
    assert found.likeness(found.official) != "differ"


@pytest.mark.long
def test_run_leads_an_agent_that_is_given_its_prompt_on_standard_input() -> None:
    found = fetched(lambda: lead(AGENTS[0], "hi"), AGENTS[0])
    assert_led(found)
    assert found.likeness(found.official) == "same bytes"
    # why `run` warns of it: to a custom host it says something else
    assert found.likeness(found.run) == "differ"
    assert "97 KB to a custom host" in found.run.errors


@pytest.mark.long
@pytest.mark.parametrize("spec", AGENTS[1:])
def test_run_leads_an_agent(spec: str) -> None:
    assert_led(fetched(lambda: lead(spec), spec))


@pytest.mark.long
@pytest.mark.parametrize("refusal", REFUSALS[:2], ids=lambda refusal: refusal.name)
@pytest.mark.parametrize("spec", AGENTS)
def test_a_user_reads_why_the_policy_refuses(spec: str, refusal: Refusal) -> None:
    found: Shown = fetched(lambda: refused(spec, refusal), spec)
    assert found.went.exit_code != 0
    assert found.is_told, found.text
    # Codex tries 451 again by itself, six times in seven seconds; gemini-cli asks two models
    assert 1 <= found.asked <= (6 if "codex" in spec and refusal.status == 451 else 2)
    assert found.went.requests == ()


@pytest.mark.long
@pytest.mark.parametrize("refusal", REFUSALS[2:], ids=lambda refusal: refusal.name)
def test_a_user_reads_why_the_gateway_cannot(refusal: Refusal) -> None:
    found: Shown = fetched(lambda: refused(AGENTS[0], refusal), AGENTS[0])
    assert found.is_told, found.text
    assert found.asked == 1
    assert found.went.requests == ()
