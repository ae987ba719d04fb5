"""How strong clusters get by chance: the same graph with its edges dealt out anew. Pure, but for chance.

The null is the configuration model (Newman, Strogatz & Watts, Phys. Rev. E 64, 2001; swaps after Maslov & Sneppen,
Science 296, 2002): every account holds as many tokens of each kind as before, every token is held as often, and who
holds which is chance. It is built from the core, whose accounts were chosen because they share: so it is stricter than
a shuffle of the whole log.

What it is not: a model of honest accounts. It breaks honest teams as well, so an office or the users of one tool are as
significant against it as a campaign. That a cluster is no accident is all that it says; that it is no office, the
alternatives and the concerted kinds have to say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.graph.clustering import clusters
from wiretell.hunt.graph.interface import Cluster
from wiretell.hunt.graph.weights import Floats
from wiretell.hunt.rule import Rule
from wiretell.hunt.tables import Edges, Tables

SWAP_ROUNDS: Final = 20
"""Rounds in which edges that came out double are dealt out again."""
EDGES: Final = 5_000_000
"""Edges that are shuffled in all: bigger graphs get fewer shuffles, but one at least."""

Score = Callable[[Tables, Cluster], float]


def shuffles_of(tables: Tables, rule: Rule) -> int:
    """Return how many shuffles there will be: `rule.tiers.shuffles`, fewer for graphs of more than 250,000 edges."""
    return max(1, min(rule.tiers.shuffles, EDGES // max(len(tables.edges), 1)))


def shuffled(tables: Tables, rng: np.random.Generator) -> Tables:
    """Return the same tables with who holds which token dealt out anew, within each kind.

    Edges that are double after `SWAP_ROUNDS` rounds are dropped: there are as many fewer edges as were. Counts and
    times stay with the account's end.
    """
    edges = tables.edges
    kind = tables.tokens.kind[edges.token]
    token = _dealt(edges.token, kind, rng)
    for _ in range(SWAP_ROUNDS):
        double = _doubles(edges.account, token, len(tables.tokens))
        if not len(double):
            break
        token = _swapped(token, kind, double, rng)
    single = np.ones(len(edges), dtype=np.bool_)
    single[_doubles(edges.account, token, len(tables.tokens))] = False
    order = np.lexsort((token, edges.account))
    order = order[single[order]]
    dealt = Edges(
        account=edges.account[order],
        token=token[order],
        n=edges.n[order],
        first=edges.first[order],
        last=edges.last[order],
    )
    return replace(tables, edges=dealt)


def null_scores(tables: Tables, rule: Rule, seed: int, score: Score) -> Floats:
    """Return the scores of all clusters of `shuffles_of` shuffles, without those that `score` cannot tell (NaN)."""
    rng = np.random.default_rng(seed)
    scores: list[float] = []
    for _ in range(shuffles_of(tables, rule)):
        dealt = shuffled(tables, rng)
        scores.extend(score(dealt, cluster) for cluster in clusters(dealt, rule))
    found = np.array(scores, dtype=np.float64)
    return found[~np.isnan(found)]


def q_values(scores: NDArray[Any], null: NDArray[Any], shuffles: int) -> Floats:
    """Return for each score the expected share of false discoveries among those at least as strong.

    Target and decoy (Elias & Gygi, Nature Methods 4, 2007; q-value after Storey, JRSS B 64, 2002): null clusters at
    least as strong, by shuffle, divided by real ones at least as strong; at most 1; never lower for a weaker score. It
    cannot tell apart shares below 1 / (shuffles x real ones): 0 means less than that.
    """
    scores = np.asarray(scores, dtype=np.float64)
    order = np.argsort(scores, kind="stable")
    ascending = scores[order]
    real = len(scores) - np.searchsorted(ascending, ascending, side="left")
    chance = len(null) - np.searchsorted(np.sort(null), ascending, side="left")
    rate = np.minimum(chance / max(shuffles, 1) / np.maximum(real, 1), 1.0)
    found = np.empty(len(scores))
    # A stronger one is at most as likely to be false: the least rate of any threshold that still takes it in.
    found[order] = np.minimum.accumulate(rate)
    return found


def _dealt(token: NDArray[Any], kind: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    new = token.copy()
    for one in np.unique(kind):
        at = np.flatnonzero(kind == one)
        new[at] = token[rng.permutation(at)]
    return new


def _doubles(account: NDArray[Any], token: NDArray[Any], tokens: int) -> NDArray[Any]:
    """Return the places of edges that another one before (in any order) is equal to."""
    key = account.astype(np.int64) * tokens + token
    order = np.argsort(key, kind="stable")
    again = np.zeros(len(key), dtype=np.bool_)
    again[order[1:]] = key[order[1:]] == key[order[:-1]]
    return np.flatnonzero(again)


def _swapped(token: NDArray[Any], kind: NDArray[Any], double: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """Deal the tokens of double edges out again, among them and as many others of their kind, chosen by chance."""
    new = token.copy()
    for one in np.unique(kind[double]):
        mine = double[kind[double] == one]
        others = rng.choice(np.flatnonzero(kind == one), len(mine))
        at = np.unique(np.concatenate([mine, others]))
        new[at] = new[rng.permutation(at)]
    return new
