"""Splinters of one group are put together again. Pure.

A dense nucleus and the lighter rest of one campaign come out as two parts where few tokens lie between them. They are
one if both are marked by the same tokens of two kinds: most accounts of each hold them, and few others do; or if nearly
every account of both holds one system part or text, and nearly nobody else does: one harness. A shared proxy pool or
card shop marks neither, since no token of it is held by most; a public client is held by more than these.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from wiretell.hunt.graph.parts import NONE, Part, renumbered
from wiretell.hunt.tables import Tables
from wiretell.model.hunt import SHARED_KINDS, EvidenceKind

MARKED: Final = 0.5
"""Share of a part's accounts that hold a token, for it to mark the part."""
OWN: Final = 0.5
"""Share of a token's holders that are in the parts that it marks, for it to tie them."""
HARNESS: Final = 0.9
"""Both shares, for a system part or a text to tie them by itself."""
KINDS: Final = 2

_HEADERS: Final = SHARED_KINDS.index(EvidenceKind.HEADERS)
_PREFIX: Final = SHARED_KINDS.index(EvidenceKind.PREFIX)
_HARNESS_KINDS: Final = (_PREFIX, SHARED_KINDS.index(EvidenceKind.TEMPLATE))


def merged(tables: Tables, part: Part) -> Part:
    """Return parts with those put together that the same tokens of two kinds mark; headers and system part are one."""
    parts = int(part.max(initial=NONE)) + 1
    owner, token, whole = _marks(tables, part)
    if not len(token):
        return part
    left, right, kind, alone = _pairs(tables, owner, token, whole)
    # Pairs of parts, each kind once; a pair stays that has enough of them.
    kinds = len(SHARED_KINDS)
    told = np.unique((left * parts + right) * kinds + kind) // kinds
    pair, count = np.unique(told, return_counts=True)
    pair = np.union1d(pair[count >= KINDS], (left * parts + right)[alone])
    links = coo_array((np.ones(len(pair), dtype=np.int8), (pair // parts, pair % parts)), shape=(parts, parts))
    _, label = connected_components(links, directed=False)
    new = part.copy()
    new[part != NONE] = label[part[part != NONE]]
    return renumbered(new)


class _Marks(NamedTuple):
    """Parts and the tokens that mark them, sorted by token, then part."""

    owner: NDArray[np.int64]
    token: NDArray[np.int64]
    whole: NDArray[np.bool_]
    """Whether nearly all of the part hold it, and nearly nobody outside the parts that it marks."""


class _Pairs(NamedTuple):
    """Two parts that one token marks."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    kind: NDArray[np.int64]
    alone: NDArray[np.bool_]
    """Whether that is enough."""


def _marks(tables: Tables, part: Part) -> _Marks:
    inside = part[tables.edges.account] != NONE
    of = part[tables.edges.account[inside]]
    span = max(int(part.max(initial=NONE)) + 1, 1)
    keys, count = np.unique(tables.edges.token[inside].astype(np.int64) * span + of, return_counts=True)
    size = np.bincount(part[part != NONE], minlength=span)
    marks = count >= np.maximum(MARKED * size[keys % span], 2)
    keys, count = keys[marks], count[marks]
    owner, token = keys % span, keys // span
    held = np.bincount(token, count, minlength=len(tables.tokens)) / np.maximum(tables.tokens.accounts, 1)
    keep = (held >= OWN)[token] & (np.bincount(token, minlength=len(tables.tokens)) >= 2)[token]
    whole = (count >= HARNESS * size[owner]) & (held >= HARNESS)[token]
    return _Marks(owner[keep], token[keep], whole[keep])


def _pairs(tables: Tables, owner: NDArray[Any], token: NDArray[Any], whole: NDArray[np.bool_]) -> _Pairs:
    """Pair the first of the parts that a token marks with each other one."""
    new = np.ones(len(token), dtype=np.bool_)
    new[1:] = token[1:] != token[:-1]
    first = np.flatnonzero(new)[np.cumsum(new) - 1]
    kind = tables.tokens.kind[token].astype(np.int64)
    alone = whole & whole[first] & np.isin(kind, _HARNESS_KINDS)
    kind[kind == _PREFIX] = _HEADERS
    return _Pairs(owner[first[~new]], owner[~new], kind[~new], alone[~new])
