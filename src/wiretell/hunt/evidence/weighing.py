"""All kinds of evidence of a cluster, on one screen."""

from __future__ import annotations

from typing import Final

import numpy as np

from wiretell.hunt.evidence import pool, shared
from wiretell.hunt.evidence.content import content
from wiretell.hunt.evidence.contradiction import contradiction
from wiretell.hunt.evidence.interface import Weighed
from wiretell.hunt.evidence.lifecycle import lifecycle
from wiretell.hunt.evidence.population import against, population
from wiretell.hunt.evidence.sharding import sharding
from wiretell.hunt.evidence.timing import timing
from wiretell.hunt.graph.interface import Cluster
from wiretell.hunt.rule import Rule
from wiretell.hunt.tables import Tables
from wiretell.model.hunt import SHARED_KINDS

_NOBODY: Final = ""


def weigh(tables: Tables, cluster: Cluster, rule: Rule, rng: np.random.Generator) -> Weighed:
    """Weigh every kind of evidence for every account of a cluster.

    Deterministic by the state of `rng`. Kinds that nothing in the log could show are left out.
    """
    has = shared.held(tables, cluster)
    by_token = _shared(tables, cluster, has, rule)
    held = against(tables, cluster, rule.weights, rng)
    tested = (
        timing(held),
        sharding(tables, cluster, has, held, rule),
        lifecycle(held, population(tables.others, rule.weights.reference), rule.weights.permutations),
        content(held),
        contradiction(held),
    )
    return _joined(by_token, tuple(test for test in tested if test.known.any()), rule)


def weigh_shared(tables: Tables, cluster: Cluster, rule: Rule) -> Weighed:
    """Weigh only what tokens show: what shuffled logs and early days are scored by."""
    return _shared(tables, cluster, shared.held(tables, cluster), rule, tell=False)


def _shared(tables: Tables, cluster: Cluster, has: shared.Held, rule: Rule, *, tell: bool = True) -> Weighed:
    found = shared.best(tables, cluster, has, rule.weights)
    there = [code for code in range(shared.KINDS) if tables.holding[code]]
    size = len(cluster.accounts)
    told = shared.facts(tables, cluster, has, found.token[:, there]) if tell else [[_NOBODY] * len(there)] * size
    examples = tuple(
        shared.example(tables, cluster, has, code, int(found.lead[code])) if tell and found.lead[code] >= 0 else _NOBODY
        for code in there
    )
    return Weighed(
        kinds=tuple(SHARED_KINDS[code] for code in there),
        bits=found.bits[:, there],
        by_chance=found.by_chance[there],
        examples=examples,
        told=tuple(tuple(row) for row in told),
    )


def _joined(by_token: Weighed, tested: tuple[pool.Pooled, ...], rule: Rule) -> Weighed:
    columns = [pool.bits(test, rule.weights) for test in tested]
    shows = [column > 0 for column in columns]
    told = tuple(
        (*row, *(test.facts[at] if shown[at] else _NOBODY for test, shown in zip(tested, shows, strict=True)))
        for at, row in enumerate(by_token.told)
    )
    examples = (test.example if shown.any() else _NOBODY for test, shown in zip(tested, shows, strict=True))
    return Weighed(
        kinds=by_token.kinds + tuple(test.kind for test in tested),
        bits=np.column_stack([by_token.bits, *columns]),
        by_chance=np.concatenate([by_token.by_chance, [test.by_chance for test in tested]]),
        examples=(*by_token.examples, *examples),
        told=told,
    )
