"""`--period` and `--timezone` as a span of time."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from wiretell.errors import UsageError
from wiretell.model.accounts import Span
from wiretell.model.policy import Period
from wiretell.policy import interval
from wiretell.policy.periods import zones

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_FORM: Final = re.compile(r"(?P<year>[0-9]{4})-(?:W(?P<week>[0-9]{2})|(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)")
_FIRST_YEAR: Final = 1970


def span_of(period: str, timezone: str = "UTC") -> Span:
    """Read a month (`2026-07`), an ISO 8601 week from Monday (`2026-W28`) or a day (`2026-07-10`) of a time zone.

    :raises UsageError: for any other period, and for a zone that the IANA time zone database has not.
    """
    if timezone not in zones():
        raise UsageError(f"There is no time zone {timezone!r}; name one of the IANA database, such as Asia/Shanghai.")
    per, first = _first_day(period)
    noon = dt.datetime.combine(first, dt.time(12), dt.UTC)
    found = interval(timezone, per, noon)
    while found.first != first:  # noon in UTC is another day there
        noon += dt.timedelta(hours=12 if found.first < first else -12)
        found = interval(timezone, per, noon)
    return Span(period, timezone, found.starts, found.ends)


def all_until(now: dt.datetime, timezone: str = "UTC") -> Span:
    """Return all time up to a moment. :raises UsageError: for a zone that is none."""
    return Span("all", span_of("1970-01-01", timezone).timezone, _EPOCH, now)


def _first_day(period: str) -> tuple[Period, dt.date]:
    found = _FORM.fullmatch(period)
    try:
        if found is None or int(found["year"]) < _FIRST_YEAR:
            raise ValueError
        year = int(found["year"])
        if found["week"]:
            return "week", dt.date.fromisocalendar(year, int(found["week"]), 1)
        if found["day"]:
            return "day", dt.date(year, int(found["month"]), int(found["day"]))
        return "month", dt.date(year, int(found["month"]), 1)
    except ValueError:
        raise UsageError(
            f"{period!r} is no period; give a month (2026-07), a week (2026-W28) or a day (2026-07-10)."
        ) from None


def micros(moment: dt.datetime) -> int:
    """Return a moment in microseconds since 1970-01-01 UTC, exactly."""
    return (moment - _EPOCH) // dt.timedelta(microseconds=1)


def moment(ts: int) -> dt.datetime:
    """Return the moment of microseconds since 1970-01-01 UTC."""
    return _EPOCH + dt.timedelta(microseconds=ts)
