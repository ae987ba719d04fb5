from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from wiretell.gateway.counters.interface import Standing
from wiretell.gateway.log.interface import LogState
from wiretell.gateway.telemetry import Metrics, levels
from wiretell.gateway.telemetry.metrics import MAX_MODELS, MAX_SERIES
from wiretell.gateway.telemetry.names import METRICS
from wiretell.model.exchange import Row
from wiretell.model.policy import Budget

ROW = Row(
    exchange_id="0190-1",
    ts=1,
    account="key:00",
    protocol="anthropic-messages",
    upstream="anthropic",
    model="claude-a",
    status=200,
    input_tokens=10,
    cache_read_tokens=90,
    output_tokens=5,
    cost_usd=0.25,
    decision="warn:old",
    edits=2,
    marks=("date-line:known", "date-line:cnTZ"),
    first_byte_us=300_000,
    duration_us=2_000_000,
)
Values = dict[tuple[str, frozenset[tuple[str, str]]], float]


def values(metrics: Metrics, state: LogState | None = None) -> Values:
    return _values(metrics.render(state or LogState(), ()).decode())


def _values(text: str) -> Values:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def at(found: Values, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


def test_one_exchange_is_counted_once_everywhere() -> None:
    metrics = Metrics()
    metrics.began("anthropic-messages")
    assert at(values(metrics), "wiretell_in_flight_requests", protocol="anthropic-messages") == 1
    metrics.finished(ROW)
    found = values(metrics)
    where = {"upstream": "anthropic", "model": "claude-a"}
    assert at(found, "wiretell_in_flight_requests", protocol="anthropic-messages") == 0
    assert (
        at(found, "wiretell_requests_total", protocol="anthropic-messages", status="200", ended="complete", **where)
        == 1
    )
    assert at(found, "wiretell_tokens_total", kind="cache_read", **where) == 90
    assert at(found, "wiretell_cost_usd_total", **where) == 0.25
    assert at(found, "wiretell_edits_total") == 2
    assert at(found, "wiretell_marks_total", scheme="date-line") == 1  # a request, not each of its marks
    assert at(found, "wiretell_decisions_total", effect="warn", rule="old") == 1
    timed = {"protocol": "anthropic-messages", "upstream": "anthropic"}
    assert at(found, "wiretell_request_duration_seconds_bucket", le="2.5", **timed) == 1
    assert at(found, "wiretell_request_duration_seconds_bucket", le="1.0", **timed) == 0
    assert at(found, "wiretell_first_byte_seconds_sum", **timed) == pytest.approx(0.3)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=50))
def test_buckets_are_what_prometheus_means_by_them(durations_us: list[int]) -> None:
    metrics = Metrics()
    for duration_us in durations_us:
        metrics.finished(replace(ROW, duration_us=duration_us))
    for (name, labels), value in values(metrics).items():
        if name == "wiretell_request_duration_seconds_bucket":
            bound = float(dict(labels)["le"])
            assert value == sum(duration_us / 1e6 <= bound for duration_us in durations_us)


def test_models_that_clients_make_up_become_one_series() -> None:
    metrics = Metrics()
    for number in range(MAX_MODELS + 50):
        metrics.finished(replace(ROW, model=f'made-up-{number}\n"x"'))
    named = {dict(labels)["model"] for name, labels in values(metrics) if name == "wiretell_cost_usd_total"}
    assert len(named) == MAX_MODELS + 1
    assert "other" in named


def test_no_metric_grows_without_bound() -> None:
    metrics = Metrics()
    for number in range(MAX_SERIES + 20):
        metrics.finished(replace(ROW, decision=f"warn:{number}"))
    series = [labels for name, labels in values(metrics) if name == "wiretell_decisions_total"]
    assert len(series) == MAX_SERIES + 1
    assert metrics.render(LogState(), ()).count(b'effect="other"') == 1


def test_reasons_of_refused_requests_are_no_labels() -> None:
    metrics = Metrics()
    metrics.finished(replace(ROW, decision="refused:two keys in one request"))
    assert at(values(metrics), "wiretell_decisions_total", effect="refused", rule="") == 1


def test_the_log_shows_what_it_lost() -> None:
    found = values(Metrics(), LogState(queued=3, spilled=2, dropped=1, failing="disk full", recorded=9))
    assert at(found, "wiretell_log_dropped_total") == 1
    assert at(found, "wiretell_log_failing") == 1
    assert at(found, "wiretell_log_recorded_total") == 9


def test_budgets_in_dollars_of_the_running_period() -> None:
    today = dt.datetime.now(dt.UTC).date()
    budget = Budget("user:* usd per day", "user:*", "usd", 300_000_000, "day")
    standings = (
        Standing(f"{budget.id}|user:dev|{today}", 150_000_000, 30_000_000),
        Standing(f"{budget.id}|user:dev|2020-01-01", 1, 1),
    )
    found = _values(Metrics().render(LogState(), standings, (budget,)).decode())
    where = {"budget": budget.id, "who": "user:dev", "unit": "usd"}
    assert at(found, "wiretell_budget_spent", **where) == 150
    assert at(found, "wiretell_budget_reserved", **where) == 30
    assert at(found, "wiretell_budget_limit", **where) == 300


@pytest.mark.parametrize(("per", "starts"), [("day", "2026-07-10"), ("week", "2026-07-06"), ("month", "2026-07-01")])
def test_periods_begin_in_the_zone_of_the_policy(per: str, starts: str) -> None:
    budget = Budget("b|x", "org", "tokens", 10, per)  # type: ignore[arg-type]  # one of three
    late = dt.datetime(2026, 7, 9, 17, 0, tzinfo=dt.UTC)  # already Friday the 10th in Shanghai
    (level,) = levels([Standing(f"b|x|org|{starts}", 4, 1)], [budget], late, "Asia/Shanghai")
    assert (level.who, level.spent, level.limit, level.share) == ("org", 4, 10, 0.5)
    assert levels([Standing(f"b|x|org|{starts}", 4, 1)], [budget], late + dt.timedelta(days=40)) == ()


def test_the_nearest_to_its_limit_comes_first() -> None:
    budgets = [Budget("b", "user:*", "requests", 10, "day"), Budget("none", "org", "usd", 0, "day")]
    now = dt.datetime(2026, 7, 9, tzinfo=dt.UTC)
    standings = [Standing(f"b|user:{name}|2026-07-09", spent, 0) for name, spent in (("a", 1), ("c", 9))]
    found = levels([*standings, Standing("none|org|2026-07-09", 0, 0)], budgets, now)
    assert [level.who for level in found] == ["org", "user:c", "user:a"]


def test_the_table_names_every_family_in_order() -> None:
    families = [family.name for family in Metrics().collect()]
    assert families == [metric.name for metric in METRICS]


def test_a_request_costs_microseconds() -> None:
    metrics = Metrics()
    rows = [replace(ROW, model=f"m{number}", duration_us=number * 1000) for number in range(50)]
    started = time.process_time()
    for _ in range(100):
        for row in rows:
            metrics.finished(row)
    assert (time.process_time() - started) / 5_000 < 60e-6  # 20 us are allowed; three times that on a loaded machine
