"""Tokens that accounts share: cards, networks, header tuples, templates, system parts, conversations.

For an account and a kind, the strongest of its tokens that another entity of the cluster holds too counts, once: ten
bands of one template are one fact, an address and its network are one. How often would an unrelated account hold such
a token? Tokens are ranked by holders outside the cluster for each one inside; u is the share of the log's other
entities that hold any token ranked as high, one more counted, so that a cluster with thousands of addresses has
thousands of chances to meet a stranger. To each token's holders outside, the usual number of tokens with as many inside
is added: among thousands some have none by luck.

*Failover* counts for the account that goes on with what another began, never for the one that began: whoever copies a
victim's conversation follows it. It takes several conversations, or one where many of the cluster's accounts do it,
each of a short life: a first prompt that a team uses again and again is the same conversation by its hash, for months.
Whoever always goes on with the same one of many is a person with two accounts.

Honest look-alikes: an office shares network and card, a team its system part, a popular tool header tuple and system
part with everyone (u near 1: no bits), a public prompt its template.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.evidence.interface import Floats
from wiretell.hunt.evidence.match import against_it, for_it
from wiretell.hunt.graph.interface import Cluster
from wiretell.hunt.graph.sorting import numbered
from wiretell.hunt.rule import Weights
from wiretell.hunt.tables import Indices, Tables
from wiretell.model.hunt import SHARED_KINDS, EvidenceKind

KINDS: Final = len(SHARED_KINDS)
_PERSON: Final = 3
"""Accounts that one person may have."""
_CROWD: Final = 20
"""Entities of a cluster from which on two of them that share with each other alone are a case of their own."""
_AT_HOME: Final = tuple(map(SHARED_KINDS.index, (EvidenceKind.PAYMENT, EvidenceKind.NETWORK)))
_FAILOVER: Final = SHARED_KINDS.index(EvidenceKind.FAILOVER)

NOUNS: Final = MappingProxyType(
    {
        EvidenceKind.PAYMENT: "card",
        EvidenceKind.NETWORK: "network",
        EvidenceKind.HEADERS: "header tuple",
        EvidenceKind.TEMPLATE: "prompt template",
        EvidenceKind.PREFIX: "system part",
        EvidenceKind.FAILOVER: "conversation",
    }
)
"""What a token of each kind is."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Who holds what inside a cluster of n accounts and t tokens."""

    account: Indices
    """For each edge, the account's place in the cluster."""
    token: Indices
    """For each edge, the token's place in the cluster."""
    kind: NDArray[np.int64]
    """t."""
    inside: NDArray[np.int64]
    """t: entities of the cluster that hold it."""
    outside: NDArray[np.int64]
    """t: other entities of the log that do."""
    entities: int
    """Of the cluster."""


def held(tables: Tables, cluster: Cluster) -> Held:
    """Count holders inside and outside of a cluster."""
    account = np.searchsorted(cluster.accounts, tables.edges.account[cluster.edges]).astype(np.int32)
    token = np.searchsorted(cluster.tokens, tables.edges.token[cluster.edges]).astype(np.int32)
    numbers, entity = np.unique(tables.accounts.entity[cluster.accounts], return_inverse=True)
    size = len(cluster.tokens)
    holder = token.astype(np.int64) * len(numbers) + entity[account]
    if len(numbers) < len(cluster.accounts):
        holder = numbered(holder)[0]
    inside = np.bincount(holder // max(len(numbers), 1), minlength=size)
    outside = np.maximum(tables.tokens.holders[cluster.tokens] - inside, 0)
    kind = tables.tokens.kind[cluster.tokens].astype(np.int64)
    return Held(account, token, kind, inside, outside, len(numbers))


@dataclass(frozen=True, slots=True, eq=False)
class Best:
    """The strongest shared token of each account and kind."""

    bits: Floats
    """n x KINDS."""
    by_chance: Floats
    """KINDS: of the token that most accounts of the cluster rely on."""
    token: Indices
    """n x KINDS: place in the cluster's tokens; -1: shows none."""
    lead: Indices
    """KINDS: the token that most rely on; -1: none."""


def best(tables: Tables, cluster: Cluster, has: Held, weights: Weights) -> Best:
    """Weigh the shared kinds."""
    chance = _chances(tables, has)
    counts = (has.inside[has.token] >= 2) & _went_on(tables, cluster, has, weights)
    counts &= ~_of_pairs(tables, cluster, has)
    flat = has.account[counts].astype(np.int64) * KINDS + has.kind[has.token[counts]]
    order = np.lexsort((chance[has.token[counts]], flat))
    cells, at = np.unique(flat[order], return_index=True)
    n = len(cluster.accounts)
    token = np.full(n * KINDS, -1, dtype=np.int32)
    token[cells] = has.token[counts][order][at]
    return _weighed(token.reshape(n, KINDS), chance, could_show(tables, cluster), weights)


def _weighed(token: Indices, chance: Floats, could: NDArray[np.bool_], weights: Weights) -> Best:
    bits, by_chance = np.zeros(token.shape), np.ones(KINDS)
    lead = np.full(KINDS, -1, dtype=np.int32)
    for code, kind in enumerate(SHARED_KINDS):
        column = token[:, code]
        m, u = weights.m[kind], np.where(column >= 0, chance[column], 1.0) if len(chance) else np.ones(len(token))
        gained = np.where(column >= 0, for_it(m, u, weights.cap[kind], weights.least), 0.0)
        shown = gained > 0
        if shown.sum() < weights.spread * len(token):
            shown[:] = False  # A card that two of ninety share is a household's, not the campaign's.
        token[~shown, code] = -1
        if not shown.any():
            continue
        lead[code] = np.bincount(column[shown]).argmax()
        by_chance[code] = chance[lead[code]]
        able = max(int((shown | could[:, code]).sum()), 1)
        lost = against_it(m, float(u[shown].max()), shown.sum() / able)
        # Failover happens to an account or not: without one it says nothing.
        lost = 0.0 if code == _FAILOVER else lost
        bits[:, code] = np.where(shown, gained, np.where(could[:, code], lost, 0.0))
    return Best(bits, by_chance, token, lead)


def _chances(tables: Tables, has: Held) -> Floats:
    """For each token, how often an unrelated entity holds any of its kind ranked as high."""
    if not len(has.kind):
        return np.zeros(0)
    outside = has.outside + _usual(has)
    order = np.lexsort(((outside + 1) / np.maximum(has.inside, 1), has.kind))
    kind, taken = has.kind[order], np.cumsum(outside[order])
    starts = np.searchsorted(kind, np.arange(KINDS))
    before = np.concatenate(([0], taken))[starts]
    elsewhere = np.maximum(tables.holding - has.entities, 0) + 1
    chance = np.empty(len(order))
    chance[order] = np.minimum((taken - before[kind] + 1) / elsewhere[kind], 1.0)
    return chance


def _usual(has: Held) -> Floats:
    """For each token, the mean of holders outside of tokens of its kind with about as many inside, popular ones cut."""
    group = has.kind * 64 + np.log2(np.maximum(has.inside, 1)).astype(np.int64)
    cut = np.minimum(has.outside, 2 * has.inside)
    means: Floats = np.bincount(group, cut) / np.maximum(np.bincount(group), 1)
    return means[group]


def _went_on(tables: Tables, cluster: Cluster, has: Held, weights: Weights) -> NDArray[np.bool_]:
    """For each edge, whether it counts: of conversations, those that others began, soon ended, if they are several."""
    other = has.kind[has.token] != _FAILOVER
    first, last = tables.edges.first[cluster.edges], tables.edges.last[cluster.edges]
    began = np.full(len(has.kind), np.iinfo(np.int64).max)
    ended = np.zeros(len(has.kind), dtype=np.int64)
    np.minimum.at(began, has.token, first)
    np.maximum.at(ended, has.token, last)
    short = ended - began <= weights.conversation_s * 1_000_000
    went = ~other & (first > began[has.token]) & short[has.token]
    times = np.bincount(has.account[went], minlength=len(cluster.accounts))
    usual = np.count_nonzero(times) >= weights.failover_share * len(times)
    several = (times >= (1 if usual else weights.failovers)) & ~_of_one_person(
        has, went, first == began[has.token], times
    )
    counts: NDArray[np.bool_] = other | (went & several[has.account])
    return counts


def _of_one_person(
    has: Held, went: NDArray[np.bool_], began: NDArray[np.bool_], times: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """For each account, whether it went on several times, and always with the same one of many other accounts."""
    starter = np.zeros(len(has.kind), dtype=np.int64)
    starter[has.token[began]] = has.account[began]
    pairs = np.unique(has.account[went].astype(np.int64) * len(times) + starter[has.token[went]])
    partners = np.bincount(pairs // max(len(times), 1), minlength=len(times))
    alone: NDArray[np.bool_] = (times >= 2) & (partners == 1) & (has.entities > _PERSON)
    return alone


def _of_pairs(tables: Tables, cluster: Cluster, has: Held) -> NDArray[np.bool_]:
    """For each edge of a crowd, whether it is of a household: what an account shares with one other entity alone.

    People with two accounts have their own card, address and conversations, and are drawn into a large campaign by a
    popular prompt. An account is of a household if all that it shares with one entity, it shares with the same one,
    card or network among it; an end user's conversation that moves once from one account to another brings no card.
    """
    if has.entities < _CROWD:
        return np.zeros(len(has.account), dtype=np.bool_)
    entity = np.unique(tables.accounts.entity[cluster.accounts], return_inverse=True)[1].astype(np.int64)
    single = numbered(has.token.astype(np.int64) * has.entities + entity[has.account])[0]
    both = np.bincount(single // has.entities, single % has.entities, minlength=len(has.kind)).astype(np.int64)
    pair = has.inside[has.token] == 2
    account, partner = has.account[pair], both[has.token[pair]] - entity[has.account[pair]]
    size = len(cluster.accounts)
    least, most = np.full(size, has.entities), np.full(size, -1)
    np.minimum.at(least, account, partner)
    np.maximum.at(most, account, partner)
    at_home = np.isin(has.kind[has.token[pair]], _AT_HOME)
    household = (least == most) & (np.bincount(account[at_home], minlength=size) > 0)
    found: NDArray[np.bool_] = pair & household[has.account]
    return found


def could_show(tables: Tables, cluster: Cluster) -> NDArray[np.bool_]:
    """Return for each account (n x KINDS) whether it holds any token of the kind, in the cluster or not."""
    starts = np.searchsorted(tables.edges.account, cluster.accounts)
    counts = np.searchsorted(tables.edges.account, cluster.accounts, side="right") - starts
    account = np.repeat(np.arange(len(starts)), counts)
    ends = np.cumsum(counts)
    edge = np.arange(len(account)) + np.repeat(starts - (ends - counts), counts)
    could = np.zeros((len(starts), KINDS), dtype=np.bool_)
    could[account, tables.tokens.kind[tables.edges.token[edge]]] = True
    return could


def example(tables: Tables, cluster: Cluster, has: Held, code: int, token: int) -> str:
    """Return the fact of a cluster that most of its accounts rely on for a kind."""
    noun, name = NOUNS[SHARED_KINDS[code]], tables.tokens.names[cluster.tokens[token]]
    holders = int(np.count_nonzero(has.token == token))
    return f"{noun} {name}: {holders:,} of its {len(cluster.accounts):,} accounts, {_outsiders(has, token)}"


def facts(tables: Tables, cluster: Cluster, has: Held, tokens: Indices) -> list[list[str]]:
    """Return for each account and kind its own fact; empty where it shows none."""
    counts = np.bincount(has.token, minlength=len(has.kind))
    texts = {-1: ""} | {
        int(token): _fact(tables, cluster, has, int(token), int(counts[token]) - 1)
        for token in np.unique(tokens[tokens >= 0])
    }
    return [[texts[token] for token in row] for row in tokens.tolist()]


def _fact(tables: Tables, cluster: Cluster, has: Held, token: int, siblings: int) -> str:
    kind = SHARED_KINDS[int(has.kind[token])]
    name = tables.tokens.names[cluster.tokens[token]]
    who = f"{siblings:,} other account{'s' * (siblings != 1)} of the group"
    if kind is EvidenceKind.FAILOVER:
        return f"went on with conversation {name}, which another account of the group had begun"
    verb = {EvidenceKind.PAYMENT: "is paid for by", EvidenceKind.NETWORK: "came from"}.get(kind, "used")
    return f"{verb} {NOUNS[kind]} {name}, as did {who} and {_outsiders(has, token)}"


def _outsiders(has: Held, token: int) -> str:
    count = int(has.outside[token])
    return f"{count:,} other holder{'s' * (count != 1)} in the log" if count else "nobody else in the log"
