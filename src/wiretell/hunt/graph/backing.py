"""Which edges are backed: the account shares two kinds of token with the same others, more often than chance. Pure.

Popular networks, headers and prompts tie nearly all honest accounts of a log into one component, so being connected
says little. What chance does not give is two tokens of different kinds held together: of `h1` and `h2` entities among
`n`, `h1 * h2 / n` hold both if the kinds have nothing to do with each other. An honest crowd behind one carrier that
uses popular prompts holds as many pairs as that; a campaign's header tuple and its system part go together on every
account. Pairs are found by sorting (account, token, token) rows, never by pairing accounts: the cost is linear in
edges, and a token of 25,000 holders costs as much as 5,000 tokens of five.

Header tuples and system parts are not paired with each other: an honest client brings both.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.graph.sorting import in_order
from wiretell.hunt.graph.weights import LIFT, surprise
from wiretell.hunt.tables import Ints, Tables
from wiretell.model.hunt import SHARED_KINDS, EvidenceKind

PAIRS: Final = 6_000_000
"""Most pairs of tokens looked at: 200 MB, and three seconds of one core."""
MOST_OF_A_KIND: Final = (64, 32, 16, 12, 8, 6, 4, 3, 2, 1)
"""Tokens of one kind that an account brings, at most: the first of these that stays below `PAIRS`. Which ones, a hash
of the token decides, the same for all accounts (a bottom-k sketch; Cohen & Kaplan, PODC 2007)."""
LEAST_BITS: Final = 6.0

_HEADERS: Final = SHARED_KINDS.index(EvidenceKind.HEADERS)
_PREFIX: Final = SHARED_KINDS.index(EvidenceKind.PREFIX)

Mask = NDArray[np.bool_]


class _Pairs(NamedTuple):
    """Two edges of one account each, as places in `Edges`; sorted by the account's entity."""

    left: NDArray[Any]
    right: NDArray[Any]


def backed(tables: Tables) -> Mask:
    """Return which edges belong to a pair of tokens that is held more often than by chance."""
    # 1 Tokens that so many hold that nothing can be told from them are left out.
    told = np.flatnonzero(tables.tokens.holders[tables.edges.token] * LIFT <= tables.total_entities)
    # 2 Pairs of tokens of different kinds that one account holds.
    pairs = _pairs(tables, told)
    mask = np.zeros(len(tables.edges), dtype=np.bool_)
    if not len(pairs.left):
        return mask
    # 3 Those held by more entities than chance gives.
    held = _more_than_chance(tables, pairs)
    mask[pairs.left[held]] = True
    mask[pairs.right[held]] = True
    return mask


def _pairs(tables: Tables, told: NDArray[Any]) -> _Pairs:
    # Edges are sorted by account and, as tokens are by kind, by kind; here also by entity, so that one entity's are
    # neighbours.
    entity = tables.accounts.entity
    if len(np.unique(entity)) < len(entity):
        rank = np.empty(len(entity), dtype=np.int64)
        rank[np.argsort(entity, kind="stable")] = np.arange(len(entity))
        told = told[np.argsort(rank[tables.edges.account[told]], kind="stable")]
    return _across(tables, _bounded(tables, told))


def _bounded(tables: Tables, edge: NDArray[Any]) -> NDArray[Any]:
    """Return the edges with as many of a kind an account as the bound on pairs allows."""
    account = tables.edges.account[edge]
    new = _starts(account, tables.tokens.kind[tables.edges.token[edge]])
    sizes = np.diff(np.append(np.flatnonzero(new), len(edge)))
    for most in MOST_OF_A_KIND:
        kept = np.minimum(sizes, most).astype(np.float64)
        whole = np.bincount(account[new], weights=kept)
        if (whole @ whole - kept @ kept) / 2 <= PAIRS:
            break
    group = np.repeat(np.arange(len(sizes)), sizes)
    many = np.flatnonzero(sizes[group] > most)
    # Within each group that has too many, by hash: those of the lowest stay.
    order = many[np.lexsort((_hashed(tables.edges.token[edge[many]]), group[many]))]
    inside = group[order]
    starts = np.flatnonzero(_starts(inside)) if len(inside) else inside
    rank = np.arange(len(order)) - np.repeat(starts, sizes[inside[starts]])
    stays = np.ones(len(edge), dtype=np.bool_)
    stays[order[rank >= most]] = False
    return edge[stays]


def _hashed(token: NDArray[Any]) -> NDArray[np.uint64]:
    """Return Fibonacci hashes (Knuth, TAOCP 6.4): a fixed order of tokens that has nothing to do with their names."""
    return (token.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(20)


def _starts(*columns: NDArray[Any]) -> Mask:
    """Return where a row of sorted columns differs from the one before."""
    new = np.zeros(len(columns[0]), dtype=np.bool_)
    new[:1] = True
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return new


def _across(tables: Tables, edge: NDArray[Any]) -> _Pairs:
    """Return all pairs of edges of one account whose kinds differ."""
    account = tables.edges.account[edge]
    kind = tables.tokens.kind[tables.edges.token[edge]]
    until = _ends(_starts(account))
    after = _ends(_starts(account, kind))
    counts = until - after
    left = np.repeat(np.arange(len(edge)), counts)
    right = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(after, counts)
    tool = (kind[left] == _HEADERS) & (kind[right] == _PREFIX)
    return _Pairs(edge[left[~tool]], edge[right[~tool]])


def _ends(new: Mask) -> Ints:
    """Return for each row where its group ends."""
    starts = np.append(np.flatnonzero(new), len(new))
    return np.repeat(starts[1:], np.diff(starts)).astype(np.int64)


def _more_than_chance(tables: Tables, pairs: _Pairs) -> NDArray[Any]:
    """Return the places of those pairs whose two tokens are held together by more entities than chance gives."""
    token, tokens = tables.edges.token, max(len(tables.tokens), 1)
    key, order = in_order(token[pairs.left].astype(np.int64) * tokens + token[pairs.right])
    sizes = np.diff(np.append(np.flatnonzero(_starts(key)), len(key)))
    # As many bits as there are pairs to choose from: chance lets about one of the whole log pass.
    least = max(LEAST_BITS, float(np.log2(len(sizes))))
    # Most are held by one account; the others, by entities.
    several = np.repeat(sizes >= 2, sizes)
    key, order, sizes = key[several], order[several], sizes[sizes >= 2]
    starts = np.cumsum(sizes) - sizes
    entity = tables.accounts.entity[tables.edges.account[pairs.left[order]]]
    seen = np.add.reduceat(_starts(key, entity).astype(np.int64), starts) if len(starts) else starts
    holders = np.maximum(tables.tokens.holders, 1).astype(np.float64)
    expected = holders[key[starts] // tokens] * holders[key[starts] % tokens] / max(tables.total_entities, 1)
    good = (seen >= 2) & (seen >= LIFT * expected)
    good[good] = surprise(seen[good], expected[good]) >= least
    at: NDArray[Any] = order[np.repeat(good, sizes)]
    return at
