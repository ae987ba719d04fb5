"""Accounts in parts, and the tokens that are a part's own. Pure.

A part is a number for each account, -1 for those in none. A token that several parts hold is a node of its own in each,
so that parts never touch: everything is done for all of them at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from wiretell.hunt.graph.sorting import numbered
from wiretell.hunt.graph.weights import LIFT, Floats, distinct_entities, surprise
from wiretell.hunt.rule import Rule
from wiretell.hunt.tables import Ints, Tables
from wiretell.model.hunt import SHARED_KINDS, EvidenceKind

Part = NDArray[np.int64]
NONE = -1
FAILOVER: Final = SHARED_KINDS.index(EvidenceKind.FAILOVER)


@dataclass(frozen=True, slots=True, eq=False)
class Own:
    """Edges between the accounts of parts and their part's own tokens."""

    edge: Ints
    """Places in `Edges`, ascending."""
    node: Ints
    """For each, the token as a node of its part: numbers from 0."""
    lift: Floats
    """For each, log2 of how many times more of the token's holders are in the part than of all entities."""
    ties: NDArray[np.bool_]
    """For each, whether that is more than chance gives one of as many tokens as the part's accounts share."""


def sizes(tables: Tables, part: Part) -> Ints:
    """Return how many entities each part has."""
    inside = part != NONE
    return distinct_entities(part[inside], tables.accounts.entity[inside], int(part.max(initial=NONE)) + 1)


def own(tables: Tables, part: Part, among: NDArray[Any] | None = None) -> Own:
    """Return the edges to tokens that at least two entities of a part hold and that are its own.

    Its own: of the token's holders in the whole log, at least `LIFT` times the share is in the part that it has of all
    entities; and that is more than chance, or half of them.
    """
    edge = np.arange(len(tables.edges)) if among is None else np.asarray(among, dtype=np.int64)
    edge = edge[part[tables.edges.account[edge]] != NONE]
    at = part[tables.edges.account[edge]]
    token = tables.edges.token[edge]
    keys, node = numbered(at * len(tables.tokens) + token)
    held = distinct_entities(node, tables.accounts.entity[tables.edges.account[edge]], len(keys))
    holders = np.maximum(tables.tokens.holders[keys % max(len(tables.tokens), 1)], held)
    share = sizes(tables, part)[keys // max(len(tables.tokens), 1)] / max(tables.total_entities, 1)
    lift = np.log2(np.maximum(held, 1) / np.maximum(holders, 1)) - np.log2(np.maximum(share, 1e-300))
    of = keys // max(len(tables.tokens), 1)
    candidates = np.bincount(of, held >= 2, minlength=1)[of]
    ties = (surprise(held, holders * share) >= np.log2(np.maximum(candidates, 1))) | (held == holders) & (
        share > 1 / LIFT
    )
    # Of a part that is more than a third of the log no token is its own by that, however private.
    # A conversation that goes on under another account within minutes is no coincidence to begin with.
    ties |= tables.tokens.kind[keys % max(len(tables.tokens), 1)] == FAILOVER
    good = (held >= 2) & ((lift >= np.log2(LIFT)) | (held == holders)) & (ties | (2 * held >= holders))
    keep = good[node]
    number = np.cumsum(good) - 1
    return Own(edge[keep], number[node[keep]].astype(np.int64), lift[node[keep]], ties[node[keep]])


def components(tables: Tables, part: Part, edge: NDArray[Any], node: NDArray[Any]) -> Part:
    """Return the connected components of parts under some edges; an account without an edge is in none.

    :param node: for each edge, its token as a node of its part, as in `Own`.
    """
    inside = part[tables.edges.account[edge]] != NONE
    edge, node = edge[inside], node[inside]
    account = tables.edges.account[edge].astype(np.int64)
    new = np.full(len(tables.accounts), NONE, dtype=np.int64)
    if not len(edge):
        return new
    n = len(tables.accounts) + int(node.max()) + 1
    graph = coo_array((np.ones(len(edge), dtype=np.int8), (account, node + len(tables.accounts))), shape=(n, n))
    _, label = connected_components(graph, directed=False)
    new[account] = label[account]
    return renumbered(new)


def renumbered(part: Part) -> Part:
    """Return parts with numbers from 0, by their first accounts."""
    inside = np.flatnonzero(part != NONE)
    _, number = numbered(part[inside])
    first = np.full(int(number.max(initial=NONE)) + 1, len(inside))
    first[number[::-1]] = np.arange(len(inside))[::-1]
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    new = np.full(len(part), NONE, dtype=np.int64)
    new[inside] = rank[number]
    return new


def cored(tables: Tables, part: Part, rule: Rule) -> tuple[Part, Own]:
    """Leave only accounts that hold enough kinds and tokens of their part's own, and parts of two entities or more.

    Until nothing changes: a token goes with its last but one holder.
    """
    while True:
        held = own(tables, part)
        account = tables.edges.account[held.edge].astype(np.int64)
        kinds = kinds_of(tables, held.edge)
        tokens = np.bincount(account, minlength=len(part))
        stays = (part != NONE) & (kinds >= rule.share.kinds) & (tokens >= rule.share.tokens)
        count = sizes(tables, np.where(stays, part, NONE))
        stays[stays] = count[part[stays]] >= 2
        if np.array_equal(stays, part != NONE):
            return renumbered(part), held
        part = np.where(stays, part, NONE)


def kinds_of(tables: Tables, edge: NDArray[Any]) -> Ints:
    """Return for each account how many kinds it holds by these edges."""
    account = tables.edges.account[edge]
    seen = np.zeros((len(tables.accounts), 8), dtype=np.bool_)
    seen[account, tables.tokens.kind[tables.edges.token[edge]]] = True
    return np.asarray(seen.sum(axis=1), dtype=np.int64)
