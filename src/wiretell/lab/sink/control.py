"""The recorder control: a client of our own sends what is known, and what was stored must be just that.

The expected values are written down by hand, not made by the reader that they test. The bytes are what careless
recorders lose: header order and case, duplicates, chunk sizes, escapes, number spelling, bytes that are no text.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Final

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, StreamEnded

from wiretell.lab.sink.record import SinkLog
from wiretell.model.capture import Exchange, Request

HOST: Final = "recorder-control.invalid"
PREFIX: Final = "/wiretell-recorder-control"
TIMEOUT_S: Final = 10.0

Headers = tuple[tuple[bytes, bytes], ...]

_CLOSE = b"Connection: close\r\n"
_JSON = (
    b'{ "a":"Today\\u02bcs \\/ \\uD83D\\ude00", "a" : 1.0e0,"b":[1E+2,0.10, -0],\t"c":"\xe2\x80\x99\xe2\x80\x8b"}\r\n'
)
_ALL_BYTES = bytes(range(256))


@dataclass(frozen=True, slots=True)
class Known:
    """Requests that are sent together on one connection, and what must be stored of them."""

    name: str
    pieces: tuple[bytes, ...]
    """What is written to the socket, a piece at a time; the last request asks for the connection to be closed."""
    expected: tuple[Request, ...]


def known_requests(way: str = "plain") -> list[Known]:
    """Return the HTTP/1 requests of the control. `way` stands in their targets, so that each transport has its own."""
    base = f"{PREFIX}/{way}"
    return [
        _odd_heads(f"{base}/heads"),
        _escaped_json(f"{base}/json/v1/messages"),
        _chunked(f"{base}/chunked"),
        _old(f"{base}/old"),
        _pipelined(f"{base}/first", f"http://{HOST}{base}/second?q=%7e%7E"),
    ]


def send_known(connect: Callable[[], socket.socket], ca_pem: bytes | None = None) -> None:
    """Send everything: over plain connections, and with a CA over TLS as HTTP/1.1 and as HTTP/2 too.

    `connect` returns a new connection to a host that the sink stands for, each time it is called. Blocks; made for a
    process inside the lab. Errors: OSError (ssl.SSLError included) where the sink does not answer.
    """
    for known in known_requests():
        with connect() as plain:
            _send(plain, known)
    if ca_pem is None:
        return
    context = ssl.create_default_context(cadata=ca_pem.decode("ascii"))
    for known in known_requests("tls"):
        with _wrapped(context, connect()) as secure:
            _send(secure, known)
    context.set_alpn_protocols(["h2"])
    with _wrapped(context, connect()) as secure:
        _send_h2(secure)


def check(log: SinkLog, *, tls: bool = True) -> str:
    """Return `pass`, or a sentence that says what is stored otherwise than sent. `tls`: a CA was given on sending."""
    if log.faults:
        return f"The recorder failed: {log.faults[0].strip().splitlines()[-1]}"
    if log.dropped or log.dropped_bytes:
        return f"The recorder dropped {log.dropped} records and {log.dropped_bytes} bytes."
    wanted = [request for known in known_requests() for request in known.expected]
    if tls:
        wanted += [request for known in known_requests("tls") for request in known.expected]
        wanted.append(_h2_request())
    wrong = (_compare(request, log.exchanges) for request in wanted)
    return next(filter(None, wrong), "pass")


def _compare(expected: Request, exchanges: tuple[Exchange, ...]) -> str:
    """Return what is wrong with the record of one request, or an empty string."""
    found = [exchange for exchange in exchanges if exchange.request.target == expected.target]
    if len(found) != 1:
        return f"The control request {expected.target} was stored {len(found)} times."
    if not found[0].complete:
        return f"The control request {expected.target} was stored as cut off."
    for part in fields(Request):
        sent, stored = getattr(expected, part.name), getattr(found[0].request, part.name)
        if sent != stored:
            return f"The control request {expected.target} was stored with another {part.name}: {stored!r:.200}."
    return ""


# --- the requests


def _request(protocol: str, target: str, head: bytes, headers: Headers, body: bytes = b"") -> Request:
    return Request(protocol, head.split(b" ")[0].decode(), target, headers, body, head)


def _odd_heads(target: str) -> Known:
    head = b"".join(
        (
            b"pOST %b HTTP/1.1\r\n" % target.encode(),
            b"x-Z: 1\r\nX-a:2\r\nhOsT: %b\r\n" % HOST.encode(),
            b"X-A:  two  words \r\nx-a:2\r\nX-Empty:\r\n",
            b"X-Text: \xe2\x80\x99 \xa0\t.\r\ncontent-LENGTH: 00256\r\n",
            _CLOSE,
            b"\r\n",
        )
    )
    headers = (
        (b"x-Z", b"1"),
        (b"X-a", b"2"),
        (b"hOsT", HOST.encode()),
        (b"X-A", b"two  words"),
        (b"x-a", b"2"),
        (b"X-Empty", b""),
        (b"X-Text", b"\xe2\x80\x99 \xa0\t."),
        (b"content-LENGTH", b"00256"),
        (b"Connection", b"close"),
    )
    request = _request("HTTP/1.1", target, head, headers, _ALL_BYTES)
    return Known("order, case and duplicates of headers", (head + _ALL_BYTES,), (request,))


def _escaped_json(target: str) -> Known:
    size = str(len(_JSON)).encode()
    head = b"POST %b HTTP/1.1\r\nHost: %b\r\nContent-Type: application/json\r\nContent-Length: %b\r\n%b\r\n"
    head %= (target.encode(), HOST.encode(), size, _CLOSE)
    headers = (
        (b"Host", HOST.encode()),
        (b"Content-Type", b"application/json"),
        (b"Content-Length", size),
        (b"Connection", b"close"),
    )
    request = _request("HTTP/1.1", target, head, headers, _JSON)
    return Known("a JSON body with escapes", (head[:9], head[9:], _JSON[:20], _JSON[20:]), (request,))


def _chunked(target: str) -> Known:
    head = b"PUT %b HTTP/1.1\r\nHost: %b\r\nTransfer-Encoding: Chunked\r\n%b\r\n"
    head %= (target.encode(), HOST.encode(), _CLOSE)
    pieces = (b"1\r\n{\r\n", b'00A;ext="1"\r\n0123456789\r\n', b"3\r\n\r\n\0\r\n", b"0\r\nX-Trailer: t\r\n\r\n")
    headers = ((b"Host", HOST.encode()), (b"Transfer-Encoding", b"Chunked"), (b"Connection", b"close"))
    request = Request(
        "HTTP/1.1", "PUT", target, headers, b"{0123456789\r\n\0", head, b"".join(pieces), frames=(1, 10, 3)
    )  # fmt: skip
    return Known("chunks, an extension and a trailer", (head, *pieces), (request,))


def _old(target: str) -> Known:
    head = b"POST %b HTTP/1.0\r\nA line without a name\r\nContent-Length: 4\r\n\r\n" % target.encode()
    headers = ((b"", b"A line without a name"), (b"Content-Length", b"4"))
    return Known("HTTP/1.0", (head + b"\xff\0\r\n",), (_request("HTTP/1.0", target, head, headers, b"\xff\0\r\n"),))


def _pipelined(first: str, second: str) -> Known:
    one = b"POST %b HTTP/1.1\r\nHost: %b\r\nContent-Length: 2\r\n\r\n" % (first.encode(), HOST.encode())
    two = b"GET %b HTTP/1.1\r\nhost: %b\r\n%b\r\n" % (second.encode(), HOST.encode(), _CLOSE)
    expected = (
        _request("HTTP/1.1", first, one, ((b"Host", HOST.encode()), (b"Content-Length", b"2")), b"{}"),
        _request("HTTP/1.1", second, two, ((b"host", HOST.encode()), (b"Connection", b"close"))),
    )
    return Known("two requests in one piece", (one + b"{}" + two,), expected)


def _h2_request() -> Request:
    target = f"{PREFIX}/h2"
    headers = (
        (b":method", b"POST"),
        (b":authority", HOST.encode()),
        (b":scheme", b"https"),
        (b":path", target.encode()),
        (b"x-z", b"1"),
        (b"cookie", b"a=1"),
        (b"x-a", b"\xe2\x80\x99"),
        (b"cookie", b"b=2"),
        (b"x-a", b""),
    )
    return Request("HTTP/2", "POST", target, headers, _ALL_BYTES + _JSON, frames=(1, 255, len(_JSON)))


# --- the client


def _wrapped(context: ssl.SSLContext, connection: socket.socket) -> ssl.SSLSocket:
    try:
        return context.wrap_socket(connection, server_hostname=HOST)
    except BaseException:
        connection.close()
        raise


def _send(connection: socket.socket, known: Known) -> None:
    connection.settimeout(TIMEOUT_S)
    with suppress(OSError):  # needs no delay between pieces, but no joining of them either
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for piece in known.pieces:
        connection.sendall(piece)
    while connection.recv(1 << 16):  # until the sink closes
        pass


def _send_h2(connection: socket.socket) -> None:
    connection.settimeout(TIMEOUT_S)
    client = H2Connection(H2Configuration(client_side=True, header_encoding=None, normalize_outbound_headers=False))
    client.initiate_connection()
    request = _h2_request()
    client.send_headers(1, request.headers)
    at = 0
    for size in request.frames:
        client.send_data(1, request.body[at : at + size], end_stream=at + size == len(request.body))
        at += size
    connection.sendall(client.data_to_send())
    while data := connection.recv(1 << 16):
        events = client.receive_data(data)
        connection.sendall(client.data_to_send())
        if any(isinstance(event, StreamEnded | ConnectionTerminated) for event in events):
            return
