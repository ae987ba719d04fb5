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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.graph.clustering import clusters
from wiretell.hunt.graph.interface import Cluster
from wiretell.hunt.graph.sorting import in_order
from wiretell.hunt.graph.weights import Floats
from wiretell.hunt.rule import Rule
from wiretell.hunt.tables import Edges, Tables
from wiretell.model.hunt import SHARED_KINDS

SWAP_ROUNDS: Final = 20
"""Rounds in which edges that came out double are dealt out again."""
EDGES: Final = 5_000_000
"""Edges that are shuffled in all: bigger graphs get fewer shuffles, but one at least."""

AT_ONCE: Final = 2
"""Shuffles that are made side by side: numpy lets others work while it sorts and counts."""
LEAST: Final = 2
"""Shuffles that are made at least where they decide."""
FAR: Final = 10
"""How many times smaller than allowed the share of false discoveries must be for no more shuffles to be made."""
LEAST_TAIL: Final = 1.5
"""Bits by which the tail of chance falls to a third, at least: by chance alone it would be 1 / ln 2."""

Score = Callable[[Tables, Cluster], float]


def shuffles_of(tables: Tables, rule: Rule) -> int:
    """Return how many shuffles there are at most: `rule.tiers.shuffles`, fewer for more than 250,000 edges."""
    return max(1, min(rule.tiers.shuffles, EDGES // max(len(tables.edges), 1)))


def shuffled(tables: Tables, rng: np.random.Generator) -> Tables:
    """Return the same tables with who holds which token dealt out anew, within each kind.

    Edges that are double after `SWAP_ROUNDS` rounds are dropped: there are as many fewer edges as were. Counts and
    times stay with the account's end.
    """
    edges, tokens = tables.edges, len(tables.tokens)
    kind = tables.tokens.kind[edges.token]
    of_kind = [np.flatnonzero(kind == one) for one in range(len(SHARED_KINDS))]
    account, token = edges.account.astype(np.int64) * tokens, edges.token.astype(np.int64)
    for at in of_kind:
        token[at] = token[rng.permutation(at)]
    double = _swapped(account, token, kind, of_kind, rng)
    stays = np.ones(len(edges), dtype=np.bool_)
    stays[double] = False
    _, order = in_order(account + token)
    order = order[stays[order]]
    dealt = Edges(
        account=edges.account[order],
        token=token[order].astype(np.int32),
        n=edges.n[order],
        first=edges.first[order],
        last=edges.last[order],
    )
    return replace(tables, edges=dealt)


class Null(NamedTuple):
    """What came by chance."""

    scores: Floats
    """Of all clusters of all shuffles, without those that cannot be told (NaN)."""
    shuffles: int


def null_scores(tables: Tables, rule: Rule, seed: int, score: Score, real: NDArray[Any] | None = None) -> Null:
    """Return the scores of all clusters of up to `shuffles_of` shuffles.

    :param real: scores of the clusters that significance can still carry to review. No more shuffles are made than it
        takes to see that chance comes nowhere near the weakest of them (`is_far_above`), two at least; one, for the
        figure alone, where there are none. None: all shuffles.
    """
    most = shuffles_of(tables, rule)
    if real is not None and not len(real):
        most = 1
    null, made = np.empty(0), 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while made < most:
            batch = range(made, min(made + AT_ONCE, most))
            scores = pool.map(lambda number: _scores(tables, rule, [seed, number], score), batch)
            null, made = np.concatenate([null, *scores]), batch.stop
            if real is not None and len(real) and made >= LEAST and is_far_above(real, null, made, rule):
                break
    return Null(null, made)


def _scores(tables: Tables, rule: Rule, seed: list[int], score: Score) -> Floats:
    """Return the scores of the clusters of one shuffle."""
    dealt = shuffled(tables, np.random.default_rng(seed))
    found = np.array([score(dealt, cluster) for cluster in clusters(dealt, rule)], dtype=np.float64)
    return found[~np.isnan(found)]


def is_far_above(real: NDArray[Any], null: NDArray[Any], shuffles: int, rule: Rule) -> bool:
    """Return whether the share of false discoveries among the real scores is far below what the rule allows.

    The upper half of the null's scores is taken for the beginning of an exponential tail (peaks over a threshold;
    Pickands, Annals of Statistics 3, 1975), twice as long as its mean says, with one more cluster that was as strong as
    `rule.tiers.verify_bits` asks for.
    """
    seen = np.append(null, rule.tiers.verify_bits)
    start = float(np.median(seen))
    above = seen[seen >= start] - start
    length = 2 * max(float(above.mean()), LEAST_TAIL)
    weakest = float(np.min(real))
    expected = len(above) / shuffles * float(np.exp(-(weakest - start) / length))
    return weakest > float(seen.max()) and expected / len(real) <= rule.tiers.review_q / FAR


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


def _swapped(
    account: NDArray[Any],
    token: NDArray[Any],
    kind: NDArray[Any],
    of_kind: list[NDArray[Any]],
    rng: np.random.Generator,
) -> NDArray[Any]:
    """Deal the tokens of double edges, and of as many others, out again (in place). Return those still double.

    :param account: times the number of tokens, so that the sum with `token` is an edge's key.
    """
    double = _doubles(account + token)
    # Keys of all other edges, ascending: no two are the same. Only edges that are dealt out anew can become double.
    single = np.sort(np.delete(account + token, double))
    for _ in range(SWAP_ROUNDS):
        if not len(double):
            break
        at = _with_others(double, kind, of_kind, rng)
        old = np.setdiff1d(at, double, assume_unique=True)
        single = np.delete(single, np.searchsorted(single, account[old] + token[old]))
        for one in np.unique(kind[at]):
            mine = at[kind[at] == one]
            token[mine] = token[rng.permutation(mine)]
        key = account[at] + token[at]
        again = _is_in(key, single)
        again[_doubles(key)] = True
        double, new = at[again], np.sort(key[~again])
        single = np.insert(single, np.searchsorted(single, new), new)
    return double


def _doubles(key: NDArray[Any]) -> NDArray[Any]:
    """Return the places of edges that one before is equal to."""
    key, order = in_order(key)
    return np.sort(order[1:][key[1:] == key[:-1]])


def _is_in(key: NDArray[Any], among: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which keys are among others, which ascend."""
    if not len(among):
        return np.zeros(len(key), dtype=np.bool_)
    at = np.minimum(np.searchsorted(among, key), len(among) - 1)
    return np.asarray(among[at] == key)


def _with_others(
    double: NDArray[Any], kind: NDArray[Any], of_kind: list[NDArray[Any]], rng: np.random.Generator
) -> NDArray[Any]:
    """Return the places of double edges and of as many others of their kind, chosen by chance."""
    counts = np.bincount(kind[double], minlength=len(of_kind))
    others = [rng.choice(places, count) for places, count in zip(of_kind, counts, strict=True) if count]
    return np.unique(np.concatenate([double, *others]))
