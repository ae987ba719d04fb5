"""Which days an exchange can stand in: its id is a UUIDv7 and tells when it began."""

from __future__ import annotations

from datetime import UTC, datetime

from wiretell.gateway.log.index import Index
from wiretell.gateway.log.layout import Layout
from wiretell.gateway.log.records import END_PART, Payload

_LAST_MS = 253_402_300_799_000
"""The year 9999 ends."""


def day_of(exchange: bytes) -> str:
    """Return the day, UTC, on which an exchange began, `YYYY-MM-DD` (RFC 9562, 5.7)."""
    milliseconds = min(int.from_bytes(exchange[:6]), _LAST_MS)
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d")


def nearest(layout: Layout, exchange: bytes) -> list[str]:
    """Return the days of a log, those first on which the exchange probably began and ended."""
    began = day_of(exchange)
    days = layout.days()
    return [day for day in days if day >= began] + [day for day in reversed(days) if day < began]


def is_over(layout: Layout, exchange: bytes, today: str) -> bool:
    """Whether an exchange that began on an earlier day has its end in that day's segments, or a later day's."""
    began = day_of(exchange)
    if began == today:
        return False
    return any(_ended_on(layout, day, exchange) for day in layout.days() if began <= day != today)


def close_open(layout: Layout, payload: Payload) -> None:
    """Note on the day of an exchange's opening that it ended on another."""
    if layout.indexed(payload.opened):
        index = Index(layout.day(payload.opened))
        index.close_open(payload.exchange)
        index.close()


def _ended_on(layout: Layout, day: str, exchange: bytes) -> bool:
    if not layout.indexed(day):
        return False
    index = Index(layout.day(day))
    try:
        return END_PART in index.parts(exchange)
    finally:
        index.close()
