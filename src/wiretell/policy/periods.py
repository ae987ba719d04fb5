"""Days, weeks and months of a time zone, as intervals of UTC.

A period is [starts, ends): its first moment, and the first moment after it. Each moment lies in exactly one. A day
begins at midnight by the zone's clocks: where these skip midnight, when they jump; where they show it twice, the first
time. What they then show of the day before belongs to the day that has begun.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from wiretell.model.policy import Period

_DAY: Final = dt.timedelta(days=1)
_NO_ZONES: Final = frozenset({"Factory", "localtime", "posixrules"})
"""Files beside the zones: `localtime` is the machine's own zone, another one elsewhere."""


@dataclass(frozen=True, slots=True)
class Interval:
    """One period."""

    first: dt.date
    """Its first day, by which counters name it."""
    starts: dt.datetime
    """UTC; `ends` too."""
    ends: dt.datetime


@lru_cache(maxsize=1)
def zones() -> frozenset[str]:
    """Return the names of the IANA time zone database, which mean the same on every machine."""
    return frozenset(available_timezones()) - _NO_ZONES


@lru_cache(maxsize=4096)
def start_of_day(zone: str, day: dt.date) -> dt.datetime:
    """Return a day's first moment, in UTC."""
    return dt.datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)


def interval(zone: str, per: Period, at: dt.datetime) -> Interval:
    """Return the period that a moment (with a time zone) lies in."""
    first = _first_day(per, at.astimezone(ZoneInfo(zone)).date())
    # Clocks that jumped over midnight (Toronto, 1919) show a day that has not begun by this reckoning, those that went
    # back over it (St John's, until 2011) one that has ended.
    while at < start_of_day(zone, first):
        first = _first_day(per, first - _DAY)
    while at >= start_of_day(zone, _next_first(per, first)):
        first = _next_first(per, first)
    return Interval(first, start_of_day(zone, first), start_of_day(zone, _next_first(per, first)))


def _first_day(per: Period, day: dt.date) -> dt.date:
    if per == "week":
        return day - dt.timedelta(days=day.weekday())
    return day.replace(day=1) if per == "month" else day


def _next_first(per: Period, first: dt.date) -> dt.date:
    if per == "month":
        return (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    return first + dt.timedelta(days=7 if per == "week" else 1)
