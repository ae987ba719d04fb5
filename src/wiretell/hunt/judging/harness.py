"""The harness: a header tuple, system part or template that most of a group holds and nobody else in the log.

An office, an agency, a course or a hackathon has prompts of its own, but its people run programs that others run too:
their header tuples have holders outside. One program of its own, with one system part or set of templates, under many
accounts that pay with cards of their own is what an operator sets up. By itself that is a matter of copying, so that it
says whose a card is (`cards.py`) and never stands in for the card.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.evidence import shared
from wiretell.hunt.evidence.interface import Weighed
from wiretell.hunt.graph.interface import Cluster
from wiretell.hunt.rule import Tiers
from wiretell.hunt.tables import HOURS, Accounts, Tables, take
from wiretell.model.hunt import SHARED_KINDS, EvidenceKind

Mask = NDArray[np.bool_]

_HEADERS: Final = SHARED_KINDS.index(EvidenceKind.HEADERS)
_PREFIX: Final = SHARED_KINDS.index(EvidenceKind.PREFIX)
_TEMPLATE: Final = SHARED_KINDS.index(EvidenceKind.TEMPLATE)
_NETWORK: Final = SHARED_KINDS.index(EvidenceKind.NETWORK)
_MOST: Final = 0.8
"""Share of a group's entities that hold a token, for it to be the group's; of a kind that they show, to show it."""
_ONE_PLACE: Final = 0.5
"""Share of a group's entities in one network from which it may be an office or a hall."""
_NEARLY: Final = 0.9
"""Share of a group's accounts that use one header tuple only: people update, and use other programs too."""
_DAYS: Final = 7
"""Active days of most accounts, at least: a hackathon works at night too, but not for long."""
_NIGHT: Final = 8
"""Hours in a row, those with the fewest exchanges: an office's night, wherever it is."""
_AT_NIGHT: Final = 0.15
"""Share of exchanges in them, at least; a third if all hours were alike."""


@dataclass(frozen=True, slots=True, eq=False)
class Harness:
    """What a group of n accounts has to itself."""

    entities: int
    headers: Mask
    """n: whether the account holds a header tuple of the group's own."""
    program: Mask
    """n: whether the account holds a header tuple and a system part or template, all of them the group's own."""
    prompts: Mask
    """n: whether the account holds a system part or template of the group's own."""
    unmanned: bool
    """Whether they are nobody's staff: accounts that never used another header tuple, either in many places (no network
    is that of half of them) or, for a week and longer, at all hours."""


def harness(tables: Tables, cluster: Cluster) -> Harness:
    """Return what a cluster has to itself."""
    has = shared.held(tables, cluster)
    size = len(cluster.accounts)
    sole = (has.outside == 0) & (has.inside >= max(_MOST * has.entities, 2))
    tuples, prompts = (_holds(has, sole, kinds, size) for kinds in ((_HEADERS,), (_PREFIX, _TEMPLATE)))
    most = int(has.inside[has.kind == _NETWORK].max(initial=0))
    members = take(tables.accounts, cluster.accounts)
    frozen = bool((members.header_tuples <= 1).mean() >= _NEARLY)
    unmanned = frozen and (most < _ONE_PLACE * has.entities or _restless(members))
    return Harness(has.entities, tuples, tuples & prompts, prompts, unmanned)


def _restless(members: Accounts) -> bool:
    """Whether accounts are at work at all hours, for longer than a hackathon."""
    if np.median(members.active_days) < _DAYS:
        return False
    hours = members.hours.sum(axis=0)
    nights = [int(np.roll(hours, -start)[:_NIGHT].sum()) for start in range(HOURS)]
    return bool(min(nights) >= _AT_NIGHT * hours.sum())


def _holds(has: shared.Held, sole: Mask, kinds: tuple[int, ...], size: int) -> Mask:
    edge = sole[has.token] & np.isin(has.kind[has.token], kinds)
    found: Mask = np.bincount(has.account[edge], minlength=size) > 0
    return found


def one_queue(own: Harness, weighed: Weighed) -> Mask:
    """Return which accounts of a program of the group's own work off one queue, as nearly all of the group do.

    By itself that may be a published program with a benchmark: it speaks for their cards (`cards.py`) only.
    """
    sharding = _shown(weighed, EvidenceKind.SHARDING)
    queue: Mask = sharding & own.program & (sharding.mean() >= _MOST)
    return queue


def one_clock(own: Harness, weighed: Weighed, tiers: Tiers) -> Mask:
    """Return which accounts work off one queue by one clock, with prompts of their group's own: cause to *verify*."""
    both = _shown(weighed, EvidenceKind.SHARDING) & _shown(weighed, EvidenceKind.TIMING)
    clock: Mask = both & own.prompts & (both.mean() >= _MOST) & (own.entities >= tiers.review_accounts)
    return clock


def siblings(own: Harness, carded: Mask, tiers: Tiers) -> Mask:
    """Return the accounts of an unmanned program whose own cards pay for most: of some the card may be unknown."""
    fits = own.unmanned and own.entities >= tiers.review_accounts and carded.mean() >= _ONE_PLACE
    return own.program & fits


def opened_together(own: Harness, sibling: Mask, weighed: Weighed, tiers: Tiers) -> Mask:
    """Return which of many siblings were opened in one go: nobody can be given that by being copied."""
    return sibling & _shown(weighed, EvidenceKind.LIFECYCLE) & (own.entities >= tiers.review_program)


def _shown(weighed: Weighed, kind: EvidenceKind) -> Mask:
    if kind not in weighed.kinds:
        return np.zeros(len(weighed.bits), dtype=np.bool_)
    shown: Mask = weighed.shows[:, weighed.kinds.index(kind)]
    return shown
