"""The earliest day at whose end a campaign could have been called. Pure.

Tables have no roll-up by day, but when each account was first seen with each token, and on which days it was active:
the log as it stood at the end of a day is put together from these. Three things are not known and said here: the
cluster is taken as given (whether the graph of that day would have come apart in the same way is not asked), exchanges
are spread evenly over each account's active days, and holders outside the core count as if they had held the token from
the beginning, which weakens evidence of early days rather than making it up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.graph.interface import Cluster
from wiretell.hunt.graph.spread import MASK_DAYS, day_of, exchanges_until, last_of, share_until, span
from wiretell.hunt.graph.weights import distinct_entities
from wiretell.hunt.tables import Accounts, Edges, Tables, Tokens, take

_ADDED_UP: Final = (
    "rows",
    "active_days",
    "hours",
    "shapes",
    "chains",
    "single_turns",
    "refused",
    "contradictions",
    "known_systems",
    "busy_hours",
)
"""Columns that grow with exchanges; peaks and distinct counts stay as they are."""


def earliest(tables: Tables, cluster: Cluster, score_at: Callable[[Tables, Cluster], bool]) -> tuple[int, float] | None:
    """Return the last microsecond of the first day at whose end a cluster is carried, and its share of exchanges.

    :param score_at: whether tables and cluster of a day carry the tier; asked for O(log days) days. Where it is
        carried, then not, then again, any of the days from which on it is carried may come out.
    :return: None where it is not carried at the end of the log.
    """
    members = take(tables.accounts, cluster.accounts)
    days = span(members)
    if not days or not score_at(*until(tables, cluster, last_of(days[-1]))):
        return None
    low, high = days[0], days[-1]
    while low < high:
        middle = (low + high) // 2
        if score_at(*until(tables, cluster, last_of(middle))):
            high = middle
        else:
            low = middle + 1
    so_far = int(exchanges_until(members, high).sum())
    return last_of(high), min(1.0, so_far / max(int(members.rows.sum()), 1))


def until(tables: Tables, cluster: Cluster, when: int) -> tuple[Tables, Cluster]:
    """Return the tables as they stood at a time, of the cluster's accounts alone, and the cluster in them.

    `when` counts as the end of its day. Tokens are those the accounts held by then; `others` are the accounts of the
    sample that had been seen; totals and `holding` are those of the whole log.
    """
    day = int(day_of(when))
    # 1 Accounts seen by then, and their new places.
    seen = cluster.accounts[tables.accounts.first[cluster.accounts] <= when]
    place = np.full(len(tables.accounts), -1, dtype=np.int64)
    place[seen] = np.arange(len(seen))
    # 2 Their edges by then, those to tokens outside the cluster included.
    ever = _edges_of(tables, cluster.accounts)
    now = ever[(tables.edges.first[ever] <= when) & (place[tables.edges.account[ever]] >= 0)]
    held, token = np.unique(tables.edges.token[now], return_inverse=True)
    # 3 A member that does not hold it yet is no holder.
    gone = _holders(tables, ever, held) - _holders(tables, now, held)
    tokens = Tokens(
        kind=tables.tokens.kind[held],
        names=tables.tokens.names[held],
        holders=tables.tokens.holders[held] - gone,
        accounts=np.maximum(tables.tokens.accounts[held] - gone, 1),
    )
    edges = Edges(
        account=place[tables.edges.account[now]].astype(np.int32),
        token=token.astype(np.int32),
        n=tables.edges.n[now],
        first=tables.edges.first[now],
        last=np.minimum(tables.edges.last[now], when),
    )
    early = replace(
        tables,
        accounts=_cut(take(tables.accounts, seen), day, when),
        edges=edges,
        tokens=tokens,
        others=_others(tables.others, day, when),
        last=when if tables.last is None else min(tables.last, when),
    )
    return early, _cluster(cluster, now, held, len(seen))


def _edges_of(tables: Tables, accounts: NDArray[Any]) -> NDArray[Any]:
    """Return the places of some accounts' edges (ascending, as the accounts are)."""
    start = np.searchsorted(tables.edges.account, accounts, side="left")
    counts = np.searchsorted(tables.edges.account, accounts, side="right") - start
    places: NDArray[Any] = np.arange(counts.sum()) + np.repeat(start - np.cumsum(counts) + counts, counts)
    return places


def _holders(tables: Tables, edge: NDArray[Any], held: NDArray[Any]) -> NDArray[np.int64]:
    """Return how many entities hold each of some tokens (ascending) by these edges."""
    edge = edge[np.isin(tables.edges.token[edge], held)]
    at = np.searchsorted(held, tables.edges.token[edge])
    return distinct_entities(at, tables.accounts.entity[tables.edges.account[edge]], len(held))


def _cluster(cluster: Cluster, now: NDArray[Any], held: NDArray[Any], accounts: int) -> Cluster:
    own = np.flatnonzero(np.isin(held, cluster.tokens))
    edges = np.flatnonzero(np.isin(now, cluster.edges))
    return Cluster(
        accounts=np.arange(accounts, dtype=np.int32),
        tokens=own.astype(np.int32),
        edges=edges.astype(np.int32),
        density=cluster.density,
    )


@lru_cache(maxsize=32)
def _others(others: Accounts, day: int, when: int) -> Accounts:
    """Return the sample as it stood: the same for all clusters, so that all that is made of it is made once a day."""
    return _cut(take(others, others.first <= when), day, when)


def _cut(accounts: Accounts, day: int, when: int) -> Accounts:
    """Return profiles as they stood at the end of a day."""
    share = share_until(accounts, day)
    cut: dict[str, Any] = {}
    for name in _ADDED_UP:
        column = getattr(accounts, name)
        part = share if column.ndim == 1 else share[:, None]
        cut[name] = np.rint(column * part).astype(column.dtype)
    cut["rows"] = np.maximum(cut["rows"], 1)
    cut["active_days"] = np.maximum(cut["active_days"], 1)
    cut["last"] = np.minimum(accounts.last, when)
    cut["day_mask"] = accounts.day_mask & _days_until(accounts, day)
    return replace(accounts, **cut)


def _days_until(accounts: Accounts, day: int) -> NDArray[np.uint64]:
    """Return masks of the days from each account's first to this one."""
    mask = np.zeros(len(accounts), dtype=np.uint64)
    first = day_of(accounts.first)
    for one in range(max(day - MASK_DAYS + 1, 0), day + 1):
        mask |= np.where(first <= one, np.uint64(1) << np.uint64(one % MASK_DAYS), np.uint64(0))
    return mask
