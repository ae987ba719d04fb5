"""A cluster: accounts that hold together by the tokens they share."""

from __future__ import annotations

from dataclasses import dataclass

from wiretell.hunt.tables import Indices


@dataclass(frozen=True, slots=True, eq=False)
class Cluster:
    """Places in the tables of one hunt; each array ascending."""

    accounts: Indices
    tokens: Indices
    edges: Indices
    """Between these accounts and tokens."""
    density: float
    """Weight of its edges by its nodes (Hooi et al., "FRAUDAR", KDD 2016), popular tokens discounted."""
