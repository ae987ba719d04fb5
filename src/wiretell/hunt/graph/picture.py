"""What a report draws of a cluster: accounts by shared tokens, and exchanges over the days. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.graph.interface import Cluster
from wiretell.hunt.graph.spread import daily
from wiretell.hunt.graph.weights import distinct_entities
from wiretell.hunt.tables import Tables, take
from wiretell.model.hunt import SHARED_KINDS, Picture

MOST_TOKENS: Final = 40
MOST_ACCOUNTS: Final = 60


def picture(tables: Tables, cluster: Cluster, order: Sequence[int] | NDArray[Any]) -> Picture:
    """Return the picture of a cluster.

    :param order: the campaign's accounts, as places in `tables.accounts`, strongest first; others of the cluster (those
        that were not carried into the campaign) are not drawn.
    """
    members = np.asarray(order, dtype=np.int64)
    row = np.full(len(tables.accounts), -1, dtype=np.int64)
    row[members] = np.arange(len(members))
    edges = cluster.edges[row[tables.edges.account[cluster.edges]] >= 0]
    held, node = np.unique(tables.edges.token[edges], return_inverse=True)
    holders = distinct_entities(node, tables.accounts.entity[tables.edges.account[edges]], len(held))
    # Most holders first; of equals, the kind whose code is lower and the name that sorts first.
    shown = np.lexsort((held, -holders))[:MOST_TOKENS]
    shown = shown[holders[shown] >= 2]
    column = np.full(len(held), -1, dtype=np.int64)
    column[shown] = np.arange(len(shown))
    pairs = np.stack([row[tables.edges.account[edges]], column[node]], axis=1)
    pairs = pairs[(pairs[:, 0] < MOST_ACCOUNTS) & (pairs[:, 1] >= 0)]
    return Picture(
        tokens=tuple(
            (SHARED_KINDS[tables.tokens.kind[held[at]]], str(tables.tokens.names[held[at]]), int(holders[at]))
            for at in shown
        ),
        links=tuple(sorted((int(account), int(token)) for account, token in pairs)),
        days=daily(take(tables.accounts, members)),
    )
