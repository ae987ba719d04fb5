"""The operator's card: who is paid for by what pays for accounts that work as one.

A member of a campaign may happen never to go on with a sibling's work. Its card tells whose it is: nobody can be
given a card by somebody who copies what it sends. The card must be that of accounts which are shown to work as one
themselves, and of few others in the whole log: an agency's clients who are dragged into a campaign bring their
agency's card with them.

Where a group has a program to itself (`harness.py`), a card of nothing but accounts with that program is its operator's
without that: if some of the group work as one, or if they are many and unmanned. An undeclared team with a program of
its own comes from an office by day, and its people use other programs too. So an account may stand in review that shows
no concerted kind itself, by its card and its program; never by headers, system part and templates alone.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.graph.interface import Cluster
from wiretell.hunt.judging.harness import Harness
from wiretell.hunt.rule import Tiers
from wiretell.hunt.tables import Tables
from wiretell.model.hunt import SHARED_KINDS, EvidenceKind

Mask = NDArray[np.bool_]

_PAYMENT: Final = SHARED_KINDS.index(EvidenceKind.PAYMENT)
_MOST: Final = 0.5
"""Share of a card's accounts in the log that must work as one."""
_NEARLY: Final = 0.9
"""Share of a card's accounts in the log that must have the program."""
_SOME: Final = 0.2
"""Share of a group with a program to itself that works as one, for all of its cards to be an operator's."""


def paid_alike(tables: Tables, cluster: Cluster, concerted: Mask, own: Harness, tiers: Tiers) -> Mask:
    """Return which accounts of a cluster hold a card of its operator.

    :param concerted: of the cluster's accounts, those shown to work as one by what they do themselves.
    """
    found = _held_by(tables, cluster, concerted, _MOST, tiers.review_payers)
    if own.entities >= tiers.review_accounts and concerted.mean() >= _SOME:
        found |= _held_by(tables, cluster, own.headers, _NEARLY, tiers.review_payers) & own.headers
    if own.entities >= tiers.review_program and own.unmanned:
        found |= carded(tables, cluster, own, tiers)
    return found


def carded(tables: Tables, cluster: Cluster, own: Harness, tiers: Tiers) -> Mask:
    """Return which accounts of a program of the cluster's own hold a card of nearly nothing else."""
    return _held_by(tables, cluster, own.program, _NEARLY, tiers.review_payers) & own.program


def _held_by(tables: Tables, cluster: Cluster, those: Mask, share: float, least: int) -> Mask:
    """Return who holds a card of which so many accounts, and such a share of all in the log, are among those."""
    paid = cluster.edges[tables.tokens.kind[tables.edges.token[cluster.edges]] == _PAYMENT]
    account = np.searchsorted(cluster.accounts, tables.edges.account[paid])
    card = tables.edges.token[paid]
    among = np.bincount(card[those[account]], minlength=len(tables.tokens))
    operators = (among >= least) & (among >= share * tables.tokens.accounts)
    found = np.zeros(len(cluster.accounts), dtype=np.bool_)
    found[account[operators[card]]] = True
    return found
