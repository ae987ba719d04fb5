"""What one user's requests of a period cost, from the log alone: made again from it, it is the same byte for byte."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

from wiretell.gateway.accounts.periods import moment
from wiretell.model.accounts import Span, Statement, StatementLine
from wiretell.model.exchange import MICRO_USD, Row
from wiretell.policy import NOBODY

COLUMNS: Final = (
    "user",
    "model",
    "model_served",
    "operation",
    "upstream",
    "price_table",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "cost_usd",
    "usage_reported",
)
"""That are read of the log."""
_GENERATIONS: Final = frozenset({"generate", ""})
"""Logs that others wrote have no `operation`; what they hold are generations."""

Key = tuple[dt.date, str, str]


@dataclass(slots=True)
class _Sums:
    requests: int = 0
    tokens: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    micro_usd: int = 0
    estimated: int = 0
    unpriced: int = 0

    def add(self, row: Row) -> None:
        self.requests += 1
        used = (row.input_tokens, row.cache_read_tokens or 0, row.cache_write_tokens or 0, row.output_tokens)
        self.tokens = [before + more for before, more in zip(self.tokens, used, strict=True)]
        self.micro_usd += micro_usd_of(row)
        self.estimated += not row.usage_reported
        self.unpriced += row.cost_usd is None


def micro_usd_of(row: Row) -> int:
    """Return a row's cost in micro-dollars, which the log's column holds as a float of dollars; 0 where it has none."""
    return round((row.cost_usd or 0.0) * MICRO_USD)


def is_of(row: Row, user: str) -> bool:
    """Whether a row is a user's; `(nobody)` names rows without a user, as a policy does."""
    return row.user == user if user != NOBODY else row.user is None


def statement(rows: Iterable[Row], user: str, span: Span) -> Statement:
    """Sum up the rows of a user in a period. Pure; `rows` may hold others' and other times', in any order."""
    zone = ZoneInfo(span.timezone)
    sums: dict[Key, _Sums] = {}
    entries: list[str] = []
    not_sent = free = 0
    for row in rows:
        when = moment(row.ts)
        if not is_of(row, user) or not span.starts <= when < span.ends:
            continue
        if row.upstream is None:
            not_sent += 1
        elif row.operation not in _GENERATIONS:
            free += 1
        else:
            key = (when.astimezone(zone).date(), row.model_served or row.model, row.price_table or "")
            sums.setdefault(key, _Sums()).add(row)
            entries.append(f"{row.exchange_id} {micro_usd_of(row)}\n")
    lines = tuple(_line(key, sums[key]) for key in sorted(sums))
    return Statement(user, span, lines, not_sent, free, digest(entries))


def digest(entries: Iterable[str]) -> str:
    """Return the SHA-256 over entries `EXCHANGE_ID MICRO_USD` and a line feed, sorted by their bytes; hex."""
    return sha256("".join(sorted(entries)).encode()).hexdigest()


def _line(key: Key, sums: _Sums) -> StatementLine:
    day, model, price_table = key
    fresh, read, written, output = sums.tokens
    return StatementLine(
        day=day,
        model=model,
        price_table=price_table,
        requests=sums.requests,
        input_tokens=fresh,
        cache_read_tokens=read,
        cache_write_tokens=written,
        output_tokens=output,
        micro_usd=sums.micro_usd,
        estimated=sums.estimated,
        unpriced=sums.unpriced,
    )
