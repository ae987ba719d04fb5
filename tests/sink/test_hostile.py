from __future__ import annotations

import asyncio
import socket
import time
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sink.conftest import LiveSink
from tests.sink.test_http import rest
from wiretell.lab.sink import Authority, Sink, SinkLog, record
from wiretell.lab.sink.layers.interface import Peer
from wiretell.lab.sink.layers.sniff import Sniffer
from wiretell.lab.sink.record import Run
from wiretell.model.capture import Outcome


def send(sink: LiveSink, data: bytes) -> bytes:
    with sink.connect() as connection:
        with suppress(OSError):
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        try:
            return rest(connection)
        except ConnectionResetError:
            return b""


def test_what_is_no_known_protocol_is_recorded_and_closed(sink: LiveSink) -> None:
    with sink.connect() as connection:
        connection.sendall(b"SSH-2.0-OpenSSH\r\n" + b"z" * 10000)
        rest(connection)
    send(sink, b"\x00\x01\x02")
    send(sink, b"")
    send(sink, b"PRI * HTT")
    send(sink, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n\x00garbage")
    log = sink.finish()
    assert [c.outcome for c in log.connections] == [
        Outcome.UNKNOWN,
        Outcome.UNKNOWN,
        Outcome.NO_BYTES,
        Outcome.UNKNOWN,
        Outcome.EXCHANGES,
    ]
    firsts = [c.first_bytes for c in log.connections]
    assert firsts[0] == b"SSH-2.0-OpenSSH\r\n" + b"z" * (4096 - 17)
    assert firsts[1:] == [b"\x00\x01\x02", b"", b"PRI * HTT", b"\x00garbage"]
    assert log.faults == ()


def test_half_requests(sink: LiveSink) -> None:
    send(sink, b"POST /v1/messages HTTP/1.1\r\nContent-Length: 10\r\n\r\n{}")
    send(sink, b"POST /v1/messages HTTP/1.1\r\nContent-Le")
    send(sink, b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nff\r\nc")
    open_one = sink.connect()
    open_one.sendall(b"POST /slow HTTP/1.1\r\nContent-Length: 10\r\n\r\nab")
    log = sink.finish()
    open_one.close()
    assert [(e.request.target, e.request.body, e.complete, e.status, e.kind) for e in log.exchanges] == [
        ("/v1/messages", b"{}", False, 0, "model"),
        ("/x", b"abc", False, 0, "side"),
        ("/slow", b"ab", False, 0, "side"),
    ]
    assert log.connections[1].first_bytes == b"POST /v1/messages HTTP/1.1\r\nContent-Le"
    assert log.exchanges[1].request.raw_body == b"2\r\nab\r\nff\r\nc"


def test_a_request_whose_end_cannot_be_told_is_refused(sink: LiveSink) -> None:
    got = send(sink, b"POST /x HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nabc")
    assert got.startswith(b"HTTP/1.1 400")
    log = sink.finish()
    assert [(e.status, e.complete) for e in log.exchanges] == [(400, False)]
    assert log.connections[0].first_bytes == b"abc"


def test_slow_clients_do_not_hold_up_the_end(sink: LiveSink) -> None:
    held = [sink.connect() for _ in range(150)]
    for n, connection in enumerate(held):
        connection.sendall((b"GET / HT", b"\x16\x03", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n", b"")[n % 4])
    log = sink.finish()
    assert sink.finish_s < 0.5
    for connection in held:
        connection.close()
    assert len(log.connections) == 150
    assert log.faults == ()


def test_thousands_of_connections(sink: LiveSink) -> None:
    for _ in range(2000):
        with sink.connect() as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    log = sink.finish()
    assert len(log.connections) + log.dropped == 2000
    assert len(log.connections) == len(log.exchanges) or log.dropped_bytes


REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def ended_at_once(authority: Authority, accepted: bool) -> SinkLog:
    """One request that has reached the kernel when the run ends, on a connection that is accepted or still waits."""
    sink = Sink(authority)
    port = await sink.start()
    sink.begin(time.monotonic(), "")
    with socket.create_connection(("127.0.0.1", port)) as connection:
        if accepted:
            await asyncio.sleep(0.05)
        connection.sendall(REQUEST)
        log = await sink.finish()
    await sink.close()
    return log


@pytest.mark.parametrize("accepted", [False, True])
def test_the_end_takes_in_what_has_arrived(authority: Authority, accepted: bool) -> None:
    log = asyncio.run(ended_at_once(authority, accepted))
    assert [e.request.raw for e in log.exchanges] == [REQUEST]
    assert (log.dropped, log.dropped_bytes) == (0, 0)


def test_what_the_end_has_no_time_for_is_counted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wiretell.lab.sink.server.DRAIN_S", 0.0)
    log = asyncio.run(ended_at_once(authority, accepted=False))
    assert (log.exchanges, log.dropped, log.dropped_bytes) == ((), 1, 0)
    log = asyncio.run(ended_at_once(authority, accepted=True))
    assert (log.exchanges, log.dropped, log.dropped_bytes) == ((), 0, len(REQUEST))


def test_what_one_run_may_send_is_bounded(sink: LiveSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "RECORD_BYTES", record.MAX_RUN_BYTES // 4)
    for _ in range(5):
        send(sink, b"GET / HTTP/1.0\r\n\r\n")
    log = sink.finish()
    assert len(log.exchanges) + len(log.connections) <= 4
    assert log.dropped > 0
    assert log.faults == ()


def test_a_flood_is_cut_off_and_counted(sink: LiveSink) -> None:
    head = b"POST /x HTTP/1.1\r\nContent-Length: 60000000\r\n\r\n"
    held = []
    for _ in range(2):
        connection = sink.connect()
        held.append(connection)
        connection.settimeout(30)
        with suppress(OSError):
            connection.sendall(head)
            for _ in range(40):
                connection.sendall(bytes(1 << 20))
    log = sink.finish()
    for connection in held:
        connection.close()
    assert log.dropped_bytes > 0
    assert sum(len(e.request.body) for e in log.exchanges) <= record.MAX_RUN_BYTES
    assert not any(e.complete for e in log.exchanges)


def test_clients_that_ask_and_never_read(sink: LiveSink) -> None:
    with sink.connect() as connection:
        connection.settimeout(1)
        with suppress(OSError):
            for _ in range(300):
                connection.sendall(b"GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n" * 300)
        started = time.monotonic()
        log = sink.finish()
        assert time.monotonic() - started < 5
    assert log.faults == ()


def test_a_reset_in_the_middle_of_an_answer(sink: LiveSink) -> None:
    for _ in range(50):
        with sink.connect() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.sendall(b'POST /v1/messages HTTP/1.1\r\nContent-Length: 15\r\n\r\n{"stream":true}' * 3)
    log = sink.finish()
    assert len(log.exchanges) == 150
    assert log.faults == ()


def test_a_fault_of_our_own_is_told_and_costs_one_connection(sink: LiveSink, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(Peer, "answer", broken)
        assert send(sink, b"GET / HTTP/1.0\r\n\r\n") == b""
    assert send(sink, b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 404")
    log = sink.finish()
    assert len(log.faults) == 1
    assert "ZeroDivisionError" in log.faults[0]


# --- the layers without sockets, on whatever bytes


class Wire:
    def __init__(self) -> None:
        self.sent = b""
        self.closed = False

    def send(self, data: bytes) -> None:
        self.sent += data

    def close(self) -> None:
        self.closed = True


class NoTimer:
    def cancel(self) -> None:
        pass


def play(authority: Authority, pieces: list[bytes], port: int) -> SinkLog:
    run = Run(time.monotonic(), "api.lab.test")
    first = run.connect("198.18.0.1", port, None)
    assert first is not None
    peer = Peer(run, first, authority, frozenset(), lambda _s, _f: NoTimer(), Sniffer)
    layer = Sniffer(Wire(), peer)
    for piece in pieces:
        layer.receive(piece)
    layer.end()
    return run.log()


BEGINNINGS = st.sampled_from(
    [
        b"",
        b"\x16\x03\x01",
        b"\x16\x03\x01\x00\x40\x01\x00\x00\x3c\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x04\x01\x05\x00\x00\x00\x01\x83\x87\x84\x41",
        b"POST /v1/messages HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /v1/responses HTTP/1.1\r\nContent-Length: 9\r\n\r\n",
        b"CONNECT a:443 HTTP/1.1\r\n\r\n",
        b"GET /v1/responses HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        b"\x00\x1c",
    ]
)
PIECES = st.lists(
    st.binary(min_size=1, max_size=40)
    | BEGINNINGS.filter(bool)
    | st.sampled_from(
        [b"\r\n", b"0\r\n\r\n", b"\x81\x82\0\0\0\0{}", b"\x82\xfe", b"\x00\x00\x01\x00\x01\x00\x00\x00\x01a"]
    ),
    max_size=6,
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(BEGINNINGS, PIECES, st.sampled_from([443, 53]))
def test_no_bytes_break_a_layer(authority: Authority, beginning: bytes, pieces: list[bytes], port: int) -> None:
    data = [piece for piece in (beginning, *pieces) if piece]
    log = play(authority, data, port)
    (first, *_) = log.connections
    if not data:
        assert first.outcome is Outcome.NO_BYTES
    elif first.outcome is not Outcome.DNS:
        kept = first.first_bytes or first.client_hello or any(e.connection == 0 for e in log.exchanges)
        assert kept, "bytes came, and nothing tells of them"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.integers(1, 60), max_size=12))
def test_how_the_stream_is_cut_changes_nothing(authority: Authority, cuts: list[int]) -> None:
    stream = (
        b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
        b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
        b"CONNECT b:80 HTTP/1.1\r\n\r\nPOST /v1/responses HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
    )
    pieces = []
    for cut in cuts:
        pieces.append(stream[:cut])
        stream = stream[cut:]
    log = play(authority, [piece for piece in (*pieces, stream) if piece], 80)
    assert [(e.connection, e.request.target, e.kind, e.status, e.complete) for e in log.exchanges] == [
        (0, "/v1/messages", "model", 200, True),
        (0, "/x", "side", 404, True),
        (0, "b:80", "connect", 200, True),
        (1, "/v1/responses", "model", 200, True),
    ]
    assert log.exchanges[0].request.frames == (2,)
