"""Real agents through the gateway, in the sealed lab: the same outcome as direct, and the record of it.

Skipped aloud where the package cannot be fetched or no sandbox can be built. `WIRETELL_REQUIRE_REAL=1` makes it fail.
"""

from __future__ import annotations

import os

import pytest

from tests.through.cases import AGENTS, MARKED
from tests.through.running import Case, Compared, compare
from wiretell import marks
from wiretell.errors import TargetError

pytestmark = [pytest.mark.lab, pytest.mark.real, pytest.mark.timeout(300)]


def compared(case: Case) -> Compared:
    try:
        return compare(case)
    except TargetError as error:
        if os.environ.get("WIRETELL_REQUIRE_REAL") == "1":
            pytest.fail(str(error))
        pytest.skip(f"{case.spec} cannot be fetched here: {error}")


def assert_recorded(found: Compared) -> None:
    rows = [row for row in found.through.recorded["rows"] if row["operation"] == "generate"]
    assert len(rows) == len(found.through.requests)
    assert {row["client"] for row in rows} != {""}
    assert {row["ended"] for row in rows} == {"complete"} and {row["status"] for row in rows} == {200}
    assert all(row["output_tokens"] > 0 for row in rows)
    assert found.through.recorded["check"] == 0, found.through.recorded["check_said"]
    assert found.through.recorded["gateway"] == 0, found.through.recorded["said"]


@pytest.mark.parametrize("spec", [AGENTS[0], *(pytest.param(spec, marks=pytest.mark.long) for spec in AGENTS[1:])])
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
