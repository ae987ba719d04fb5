"""Fewer tokens of a kind where a large log has more than arrays are for. Pure.

Tokens are left out whole, by a hash of their names: who shares one of those that stay is not changed, and two accounts
that share many keep the same part of them (consistent sampling; Duffield & Grossglauser, "Trajectory Sampling",
IEEE/ACM Transactions on Networking 9, 2001). A text has several bands, so one in `1/share` of it stays in any case.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Final

import numpy as np

from wiretell.hunt.tables import Edges, Tables, Tokens
from wiretell.model.hunt import SHARED_KINDS, EvidenceKind

MOST: Final = 1_000_000
"""Edges of one kind."""
_THINNED: Final = (EvidenceKind.TEMPLATE, EvidenceKind.PREFIX)
"""Kinds of which an account holds hundreds. Of cards and addresses it has a few, and a handover has two accounts."""
_PARTS: Final = 1 << 32


def thinned(tables: Tables, most: int = MOST) -> tuple[Tables, tuple[str, ...]]:
    """Return the tables with at most about `most` edges of each kind, and a sentence for each kind that was thinned."""
    of_edge = tables.tokens.kind[tables.edges.token]
    stays, told = np.ones(len(tables.tokens), dtype=np.bool_), []
    for kind in _THINNED:
        code = SHARED_KINDS.index(kind)
        edges = np.count_nonzero(of_edge == code)
        if edges > most:
            at = np.flatnonzero(tables.tokens.kind == code)
            part = np.fromiter((zlib.crc32(name.encode()) for name in tables.tokens.names[at]), np.int64, len(at))
            stays[at] = part < most / edges * _PARTS
            told.append(
                f"Of {len(at):,} shared tokens of the kind {kind}, {np.count_nonzero(stays[at]):,} were looked at, "
                "chosen by a hash of their names: there are too many for one machine's memory."
            )
    return (_kept(tables, stays), tuple(told)) if told else (tables, ())


def _kept(tables: Tables, stays: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Tables:
    kept = stays[tables.edges.token]
    number = (np.cumsum(stays) - 1).astype(np.int32)
    edges = Edges(**{name: getattr(tables.edges, name)[kept] for name in Edges.__slots__})
    return replace(
        tables,
        edges=replace(edges, token=number[edges.token]),
        tokens=Tokens(**{name: getattr(tables.tokens, name)[stays] for name in Tokens.__slots__}),
    )
