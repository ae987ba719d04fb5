"""A statement is the sum of the log's rows, to the millionth of a dollar, and the same each time."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gateway.accounts import fakes
from tests.gateway.tables import samples
from wiretell.cli import run
from wiretell.errors import UsageError
from wiretell.gateway.accounts.periods import micros, moment, span_of
from wiretell.gateway.accounts.statement import statement
from wiretell.gateway.tables.writer import TableWriter
from wiretell.model.exchange import Row

HOUR = 3_600_000_000
ZONES = ("UTC", "Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Africa/Cairo")


def rows() -> list[Row]:
    return [
        fakes.spent(1, 0.1, cache_read_tokens=100),
        fakes.spent(2, 0.2, model_served="claude-opus-5-20260101"),
        fakes.spent(3, None, usage_reported=False),
        fakes.spent(4, 0.000001, ts=samples.NOON + 5 * HOUR),
        fakes.spent(5, 7.0, user="dev-018"),
        fakes.spent(6, 7.0, ts=samples.NOON + 40 * samples.DAY_US),
        fakes.spent(7, 0.0, operation="count_tokens"),
        samples.row(8, decision="ban:x", status=451),
        fakes.spent(9, 0.5, user=None),
    ]


def test_the_sums_of_a_month() -> None:
    found = statement(rows(), "dev-017", span_of("2026-07", "Asia/Shanghai"))
    lines = [(line.day.day, line.model, line.requests, line.micro_usd) for line in found.lines]
    assert lines == [
        (10, "claude-opus-5", 2, 100_000),
        (10, "claude-opus-5-20260101", 1, 200_000),
        (11, "claude-opus-5", 1, 1),
    ]
    assert (found.not_sent, found.free) == (1, 1)
    assert (found.lines[0].cache_read_tokens, found.lines[0].estimated, found.lines[0].unpriced) == (100, 1, 1)


def test_rows_without_a_user_have_a_name() -> None:
    assert statement(rows(), "(nobody)", span_of("2026-07")).lines[0].micro_usd == 500_000


@settings(max_examples=50, deadline=None)
@given(st.permutations(rows()))
def test_the_order_of_rows_does_not_matter(found: list[Row]) -> None:
    span = span_of("2026-07")
    assert statement(found, "dev-017", span) == statement(rows(), "dev-017", span)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 10**9), max_size=30))
def test_money_does_not_drift(amounts: list[int]) -> None:
    found = statement([fakes.spent(n, each / 1e6) for n, each in enumerate(amounts)], "dev-017", span_of("2026-07-10"))
    assert sum(line.micro_usd for line in found.lines) == sum(amounts)


@settings(max_examples=50, deadline=None)
@given(st.dates(dt.date(1990, 1, 1), dt.date(2035, 12, 30)), st.sampled_from(ZONES))
def test_periods_join_without_a_gap(day: dt.date, zone: str) -> None:
    """Days make up their week and their month; each begins at the zone's midnight, or when the clock skips it."""
    found = span_of(day.isoformat(), zone)
    following = span_of((day + dt.timedelta(days=1)).isoformat(), zone)
    assert found.ends <= following.starts
    assert found.starts < found.ends
    year, week, _ = day.isocalendar()
    for wider in (span_of(f"{day:%Y-%m}", zone), span_of(f"{year:04}-W{week:02}", zone)):
        assert wider.starts <= found.starts < found.ends <= wider.ends
    assert (found.starts.astimezone(ZoneInfo(zone)).hour, moment(micros(found.starts))) in {
        (0, found.starts),
        (1, found.starts),
    }


@pytest.mark.parametrize("period", ["2026", "2026-13", "2026-W54", "2026-02-30", "July", "", "2026-7", "0001-01"])
def test_what_is_no_period_is_refused(period: str) -> None:
    with pytest.raises(UsageError, match="is no period"):
        span_of(period)


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="no time zone"):
        span_of("2026-07", "Asia/Nowhere")


def test_the_command_gives_the_same_bytes_twice_and_after_files_are_put_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = fakes.write(tmp_path, rows())
    arguments = [
        "gateway",
        "statement",
        "--log",
        str(log),
        "--user",
        "dev-017",
        "--period",
        "2026-07",
        "--format",
        "json",
    ]
    assert run(arguments) == 0
    first = capsys.readouterr().out
    TableWriter(log).compact(samples.DAY)
    assert run(arguments) == 0
    assert capsys.readouterr().out == first
    assert json.loads(first)["total"]["usd"] == "0.300001"


def test_the_digest_is_made_again_as_the_page_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[3] / "docs" / "formats" / "statement.md").read_text(encoding="utf-8")
    query = page.split("```sql\n")[1].split("```")[0].replace("LOG/", f"{fakes.write(tmp_path, rows())}/")
    zone = ["--timezone", "Asia/Shanghai", "--format", "json"]
    assert run(["gateway", "statement", "--log", str(tmp_path), "--user", "dev-017", "--period", "2026-07", *zone]) == 0
    assert duckdb.execute(query).fetchall() == [(json.loads(capsys.readouterr().out)["digest"],)]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--log", "nowhere", "--user", "u", "--period", "2026-07"],
        ["--log", "docs", "--user", "u", "--period", "2026-07"],
        ["--log", ".", "--user", "u", "--period", "x"],
        [],
    ],
)
def test_wrong_use_is_one_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["gateway", "statement", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
