"""OpenTelemetry spans of exchanges with models, sent to the collector that the configuration names. No content.

The libraries come with `wiretell[otel]` and are imported only where spans are asked for. Spans are sent in batches from
a thread of the library's own; what a collector does not take is lost there, never in the exchange log. That is counted
(`Spans.state`) and said in one sentence a minute, in place of what the library would print of every batch.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from wiretell import __version__
from wiretell.errors import UsageError
from wiretell.gateway.telemetry import names
from wiretell.model.exchange import Ended, Row

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

_PATH: Final = "/v1/traces"
"""Where a collector takes spans (OTLP/HTTP), if the endpoint names no path."""
_TIMEOUT_S: Final = 5.0
"""For a batch, tries again included; so much longer a gateway takes to end where the collector is gone."""
_ERRORS: Final = 400
_QUEUE: Final = 2048
"""Spans that wait at most; the library drops the oldest then."""
SAY_S: Final = 60.0
"""A collector that takes nothing is told of no more often."""

_Value = str | int | float
Say = Callable[[str], object]
"""Gets a sentence. Called from a thread of the library's."""


@dataclass(frozen=True, slots=True)
class SpansState:
    """How sending goes, since the start."""

    sent: int
    lost: int
    """Neither sent nor waiting."""
    failing: bool
    """Whether the last batch was not taken."""


class Spans:
    """Sends one span an exchange."""

    def __init__(self, endpoint: str, gateway: str = "", say: Say = lambda _: None) -> None:
        """Make ready to send; nothing is connected to yet.

        `say` is told when a collector does not take them, and when it does again.
        :raises UsageError: if `endpoint` is no http(s) URL, or `wiretell[otel]` is not installed.
        """
        url = traces_url(endpoint)
        self._delivery = Delivery(_place(url), say)
        self._provider = _provider(url, gateway, self._delivery)
        self._tracer = self._provider.get_tracer("wiretell.gateway", __version__, schema_url=names.SCHEMA_URL)
        self._made = 0

    def state(self) -> SpansState:
        """Return how sending goes."""
        sent, failed = self._delivery.sent, self._delivery.failed
        dropped = max(0, self._made - sent - failed - _QUEUE)
        return SpansState(sent, failed + dropped, self._delivery.failing)

    def finished(self, row: Row) -> None:
        """Send a span of an exchange that asked a model for something; others (models, probes) have none."""
        from opentelemetry.trace import SpanKind, Status, StatusCode

        if row.operation != "generate":
            return
        self._made += 1
        given = attributes(row)
        name = f"{given[names.OPERATION]} {row.model}".rstrip()
        span = self._tracer.start_span(name, kind=SpanKind.CLIENT, attributes=given, start_time=row.ts * 1000)
        if names.ERROR in given:
            span.set_status(Status(StatusCode.ERROR))
        span.end(end_time=(row.ts + row.duration_us) * 1000)

    def close(self) -> None:
        """Send what waits, for some seconds at most. Blocks."""
        self._provider.force_flush(timeout_millis=round(_TIMEOUT_S * 1000))
        self._provider.shutdown()


class Delivery:
    """Counts what a collector took. Pure but for the clock and the sentence."""

    def __init__(self, place: str, say: Say, clock: Callable[[], float] = time.monotonic) -> None:
        self._place = place
        self._say = say
        self._clock = clock
        self._said = float("-inf")
        self.sent = 0
        self.failed = 0
        self.failing = False

    def done(self, count: int, *, taken: bool) -> None:
        """Count a batch."""
        if taken:
            self.sent += count
            if self.failing:
                self._say(f"The collector at {self._place} takes spans again; {self.failed} were lost so far.")
        else:
            self.failed += count
            self._complain()
        self.failing = not taken

    def _complain(self) -> None:
        if self._clock() - self._said < SAY_S:
            return
        self._said = self._clock()
        self._say(
            f"The collector at {self._place} takes no spans; {self.failed} are lost so far. The exchange log has all."
        )


def traces_url(endpoint: str) -> str:
    """Return where to post spans: the endpoint, with the standard's path where it has none.

    :raises UsageError: if it is no http(s) URL.
    """
    parts = urlsplit(endpoint)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(f'otlp = "{endpoint}" is no URL of a collector; write it as "http://127.0.0.1:4318".')
    return endpoint if parts.path.strip("/") else endpoint.rstrip("/") + _PATH


def attributes(row: Row) -> dict[str, _Value]:
    """Return what a span says of an exchange: names and numbers, no text of it, and nobody's name."""
    spoken = row.translated or row.protocol
    given: dict[str, _Value | None] = {
        names.OPERATION: names.OPERATIONS.get(spoken, "chat"),
        names.PROVIDER: names.PROVIDERS.get(spoken, spoken),
        names.REQUEST_MODEL: row.model or None,
        names.REQUEST_MAX_TOKENS: row.max_tokens,
        names.RESPONSE_MODEL: row.model_served,
        names.CONVERSATION: row.session,
        names.INPUT_TOKENS: row.input_tokens + (row.cache_read_tokens or 0) + (row.cache_write_tokens or 0),
        names.OUTPUT_TOKENS: row.output_tokens,
        names.CACHE_READ_TOKENS: row.cache_read_tokens,
        names.CACHE_WRITE_TOKENS: row.cache_write_tokens,
        names.FIRST_CHUNK_S: None if row.first_byte_us is None else row.first_byte_us / 1e6,
        names.STATUS: row.status or None,
        names.ERROR: _error(row),
        names.EXCHANGE: row.exchange_id,
        names.DECISION: row.decision,
        names.EDITED: row.edits or None,
        names.COST_USD: row.cost_usd,
    }
    return {name: value for name, value in given.items() if value is not None}


def _error(row: Row) -> str | None:
    if row.ended != Ended.COMPLETE:
        return row.ended
    return str(row.status) if row.status >= _ERRORS else None


def _place(url: str) -> str:
    """Return host and port: a URL can hold a password."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _provider(url: str, gateway: str, delivery: Delivery) -> TracerProvider:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON
    except ImportError:
        raise UsageError(
            "otlp is set, and the OpenTelemetry libraries are not installed; `pip install 'wiretell[otel]'`, "
            "or take the line out."
        ) from None
    _silence()
    about = {"service.name": "wiretell-gateway", "service.version": __version__}
    if gateway:
        about["service.instance.id"] = gateway
    provider = TracerProvider(sampler=ALWAYS_ON, resource=Resource.create(about), shutdown_on_exit=False)
    exporter = _counted(OTLPSpanExporter(endpoint=url, timeout=_TIMEOUT_S), delivery)
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=_QUEUE))
    return provider


def _counted(exporter: SpanExporter, delivery: Delivery) -> SpanExporter:
    """Return the exporter with each batch counted."""
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    class Counted(SpanExporter):
        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            result = SpanExportResult.FAILURE
            try:
                result = exporter.export(spans)
            finally:
                delivery.done(len(spans), taken=result is SpanExportResult.SUCCESS)
            return result

        def shutdown(self) -> None:
            exporter.shutdown()

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            return exporter.force_flush(timeout_millis)

    return Counted()


def _silence() -> None:
    """Keep the library from printing on standard error: a line for every try of every batch."""
    logger = logging.getLogger("opentelemetry")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
