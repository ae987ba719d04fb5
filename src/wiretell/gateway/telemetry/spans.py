"""OpenTelemetry spans of exchanges with models, sent to the collector that the configuration names. No content.

The libraries come with `wiretell[otel]` and are imported only where spans are asked for. Spans are sent in batches from
a thread of the library's own; what a collector does not take is lost there, never in the exchange log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from wiretell import __version__
from wiretell.errors import UsageError
from wiretell.gateway.telemetry import names
from wiretell.model.exchange import Ended, Row

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_PATH: Final = "/v1/traces"
"""Where a collector takes spans (OTLP/HTTP), if the endpoint names no path."""
_TIMEOUT_S: Final = 10.0
_ERRORS: Final = 400

_Value = str | int | float


class Spans:
    """Sends one span an exchange."""

    def __init__(self, endpoint: str, gateway: str = "") -> None:
        """Make ready to send; nothing is connected to yet.

        :raises UsageError: if `endpoint` is no http(s) URL, or `wiretell[otel]` is not installed.
        """
        url = traces_url(endpoint)
        self._provider = _provider(url, gateway)
        self._tracer = self._provider.get_tracer("wiretell.gateway", __version__, schema_url=names.SCHEMA_URL)

    def finished(self, row: Row) -> None:
        """Send a span of an exchange that asked a model for something; others (models, probes) have none."""
        from opentelemetry.trace import SpanKind, Status, StatusCode

        if row.operation != "generate":
            return
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


def _provider(url: str, gateway: str) -> TracerProvider:
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
    about = {"service.name": "wiretell-gateway", "service.version": __version__}
    if gateway:
        about["service.instance.id"] = gateway
    provider = TracerProvider(sampler=ALWAYS_ON, resource=Resource.create(about), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url, timeout=_TIMEOUT_S)))
    return provider
