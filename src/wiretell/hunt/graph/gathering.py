"""Accounts that one harness marks are put into one part, wherever they were. Pure.

Few rate limits mean few conversations that change accounts: a pool falls into the handful of accounts that happened to
meet, and the rest goes with whatever crowd uses the same popular prompts. Its harness tells who belongs together: a
header tuple that goes with one system part and whose holders pay with cards that nobody else pays with, or either of
them whose holders are exactly those of a template. Nothing is told here of whether that is a campaign.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.graph.parts import NONE, Part, renumbered
from wiretell.hunt.tables import Tables
from wiretell.model.hunt import SHARED_KINDS, EvidenceKind

FEW: Final = 6
"""Accounts of a harness, at least: a household's or a small team's is told apart by density."""
CARD: Final = 3
"""Accounts of a card, at least, for it to speak for a harness ..."""
INSIDE: Final = 0.9
"""... and the share of its accounts that hold the harness."""
PAID: Final = 0.7
"""Share of a harness's accounts whose cards speak for it."""
MOST: Final = 0.5
"""Share of a part that a harness marks from which the whole part goes with it."""

_PAYMENT: Final = SHARED_KINDS.index(EvidenceKind.PAYMENT)
_TEMPLATE: Final = SHARED_KINDS.index(EvidenceKind.TEMPLATE)
_HEADERS: Final = SHARED_KINDS.index(EvidenceKind.HEADERS)
_PREFIX: Final = SHARED_KINDS.index(EvidenceKind.PREFIX)
_HARNESS: Final = (_HEADERS, _PREFIX)


def gathered(tables: Tables, part: Part) -> Part:
    """Return parts in which every harness's accounts are together, those of larger harnesses first."""
    harnesses = np.union1d(_paid_for(tables), _as_templates(tables))
    by_token = np.argsort(tables.edges.token, kind="stable")
    starts = np.searchsorted(tables.edges.token[by_token], np.arange(len(tables.tokens) + 1))
    new = part.copy()
    for token in harnesses[np.argsort(-tables.tokens.accounts[harnesses], kind="stable")]:
        members = tables.edges.account[by_token[starts[token] : starts[token + 1]]]
        _gather(new, members)
    return renumbered(new)


def _gather(part: Part, members: NDArray[Any]) -> None:
    """Put accounts into one part; others of a part go with them where they are the lesser half of it."""
    of = part[members]
    parts, count = np.unique(of[of != NONE], return_counts=True)
    if len(parts) == 1 and count[0] == len(members):
        return
    mostly = count >= MOST * np.bincount(part[part != NONE], minlength=int(part.max(initial=NONE)) + 1)[parts]
    number = int(part.max(initial=NONE)) + 1
    part[np.isin(part, parts[mostly])] = number
    part[members] = number


def _holders(tables: Tables, kinds: tuple[int, ...], least: int) -> NDArray[np.bool_]:
    """For each token, whether it is of these kinds and enough accounts hold it, all of them in the core."""
    inside = np.bincount(tables.edges.token, minlength=len(tables.tokens))
    chosen: NDArray[np.bool_] = (
        np.isin(tables.tokens.kind, kinds) & (inside >= least) & (inside >= INSIDE * tables.tokens.accounts)
    )
    return chosen


def _paid_for(tables: Tables) -> NDArray[np.intp]:
    """Return header tuples of one system part most of whose accounts have cards of nearly only such accounts."""
    token = tables.edges.token
    headers = np.flatnonzero(np.isin(token, _of_one_system(tables)))
    cards = np.flatnonzero(_holders(tables, (_PAYMENT,), CARD)[token])
    harness, card = _together(tables, headers, cards)
    _, place, count = _counted(tables, token[harness], token[card])
    speaks = count[place] >= INSIDE * tables.tokens.accounts[token[card]]
    paid = np.unique(harness[speaks])
    share = np.bincount(token[paid], minlength=len(tables.tokens)) / np.maximum(tables.tokens.accounts, 1)
    return np.flatnonzero(share >= PAID)


def _of_one_system(tables: Tables) -> NDArray[np.intp]:
    """Return header tuples that nearly the same accounts hold as some system part: a public program has several."""
    token, held = tables.edges.token, tables.tokens.accounts
    headers = np.flatnonzero(_holders(tables, (_HEADERS,), FEW)[token])
    systems = np.flatnonzero(_holders(tables, (_PREFIX,), FEW)[token])
    left, right = _together(tables, headers, systems)
    key, _, count = _counted(tables, token[left], token[right])
    tuples, parts = key // len(tables.tokens), key % len(tables.tokens)
    return np.unique(tuples[count >= INSIDE * np.maximum(held[tuples], held[parts])])


def _together(
    tables: Tables, left: NDArray[np.intp], right: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return every pair of an edge of one and one of the other set that the same account has; both are ascending."""
    account = tables.edges.account
    low = np.searchsorted(account[right], account[left])
    times = np.searchsorted(account[right], account[left], side="right") - low
    at = np.repeat(np.arange(len(left)), times)
    return left[at], right[np.arange(len(at)) - np.repeat(np.cumsum(times) - times - low, times)]


def _counted(
    tables: Tables, left: NDArray[Any], right: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.intp], NDArray[np.intp]]:
    """Return distinct pairs of tokens as one number each, the place of each pair in them, and how often they are."""
    return np.unique(left.astype(np.int64) * len(tables.tokens) + right, return_inverse=True, return_counts=True)


def _as_templates(tables: Tables) -> NDArray[np.intp]:
    """Return harness tokens that exactly the accounts of some template hold: sums of random numbers tell sets."""
    random = np.random.default_rng(0).integers(0, 1 << 62, len(tables.accounts), dtype=np.int64)
    total = np.zeros(len(tables.tokens), dtype=np.int64)
    np.add.at(total, tables.edges.token, random[tables.edges.account])
    harness = np.flatnonzero(_holders(tables, _HARNESS, FEW))
    templates = np.flatnonzero(_holders(tables, (_TEMPLATE,), FEW))
    return harness[np.isin(total[harness], total[templates])]
