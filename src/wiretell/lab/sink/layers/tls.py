"""TLS as whatever host the client asks for, kept apart from the socket so that the ClientHello's bytes are seen."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable
from typing import Final

from wiretell.capture.wire.tls import parse_client_hello
from wiretell.lab.sink.layers.interface import Layer, Peer, Pipe
from wiretell.model.capture import Outcome

MAX_HELLO_BYTES: Final = 18 << 10
"""One TLS record, and more than any client is known to send (post-quantum key shares make hellos of 2 KB)."""
_READ_BYTES: Final = 64 << 10
_RECORD_HEAD, _MESSAGE_HEAD, _CLIENT_HELLO = 5, 4, 1


class Tls:
    """One TLS session; what is inside goes to a layer of its own."""

    def __init__(self, pipe: Pipe, peer: Peer, inside: Callable[[Pipe, Peer], Layer]) -> None:
        self._pipe = pipe
        self._peer = peer
        self._inside = inside
        self._hello = b""
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._session: ssl.SSLObject | None = None
        self._inner: Layer | None = None
        self._busy = False
        """Whether this layer is in the middle of taking in bytes."""
        self._closing = False
        self._over = False
        peer.record.outcome = Outcome.TLS_FAILED  # until the handshake is done

    def receive(self, data: bytes) -> None:
        """Take bytes of the TLS stream."""
        if self._over:
            return
        if self._session is None:
            self._hello += data
            if not _is_whole(self._hello):
                return
            data = self._hello
            self._begin(data)
        self._incoming.write(data)
        self._busy = True
        self._advance()
        self._busy = False
        if self._closing:
            self._shut()

    def end(self) -> None:
        """Say what the session came to."""
        record = self._peer.record
        if self._inner is not None:
            self._inner.end()
            if record.outcome is Outcome.NO_BYTES:
                record.outcome = Outcome.HANDSHAKE_ONLY
        elif not record.client_hello:
            record.first_bytes = self._hello[:4096]

    def send(self, data: bytes) -> None:
        """Encrypt and send, for the layer inside."""
        if self._session is None or self._over:
            return
        try:
            self._session.write(data)
        except ssl.SSLError:  # the client shut the session down meanwhile
            self._over = True
        self._flush()

    def close(self) -> None:
        """Send close_notify, and close below, once all that arrived is read."""
        self._closing = True
        if not self._busy:
            self._shut()

    def _shut(self) -> None:
        if self._session is not None and not self._over:
            with contextlib.suppress(ssl.SSLError):  # SSLWantRead: the client's own close_notify need not come
                self._session.unwrap()
            self._flush()
        self._over = True
        self._pipe.close()

    def _begin(self, data: bytes) -> None:
        record = self._peer.record
        record.client_hello = data[: _RECORD_HEAD + int.from_bytes(data[3:5], "big")]
        if hello := parse_client_hello(data):
            record.sni, record.alpn = hello.sni, hello.alpn
        names = (record.sni,) if record.sni else tuple(filter(None, (record.name, record.address)))
        context = self._peer.authority.leaf_context(*names)
        self._session = context.wrap_bio(self._incoming, self._outgoing, server_side=True)

    def _advance(self) -> None:
        assert self._session is not None
        try:
            if self._inner is None and not self._handshake(self._session):
                return
            self._read(self._session)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:  # an alert of the client's, its close_notify, or no TLS at all
            self._stop()
        self._flush()

    def _handshake(self, session: ssl.SSLObject) -> bool:
        try:
            session.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
            return False
        record = self._peer.record
        record.tls = session.version()
        record.outcome = Outcome.NO_BYTES
        self._inner = self._inside(self, self._peer)
        return True

    def _read(self, session: ssl.SSLObject) -> None:
        """Read until `SSLWantReadError`, or the end that the client announced."""
        while not self._over and self._inner is not None:
            data = session.read(_READ_BYTES)
            if not data:
                self._stop()
                return
            self._inner.receive(data)

    def _stop(self) -> None:
        self._flush()
        self._over = True
        self._pipe.close()

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._pipe.send(self._outgoing.read())


def _is_whole(data: bytes) -> bool:
    """Whether the ClientHello is there, which may stretch over several records; or what begins is none, or too long."""
    size = int.from_bytes(data[3:5], "big")
    if len(data) >= MAX_HELLO_BYTES:
        return True
    if len(data) < _RECORD_HEAD + size or not size:
        return size == 0 and len(data) >= _RECORD_HEAD
    message = data[_RECORD_HEAD : _RECORD_HEAD + size]
    in_parts = message[0] == _CLIENT_HELLO and size < _MESSAGE_HEAD + int.from_bytes(
        message[1:4].ljust(3, b"\xff"), "big"
    )
    return not in_parts or parse_client_hello(data) is not None
