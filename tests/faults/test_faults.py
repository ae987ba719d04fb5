"""Every fault holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.scenarios import Scenario, ends, hosts, places

SLOW = {ends.door_killed, hosts.slow_client, places.postgres_gone, places.postgres_gone_passing}


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(one, id=one.__name__, marks=[pytest.mark.long] if one in SLOW else [])
        for one in (*ends.SCENARIOS, *hosts.SCENARIOS, *places.SCENARIOS)
    ],
)
def test_it_holds(scenario: Scenario, tmp_path: Path) -> None:
    seen = scenario(tmp_path / "run")
    if "not examined" in seen.seen:
        pytest.skip(seen.seen)
    assert seen.held, seen
