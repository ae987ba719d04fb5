"""Accounts as a log would tell of them: a population of ordinary people, and single cases by name."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.tables import HOURS, SHAPES, Accounts, Edges, Tables, Tokens

DAY = 86_400_000_000
DAYS = 45
CLIENT = "some-agent"


def ordinary(n: int, seed: int) -> Accounts:
    """People at work: a Zipf volume, a few conversations at once, one or two networks, a night."""
    rng = np.random.default_rng(seed)
    rows = np.minimum(50 + (rng.pareto(1.2, n) * 300).astype(np.int64), 40_000)
    start = rng.integers(0, 24, n)
    hours = np.zeros((n, HOURS), dtype=np.int64)
    for offset in range(10):
        hours[np.arange(n), (start + offset) % HOURS] = rows // 10 + 1
    peak = 1 + rng.poisson(0.4 + np.log2(rows / 50) * 0.25)
    systems = 1 + rng.poisson(0.6, n)
    client = np.where(rng.random(n) < 0.85, CLIENT, "some-editor").astype(object)
    late = 1 + rng.poisson(4, n)
    return _profiles(
        n,
        names=np.array([f"p{seed}-{number:06}" for number in range(n)], dtype=object),
        rows=rows,
        hours=hours,
        client=client,
        peak_chains=peak,
        systems=systems,
        active_days=rng.integers(10, DAYS, n),
        busy_hours=rng.integers(60, 300, n),
        peak_networks=1 + (rng.random(n) < 0.08) + (rng.random(n) < 0.01),
        networks=1 + rng.poisson(1.5, n),
        header_tuples=1 + (rng.random(n) < 0.2),
        clients=1 + (rng.random(n) < 0.1),
        zones=1 + (rng.random(n) < 0.03),
        early_chains=1 + rng.poisson(4, n),
        late_chains=late,
        known_systems=rows,
        contradictions=np.where(rng.random(n) < 0.002, rows // 50, 0),
    )


def one(name: str, **figures: Any) -> Accounts:
    """An ordinary person, but for these figures. `hours` may be `flat`."""
    if figures.get("hours") == "flat":
        figures["hours"] = np.full((1, HOURS), figures.get("rows", 4_800) // HOURS, dtype=np.int64)
    ordinary_hours = np.zeros((1, HOURS), dtype=np.int64)
    ordinary_hours[0, 8:18] = figures.get("rows", 1_200) // 10
    base: dict[str, Any] = {
        "rows": 1_200,
        "hours": ordinary_hours,
        "client": np.array([CLIENT], dtype=object),
        "peak_chains": 2,
        "systems": 2,
        "active_days": 40,
        "busy_hours": 200,
        "peak_networks": 1,
        "networks": 2,
        "header_tuples": 1,
        "clients": 1,
        "zones": 1,
        "early_chains": 4,
        "late_chains": 4,
        "known_systems": figures.get("rows", 1_200),
        "contradictions": 0,
    }
    base.update(figures)
    return _profiles(1, names=np.array([name], dtype=object), **base)


def joined(*several: Accounts) -> Accounts:
    """All of them, in this order."""
    return Accounts(**{name: np.concatenate([getattr(each, name) for each in several]) for name in Accounts.__slots__})


def tables(keys: Accounts, others: Accounts) -> Tables:
    """Tables with an empty graph."""
    nobody = Accounts(**{name: getattr(others, name)[:0] for name in Accounts.__slots__})
    none, index = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int32)
    return Tables(
        accounts=nobody,
        edges=Edges(account=index, token=index, n=none, first=none, last=none),
        tokens=Tokens(kind=np.zeros(0, dtype=np.int8), names=np.zeros(0, dtype=object), holders=none, accounts=none),
        others=others,
        keys=keys,
        total_accounts=len(others),
        total_entities=len(others),
        holding=np.zeros(6, dtype=np.int64),
        rows=int(others.rows.sum()),
        first=0,
        last=DAYS * DAY,
        populations={},
    )


def _profiles(n: int, **figures: Any) -> Accounts:
    defaults: dict[str, Any] = {
        "entity": np.arange(n, dtype=np.int32),
        "declared": np.zeros(n, dtype=np.bool_),
        "day_mask": np.zeros(n, dtype=np.uint64),
        "shapes": np.zeros((n, SHAPES), dtype=np.int64),
        "first": 0,
        "last": DAYS * DAY,
        "created": -1,
        "chains": 100,
        "single_turns": 10,
        "refused": 0,
    }
    return Accounts(**{name: _array(value, n) for name, value in (defaults | figures).items()})


def _array(value: Any, n: int) -> NDArray[Any]:
    return value if isinstance(value, np.ndarray) else np.full(n, value, dtype=np.int64)
