"""Operators copy what a victim sends: that alone never brings the victim into review."""

from __future__ import annotations

import numpy as np
import pytest

from tests.hunt.building import DAY_US, START_US, Triple
from tests.hunt.evidence.planting import all_hold, cluster, everybody, harvesters, log, queue
from wiretell.hunt.evidence.weighing import weigh
from wiretell.hunt.judging import judge
from wiretell.hunt.rule import shipped
from wiretell.model.hunt import Tier

VICTIM = "p00000"


@pytest.mark.parametrize("single", [2, 19], ids=["talks on", "asks once"])
@pytest.mark.parametrize("attackers", [8, 60])
def test_whoever_is_copied_is_not_reviewed(attackers: int, single: int) -> None:
    rng = np.random.default_rng(attackers)
    crowd, bad = everybody(500, rng), harvesters(attackers, rng)
    crowd[VICTIM]["single_turns"] = single
    # Its header tuple, its system part, its templates in its own mix, and its conversations, right after it.
    copied = queue([VICTIM, *bad], rng) | _replayed(list(bad))
    own = all_hold(bad, ("network", "pool"), ("payment", "cards"))
    made = log(crowd | bad, [*all_hold([VICTIM, *bad], ("headers", "h"), ("prefix", "p")), *own, *copied], seen=copied)
    part = cluster(made, [VICTIM, *bad])
    judged = judge(made, part, weigh(made, part, shipped(), rng), 0.0, shipped())
    assert judged is not None
    tiers = {finding.account: finding.tier for finding in judged[1]}
    assert tiers.get(VICTIM) is not Tier.REVIEW
    assert sum(tier is Tier.REVIEW for tier in tiers.values()) >= attackers * 0.8


def _replayed(bad: list[str]) -> dict[Triple, tuple[int, int, int]]:
    seen: dict[Triple, tuple[int, int, int]] = {}
    for number in range(20):
        began = START_US + number * DAY_US
        seen[VICTIM, "failover", f"c{number}"] = (5, began, began + 600_000_000)
        seen[bad[number % len(bad)], "failover", f"c{number}"] = (2, began + 700_000_000, began + 900_000_000)
    return seen
