from __future__ import annotations

import gzip
import http.client
import json
import socket
import ssl

import pytest

from tests.sink.conftest import LiveSink
from wiretell.model.capture import Outcome

HOST = "api.lab.test"
MODEL_PATHS = {
    "/v1/messages": b"message_stop",
    "/v1/chat/completions": b"[DONE]",
    "/v1/responses": b"response.completed",
    "/v1beta/models/g:streamGenerateContent?alt=sse": b"finishReason",
}


def client(sink: LiveSink, tls: bool) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(HOST, 443)
    connection.sock = sink.connect()
    if tls:
        context = ssl.create_default_context(cadata=sink.authority.pem.decode())
        connection.sock = context.wrap_socket(connection.sock, server_hostname=HOST)
    return connection


def exchange(connection: socket.socket, data: bytes) -> bytes:
    connection.sendall(data)
    return rest(connection)


def rest(connection: socket.socket) -> bytes:
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("stream", [False, True])
def test_all_protocols_on_one_kept_connection(sink: LiveSink, tls: bool, stream: bool) -> None:
    connection = client(sink, tls)
    bodies = []
    for path, last in MODEL_PATHS.items():
        target = path if stream else path.replace("streamGenerateContent?alt=sse", "generateContent")
        connection.request("POST", target, json.dumps({"model": "m", "stream": stream}), {"X-Odd-CASE": "yes"})
        response = connection.getresponse()
        bodies.append(response.read())
        assert response.status == 200
        assert (response.getheader("transfer-encoding") == "chunked") == stream
        assert (last in bodies[-1]) == stream or "Gen" in path
    log = sink.finish()
    connection.close()
    assert [e.response_body for e in log.exchanges] == bodies
    assert [e.kind for e in log.exchanges] == ["model"] * 4
    assert {e.connection for e in log.exchanges} == {0}
    assert all(0 < e.started_s <= e.received_s < 10 for e in log.exchanges)
    assert all((b"X-Odd-CASE", b"yes") in e.request.headers for e in log.exchanges)
    (record,) = log.connections
    assert record.outcome is Outcome.EXCHANGES
    assert record.bytes_received == sum(len(e.request.raw) for e in log.exchanges)
    assert (record.tls, record.sni) == (("TLSv1.3", HOST) if tls else (None, None))
    assert (record.address, record.port) == ("127.0.0.1", sink.port)
    assert (record.client_hello[:1] == b"\x16") == tls
    assert log.faults == ()


def test_side_paths_are_answered_and_kept(sink: LiveSink) -> None:
    connection = client(sink, tls=False)
    for method, path, status in (("GET", "/nothing", 404), ("POST", "/telemetry", 404), ("HEAD", "/", 200)):
        connection.request(method, path, b"" if method != "POST" else gzip.compress(b"x" * 5000))
        response = connection.getresponse()
        body = response.read()
        assert response.status == status
        assert json.loads(body or b"{}") is not None
    connection.close()
    log = sink.finish()
    assert [e.kind for e in log.exchanges] == ["side", "side", "model-aux"]
    assert gzip.decompress(log.exchanges[1].request.body) == b"x" * 5000


def test_expect_continue(sink: LiveSink) -> None:
    with sink.connect() as connection:
        head = b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        connection.sendall(head)
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 OK\r\n")
    (kept,) = sink.finish().exchanges
    assert kept.request.raw == head + b"{}"


def test_old_clients_get_a_length_and_an_end(sink: LiveSink) -> None:
    with sink.connect() as connection:
        got = exchange(connection, b'POST /v1/messages HTTP/1.0\r\nContent-Length: 15\r\n\r\n{"stream":true}')
    head, _, body = got.partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head
    assert b"content-length: %d" % len(body) in head
    with sink.connect() as connection:
        connection.sendall(b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
        assert b"connection: keep-alive" in connection.recv(1000)
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert b"connection: close" in connection.recv(1000)
    assert len(sink.finish().exchanges) == 3


def test_a_client_that_ends_its_half_still_gets_its_answer(sink: LiveSink) -> None:
    with sink.connect() as connection:
        connection.sendall(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        assert rest(connection).startswith(b"HTTP/1.1 404")
    assert len(sink.finish().exchanges) == 1


def test_pipelined_requests_are_answered_in_order(sink: LiveSink) -> None:
    one = b"GET /v1/models/%d HTTP/1.1\r\nHost: a\r\n\r\n"
    last = b"GET /v1/models/9 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /after HTTP/1.1\r\nHost: a\r\n\r\n"
    with sink.connect() as connection:
        got = exchange(connection, b"".join(one % n for n in range(9)) + last)
    assert [got.index(b'"id":"%d"' % n) for n in range(10)] == sorted(got.index(b'"id":"%d"' % n) for n in range(10))
    log = sink.finish()
    assert [e.status for e in log.exchanges] == [200] * 10 + [0]
    assert log.exchanges[10].request.target == "/after"


def test_ipv6(sink: LiveSink) -> None:
    try:
        connection = socket.create_connection(("::1", sink.port), timeout=10)
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with connection:
        assert exchange(connection, b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 404")
    (record,) = sink.finish().connections
    assert (record.address, record.port) == ("::1", sink.port)


def test_a_new_run_knows_nothing_of_the_last(sink: LiveSink) -> None:
    connection = client(sink, tls=False)
    connection.request("POST", "/v1/messages", b"{}")
    first = json.loads(connection.getresponse().read())
    assert len(sink.finish().exchanges) == 1
    with pytest.raises((http.client.HTTPException, OSError)):
        connection.request("POST", "/v1/messages", b"{}")
        connection.getresponse()
    sink.begin()
    connection = client(sink, tls=False)
    connection.request("POST", "/v1/messages", b"{}")
    assert json.loads(connection.getresponse().read()) == first
    log = sink.finish()
    connection.close()
    assert (len(log.exchanges), len(log.connections)) == (1, 1)


def test_what_arrived_before_the_end_is_kept(sink: LiveSink) -> None:
    for _ in range(30):
        with sink.connect() as connection:
            connection.sendall(b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}")
    assert len(sink.finish().exchanges) == 30
