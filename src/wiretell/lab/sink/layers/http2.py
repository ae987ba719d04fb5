"""HTTP/2 (RFC 9113), in clear text too; header order and case and the sizes of DATA frames are kept."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    RequestReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)
from h2.exceptions import H2Error, ProtocolError
from h2.settings import SettingCodes, Settings

from wiretell.lab.sink.answers import Answer
from wiretell.lab.sink.answers.interface import dumps, headers
from wiretell.lab.sink.layers.interface import Peer, Pipe
from wiretell.lab.sink.record import MAX_FIRST_BYTES
from wiretell.model.capture import Outcome, Request

_WINDOW: Final = 1 << 24
"""Bytes a client may send before we acknowledge any: no request waits for us."""
_SETTINGS: Final = {
    SettingCodes.MAX_CONCURRENT_STREAMS: 128,
    SettingCodes.INITIAL_WINDOW_SIZE: _WINDOW,
    SettingCodes.MAX_HEADER_LIST_SIZE: 1 << 18,
}
# Nothing is put right on the way in: what a client sends is what is recorded.
_CONFIG: Final = H2Configuration(
    client_side=False,
    header_encoding=None,
    validate_inbound_headers=False,
    normalize_inbound_headers=False,
    validate_outbound_headers=False,
    normalize_outbound_headers=False,
)
_NO_CONNECT = Answer(501, headers({"content-type": "application/json"}), (dumps({}),), "connect")


@dataclass(slots=True)
class _Stream:
    started_s: float
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytearray = field(default_factory=bytearray)
    frames: list[int] = field(default_factory=list)

    def request(self) -> Request:
        fields = {name: value.decode("latin-1") for name, value in reversed(self.headers) if name[:1] == b":"}
        target = fields.get(b":path", fields.get(b":authority", ""))
        return Request(
            "HTTP/2", fields.get(b":method", ""), target, self.headers, bytes(self.body), frames=tuple(self.frames)
        )  # fmt: skip

    def authority(self) -> str:
        named = [value for name, value in self.headers if name.lower() in (b":authority", b"host")]
        return named[0].decode("latin-1") if named else ""


class Http2:
    """All the streams of one connection."""

    def __init__(self, pipe: Pipe, peer: Peer) -> None:
        self._pipe = pipe
        self._peer = peer
        self._streams: dict[int, _Stream] = {}
        self._waiting: dict[int, bytes] = {}
        """Rest of a response that the client's window does not take yet."""
        self._over = False
        self._first = b""
        self._protocol = H2Connection(_CONFIG)
        self._protocol.local_settings = Settings(client=False, initial_values=_SETTINGS)
        self._protocol.initiate_connection()
        self._protocol.increment_flow_control_window(_WINDOW)

    def receive(self, data: bytes) -> None:
        """Take frames, and answer each request that is whole."""
        if self._over:
            return
        if len(self._first) < MAX_FIRST_BYTES:
            self._first += data[:MAX_FIRST_BYTES]
        try:
            for event in self._protocol.receive_data(data):
                self._take(event)
            self._send_waiting()
        except (H2Error, ValueError, IndexError, KeyError, UnicodeError):
            # Beside its own errors, h2 lets through what its parsers meet in broken frames.
            self._peer.record.unknown(data)
            self._over = True
        self._flush()
        if self._over:
            self._pipe.close()

    def end(self) -> None:
        """Keep the requests that were cut off, or what came where there was none."""
        for stream in self._streams.values():
            self._peer.record_cut_off(stream.request(), stream.started_s)
        self._streams.clear()
        record = self._peer.record
        if record.outcome is Outcome.NO_BYTES:
            record.unknown(self._first)
            record.outcome = Outcome.HANDSHAKE_ONLY

    def _flush(self) -> None:
        if out := self._protocol.data_to_send():
            self._pipe.send(out)

    def _take(self, event: Event) -> None:
        match event:
            case RequestReceived():
                self._begin(event)
            case DataReceived():
                self._take_data(event)
            case TrailersReceived():
                stream = self._streams[event.stream_id]
                stream.headers += tuple((bytes(name), bytes(value)) for name, value in event.headers)
            case StreamEnded():
                self._respond(event.stream_id)
            case StreamReset():
                self._waiting.pop(event.stream_id, None)
                if event.stream_id in self._streams:
                    stream = self._streams.pop(event.stream_id)
                    self._peer.record_cut_off(stream.request(), stream.started_s)
            case ConnectionTerminated():
                self._over = True
            case _:
                pass

    def _begin(self, event: RequestReceived) -> None:
        pairs = tuple((bytes(name), bytes(value)) for name, value in event.headers)
        self._streams[event.stream_id] = _Stream(self._peer.run.now(), pairs)
        if (b"expect", b"100-continue") in pairs and event.stream_ended is None:
            self._protocol.send_headers(event.stream_id, [(b":status", b"100")])

    def _take_data(self, event: DataReceived) -> None:
        stream = self._streams[event.stream_id]
        stream.body += event.data
        if event.data or event.stream_ended is None:
            stream.frames.append(len(event.data))
        if event.flow_controlled_length:
            self._protocol.acknowledge_received_data(event.flow_controlled_length, event.stream_id)

    def _respond(self, stream_id: int) -> None:
        stream = self._streams.pop(stream_id)
        request = stream.request()
        answer = _NO_CONNECT if request.method == "CONNECT" else self._peer.answer(request, stream.authority())
        head = ((b":status", str(answer.status).encode()), *answer.headers)
        if not answer.streamed:
            head = (*head, (b"content-length", str(len(answer.body)).encode()))
        self._peer.record_exchange(request, stream.started_s, answer, head)
        body = b"" if request.method == "HEAD" else answer.body
        with suppress(ProtocolError):  # reset in the same breath
            self._protocol.send_headers(stream_id, head, end_stream=not body)
            if body:
                self._waiting[stream_id] = body

    def _send_waiting(self) -> None:
        """Send what the client's windows take."""
        for stream_id in list(self._waiting):
            rest = self._waiting.pop(stream_id)
            with suppress(ProtocolError):
                while rest and (room := self._room(stream_id)) > 0:
                    piece, rest = rest[:room], rest[room:]
                    self._protocol.send_data(stream_id, piece, end_stream=not rest)
                if rest:
                    self._waiting[stream_id] = rest

    def _room(self, stream_id: int) -> int:
        return min(self._protocol.local_flow_control_window(stream_id), self._protocol.max_outbound_frame_size)
