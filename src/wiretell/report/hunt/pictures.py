"""Small pictures of a campaign: numbers of two drawings, in units of their own. Pure.

Left, accounts against the tokens that they share: a dot where an account holds one, tokens by kind. Right, exchanges by
day. Every colour is also said in words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from wiretell.model.hunt import EvidenceKind
from wiretell.report.hunt.document_v1 import Campaign, Picture, Token
from wiretell.report.words import plural

CELL: Final = 10.0
"""Between two dots."""
LEFT: Final = 92.0
"""Room for the names of kinds."""
LEAST_COLUMNS: Final = 26
"""Room for so many accounts at least: the dots of a few are not blown up."""
DAYS_WIDTH: Final = 400.0
DAYS_HEIGHT: Final = 120.0
_MOST_BARS: Final = 120
"""Days beyond are drawn by the week or longer."""
_GAP: Final = 0.2


@dataclass(frozen=True, slots=True)
class Band:
    """Tokens of one kind, as rows of dots."""

    kind: EvidenceKind
    y: float
    """Of its first row of dots."""
    height: float
    path: str
    """Of zero-length lines, which round caps make dots."""
    tokens: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """Accounts (columns) against shared tokens (rows)."""

    bands: tuple[Band, ...]
    width: float
    height: float
    accounts: int
    """Columns."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Exchanges of a day, or of some days."""

    x: float
    y: float
    width: float
    height: float
    told: str


@dataclass(frozen=True, slots=True)
class Days:
    """Exchanges over time."""

    bars: tuple[Bar, ...]
    first: str
    last: str
    most: str
    """The fullest bar in words."""
    called: float | None
    """Where the first day ends at which it could have been called."""


def matrix(campaign: Campaign, picture: Picture) -> Matrix | None:
    """Return the dots; None where there are none."""
    if not picture.tokens or not picture.links:
        return None
    holders: dict[int, list[int]] = {}
    for account, token in picture.links:
        holders.setdefault(token, []).append(account)
    accounts = max(account for account, _ in picture.links) + 1
    order = sorted(range(len(picture.tokens)), key=_by_kind(campaign, picture.tokens))
    bands, y = [], CELL / 2
    for kind, group in groupby(order, key=lambda token: picture.tokens[token].kind):
        rows = list(group)
        dots = [
            f"M{LEFT + CELL * (account + 0.5):g} {y + CELL * nth:g}h0"
            for nth, token in enumerate(rows)
            for account in sorted(holders.get(token, ()))
        ]
        bands.append(Band(kind, y, CELL * len(rows), "".join(dots), len(rows)))
        y += CELL * len(rows) + CELL / 2
    return Matrix(tuple(bands), LEFT + max(accounts, LEAST_COLUMNS) * CELL, y, accounts)


def _by_kind(campaign: Campaign, tokens: Sequence[Token]) -> _Key:
    bits = {item.kind: item.bits for item in campaign.evidence}
    return _Key(tokens, bits)


@dataclass(frozen=True, slots=True)
class _Key:
    """Sorts tokens: the strongest kind first, within it those that most accounts hold."""

    tokens: Sequence[Token]
    bits: Mapping[EvidenceKind, float]

    def __call__(self, place: int) -> tuple[float, str, int, int]:
        token = self.tokens[place]
        return -self.bits.get(token.kind, 0.0), token.kind.value, -token.accounts, place


def days(campaign: Campaign, picture: Picture) -> Days | None:
    """Return the bars; None where fewer than two days are told."""
    told = [(dt.date.fromisoformat(name).toordinal(), count) for name, count in picture.days]
    if len(told) < 2:
        return None
    first, last = told[0][0], told[-1][0]
    span = last - first + 1
    by = -(-span // _MOST_BARS)
    sums: dict[int, int] = {}
    for day, count in told:
        sums[(day - first) // by] = sums.get((day - first) // by, 0) + count
    most = max(max(sums.values()), 1)
    step = DAYS_WIDTH * by / span
    bars = tuple(_bar(nth, count, step, most, first, by) for nth, count in sorted(sums.items()))
    unit = "a day" if by == 1 else f"in {plural(by, 'day')}"
    return Days(bars, _day(first), _day(last), f"at most {plural(most, 'exchange')} {unit}", _called(campaign, told))


def _bar(nth: int, count: int, step: float, most: int, first: int, by: int) -> Bar:
    height = DAYS_HEIGHT * count / most
    width = min(step, DAYS_WIDTH - nth * step) * (1 - _GAP)
    since, until = _day(first + nth * by), _day(first + (nth + 1) * by - 1)
    name = since if by == 1 else f"{since} to {until}"
    return Bar(nth * step, DAYS_HEIGHT - height, width, height, f"{name}: {plural(count, 'exchange')}")


def _called(campaign: Campaign, told: Sequence[tuple[int, int]]) -> float | None:
    if campaign.earliest is None:
        return None
    first, last = told[0][0], told[-1][0]
    after = dt.date.fromisoformat(campaign.earliest).toordinal() - first + 1
    return DAYS_WIDTH * after / (last - first + 1) if 0 <= after <= last - first + 1 else None


def _day(ordinal: int) -> str:
    return dt.date.fromordinal(min(max(ordinal, 1), dt.date.max.toordinal())).isoformat()
