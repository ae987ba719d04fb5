"""Chances are not smaller than they are."""

from __future__ import annotations

import numpy as np

from tests.hunt.evidence.planting import all_hold, cluster, everybody, log
from wiretell.hunt.evidence.population import against, effective
from wiretell.hunt.evidence.weighing import weigh
from wiretell.hunt.rule import shipped
from wiretell.model.hunt import POOLED_KINDS

_CLUSTERS = 80


def test_accounts_that_have_nothing_to_do_with_each_other_are_as_rare_as_it_says() -> None:
    rng, rule = np.random.default_rng(3), shipped()
    crowd = everybody(900, rng)
    made = log(crowd, all_hold(crowd, ("prefix", "p")))
    chances: dict[str, list[float]] = {kind: [] for kind in POOLED_KINDS}
    shown = 0
    for _ in range(_CLUSTERS):
        names = rng.choice(list(crowd), int(rng.integers(3, 40)), replace=False)
        weighed = weigh(made, cluster(made, names), rule, rng)
        for kind, chance in zip(weighed.kinds, weighed.by_chance, strict=True):
            if kind in POOLED_KINDS:
                chances[kind].append(float(chance))
        shown += int(any(kind in POOLED_KINDS for kind in np.array(weighed.kinds)[weighed.shows.any(axis=0)]))
    for name, values in chances.items():
        for level in (0.01, 0.05, 0.2):
            # Three standard deviations of a share of so many clusters.
            most = level + 3 * np.sqrt(level / _CLUSTERS)
            # Counts of very few possible values tie: a contradiction more or less is half of the log's.
            assert np.mean(np.array(values or [1.0]) <= level) <= most + (0.2 if name == "contradiction" else 0), name
    assert shown <= 3


def test_a_chance_is_never_smaller_than_its_sets_and_accounts_can_tell() -> None:
    rng, rule = np.random.default_rng(3), shipped()
    crowd = everybody(100, rng)
    made = log(crowd, all_hold(crowd, ("prefix", "p")))
    held = against(made, cluster(made, list(crowd)[:5]), rule.weights, rng)
    assert held.chance(np.full(5, 9.0), np.zeros(len(held.others))) == 1 / (1 + len(held.others))
    assert held.chance(np.zeros(5), np.zeros(len(held.others))) == 1.0
    assert not set(held.others.names) & set(held.members.names)


def test_an_honest_team_counts_as_the_few_accounts_that_vary_as_much() -> None:
    assert [effective(size, 0.25) for size in (2, 5, 60, 25_000)] == [2, 3, 4, 4]
    assert effective(60, 0.0) == 60
