from __future__ import annotations

import json
import socket
import ssl

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, ResponseReceived, StreamEnded
from h2.settings import SettingCodes

from tests.sink.conftest import LiveSink
from tests.sink.test_http import rest
from wiretell.model.capture import Outcome

HEADERS = [(b":method", b"POST"), (b":path", b"/v1/messages"), (b":scheme", b"https"), (b":authority", b"h2.test")]


class Client:
    def __init__(self, connection: socket.socket, window: int = 65535) -> None:
        self.socket = connection
        self.h2 = H2Connection(
            H2Configuration(header_encoding=None, normalize_outbound_headers=False, validate_outbound_headers=False)
        )
        self.h2.initiate_connection()
        self.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.status: dict[int, bytes] = {}
        self.body: dict[int, bytes] = {}
        self.done: set[int] = set()

    def flush(self) -> None:
        self.socket.sendall(self.h2.data_to_send())

    def until(self, *streams: int) -> None:
        self.flush()
        while not set(streams) <= self.done:
            data = self.socket.recv(65536)
            assert data
            for event in self.h2.receive_data(data):
                if isinstance(event, ResponseReceived):
                    self.status[event.stream_id] = bytes(dict(event.headers)[b":status"])
                elif isinstance(event, DataReceived):
                    self.body[event.stream_id] = self.body.get(event.stream_id, b"") + event.data
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, StreamEnded):
                    self.done.add(event.stream_id)
            self.flush()


def over_tls(sink: LiveSink) -> ssl.SSLSocket:
    context = ssl.create_default_context(cadata=sink.authority.pem.decode())
    context.set_alpn_protocols(["h2", "http/1.1"])
    connection = context.wrap_socket(sink.connect(), server_hostname="h2.test")
    assert connection.selected_alpn_protocol() == "h2"
    return connection


@pytest.mark.parametrize("tls", [False, True])
def test_streams_headers_and_frames(sink: LiveSink, tls: bool) -> None:
    connection = over_tls(sink) if tls else sink.connect()
    client = Client(connection)
    extra = [(b"x-b", b"1"), (b"x-a", b"2"), (b"X-Case", b"3"), (b"cookie", b"a"), (b"cookie", b"b")]
    client.h2.send_headers(1, HEADERS + extra)
    client.h2.send_headers(3, [(b":method", b"HEAD"), *HEADERS[1:]], end_stream=True)
    client.h2.send_data(1, b"{")
    client.h2.send_data(1, b'"stream":true', pad_length=7)
    client.h2.send_data(1, b"}")
    client.h2.send_headers(1, [(b"x-trailer", b"t")], end_stream=True)
    client.until(1, 3)
    log = sink.finish()
    connection.close()
    assert client.status == {1: b"200", 3: b"404"}
    assert client.body[1].startswith(b"event: message_start\n")
    first = next(e for e in log.exchanges if e.request.method == "POST")
    assert first.request.headers == (*HEADERS, *extra, (b"x-trailer", b"t"))
    assert first.request.body == b'{"stream":true}'
    assert first.request.frames == (1, 13, 1)
    assert (first.request.protocol, first.request.target, first.kind) == ("HTTP/2", "/v1/messages", "model")
    assert first.response_body == client.body[1]
    (record,) = log.connections
    assert (record.outcome, record.tls) == (Outcome.EXCHANGES, "TLSv1.3" if tls else None)
    assert record.alpn == (("h2", "http/1.1") if tls else ())
    assert log.faults == ()


def test_large_bodies_and_small_windows(sink: LiveSink) -> None:
    body = json.dumps({"model": "m" * 300_000}).encode()
    with sink.connect() as connection:
        client = Client(connection, window=3000)
        client.flush()
        while client.h2.outbound_flow_control_window < len(body):  # the sink widens it at once
            client.h2.receive_data(connection.recv(65536))
        client.h2.send_headers(1, HEADERS)
        for at in range(0, len(body), 16384):
            client.h2.send_data(1, body[at : at + 16384], end_stream=at + 16384 >= len(body))
        client.until(1)
    assert json.loads(client.body[1])["model"] == "m" * 300_000
    (kept,) = sink.finish().exchanges
    assert kept.request.body == body
    assert sum(kept.request.frames) == len(body)


def test_requests_cut_off_and_reset(sink: LiveSink) -> None:
    with sink.connect() as connection:
        client = Client(connection)
        for stream in (1, 3, 5):
            client.h2.send_headers(stream, HEADERS)
            client.h2.send_data(stream, b"{")
        client.h2.reset_stream(3)
        client.h2.send_data(1, b"}", end_stream=True)
        client.until(1)
    log = sink.finish()
    assert sorted((e.complete, e.request.body) for e in log.exchanges) == [
        (False, b"{"),
        (False, b"{"),
        (True, b"{}"),
    ]
    assert log.faults == ()


def test_answers_to_a_stream_that_was_reset_meanwhile(sink: LiveSink) -> None:
    with sink.connect() as connection:
        client = Client(connection)
        client.h2.send_headers(1, HEADERS, end_stream=True)
        client.h2.reset_stream(1)
        client.h2.send_headers(3, HEADERS, end_stream=True)
        client.until(3)
    log = sink.finish()
    assert [e.complete for e in log.exchanges] == [True, True]
    assert log.faults == ()


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = b"\0\0\0\4\0\0\0\0\0"


def test_broken_frames_and_connections_without_request_are_kept(sink: LiveSink) -> None:
    with sink.connect() as connection:
        connection.sendall(PREFACE + SETTINGS + b"\0\0\1\0\0\0\0\0\0x")
        rest(connection)
    for tail in (SETTINGS, b"\xff" * 40):
        with sink.connect() as connection:
            connection.sendall(PREFACE + tail)
            connection.shutdown(socket.SHUT_WR)
            rest(connection)
    log = sink.finish()
    assert [c.outcome for c in log.connections] == [Outcome.UNKNOWN, Outcome.HANDSHAKE_ONLY, Outcome.HANDSHAKE_ONLY]
    assert [len(c.first_bytes) for c in log.connections] == [43, 33, 64]
    assert log.faults == ()
