"""Who is far less tied to a part than its others is left out, and so are crowds; nobody is added. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.graph.parts import NONE, Own, Part, components, renumbered, sizes
from wiretell.hunt.graph.weights import Floats
from wiretell.hunt.tables import Tables
from wiretell.model.hunt import SHARED_KINDS, EvidenceKind

FAR_BELOW: Final = 0.4
"""Of the median support of a part. Members that keep themselves apart in half of the kinds stay."""
CROWD: Final = 100
"""Entities above which two kinds are not enough: people of one country share carriers and prompts in their language,
users of one client its headers, its system part and its commands. No operator ties so many by chance of that sort."""
CROWD_KINDS: Final = 3
CARRIED: Final = 0.1
"""Share of a crowd's accounts that hold a kind, for it to count."""

_HEADERS: Final = SHARED_KINDS.index(EvidenceKind.HEADERS)
_PREFIX: Final = SHARED_KINDS.index(EvidenceKind.PREFIX)


def support(tables: Tables, held: Own) -> Floats:
    """Return for each account the sum over kinds of its best token's lift, in bits.

    The lift of a token: log2 of the share of its holders that is in the part, by the part's share of the log. What only
    a part has is strong at any size; what everybody has is nothing however many of the part have it.
    """
    kinds = len(SHARED_KINDS)
    at = tables.edges.account[held.edge].astype(np.int64) * kinds + tables.tokens.kind[tables.edges.token[held.edge]]
    best = np.zeros(len(tables.accounts) * kinds)
    np.maximum.at(best, at, held.lift)
    return np.asarray(best.reshape(-1, kinds).sum(axis=1), dtype=np.float64)


def refined(tables: Tables, part: Part, held: Own) -> Part:
    """Return parts without those accounts whose support is far below the median of their part.

    Where such accounts have tokens of their own, of which their old part does not hold most, these make parts of them:
    a group that was tied to a stronger one.
    """
    inside = np.flatnonzero(part != NONE)
    strength = support(tables, held)[inside]
    order = np.lexsort((strength, part[inside]))
    starts = np.searchsorted(part[inside][order], np.arange(int(part.max(initial=NONE)) + 1))
    counts = np.diff(np.append(starts, len(inside)))
    median = strength[order][starts + (counts - 1) // 2]
    weak = strength < FAR_BELOW * median[part[inside]]
    far = np.zeros(len(part), dtype=np.bool_)
    far[inside[weak]] = True
    new = np.where(far, NONE, part)
    apart = _apart(tables, part, held, far)
    return np.where(apart != NONE, apart + len(starts), new)


def _apart(tables: Tables, part: Part, held: Own, far: NDArray[np.bool_]) -> Part:
    """Return the components of some accounts under tokens that more of them hold than of the others of their part."""
    mine = far[tables.edges.account[held.edge]]
    nodes = int(held.node.max(initial=-1)) + 1
    free = (
        mine & (2 * np.bincount(held.node, mine, minlength=nodes) > np.bincount(held.node, minlength=nodes))[held.node]
    )
    return components(tables, np.where(far, part, NONE), held.edge[free], held.node[free])


def without_crowds(tables: Tables, part: Part, held: Own) -> tuple[Part, Own]:
    """Return parts, and their own edges, without those of more than `CROWD` entities that too few kinds tie.

    Headers and system part count as one: an honest client brings both.
    """
    parts = int(part.max(initial=NONE)) + 1
    kinds = len(SHARED_KINDS)
    edge = held.edge[held.ties]
    kind = tables.tokens.kind[tables.edges.token[edge]]
    kind = np.where(kind == _PREFIX, _HEADERS, kind)
    holds = np.zeros((len(part), kinds), dtype=np.bool_)
    holds[tables.edges.account[edge], kind] = True
    inside = np.flatnonzero(part != NONE)
    count = np.bincount(part[inside], minlength=parts)
    told = np.zeros(parts, dtype=np.int64)
    for one in range(kinds):
        told += np.bincount(part[inside], holds[inside, one], minlength=parts) >= CARRIED * count
    crowd = (sizes(tables, part) > CROWD) & (told < CROWD_KINDS)
    stays = part != NONE
    stays[inside] = ~crowd[part[inside]]
    kept = stays[tables.edges.account[held.edge]]
    left = Own(held.edge[kept], held.node[kept], held.lift[kept], held.ties[kept])
    return renumbered(np.where(stays, part, NONE)), left
