"""The WebSocket that a host of the Responses API speaks (RFC 6455). Extensions are declined: payloads stay bytes."""

from __future__ import annotations

from contextlib import suppress

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Ping,
    TextMessage,
)
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from wiretell.lab.sink.answers import Answer, Ids
from wiretell.lab.sink.answers import openai_responses as responses
from wiretell.lab.sink.answers.interface import dumps, parse_json
from wiretell.lab.sink.layers.interface import Peer, Pipe
from wiretell.model.capture import Request


class WebSocket:
    """One upgraded connection: `response.create` is a model request, everything else is kept and not answered."""

    def __init__(self, pipe: Pipe, peer: Peer, request: Request, host: str) -> None:
        self._pipe = pipe
        self._peer = peer
        self._request = request
        self._host = host
        self._protocol = WSConnection(ConnectionType.SERVER)
        self._payload = bytearray()
        self._frames: list[int] = []
        self._frame = 0
        self._started_s: float | None = None
        self._over = False

    def accept(self, started_s: float) -> bool:
        """Answer the handshake, and record it. False: it is none that can be accepted."""
        try:
            self._protocol.receive_data(self._request.raw_head)
            list(self._protocol.events())
            accepted = self._protocol.send(AcceptConnection())
        except (RemoteProtocolError, LocalProtocolError):
            return False
        lines = accepted.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
        head = tuple((name, value.strip()) for name, _, value in (line.partition(b":") for line in lines))
        self._peer.record_exchange(self._request, started_s, Answer(101, (), (), "websocket"), head)
        self._pipe.send(accepted)
        return True

    def receive(self, data: bytes) -> None:
        """Take frames."""
        if self._over:
            self._peer.record.unknown(data)
            return
        if self._started_s is None:
            self._started_s = self._peer.run.now()
        try:
            self._protocol.receive_data(data)
            for event in self._protocol.events():
                self._take(event, data)
        except RemoteProtocolError as error:
            self._peer.record.unknown(data)
            self._stop(error.event_hint)
        except LocalProtocolError:  # the client closed, and went on
            self._stop(None)
        if not self._payload and not self._frames and not self._frame:
            self._started_s = None

    def end(self) -> None:
        """Keep half a message."""
        if self._payload or self._frames or self._frame:
            self._peer.record_cut_off(self._message(), self._started_s or 0.0)

    def _take(self, event: object, data: bytes) -> None:
        match event:
            case TextMessage() | BytesMessage():
                self._take_piece(event)
            case Ping():
                self._pipe.send(self._protocol.send(event.response()))
            case CloseConnection():
                if self._protocol.state is ConnectionState.OPEN:  # wsproto's own, on broken frames
                    self._peer.record.unknown(data)
                self._stop(event.response())
            case _:
                pass

    def _take_piece(self, event: TextMessage | BytesMessage) -> None:
        piece = event.data.encode() if isinstance(event, TextMessage) else bytes(event.data)
        self._payload += piece
        self._frame += len(piece)
        if event.frame_finished:
            self._frames.append(self._frame)
            self._frame = 0
        if event.message_finished:
            message = self._message()
            self._payload.clear()
            self._frames.clear()
            self._answer(message)
            self._started_s = self._peer.run.now()

    def _message(self) -> Request:
        frames = (*self._frames, self._frame) if self._frame else tuple(self._frames)
        return Request("HTTP/1.1", "WS", self._request.target, (), bytes(self._payload), frames=frames)

    def _answer(self, message: Request) -> None:
        started_s = self._started_s or 0.0
        body = parse_json(message.body)
        if not isinstance(body, dict) or body.get("type") != "response.create":
            self._peer.record_exchange(message, started_s, Answer(0, (), (), "websocket"))
            return
        ids = Ids(message, self._peer.site(message, self._host))
        events = tuple(dumps(event) for event in responses.events(body, ids))
        lines = tuple(event + b"\n" for event in events)
        self._peer.record_exchange(message, started_s, Answer(200, (), lines, "model"))
        self._pipe.send(b"".join(self._protocol.send(TextMessage(event.decode())) for event in events))

    def _stop(self, farewell: object) -> None:
        self._over = True
        if isinstance(farewell, CloseConnection):
            with suppress(LocalProtocolError):
                self._pipe.send(self._protocol.send(farewell))
        self._pipe.close()
