"""Prometheus metrics of a gateway.

Numbers are kept in plain dictionaries and put into the library's form only when somebody asks: a request costs some
microseconds here. What a client can choose (the model) can make only so many series.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family

from wiretell.gateway.counters.interface import Standing
from wiretell.gateway.log.interface import LogState
from wiretell.gateway.telemetry import names
from wiretell.gateway.telemetry.budgets import Level, levels
from wiretell.model.exchange import MICRO_USD, Row
from wiretell.model.policy import Budget

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
OTHER: Final = "other"
"""Stands for every model after the first `MAX_MODELS`."""
MAX_MODELS: Final = 100
MAX_SERIES: Final = 5_000
"""Of one metric; what would be a further one is counted under `other` in all its labels."""
_DURATION_S: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0)
_FIRST_BYTE_S: Final = (0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0)

_Series = dict[tuple[str, ...], int]


class _Histogram:
    """Counts of values by bucket; `sums` in microseconds."""

    def __init__(self, bounds_s: Sequence[float]) -> None:
        self._names = [*map(str, bounds_s), "+Inf"]
        self._bounds_us = [round(bound * 1e6) for bound in bounds_s]
        self._counts: dict[tuple[str, ...], list[int]] = {}
        self._sums_us: _Series = defaultdict(int)

    def observe(self, labels: tuple[str, ...], value_us: int) -> None:
        counts = self._counts.get(labels)
        if counts is None:
            counts = self._counts[labels] = [0] * len(self._names)
        counts[bisect_left(self._bounds_us, value_us)] += 1
        self._sums_us[labels] += value_us

    def family(self, metric: names.Metric) -> Family:
        made = HistogramMetricFamily(metric.name, metric.told, labels=metric.labels)
        for labels, counts in self._counts.items():
            cumulated = [float(count) for count in accumulate(counts)]
            made.add_metric(labels, list(zip(self._names, cumulated, strict=True)), self._sums_us[labels] / 1e6)
        return made


class Metrics:
    """All numbers of one gateway; a collector of its registry. For one thread, the event loop's."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self._registry = registry if registry is not None else CollectorRegistry()
        self._in_flight: _Series = defaultdict(int)
        self._requests: _Series = defaultdict(int)
        self._tokens: _Series = defaultdict(int)
        self._micro_usd: _Series = defaultdict(int)
        self._marks: _Series = defaultdict(int)
        self._decisions: _Series = defaultdict(int)
        self._edits = 0
        self._pins = 0
        self._duration = _Histogram(_DURATION_S)
        self._first_byte = _Histogram(_FIRST_BYTE_S)
        self._models: set[str] = set()
        self._state = LogState()
        self._levels: tuple[Level, ...] = ()
        self._registry.register(self)

    def began(self, protocol: str) -> None:
        """Count a request that came; `finished` is owed for it, whatever happens to it."""
        self._in_flight[(protocol,)] += 1

    def finished(self, row: Row) -> None:
        """Count a request that ended, refused ones too."""
        upstream, model = row.upstream or "", self._model(row.model)
        if self._in_flight[(row.protocol,)] > 0:
            self._in_flight[(row.protocol,)] -= 1
        status = str(row.status) if 0 <= row.status <= 599 else OTHER
        _add(self._requests, (row.protocol, upstream, model, status, row.ended), 1)
        for kind, tokens in (
            ("input", row.input_tokens),
            ("cache_read", row.cache_read_tokens),
            ("cache_write", row.cache_write_tokens),
            ("output", row.output_tokens),
        ):
            if tokens:
                _add(self._tokens, (upstream, model, kind), tokens)
        if row.cost_usd:
            _add(self._micro_usd, (upstream, model), round(row.cost_usd * MICRO_USD))
        self._duration.observe((row.protocol, upstream), row.duration_us)
        if row.first_byte_us is not None:
            self._first_byte.observe((row.protocol, upstream), row.first_byte_us)
        self._judged(row)

    def _judged(self, row: Row) -> None:
        self._edits += row.edits
        self._pins += bool(row.pins)
        for scheme in {mark.partition(":")[0] for mark in row.marks}:
            _add(self._marks, (scheme,), 1)
        if row.decision:
            effect, _, rule = row.decision.partition(":")
            # why a request itself was refused is a sentence of many forms, no rule of the policy
            _add(self._decisions, (effect, "" if effect == "refused" else rule), 1)

    def _model(self, model: str) -> str:
        if model in self._models:
            return model
        if len(self._models) >= MAX_MODELS:
            return OTHER
        self._models.add(model)
        return model

    def render(
        self, state: LogState, standings: Sequence[Standing], budgets: Sequence[Budget] = (), zone: str = "UTC"
    ) -> bytes:
        """Return all numbers in Prometheus' text format (`CONTENT_TYPE`).

        `budgets` and `zone` are the policy's: they give the limits, and say which counters are of the running period.
        """
        self._state = state
        self._levels = levels(standings, budgets, dt.datetime.now(dt.UTC), zone)
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Family]:
        """Give the library its families, in the order of `names.METRICS`."""
        yield _gauge(names.IN_FLIGHT, self._in_flight)
        yield _counter(names.REQUESTS, self._requests)
        yield _counter(names.TOKENS, self._tokens)
        yield _counter(names.COST, self._micro_usd, MICRO_USD)
        yield self._duration.family(names.DURATION)
        yield self._first_byte.family(names.FIRST_BYTE)
        yield _counter(names.EDITS, {(): self._edits})
        yield _counter(names.MARKS, self._marks)
        yield _counter(names.DECISIONS, self._decisions)
        yield _counter(names.PINS, {(): self._pins})
        yield from _of_log(self._state)
        yield from _of_budgets(self._levels)


def _of_log(state: LogState) -> Iterator[Family]:
    yield _gauge(names.LOG_QUEUED, {(): state.queued})
    yield _gauge(names.LOG_QUEUED_BYTES, {(): state.queued_bytes})
    yield _counter(names.LOG_RECORDED, {(): state.recorded})
    yield _counter(names.LOG_SPILLED, {(): state.spilled})
    yield _counter(names.LOG_DROPPED, {(): state.dropped})
    yield _gauge(names.LOG_FAILING, {(): int(bool(state.failing))})


def _of_budgets(found: Sequence[Level]) -> Iterator[Family]:
    for metric, amount in (
        (names.BUDGET_SPENT, [level.spent for level in found]),
        (names.BUDGET_RESERVED, [level.reserved for level in found]),
        (names.BUDGET_LIMIT, [level.limit for level in found]),
    ):
        family = GaugeMetricFamily(metric.name, metric.told, labels=metric.labels)
        for level, value in zip(found, amount, strict=True):
            family.add_metric((level.budget, level.who, level.unit), value)
        yield family


def _add(series: _Series, labels: tuple[str, ...], amount: int) -> None:
    if labels not in series and len(series) >= MAX_SERIES:
        labels = (OTHER,) * len(labels)
    series[labels] += amount


def _counter(metric: names.Metric, series: _Series, scale: int = 1) -> Family:
    family = CounterMetricFamily(metric.name, metric.told, labels=metric.labels)
    for labels, amount in series.items():
        family.add_metric(labels, amount / scale)
    return family


def _gauge(metric: names.Metric, series: _Series) -> Family:
    family = GaugeMetricFamily(metric.name, metric.told, labels=metric.labels)
    for labels, amount in series.items():
        family.add_metric(labels, amount)
    return family
