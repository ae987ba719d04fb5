"""No single kind of evidence may hold a part together. Pure.

Two campaigns that buy from one proxy pool, or pay at one card shop, are two. So a part is split into the components it
has without one kind, for each kind; what stays together under all of them stays a part; again, until nothing changes.
"""

from __future__ import annotations

import numpy as np

from wiretell.hunt.graph.parts import NONE, Own, Part, components, cored, renumbered
from wiretell.hunt.rule import Rule
from wiretell.hunt.tables import Tables


def split(tables: Tables, part: Part, rule: Rule) -> tuple[Part, Own]:
    """Return the parts that hold together whichever kind is left out, and their own edges.

    Only tokens that more of a part hold than by chance tie it. Accounts left with fewer kinds or tokens than the core
    asks for are in none; so are parts of fewer than two entities.
    """
    while True:
        part, held = cored(tables, part, rule)
        pieces = _without_each_kind(tables, part, held)
        if np.array_equal(pieces, part):
            return part, held
        part = pieces


def _without_each_kind(tables: Tables, part: Part, held: Own) -> Part:
    kind = tables.tokens.kind[tables.edges.token[held.edge]]
    together = part
    for left_out in np.flatnonzero(np.bincount(kind)):
        on = held.ties & (kind != left_out)
        pieces = components(tables, part, held.edge[on], held.node[on])
        together = _both(together, pieces)
    return renumbered(together)


def _both(one: Part, other: Part) -> Part:
    """Return the parts that are together in both; an account that is in none of either is in none."""
    inside = (one != NONE) & (other != NONE)
    new = np.full(len(one), NONE, dtype=np.int64)
    span = int(other.max(initial=NONE)) + 1
    new[inside] = one[inside] * span + other[inside]
    return renumbered(new)
