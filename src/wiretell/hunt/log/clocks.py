"""Clocks in the wrong zone, by the time that an exchange's own id carries (UUIDv7, RFC 9562 section 5.7). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

QUARTER_US: Final = 900_000_000
"""15 minutes: every zone's distance from UTC is a multiple of it."""
_SLACK_US: Final = 60_000_000
"""Between the making of an id and the time of its row."""
_MOST: Final = 14 * 4
"""Quarters of an hour: no zone is further from UTC."""
_WHOLE: Final = 0.99
"""Share of rows that agree where the whole log is meant."""
_FEWEST: Final = 10
"""Rows of a sample that tell an offset."""
_LENGTH: Final = 36
_HYPHENS: Final = (8, 13, 18, 23)
_VERSION: Final = 14
_TIME: Final = (*range(8), *range(9, 13))
"""Places of the 48 bits of milliseconds."""
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Offset:
    """Rows of a sample that are off by the same time."""

    quarters: int
    """By which `ts` is ahead of the id's time, in quarters of an hour."""
    rows: int
    share: float
    """Of all rows whose id carries a time."""
    accounts: tuple[str, ...]
    """Ascending."""


def offsets(sample: Any) -> tuple[Offset, ...]:
    """Return by what multiples of 15 minutes rows are off, most rows first; a table of exchange_id, ts, account."""
    times, known = times_of(sample.column("exchange_id").to_pylist())
    if not known.any():
        return ()
    ts = sample.column("ts").to_numpy()[known]
    accounts = np.asarray(sample.column("account").to_pylist(), dtype=object)[known]
    off = ts - times[known] * 1000
    quarters = np.rint(off / QUARTER_US).astype(np.int64)
    is_off = (np.abs(off - quarters * QUARTER_US) <= _SLACK_US) & (quarters != 0) & (np.abs(quarters) <= _MOST)
    found = [_offset(each, quarters, is_off, accounts) for each in np.unique(quarters[is_off])]
    least = min(_FEWEST, int(known.sum()))
    return tuple(sorted((one for one in found if one.rows >= least), key=lambda one: (-one.rows, one.quarters)))


def _offset(each: Any, quarters: NDArray[np.int64], is_off: NDArray[np.bool_], accounts: NDArray[Any]) -> Offset:
    here = is_off & (quarters == each)
    return Offset(int(each), int(here.sum()), float(here.mean()), tuple(sorted(set(accounts[here]))))


def shift(found: Sequence[Offset]) -> int:
    """Return by how many microseconds the whole log is ahead; 0: it is not, or only a part of it."""
    return found[0].quarters * QUARTER_US if found and found[0].share >= _WHOLE else 0


def notes(found: Sequence[Offset], shifted: int, scale: float) -> Iterator[str]:
    """Tell of offsets; `scale` is how many rows of the log one of the sample stands for."""
    if shifted:
        yield f"Every time is {_hours(found[0])} of what the exchanges' ids carry (UTC): times are put right by that."
        return
    for one in found:
        about = "About " if scale != 1 else ""
        named = ", ".join(one.accounts[:_NAMED]) + (" ..." if len(one.accounts) > _NAMED else "")
        yield (
            f"{about}{round(one.rows * scale):,} rows of {len(one.accounts):,} accounts ({named}) have times "
            f"{_hours(one)} of what their ids carry (UTC), as from a clock in another zone: they are left as they are."
        )


def _hours(one: Offset) -> str:
    hours = abs(one.quarters) / 4
    return f"{hours:g} {'hour' if hours == 1 else 'hours'} {'ahead' if one.quarters > 0 else 'behind'}"


def times_of(ids: Sequence[str | None]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the milliseconds since 1970 that ids carry, and which of them do: UUIDv7 in their usual spelling."""
    fits = np.fromiter((one is not None and len(one) == _LENGTH and one.isascii() for one in ids), bool, len(ids))
    text = "".join(one if fit and one else "-" * _LENGTH for one, fit in zip(ids, fits, strict=True))
    letters = np.frombuffer(text.encode("ascii"), np.uint8).reshape(-1, _LENGTH)
    values = _HEX[letters]
    known = (letters[:, _VERSION] == ord("7")) & (letters[:, _HYPHENS] == ord("-")).all(axis=1)
    known &= (values[:, _TIME] < 16).all(axis=1)
    times = np.zeros(len(ids), np.int64)
    for place in _TIME:
        times = times * 16 + np.where(known, values[:, place], 0)
    return times, known


def _hex_values() -> NDArray[np.int64]:
    values = np.full(256, 16, np.int64)
    for at, letter in enumerate("0123456789abcdef"):
        values[ord(letter)] = values[ord(letter.upper())] = at
    return values


_HEX: Final = _hex_values()
"""Value of a hex digit by its code; 16: none."""
