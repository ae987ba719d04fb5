"""The log's other accounts, whom every pooled kind of evidence is held against."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.evidence.interface import Floats
from wiretell.hunt.graph.interface import Cluster
from wiretell.hunt.rule import Weights
from wiretell.hunt.tables import Accounts, Indices, Ints, Tables, take

LEAST: Final = 30
"""Fewer other accounts than this tell nothing of what is usual."""
_OF_ONE_CLIENT: Final = 0.8
"""Share of a cluster from which its client counts as its client."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """Some accounts of the sample, chosen by chance."""

    places: Indices
    """In the sample."""
    accounts: Accounts


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """The sample `Tables.others`, ready to be drawn from. Made once for all clusters of a log."""

    place: Mapping[str, int]
    """By name, an account's place in the sample."""
    of_client: Mapping[str, Reference]
    """By client."""
    of_all: Reference
    created: Ints
    """Known times of creation in the sample, ascending."""
    first: Ints
    """First exchanges in the sample, ascending."""


@lru_cache(maxsize=32)
def population(others: Accounts, most: int) -> Population:
    """Return what all clusters of a log (as it stands, or as it stood on a day) are held against.

    :param most: accounts of a `Reference`.
    """
    clients: dict[str, list[int]] = {}
    for at, client in enumerate(others.client):
        clients.setdefault(client, []).append(at)
    return Population(
        place={name: at for at, name in enumerate(others.names)},
        of_client={client: _chosen(others, np.array(places), most) for client, places in clients.items()},
        of_all=_chosen(others, np.arange(len(others)), most),
        created=np.sort(others.created[others.created >= 0]),
        first=np.sort(others.first),
    )


def _chosen(others: Accounts, places: NDArray[np.intp], most: int) -> Reference:
    if len(places) > most:
        places = np.sort(np.random.default_rng(len(places)).choice(places, most, replace=False))
    return Reference(places.astype(np.int32), take(others, places))


@dataclass(frozen=True, slots=True, eq=False)
class Against:
    """A cluster's accounts, and the accounts that they are held against."""

    members: Accounts
    others: Accounts
    """None of the cluster's, of its client where there are enough; at most `Weights.reference`."""
    sets: NDArray[np.int64]
    """Permutations x size: places in `others`."""
    matched: bool
    """Whether `others` have the cluster's client."""

    @property
    def enough(self) -> bool:
        """Whether there are others enough to say what is usual."""
        return len(self.others) >= LEAST

    def chance(self, members: Floats, others: Floats) -> float:
        """Return how often a set of others has a mean as high as the members'. Never 0.

        A permutation test (Phipson & Smyth, "Permutation p-values should never be zero", 2010): at least one in
        permutations + 1, and one in others + 1, since no more is known of them.
        """
        if not self.enough or not len(members):
            return 1.0
        means = others[self.sets].mean(axis=1)
        # A set as high but for the last bit of a sum is as high.
        reached = int(np.count_nonzero(means >= members.mean() - 1e-9))
        return max((1 + reached) / (1 + len(means)), 1 / (1 + len(self.others)))


def against(tables: Tables, cluster: Cluster, weights: Weights, rng: np.random.Generator) -> Against:
    """Draw the accounts and sets that a cluster is held against."""
    members = take(tables.accounts, cluster.accounts)
    others, matched = _candidates(population(tables.others, weights.reference), members)
    size = effective(len(members), weights.likeness)
    sets = rng.integers(0, max(len(others), 1), (weights.permutations, size))
    return Against(members, others, sets, matched)


def effective(size: int, likeness: float) -> int:
    """Return how many unrelated accounts vary as much as this many of one honest team.

    People of one team are alike in what they do and when: their mean varies like that of n / (1 + (n - 1) rho)
    unrelated ones (Kish, "Survey Sampling", 1965: the design effect). Sets of the cluster's own size would make every
    team significant.
    """
    return max(2, math.ceil(size / (1 + (size - 1) * likeness)))


def _candidates(known: Population, members: Accounts) -> tuple[Accounts, bool]:
    inside = np.array([known.place.get(name, -1) for name in members.names])
    client, count = Counter(members.client.tolist()).most_common(1)[0]
    if count >= _OF_ONE_CLIENT * len(members) and client in known.of_client:
        same = _outside(known.of_client[client], inside)
        if len(same) >= LEAST:
            return same, True
    return _outside(known.of_all, inside), False


def _outside(reference: Reference, inside: Ints) -> Accounts:
    own = np.isin(reference.places, inside)
    return take(reference.accounts, ~own) if own.any() else reference.accounts
