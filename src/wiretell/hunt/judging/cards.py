"""The operator's card: who is paid for by what pays for accounts that work as one.

A member of a campaign may happen never to go on with a sibling's work. Its card tells whose it is: nobody can be
given a card by somebody who copies what it sends. The card must be that of accounts which are shown to work as one
themselves, and of few others in the whole log: an agency's clients who are dragged into a campaign bring their
agency's card with them.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.graph.interface import Cluster
from wiretell.hunt.tables import Tables
from wiretell.model.hunt import SHARED_KINDS, EvidenceKind

_PAYMENT: Final = SHARED_KINDS.index(EvidenceKind.PAYMENT)
_MOST: Final = 0.5
"""Share of a card's accounts in the log that must work as one."""


def paid_alike(tables: Tables, cluster: Cluster, concerted: NDArray[np.bool_], least: int) -> NDArray[np.bool_]:
    """Return which accounts of a cluster hold a card that mostly pays for accounts that work as one.

    :param concerted: of the cluster's accounts, those shown to work as one by what they do themselves.
    :param least: of these, so many must hold the card.
    """
    paid = cluster.edges[tables.tokens.kind[tables.edges.token[cluster.edges]] == _PAYMENT]
    account = np.searchsorted(cluster.accounts, tables.edges.account[paid])
    card = tables.edges.token[paid]
    working = np.bincount(card[concerted[account]], minlength=len(tables.tokens))
    operators = (working >= least) & (working >= _MOST * tables.tokens.accounts)
    found = np.zeros(len(cluster.accounts), dtype=np.bool_)
    found[account[operators[card]]] = True
    return found
