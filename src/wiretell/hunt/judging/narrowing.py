"""Some accounts of a cluster as a cluster of their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.graph.interface import Cluster
from wiretell.hunt.tables import Tables


def narrowed(tables: Tables, cluster: Cluster, stays: NDArray[np.bool_]) -> Cluster:
    """Return a cluster with some of its accounts, and the tokens that they hold."""
    accounts = cluster.accounts[stays]
    at = np.searchsorted(cluster.accounts, tables.edges.account[cluster.edges])
    edges = cluster.edges[stays[at]]
    return replace(cluster, accounts=accounts, edges=edges, tokens=np.unique(tables.edges.token[edges]))
