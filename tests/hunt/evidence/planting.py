"""Logs with honest people as lumpy as real ones, and with what operators plant among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.hunt.building import DAY_US, START_US, Triple, accounts, tables
from wiretell.hunt.graph.interface import Cluster
from wiretell.hunt.tables import HOURS, SHAPES, Accounts, Tables

ROWS = 120
HARVEST = 3
"""The class of exchanges that a harvest consists of."""


def everybody(count: int, rng: np.random.Generator, prefix: str = "p") -> dict[str, dict[str, Any]]:
    """Return profiles of honest people: own hours in sittings, own trades, own ages."""
    return {
        f"{prefix}{at:05}": _person(rng, int(rng.integers(0, HOURS)), rng.dirichlet(np.full(SHAPES, 0.6)))
        for at in range(count)
    }


def team(count: int, rng: np.random.Generator, prefix: str = "t") -> dict[str, dict[str, Any]]:
    """Return profiles of an office: one zone, one trade with some likeness, one week of hiring."""
    trade = rng.dirichlet(np.full(SHAPES, 0.6))
    hired = START_US - 90 * DAY_US
    people = {}
    for at in range(count):
        mix = 0.25 * trade + 0.75 * rng.dirichlet(np.full(SHAPES, 0.6))
        people[f"{prefix}{at:05}"] = _person(rng, 9, mix) | {"created": hired + int(rng.integers(0, 7 * DAY_US))}
    return people


def _person(rng: np.random.Generator, starts: int, mix: NDArray[np.float64]) -> dict[str, Any]:
    day = np.full(HOURS, 0.1)
    day[(starts + np.arange(9)) % HOURS] = 1.0
    sittings = rng.dirichlet(8 * day / day.sum())
    return {
        "rows": ROWS,
        "hours": rng.multinomial(ROWS, sittings),
        "shapes": rng.multinomial(ROWS, mix),
        "chains": 20,
        "single_turns": int(rng.binomial(20, rng.beta(1, 6))),
        "created": START_US - int(rng.integers(1, 400 * DAY_US)),
        "contradictions": int(rng.random() < 0.01),
        "known_systems": 100,
    }


def harvesters(count: int, rng: np.random.Generator, prefix: str = "b", **changes: Any) -> dict[str, dict[str, Any]]:
    """Return profiles of accounts behind one queue."""
    clock = rng.dirichlet(np.full(HOURS, 20.0))
    mix = np.full(SHAPES, 0.2 / SHAPES)
    mix[HARVEST] += 0.8
    return {
        f"{prefix}{at:05}": {
            "rows": ROWS,
            "hours": rng.multinomial(ROWS, clock),
            "shapes": rng.multinomial(ROWS, mix),
            "chains": 110,
            "single_turns": 105,
            "created": START_US - 40 * DAY_US + int(rng.integers(0, DAY_US)),
            "contradictions": 0,
            "known_systems": 0,
        }
        | changes
        for at in range(count)
    }


def profiles(people: Mapping[str, Mapping[str, Any]], **more: Any) -> Accounts:
    """Return their columns."""
    order = sorted(people)
    fields = {field for values in people.values() for field in values}
    columns = {field: {name: people[name][field] for name in order if field in people[name]} for field in fields}
    return accounts(order, **columns, **more)


def log(
    people: Mapping[str, Mapping[str, Any]],
    triples: Iterable[Triple],
    *,
    total: int = 100_000,
    seen: Mapping[Triple, tuple[int, int, int]] | None = None,
    holders: Mapping[tuple[str, str], int] | None = None,
    **more: Any,
) -> Tables:
    """Return tables of a log in which all of them are sampled."""
    who = profiles(people, **more)
    return tables(triples, profiles=who, others=who, total_accounts=total, seen=seen, holders=holders)


def cluster(made: Tables, names: Iterable[str]) -> Cluster:
    """Return a cluster of these accounts, with all tokens that two of them hold."""
    wanted = set(names)
    at = np.array([place for place, name in enumerate(made.accounts.names) if name in wanted], dtype=np.int32)
    edges = np.flatnonzero(np.isin(made.edges.account, at)).astype(np.int32)
    tokens, counts = np.unique(made.edges.token[edges], return_counts=True)
    shared = tokens[counts >= 2].astype(np.int32)
    edges = edges[np.isin(made.edges.token[edges], shared)]
    return Cluster(at, shared, edges, 1.0)


def all_hold(names: Iterable[str], *tokens: tuple[str, str]) -> list[Triple]:
    """Return that each of them holds each token."""
    return [(name, kind, token) for name in names for kind, token in tokens]


def queue(
    names: Sequence[str], rng: np.random.Generator, templates: int = 10, items: int = 60
) -> dict[Triple, tuple[int, int, int]]:
    """Return uses of templates, each account's a plain sample of one mix (four bands a template)."""
    mix = rng.dirichlet(np.full(templates, 3.0))
    return _uses(names, [rng.multinomial(items, mix) for _ in names])


def favourites(
    names: Sequence[str], rng: np.random.Generator, templates: int = 10, items: int = 60
) -> dict[Triple, tuple[int, int, int]]:
    """Return uses of templates that each account likes or not."""
    return _uses(names, [rng.multinomial(items, rng.dirichlet(np.full(templates, 0.5))) for _ in names])


def _uses(names: Sequence[str], counts: Sequence[NDArray[np.int64]]) -> dict[Triple, tuple[int, int, int]]:
    return {
        (name, "template", f"{band}:{template}"): (int(n), START_US, START_US + DAY_US)
        for name, row in zip(names, counts, strict=True)
        for template, n in enumerate(row)
        for band in range(4)
        if n
    }


def handovers(names: Sequence[str], rng: np.random.Generator, each: int = 4) -> dict[Triple, tuple[int, int, int]]:
    """Return conversations that every account goes on with after another began them, within the hour."""
    seen: dict[Triple, tuple[int, int, int]] = {}
    for at, name in enumerate(names):
        for number in range(each):
            other = names[(at + 1 + int(rng.integers(0, len(names) - 1))) % len(names)]
            began = START_US + int(rng.integers(0, 20 * DAY_US))
            token = f"chain-{name}-{number}"
            seen[other, "failover", token] = (5, began, began + 600_000_000)
            seen[name, "failover", token] = (5, began + 900_000_000, began + 1_800_000_000)
    return seen
