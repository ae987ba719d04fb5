"""A tiny model server on loopback that keeps every byte it gets. For unit tests; the lab has a sink of its own."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import socket
import socketserver
import ssl
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ANSWERS: dict[str, dict[str, Any]] = {
    "/v1/messages": {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": "done"}],
        "stop_reason": "end_turn",
    },
    "/v1/chat/completions": {
        "object": "chat.completion",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "done"}, "finish_reason": "stop"}],
    },
    "/v1/responses": {
        "object": "response",
        "status": "completed",
        "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "done"}]}],
    },
    "/v1beta/models/specimen-1": {
        "candidates": [{"content": {"role": "model", "parts": [{"text": "done"}]}, "finishReason": "STOP"}]
    },
}
"""Path (before any `:`) of a model request -> the plainest whole answer. A stream holds the same as one event."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it crossed the socket, or the bytes of something that is no HTTP."""

    head: bytes
    """From the request line to the blank line, both included; everything, where it is no HTTP."""
    body: bytes
    tls: bool

    @property
    def text(self) -> str:
        """All of it as UTF-8; other bytes as lone surrogates."""
        return (self.head + self.body).decode("utf-8", "surrogateescape")

    @property
    def path(self) -> str:
        """The target without query."""
        parts = self.head.split(b" ", 2)
        return parts[1].decode("latin-1").partition("?")[0] if len(parts) == 3 else ""

    @property
    def asks_model(self) -> bool:
        """Whether this is a model request."""
        return self.head.startswith(b"POST ") and self.path.partition(":")[0] in ANSWERS

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


class LocalServer:
    """Serves plain HTTP and TLS on one port of 127.0.0.1. `folder` gets the certificate that agents should trust."""

    def __init__(self, folder: Path) -> None:
        self.seen: list[Seen] = []
        self.ca_file = folder / "ca.pem"
        self._tls = _make_tls(folder, self.ca_file)
        self._server = _Listener(self)
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self) -> list[Seen]:
        """Return what came since the last call, in the order in which requests were complete."""
        seen, self.seen = self.seen, []
        return seen

    def serve(self, connection: socket.socket) -> None:
        """Read one request from a fresh connection, keep it, answer it and close."""
        tls = connection.recv(1, socket.MSG_PEEK) == b"\x16"
        stream = self._tls.wrap_socket(connection, server_side=True) if tls else connection
        with stream, stream.makefile("rb") as lines:
            head = lines.readline(65536)
            if not head.rstrip().endswith((b"HTTP/1.1", b"HTTP/1.0")):
                self.seen.append(Seen(head, b"", tls))
                return
            length = 0
            while (line := lines.readline(65536)) not in (b"\r\n", b""):
                head += line
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            seen = Seen(head + line, lines.read(length), tls)
            self.seen.append(seen)
            stream.sendall(_answer(seen))


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, owner: LocalServer) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """An agent that goes away in the middle is no fault of the server."""


class _Handler(socketserver.BaseRequestHandler):
    server: _Listener

    def handle(self) -> None:
        self.server.owner.serve(self.request)


def _answer(seen: Seen) -> bytes:
    if not seen.asks_model:
        return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    whole = json.dumps(ANSWERS[seen.path.partition(":")[0]]).encode()
    streams = b"\naccept: text/event-stream" in seen.head
    kind = b"text/event-stream" if streams else b"application/json"
    body = b"data: " + whole + b"\n\n" if streams else whole
    return b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s" % (
        kind,
        len(body),
        body,
    )


def _make_tls(folder: Path, ca_file: Path) -> ssl.SSLContext:
    """Write a fresh authority to `ca_file` and return a context that serves the specimens' hosts with it."""
    ca_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "specimens test authority")])
    ca = _certificate(ca_name, ca_key.public_key(), ca_name, ca_key, None)
    leaf_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "specimen.example")])
    leaf = _certificate(leaf_name, leaf_key.public_key(), ca_name, ca_key, ca_key.public_key())
    ca_file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    chain = folder / "leaf.pem"
    chain.write_bytes(
        leaf_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + leaf.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context


def _certificate(
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    authority: ec.EllipticCurvePublicKey | None,
) -> x509.Certificate:
    """Return a certificate valid for a day; an authority's own where `authority` is None."""
    now = dt.datetime.now(dt.UTC)
    is_ca = authority is None
    hosts = [x509.DNSName("*.specimen.example"), x509.DNSName("api.anthropic.com")]  # the latter is date_line's
    names = [*hosts, x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
    if authority is None:
        usage = dict.fromkeys(_KEY_USAGES, False) | {"key_cert_sign": True, "crl_sign": True}
        builder = builder.add_extension(x509.KeyUsage(**usage), critical=True)
    else:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


_KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
