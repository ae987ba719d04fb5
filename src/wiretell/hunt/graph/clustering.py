"""From the core of the graph to clusters. Pure.

```
failover -> components of three and more --\
backed edges of the others -> components --- [ peel -> split -> refine ] -> no crowds -> merge -> gather -> clusters
```
The bracket is repeated until nothing changes. Nothing in it looks at pairs of accounts. Groups in which conversations
move come first: nobody's accounts but an operator's (and one person's two) do that, so they need no density to be told
from the crowd, and without them the crowd falls apart more easily.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.graph.backing import backed
from wiretell.hunt.graph.gathering import gathered
from wiretell.hunt.graph.interface import Cluster
from wiretell.hunt.graph.merging import merged
from wiretell.hunt.graph.parts import FAILOVER, NONE, Own, Part, components, cored, renumbered, sizes
from wiretell.hunt.graph.peeling import densities, peeled
from wiretell.hunt.graph.refining import refined, without_crowds
from wiretell.hunt.graph.sorting import numbered
from wiretell.hunt.graph.splitting import split
from wiretell.hunt.graph.weights import token_bits
from wiretell.hunt.rule import Rule
from wiretell.hunt.tables import Tables

ROUNDS: Final = 6
"""Parts that still lose accounts after so many are left as they are."""
LOOSE: Final = 0.1
"""Of a part's best density, the weight below which an account merely hangs on, where conversations move: the light
member of such a group is a member still."""
DENSE: Final = 0.7
"""The same elsewhere: what is tied by popular tokens is told apart by density alone."""
FEW: Final = 3
"""Entities among which conversations move, at least."""


def clusters(tables: Tables, rule: Rule) -> tuple[Cluster, ...]:
    """Return the groups of accounts that hold together by tokens of at least two kinds, most accounts first."""
    # 1 Accounts among which conversations move.
    edges = backed(tables)
    part = _settled(tables, _moved(tables), rule, LOOSE)
    # 2 Of the others, those that share two kinds of token more often than chance.
    others = np.flatnonzero(edges & (part == NONE)[tables.edges.account])
    whole = np.zeros(len(part), dtype=np.int64)
    rest = _settled(tables, components(tables, whole, others, tables.edges.token[others]), rule, DENSE)
    part = renumbered(np.where(rest != NONE, rest + int(part.max(initial=NONE)) + 1, part))
    # 3 Splinters put together, and what one harness marks; what is in no part by then is in no cluster.
    part, held = cored(tables, gathered(tables, merged(tables, part)), rule)
    return _clusters(tables, part, held, densities(tables, part, held, token_bits(tables, rule)))


def _moved(tables: Tables) -> Part:
    """Return the groups of `FEW` entities or more among which conversations went on; two may be one person's."""
    edge = np.flatnonzero(tables.tokens.kind[tables.edges.token] == FAILOVER)
    part = components(tables, np.zeros(len(tables.accounts), dtype=np.int64), edge, tables.edges.token[edge])
    many = np.append(sizes(tables, part) >= FEW, False)
    return renumbered(np.asarray(np.where(many[part], part, NONE)))


def _settled(tables: Tables, part: Part, rule: Rule, hanging: float) -> Part:
    """Return what is left of parts once nothing in them hangs on, by density, by one kind or by support."""
    bits = token_bits(tables, rule)
    part, held = split(tables, part, rule)
    for _ in range(ROUNDS):
        # 1 Dense blocks, without who merely hangs on.
        blocks = peeled(tables, part, bits, held.edge, hanging)
        # 2 Only what holds together whichever kind is left out.
        blocks, held = split(tables, blocks, rule)
        # 3 Without accounts that are far less tied than the others.
        blocks, held = split(tables, refined(tables, blocks, held), rule)
        if np.array_equal(blocks, part):
            break
        part = blocks
    # 4 Without crowds: many accounts that a country or a client ties.
    return without_crowds(tables, blocks, held)[0]


def _clusters(tables: Tables, part: Part, held: Own, density: NDArray[Any]) -> tuple[Cluster, ...]:
    accounts = _by_part(part)
    at = part[tables.edges.account[held.edge]]
    order = np.argsort(at, kind="stable")
    places = np.searchsorted(at[order], np.arange(len(density) + 1))
    found = [
        Cluster(
            accounts=members.astype(np.int32),
            tokens=numbered(tables.edges.token[edges])[0].astype(np.int32),
            edges=edges.astype(np.int32),
            density=float(density[number]),
        )
        for number, members in enumerate(accounts)
        for edges in [held.edge[order[places[number] : places[number + 1]]]]
    ]
    return tuple(sorted(found, key=lambda one: (-len(one.accounts), int(one.accounts[0]))))


def _by_part(part: Part) -> list[NDArray[Any]]:
    inside = np.flatnonzero(part != NONE)
    order = np.argsort(part[inside], kind="stable")
    numbers = np.arange(1, int(part.max(initial=NONE)) + 1)
    return [group for group in np.split(inside[order], np.searchsorted(part[inside][order], numbers)) if len(group)]
