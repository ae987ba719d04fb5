"""Dense blocks: what of a part holds together, and who merely hangs on. Pure.

Density is the weight of edges by the number of nodes, accounts and tokens (Hooi et al., "FRAUDAR", KDD 2016, metric g).
Peeling goes in batches (Bahmani, Kumar & Vassilvitskii, "Densest Subgraph in Streaming and MapReduce", VLDB 2012,
algorithm 1): every pass removes all nodes lighter than 2 (1 + EPSILON) times the density, for all parts at once, so
that there are O(log n) passes.

The bound against camouflage. An operator's block (accounts A, tokens T) has density g(A, T). A token's bits depend on
its own holders only; edges that the operator adds from A to tokens outside T change no bits inside, so g(A, T) stays,
and edges added to T can only raise it. Whatever is added, the densest subgraph is at least as dense as g(A, T), and the
best pass is at least 1 / (2 (1 + EPSILON)) of that: `density >= g(A, T) / (2 * (1 + EPSILON))`.

What the bound does not say: that the block found is (A, T) rather than a denser one. So what is left is peeled again.
And holders that an operator adds to its own tokens (accounts bought for that) do lower their bits, as they do anywhere.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.graph.parts import NONE, Own, Part, components, own
from wiretell.hunt.graph.weights import Floats
from wiretell.hunt.tables import Tables

EPSILON: Final = 0.2
ROUNDS: Final = 12
"""Most blocks that are taken out of one part, one after the other."""

Mask = NDArray[np.bool_]


class _Graph(NamedTuple):
    """Weighted edges of parts, all nodes numbered."""

    account: NDArray[Any]
    node: NDArray[Any]
    weight: Floats
    part_of_account: NDArray[Any]
    part_of_node: NDArray[Any]
    parts: int


def densities(tables: Tables, part: Part, held: Own, bits: Floats) -> Floats:
    """Return the best density that batch peeling finds in each part; 0 where a part has no edge."""
    return _best(_graph(tables, part, held, bits))


def peeled(tables: Tables, part: Part, bits: Floats, among: NDArray[Any], hanging: float) -> Part:
    """Return the dense blocks of parts, with new numbers; who merely hangs on is in none.

    A block takes the tokens along that most of the part's holders in it hold; what is left is peeled again, so that a
    group of its own beside a denser one is found, and a light member of that one does not become a splinter.
    """
    done = np.full(len(part), NONE, dtype=np.int64)
    rest, edges = part, among
    for _ in range(ROUNDS):
        held = own(tables, rest, edges)
        if not len(held.edge):
            break
        graph = _graph(tables, rest, held, bits)
        stays = _core(graph, hanging * _best(graph))
        block = _accounts_of(graph, stays)
        first = int(done.max(initial=NONE)) + 1
        blocks = components(tables, np.where(block, rest, NONE), held.edge[stays], held.node[stays])
        done = np.where(blocks != NONE, blocks + first, done)
        left = np.where(block, NONE, rest)
        free = _free(graph, block)
        edges = held.edge[free]
        rest = components(tables, left, edges, held.node[free])
        if not np.any(rest != NONE):
            break
    return done


def _graph(tables: Tables, part: Part, held: Own, bits: Floats) -> _Graph:
    account = tables.edges.account[held.edge].astype(np.int64)
    part_of_node = np.zeros(int(held.node.max(initial=-1)) + 1, dtype=np.int64)
    part_of_node[held.node] = part[account]
    weight = bits[tables.edges.token[held.edge]]
    return _Graph(account, held.node, weight, part, part_of_node, int(part.max(initial=NONE)) + 1)


def _best(graph: _Graph) -> Floats:
    """Return the best density of each part over the passes of batch peeling."""
    best = np.zeros(graph.parts)
    on = np.ones(len(graph.account), dtype=np.bool_)
    while np.any(on):
        graph = _only(graph, on)
        at = graph.part_of_account[graph.account]
        heavy = np.bincount(graph.account, graph.weight, minlength=len(graph.part_of_account))
        token = np.bincount(graph.node, graph.weight, minlength=len(graph.part_of_node))
        density = _density(graph, at)
        best = np.maximum(best, density)
        least = 2 * (1 + EPSILON) * density[at]
        # An edge goes with either of its ends. At least the lightest node of a part does: it is not above the average.
        on = (heavy[graph.account] > least) & (token[graph.node] > least)
    return best


def _only(graph: _Graph, on: Mask) -> _Graph:
    if np.all(on):
        return graph
    return graph._replace(account=graph.account[on], node=graph.node[on], weight=graph.weight[on])


def _density(graph: _Graph, at: NDArray[Any]) -> Floats:
    accounts = np.flatnonzero(np.bincount(graph.account))
    nodes = np.flatnonzero(np.bincount(graph.node))
    count = np.bincount(graph.part_of_account[accounts], minlength=graph.parts)
    count = count + np.bincount(graph.part_of_node[nodes], minlength=graph.parts)
    weight = np.bincount(at, graph.weight, minlength=graph.parts)
    return np.asarray(weight / np.maximum(count, 1), dtype=np.float64)


def _core(graph: _Graph, least: Floats) -> Mask:
    """Return the edges between nodes that weigh at least so much, by part, in what is left of the graph."""
    on = np.ones(len(graph.account), dtype=np.bool_)
    threshold = least[graph.part_of_account[graph.account]]
    while True:
        weight = np.where(on, graph.weight, 0.0)
        heavy = np.bincount(graph.account, weight, minlength=len(graph.part_of_account))
        token = np.bincount(graph.node, weight, minlength=len(graph.part_of_node))
        left = on & (heavy[graph.account] >= threshold) & (token[graph.node] >= threshold)
        if np.array_equal(left, on):
            return on
        on = left


def _accounts_of(graph: _Graph, on: Mask) -> Mask:
    block = np.zeros(len(graph.part_of_account), dtype=np.bool_)
    block[graph.account[on]] = True
    return block


def _free(graph: _Graph, block: Mask) -> Mask:
    """Return which edges go from accounts outside the blocks to tokens that the blocks do not have most of."""
    inside = block[graph.account]
    taken = np.bincount(graph.node, inside, minlength=len(graph.part_of_node))
    all_of = np.bincount(graph.node, minlength=len(graph.part_of_node))
    free: Mask = ~inside & (2 * taken < all_of)[graph.node]
    return free
