"""DNS over TCP (RFC 7766), and inside TLS (RFC 7858): messages with a length before each."""

from __future__ import annotations

from wiretell.lab.sink.dns import reply_to
from wiretell.lab.sink.layers.interface import Peer, Pipe
from wiretell.model.capture import Lookup, Outcome


class DnsTcp:
    """Answers the questions on one connection."""

    def __init__(self, pipe: Pipe, peer: Peer) -> None:
        self._pipe = pipe
        self._peer = peer
        self._buffer = b""
        self._broken = False

    def receive(self, data: bytes) -> None:
        """Answer each message that is whole."""
        if self._broken:
            self._peer.record.unknown(data)
            return
        self._buffer += data
        while (message := self._next()) is not None:
            self._answer(message)

    def end(self) -> None:
        """Keep half a message as what it is."""
        if self._buffer:
            self._peer.record.unknown(self._buffer)

    def _next(self) -> bytes | None:
        if self._broken or len(self._buffer) < 2:
            return None
        length = int.from_bytes(self._buffer[:2], "big")
        if len(self._buffer) < 2 + length:
            return None
        message, self._buffer = self._buffer[2 : 2 + length], self._buffer[2 + length :]
        return message

    def _answer(self, message: bytes) -> None:
        run = self._peer.run
        reply = reply_to(message, run.zone)
        if not reply.answered:
            self._broken = True
            self._peer.record.unknown(len(message).to_bytes(2, "big") + message + self._buffer)
            self._buffer = b""
        for found in reply.answered:
            self._peer.record.outcome = Outcome.DNS
            run.add_lookup(Lookup(run.now(), found.name, found.rtype, found.answer, "tcp"))
        if reply.packet:
            self._pipe.send(len(reply.packet).to_bytes(2, "big") + reply.packet)
        if self._broken:
            self._pipe.close()
