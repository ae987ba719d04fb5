"""How accounts' exchanges lie over the days, as far as their profiles tell. Pure.

A profile has no counts by day, but the days on which there was any exchange (`day_mask`): exchanges are spread evenly
over these. Of accounts that were there for more than 64 days, a day also counts as active when one 64 days away was.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.tables import Accounts, Ints

DAY_US: Final = 86_400_000_000
MASK_DAYS: Final = 64

Floats = NDArray[np.float64]


def day_of(when: NDArray[Any] | int) -> Any:
    """Return days since 1970-01-01 UTC, of microseconds."""
    return when // DAY_US


def last_of(day: int) -> int:
    """Return the last microsecond of a day."""
    return (day + 1) * DAY_US - 1


def active(accounts: Accounts, day: int) -> NDArray[np.bool_]:
    """Return which accounts had exchanges on a day; the first and the last day of each always count."""
    first, last = day_of(accounts.first), day_of(accounts.last)
    marked = (accounts.day_mask >> np.uint64(day % MASK_DAYS)) & np.uint64(1) == 1
    return np.asarray((first <= day) & (day <= last) & (marked | (day == first) | (day == last)))


def span(accounts: Accounts) -> range:
    """Return the days from the first exchange to the last of all of them; empty of no account."""
    if not len(accounts):
        return range(0)
    return range(int(day_of(accounts.first.min())), int(day_of(accounts.last.max())) + 1)


def daily(accounts: Accounts) -> tuple[tuple[int, int], ...]:
    """Return days and all accounts' exchanges of that day, rounded; ascending, without empty ones."""
    days = span(accounts)
    on = np.array([active(accounts, day) for day in days], dtype=np.bool_).reshape(len(days), len(accounts))
    counts = on @ (accounts.rows / np.maximum(on.sum(axis=0), 1))
    return tuple((day, round(float(count))) for day, count in zip(days, counts, strict=True) if round(float(count)))


def share_until(accounts: Accounts, day: int) -> Floats:
    """Return for each account the share of its exchanges up to the end of a day."""
    so_far = np.zeros(len(accounts))
    in_all = np.zeros(len(accounts))
    for one in span(accounts):
        on = active(accounts, one)
        in_all += on
        so_far += on if one <= day else 0
    return np.asarray(so_far / np.maximum(in_all, 1), dtype=np.float64)


def exchanges_until(accounts: Accounts, day: int) -> Ints:
    """Return for each account its exchanges up to the end of a day, rounded up."""
    return np.ceil(accounts.rows * share_until(accounts, day)).astype(np.int64)
