from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import fields, replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes
from opentelemetry.semconv.attributes import error_attributes, http_attributes
from opentelemetry.semconv.schemas import Schemas

from wiretell.errors import UsageError
from wiretell.gateway.telemetry import names
from wiretell.gateway.telemetry.spans import SAY_S, Delivery, Spans, SpansState, attributes, traces_url
from wiretell.model.exchange import Ended, Row

ROW = Row(
    exchange_id="0190-1",
    ts=1_790_000_000_000_000,
    account="key:00",
    user="SECRET-user",
    prompt="SECRET-prompt",
    ip="SECRET-ip",
    key_id="SECRET-key",
    session="sess-1",
    protocol="anthropic-messages",
    operation="generate",
    upstream="anthropic",
    model="claude-a",
    model_served="claude-a-2",
    status=200,
    input_tokens=10,
    cache_read_tokens=90,
    cache_write_tokens=7,
    output_tokens=5,
    first_byte_us=250_000,
    duration_us=2_000_000,
)


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    got: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    thread.join()
    server.server_close()


def value(any_value: AnyValue) -> object:
    kind = any_value.WhichOneof("value")
    return getattr(any_value, kind) if kind else None


def test_a_collector_gets_what_the_conventions_name(collector: tuple[str, list[tuple[str, bytes]]]) -> None:
    url, got = collector
    spans = Spans(url, gateway="gw-1")
    spans.finished(ROW)
    spans.finished(replace(ROW, operation="models"))
    spans.finished(replace(ROW, protocol="gemini", status=0, ended=Ended.UPSTREAM_CUT.value))
    spans.close()
    ((path, body),) = got
    assert path == "/v1/traces"
    assert b"SECRET" not in body
    request = ExportTraceServiceRequest.FromString(body)
    (of_resource,) = request.resource_spans
    about = {item.key: value(item.value) for item in of_resource.resource.attributes}
    assert about["service.name"] == "wiretell-gateway"
    assert about["service.instance.id"] == "gw-1"
    (scope,) = of_resource.scope_spans
    assert scope.schema_url == names.SCHEMA_URL
    first, second = scope.spans
    assert first.name == "chat claude-a"
    assert first.end_time_unix_nano - first.start_time_unix_nano == 2_000_000_000
    assert first.start_time_unix_nano == ROW.ts * 1000
    told = {item.key: value(item.value) for item in first.attributes}
    assert told["gen_ai.provider.name"] == "anthropic"
    assert told["gen_ai.usage.input_tokens"] == 107
    assert told["gen_ai.usage.cache_read.input_tokens"] == 90
    assert told["gen_ai.conversation.id"] == "sess-1"
    assert told["gen_ai.response.model"] == "claude-a-2"
    assert "error.type" not in told
    assert second.name == "generate_content claude-a"
    failed = {item.key: value(item.value) for item in second.attributes}
    assert failed["error.type"] == "upstream-cut"
    assert second.status.code == 2


def test_names_are_those_of_the_installed_conventions() -> None:
    known = {
        getattr(module, name)
        for module in (gen_ai_attributes, error_attributes, http_attributes)
        for name in dir(module)
        if name.isupper()
    }
    own = {name for name in names.ATTRIBUTES if name.startswith("wiretell.")}
    assert set(names.ATTRIBUTES) - own <= known
    assert names.SCHEMA_URL in {schema.value for schema in Schemas}
    assert set(names.PROVIDERS.values()) <= {each.value for each in gen_ai_attributes.GenAiProviderNameValues}


def test_attributes_are_of_the_table_and_of_no_person() -> None:
    everything = {
        field.name: "SECRET" for field in fields(Row) if field.name in {"prompt", "user", "ip", "account", "user_agent"}
    }
    given = attributes(replace(ROW, decision="warn:x", edits=1, cost_usd=0.1, max_tokens=9, status=500, **everything))  # type: ignore[arg-type]  # texts all
    assert set(given) == set(names.ATTRIBUTES)
    assert "SECRET" not in str(given)


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
        ("http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/traces"),
        ("https://otel.example/own/path", "https://otel.example/own/path"),
    ],
)
def test_where_spans_go(endpoint: str, url: str) -> None:
    assert traces_url(endpoint) == url


@pytest.mark.parametrize("endpoint", ["", "localhost:4318", "ftp://x", "http://"])
def test_what_is_no_collector(endpoint: str) -> None:
    with pytest.raises(UsageError, match="no URL of a collector"):
        traces_url(endpoint)


def test_a_collector_that_is_gone_is_told_of_once_a_minute() -> None:
    now, said = [0.0], list[str]()
    delivery = Delivery("collector:4318", said.append, clock=lambda: now[0])
    delivery.done(5, taken=False)
    delivery.done(5, taken=False)
    assert said == ["The collector at collector:4318 takes no spans; 5 are lost so far. The exchange log has all."]
    now[0] = SAY_S
    delivery.done(5, taken=False)
    assert "15 are lost" in said[1]
    assert delivery.failing
    delivery.done(7, taken=True)
    assert said[2:] == ["The collector at collector:4318 takes spans again; 15 were lost so far."]
    assert (delivery.sent, delivery.failed, delivery.failing) == (7, 15, False)


def test_the_library_prints_nothing_and_no_password_is_said(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wiretell.gateway.telemetry.spans._TIMEOUT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    said: list[str] = []
    spans = Spans(f"http://user:hunter2@127.0.0.1:{port}", say=said.append)
    spans.finished(ROW)
    spans.close()
    assert capfd.readouterr() == ("", "")
    (sentence,) = said
    assert sentence.startswith(f"The collector at 127.0.0.1:{port} takes no spans; 1 are lost")
    assert spans.state() == SpansState(sent=0, lost=1, failing=True)
