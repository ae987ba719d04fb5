"""Tells by its first bytes what a connection speaks: any protocol may come on any port."""

from __future__ import annotations

from typing import Final

from wiretell.lab.sink.layers.dns_tcp import DnsTcp
from wiretell.lab.sink.layers.http1 import Http1
from wiretell.lab.sink.layers.http2 import Http2
from wiretell.lab.sink.layers.interface import Layer, Peer, Pipe
from wiretell.lab.sink.layers.tls import Tls

SILENCE_S: Final = 5.0
"""After which a plain connection on which nothing came is closed: its client waits for the server to speak first.
Longer than clients that connect ahead of need are known to wait, as such a close could change what they do."""

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DNS_PORTS = frozenset({53, 853})


class Sniffer:
    """The first layer of every connection, of every tunnel, and inside TLS."""

    def __init__(self, pipe: Pipe, peer: Peer) -> None:
        self._pipe = pipe
        self._peer = peer
        self._buffer = b""
        self._inner: Layer | None = None
        # A TLS connection may well stay open unused; a plain one on which nothing comes waits for a greeting.
        plain = peer.record.tls is None
        self._timer = peer.later(SILENCE_S, self._silent) if plain else None

    def receive(self, data: bytes) -> None:
        """Hand on to the protocol, once it is known."""
        self._heard()
        if not isinstance(self._inner, Tls):
            self._peer.record.bytes_received += len(data)
        if self._inner is None:
            self._buffer += data
            self._inner = self._choose()
            data, self._buffer = (self._buffer, b"") if self._inner else (b"", self._buffer)
        if self._inner is not None:
            self._inner.receive(data)

    def end(self) -> None:
        """Say how the connection ended, if no protocol did."""
        self._heard()
        if self._inner is not None:
            self._inner.end()
        elif self._buffer:
            self._peer.record.unknown(self._buffer)
        self._peer.record.closed_s = self._peer.run.now()

    def _silent(self) -> None:
        self._timer = None
        self._pipe.close()

    def _heard(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _choose(self) -> Layer | None:
        """Return the layer that these bytes call for, or None while that cannot be told."""
        data, record = self._buffer, self._peer.record
        if data[0] == 0x16 and record.tls is None:
            if len(data) < 2:
                return None
            if data[1] == 3:
                record.bytes_received = 0  # counted after decryption
                return Tls(self._pipe, self._peer, Sniffer)
        if record.port in _DNS_PORTS and not data[:1].isalpha():
            return DnsTcp(self._pipe, self._peer)
        if data.startswith(_PREFACE):
            return Http2(self._pipe, self._peer)
        if _PREFACE.startswith(data):
            return None
        # All the rest goes to the HTTP/1 reader, which says at the earliest byte whether it is none.
        return Http1(self._pipe, self._peer)
