"""Each moment lies in exactly one day, week and month of a zone."""

from __future__ import annotations

import datetime as dt
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.policy.examples import MOMENTS
from wiretell.model.policy import Period
from wiretell.policy.periods import interval, start_of_day, zones

PERIODS = st.sampled_from(get_args(Period))
# Zones whose clocks jump at, over or near midnight, or over a whole day, beside all the others.
ZONES = st.sampled_from(
    ["America/St_Johns", "America/Havana", "Asia/Beirut", "Africa/Cairo", "America/Sao_Paulo", "Pacific/Apia"]
) | st.sampled_from(sorted(zones()))
ST_JOHNS = dt.datetime(2010, 11, 7, 2, 45, tzinfo=dt.UTC)
"""00:15 on the 7th had passed once there, and clocks showed 23:15 of the 6th again."""

TORONTO = dt.datetime(1919, 3, 31, 4, 40, tzinfo=dt.UTC)
"""Clocks had jumped from 23:30 to 00:30 ten minutes before."""


@given(ZONES, PERIODS, MOMENTS)
@example("America/St_Johns", "day", ST_JOHNS)
@example("America/Toronto", "day", TORONTO)
@example("Pacific/Apia", "day", dt.datetime(2011, 12, 30, 10, tzinfo=dt.UTC))
def test_a_moment_lies_in_its_period_and_its_borders_in_none_other(zone: str, per: Period, at: dt.datetime) -> None:
    here = interval(zone, per, at)
    assert here.starts <= at < here.ends
    assert here.starts.utcoffset() == here.ends.utcoffset() == dt.timedelta()
    assert interval(zone, per, here.starts) == here
    assert interval(zone, per, here.ends - dt.timedelta(microseconds=1)) == here
    following = interval(zone, per, here.ends)
    assert following.starts == here.ends
    assert following.first > here.first


@given(ZONES, MOMENTS)
def test_weeks_begin_on_monday_and_months_on_the_first(zone: str, at: dt.datetime) -> None:
    assert interval(zone, "week", at).first.weekday() == 0
    assert interval(zone, "month", at).first.day == 1
    day = at.astimezone(ZoneInfo(zone)).date()
    assert abs(interval(zone, "day", at).first - day) <= dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Asia/Shanghai", dt.date(2026, 7, 10), 24),
        ("Europe/Berlin", dt.date(2026, 3, 29), 23),
        ("Europe/Berlin", dt.date(2026, 10, 25), 25),
        ("America/Havana", dt.date(2026, 11, 1), 25),
        ("Africa/Cairo", dt.date(2026, 4, 24), 23),
    ],
)
def test_days_are_as_long_as_the_clocks_make_them(zone: str, day: dt.date, hours: int) -> None:
    starts = start_of_day(zone, day)
    here = interval(zone, "day", starts)
    assert (here.first, here.ends - here.starts) == (day, dt.timedelta(hours=hours))


def test_no_zone_is_one_that_differs_from_machine_to_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"UTC", "Asia/Shanghai", "localtime", "posixrules", "Factory"}
    monkeypatch.setattr("wiretell.policy.periods.available_timezones", lambda: files)
    assert zones.__wrapped__() == {"UTC", "Asia/Shanghai"}
    assert not zones() & {"localtime", "posixrules", "Factory"}


def test_a_week_of_shanghai_in_utc() -> None:
    week = interval("Asia/Shanghai", "week", dt.datetime(2026, 7, 10, 12, tzinfo=dt.UTC))
    assert week.first == dt.date(2026, 7, 6)
    assert week.starts == dt.datetime(2026, 7, 5, 16, tzinfo=dt.UTC)
    assert week.ends == dt.datetime(2026, 7, 12, 16, tzinfo=dt.UTC)
