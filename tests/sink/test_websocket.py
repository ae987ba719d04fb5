from __future__ import annotations

import json
import socket
from typing import Any

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Pong,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.extensions import PerMessageDeflate

from tests.sink.conftest import LiveSink


class Client:
    def __init__(self, connection: socket.socket, target: str) -> None:
        self.socket = connection
        self.ws = WSConnection(ConnectionType.CLIENT)
        request = Request("api.test", target, extensions=[PerMessageDeflate()], extra_headers=[(b"X-Odd", b"1")])
        self.send(request)

    def send(self, event: Event) -> None:
        self.socket.sendall(self.ws.send(event))

    def next(self) -> list[Event]:
        self.ws.receive_data(self.socket.recv(65536) or None)
        return list(self.ws.events())

    def answer(self) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        while not events or events[-1]["type"] != "response.completed":
            events += [json.loads(event.data) for event in self.next() if isinstance(event, TextMessage)]
        return events


def test_the_responses_socket(sink: LiveSink) -> None:
    create = '{"type": "response.create", "model":"m", "input":[], "x":"Today\\u02bcs"}'
    with sink.connect() as connection:
        client = Client(connection, "/v1/responses")
        (accepted,) = client.next()
        assert isinstance(accepted, AcceptConnection)
        assert accepted.extensions == []
        client.send(TextMessage(create[:10], message_finished=False))
        client.send(TextMessage(create[10:]))
        first = client.answer()
        assert "response.output_text.done" in [e["type"] for e in first]
        client.send(TextMessage('{"type":"response.create","generate":false}'))
        assert [e["type"] for e in client.answer()][1:] == ["response.in_progress", "response.completed"]
        client.send(BytesMessage(b"\xff\x00"))
        client.send(Ping(b"?"))
        assert client.next() == [Pong(b"?")]
        client.send(CloseConnection(1000))
        assert isinstance(client.next()[0], CloseConnection)
    log = sink.finish()
    assert [(e.kind, e.request.method, e.status) for e in log.exchanges] == [
        ("websocket", "GET", 101),
        ("model", "WS", 200),
        ("model", "WS", 200),
        ("websocket", "WS", 0),
    ]
    handshake, message, _, odd = log.exchanges
    assert (b"X-Odd", b"1") in handshake.request.headers
    assert b"sec-websocket-accept" in {name.lower() for name, _ in handshake.response_head}
    assert message.request.body == create.encode()
    assert message.request.frames == (10, len(create) - 10)
    assert (message.request.raw_head, message.request.target) == (b"", "/v1/responses")
    assert [json.loads(line) for line in message.response_body.splitlines()] == first
    assert odd.request.body == b"\xff\x00"
    assert log.faults == ()


def test_other_paths_have_no_socket(sink: LiveSink) -> None:
    with sink.connect() as connection:
        client = Client(connection, "/v1/realtime")
        events = client.next()
        assert isinstance(events[0], RejectConnection)
        assert events[0].status_code == 404
    (kept,) = sink.finish().exchanges
    assert (kept.kind, kept.status) == ("websocket", 404)


def test_half_a_message_and_broken_frames(sink: LiveSink) -> None:
    with sink.connect() as connection:
        client = Client(connection, "/v1/responses")
        client.next()
        client.send(TextMessage('{"type":', message_finished=False))
    with sink.connect() as connection:
        client = Client(connection, "/v1/responses")
        client.next()
        connection.sendall(b"\xff\xff\xff\xff\xff")
        client.next()
        connection.sendall(b"after")
    with sink.connect() as connection:
        connection.sendall(b"GET /v1/responses HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 404")
    log = sink.finish()
    assert [(e.request.method, e.complete) for e in log.exchanges if e.request.method == "WS"] == [("WS", False)]
    assert [e.request.body for e in log.exchanges if not e.complete] == [b'{"type":']
    assert log.connections[1].first_bytes == b"\xff\xff\xff\xff\xffafter"
    assert log.faults == ()
