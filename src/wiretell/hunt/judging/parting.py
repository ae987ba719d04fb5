"""Parts of a cluster between which no work moves: operators that a shared proxy pool or a popular prompt ties together.

A conversation goes on under an account of the same operator, never under a rival's: the groups between whose accounts
conversations move are the campaigns. An account that took part in none goes with the group that it shares most with,
each token counting by how few hold it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from wiretell.hunt.graph.interface import Cluster
from wiretell.hunt.judging.harness import harness
from wiretell.hunt.judging.narrowing import narrowed
from wiretell.hunt.rule import Rule
from wiretell.hunt.tables import Tables
from wiretell.model.hunt import SHARED_KINDS, EvidenceKind

_FAILOVER: Final = SHARED_KINDS.index(EvidenceKind.FAILOVER)
_NONE: Final = -1
_ONE_PROGRAM: Final = 0.9
"""Share of a cluster's accounts that have the program."""


def parted(tables: Tables, cluster: Cluster, rule: Rule) -> tuple[Cluster, ...]:
    """Return a cluster's parts; itself, where work moves within one group at most or hardly any of it moves.

    Rivals have no program in common that nobody else has: where nearly all accounts do (`harness.py`), nothing is
    parted, however seldom their conversations moved.
    """
    if harness(tables, cluster).program.mean() >= _ONE_PROGRAM:
        return (cluster,)
    account = np.searchsorted(cluster.accounts, tables.edges.account[cluster.edges])
    groups = _groups(tables, cluster, account, rule)
    count = int(groups.max(initial=_NONE)) + 1
    if count < 2 or np.count_nonzero(groups != _NONE) < rule.weights.failover_share * len(groups):
        return (cluster,)
    groups = _joined(tables, cluster, account, groups, count)
    return tuple(narrowed(tables, cluster, groups == one) for one in np.unique(groups))


def _groups(tables: Tables, cluster: Cluster, account: NDArray[np.intp], rule: Rule) -> NDArray[np.int64]:
    """Return for each account the group in which conversations move; `_NONE` where that is smaller than a campaign."""
    moves = np.flatnonzero(_short_lived(tables, cluster, rule))
    size, tokens = len(cluster.accounts), len(tables.tokens)
    token = tables.edges.token[cluster.edges[moves]] + size
    graph = coo_array((np.ones(len(moves)), (account[moves], token)), shape=(size + tokens, size + tokens))
    label = connected_components(graph, directed=False)[1][:size]
    names, place, sizes = np.unique(label, return_inverse=True, return_counts=True)
    large = sizes >= rule.tiers.review_accounts
    number = np.where(large, np.cumsum(large) - 1, _NONE)
    groups: NDArray[np.int64] = number[place] if len(names) else place
    return groups


def _short_lived(tables: Tables, cluster: Cluster, rule: Rule) -> NDArray[np.bool_]:
    """For each edge, whether it is of a conversation that soon ended: the others are prompts that many begin with."""
    token = tables.edges.token[cluster.edges]
    began = np.full(len(tables.tokens), np.iinfo(np.int64).max)
    ended = np.zeros(len(tables.tokens), dtype=np.int64)
    np.minimum.at(began, token, tables.edges.first[cluster.edges])
    np.maximum.at(ended, token, tables.edges.last[cluster.edges])
    short = ended[token] - began[token] <= rule.weights.conversation_s * 1_000_000
    moves: NDArray[np.bool_] = short & (tables.tokens.kind[token] == _FAILOVER)
    return moves


def _joined(
    tables: Tables, cluster: Cluster, account: NDArray[np.intp], groups: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    """Give every account that is in no group the one that it shares most with; `_NONE` where that is nothing."""
    token = tables.edges.token[cluster.edges]
    size, held = len(groups), coo_array((1.0 / np.maximum(tables.tokens.holders[token], 1), (account, token))).tocsr()
    inside = groups[account] != _NONE
    holding = coo_array(
        (np.ones(int(inside.sum())), (token[inside], groups[account[inside]])), shape=(held.shape[1], count)
    ).tocsr()
    shared = (held @ holding).toarray()[:size]
    nearest = np.where(shared.max(axis=1) > 0, shared.argmax(axis=1), _NONE)
    joined: NDArray[np.int64] = np.where(groups == _NONE, nearest, groups)
    return joined
