"""The way to the upstreams: a narrow interface, and aiohttp behind it.

aiohttp keeps the connections, checks certificates and parses responses. The request's head is written here: the
client's own names, order and case, not aiohttp's.
"""

from __future__ import annotations

import ssl
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache
from types import TracebackType
from typing import Final

import aiohttp
from aiohttp import StreamReader
from aiohttp.connector import Connection
from aiohttp.http import RawResponseMessage
from multidict import CIMultiDict
from yarl import URL

from wiretell.gateway.door import heads
from wiretell.gateway.protocols.interface import Headers
from wiretell.model.exchange import Ended

_KEEPALIVE_S: Final = 4.0
"""Less than any upstream's (nginx 75, uvicorn and Node 5 s): a request must not meet a connection that is just being
closed, as it cannot be sent again: the upstream may have read it."""
_MAX_HEAD_BYTES: Final = 128 << 10
_MAX_HEADERS: Final = 512
_READ_BYTES: Final = 64 << 10
_MAX_REJECTION_BYTES: Final = 1 << 20
_CONTROLS: Final = bytes((*range(0x20), 0x7F))
_CONTENT_LENGTH: Final = b"\r\ncontent-length: "
_TRANSFER_ENCODING: Final = b"\r\ntransfer-encoding:"
_IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})


class UpstreamError(Exception):
    """The upstream gave no response, or no whole one. Never leaves the door."""

    def __init__(self, ended: Ended, sentence: str) -> None:
        super().__init__(sentence)
        self.ended = ended
        self.sentence = sentence

    @property
    def status(self) -> int:
        """What a client is told where nothing else was sent to it."""
        return 504 if self.ended is Ended.UPSTREAM_SILENT else 502


@dataclass(frozen=True, slots=True)
class Question:
    """A request as it goes to an upstream. Its framing is made here, of the body, whatever a client's head said."""

    method: str
    base_url: str
    """Without a slash at its end."""
    below: str
    """Path and query below it, percent-encoded, sent as they are."""
    headers: Headers
    """As they were given, but for the framing."""
    body: bytes = b""
    head: bytes = field(init=False, repr=False)
    """Request line and headers as bytes, without the empty line."""

    def __post_init__(self) -> None:
        """Frame it. :raises ValueError: where it would not go to the upstream's host."""
        if not self.below.startswith("/"):
            raise ValueError("a target below an upstream must begin with a slash")
        headers = heads.framed(self.headers, len(self.body))
        line = f"{self.method} {prefix(self.base_url)}{self.below} HTTP/1.1".encode("latin-1")
        object.__setattr__(self, "headers", headers)
        object.__setattr__(self, "head", heads.head(line, headers))


class Answer(ABC):
    """A response as it comes."""

    status: int
    reason: bytes
    headers: Headers

    @abstractmethod
    async def read(self) -> bytes:
        """Return the next bytes of the body as soon as they are there; none at its end. :raises UpstreamError:"""

    @abstractmethod
    def at_once(self) -> bytes:
        """Return what is there already of the body; may be nothing."""

    @abstractmethod
    def close(self) -> None:
        """Let go of it. Where it had not ended its connection ends, and the upstream sees that."""


class Whole(Answer):
    """A response that is there already."""

    def __init__(self, status: int, reason: bytes, headers: Headers, body: bytes) -> None:
        self.status, self.reason, self.headers, self.body = status, reason, headers, body
        self._rest = body

    async def read(self) -> bytes:
        """Return the body, then nothing."""
        return self.at_once()

    def at_once(self) -> bytes:
        """Return the body, once."""
        given, self._rest = self._rest, b""
        return given

    def close(self) -> None:
        """Nothing is open."""


class Socket(ABC):
    """An upstream's WebSocket."""

    headers: Headers
    subprotocol: str | None

    @abstractmethod
    async def send(self, message: str | bytes) -> None:
        """Send one message. :raises UpstreamError:"""

    @abstractmethod
    async def receive(self) -> str | bytes | None:
        """Return the next message; None once it is closed. :raises UpstreamError:"""

    @property
    @abstractmethod
    def close_code(self) -> int:
        """How the upstream closed it."""

    @abstractmethod
    async def close(self, code: int = 1000) -> None:
        """Close it."""


class RejectedError(Exception):
    """An upstream answered a WebSocket's upgrade with an ordinary response. Never leaves the door."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"status {answer.status}")
        self.answer = answer


class UpstreamClient(ABC):
    """Sends requests to upstreams."""

    @abstractmethod
    async def ask(self, question: Question) -> Answer:
        """Send a request; return its response once the head is there. :raises UpstreamError:"""

    @abstractmethod
    async def connect(self, question: Question, subprotocols: tuple[str, ...]) -> Socket:
        """Open a WebSocket. :raises UpstreamError: RejectedError: where the upstream will not have one."""

    @abstractmethod
    async def close(self) -> None:
        """End all connections."""


@lru_cache(maxsize=64)
def authority(base_url: str) -> bytes:
    """Return the Host header's value for a base URL."""
    return URL(base_url).host_port_subcomponent.encode("ascii")  # type: ignore[union-attr]  # checked by the settings


@lru_cache(maxsize=64)
def prefix(base_url: str) -> str:
    """Return the path that a base URL puts before every target, without a slash at its end."""
    return URL(base_url).raw_path.rstrip("/")


def _url(question: Question) -> URL:
    """Return the whole URL, built of its parts: nothing in a target leads to another host."""
    base, (path, _, query) = URL(question.base_url), question.below.partition("?")
    url = URL.build(
        scheme=base.scheme,
        authority=base.raw_authority,
        path=prefix(question.base_url) + path,
        query_string=query,
        encoded=True,
    )
    if url.raw_authority != base.raw_authority:
        raise ValueError("a request must go to its upstream's own host")
    return url


class _HttpAnswer(Answer):
    """A response of aiohttp's parser, without the rest of aiohttp's client around it."""

    def __init__(self, connection: Connection, message: RawResponseMessage, content: StreamReader, name: str) -> None:
        self._connection = connection
        self._content = content
        self._name = name
        self.status = message.code
        self.reason = _plain_reason(message.reason)
        self.headers = message.raw_headers
        self._closed = connection.protocol.closed if connection.protocol is not None else None
        if self._closed is not None:
            self._closed.add_done_callback(self._lost)

    def _lost(self, _: object) -> None:
        """End the waiting for a body whose connection is gone: after garbage in its framing aiohttp itself does not."""
        if not self._content.is_eof() and self._content.exception() is None:
            self._content.set_exception(aiohttp.ClientPayloadError())

    async def read(self) -> bytes:
        if self._content.exception() is not None and (came := self.at_once()):
            return came
        with _told(self._name):
            return await self._content.readany()

    def at_once(self) -> bytes:
        # `read_nowait` raises where the connection has ended since, and what came before that would be lost
        return self._content._read_nowait(-1)

    def close(self) -> None:
        if self._closed is not None:
            self._closed.remove_done_callback(self._lost)
        if self._content.at_eof():
            self._connection.release()
        else:
            self._connection.close()


class _told:  # noqa: N801 - reads as a with-statement
    """Puts aiohttp's errors into our words, at this one place."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        match error:
            case None:
                return
            case aiohttp.ConnectionTimeoutError() | _NoConnection():
                raise UpstreamError(Ended.UPSTREAM_UNREACHABLE, f"{self._name} did not take a connection.") from None
            case TimeoutError():
                raise UpstreamError(Ended.UPSTREAM_SILENT, f"{self._name} sent nothing for too long.") from None
            case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError() | ssl.SSLError():
                sentence = f"{self._name} could not prove who it is, or speaks no TLS ({_plain(error)})."
                raise UpstreamError(Ended.UPSTREAM_UNREACHABLE, sentence) from None
            case aiohttp.ClientConnectorError():
                sentence = f"{self._name} cannot be reached ({_plain(error)})."
                raise UpstreamError(Ended.UPSTREAM_UNREACHABLE, sentence) from None
            case aiohttp.ClientResponseError() | aiohttp.http.HttpProcessingError():
                raise UpstreamError(Ended.UPSTREAM_CUT, f"{self._name} sent what is no HTTP response.") from None
            case aiohttp.ClientError() | OSError():
                raise UpstreamError(Ended.UPSTREAM_CUT, f"{self._name} cut the connection.") from None


def _plain(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or getattr(error, "certificate_error", None) or error)[:200]


class HttpUpstreams(UpstreamClient):
    """Upstreams over HTTP/1.1, with kept connections."""

    def __init__(self, *, connect_timeout_s: float, idle_timeout_s: float, tls: ssl.SSLContext | None = None) -> None:
        """Must be made in the running event loop. `tls` may hold further authorities (tests, a company's own)."""
        self._timeout = aiohttp.ClientTimeout(
            total=None, connect=None, sock_connect=connect_timeout_s, sock_read=idle_timeout_s
        )
        self._connector = aiohttp.TCPConnector(
            limit=0, keepalive_timeout=_KEEPALIVE_S, ttl_dns_cache=60, ssl=tls or True
        )
        self._hosts: dict[str, aiohttp.ClientRequest] = {}
        """By base URL: what the connector wants to know of a request."""
        self._session = aiohttp.ClientSession(  # for WebSockets
            connector=self._connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=self._timeout,
            max_line_size=_MAX_HEAD_BYTES,
            max_field_size=_MAX_HEAD_BYTES,
            max_headers=_MAX_HEADERS,
            middlewares=(_no_rejection,),
        )

    async def ask(self, question: Question) -> Answer:
        """Send a request; return its response once the head is there.

        One that changes nothing (RFC 9110 section 9.2.2) is sent again where the connection was just being closed.
        """
        with _told(question.base_url):
            try:
                return await self._ask(question)
            except (aiohttp.ClientConnectorError, _NoConnection):
                raise
            except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
                if question.method not in _IDEMPOTENT:
                    raise
            return await self._ask(question)

    async def _ask(self, question: Question) -> Answer:
        """Send it by the connector alone: aiohttp's session would take as much time as all the rest of the door."""
        connection = await self._connection(question.base_url)
        try:
            protocol = connection.protocol
            if protocol is None or protocol.transport is None or protocol.transport.is_closing():
                raise aiohttp.ServerDisconnectedError
            protocol.set_response_params(
                skip_payload=question.method == "HEAD",
                read_until_eof=True,
                auto_decompress=False,
                read_timeout=self._timeout.sock_read,
                read_bufsize=_READ_BYTES,
                max_line_size=_MAX_HEAD_BYTES,
                max_field_size=_MAX_HEAD_BYTES,
                max_headers=_MAX_HEADERS,
            )
            # head and body at once: the body is in memory as it is, so there is nothing to wait for
            protocol.transport.writelines(_bytes(question))
            protocol.start_timeout()
            message, content = await protocol.read()
            while 100 <= message.code < 200:
                if message.code == 101:
                    sentence = f"{question.base_url} changed to another protocol, which nobody had asked for."
                    raise UpstreamError(Ended.UPSTREAM_CUT, sentence)
                message, content = await protocol.read()
            return _HttpAnswer(connection, message, content, question.base_url)
        except BaseException:
            connection.close()
            raise

    async def _connection(self, base_url: str) -> Connection:
        host = self._hosts.get(base_url)
        if host is None:
            host = self._hosts[base_url] = aiohttp.ClientRequest("POST", URL(base_url))
        try:
            return await self._connector.connect(host, [], self._timeout)
        except TimeoutError:
            raise _NoConnection from None

    async def connect(self, question: Question, subprotocols: tuple[str, ...]) -> Socket:
        """Open a WebSocket with the client's own headers; those of the handshake itself are aiohttp's."""
        headers = CIMultiDict(
            (name.decode("latin-1"), value.decode("utf-8", "surrogateescape"))
            for name, value in question.headers
            if not name.lower().startswith((b"sec-websocket-", b"content-"))
        )
        name = question.base_url
        try:
            with _told(name):
                socket = await self._session.ws_connect(
                    _url(question),
                    headers=headers,
                    protocols=subprotocols,
                    autoping=True,
                    compress=0,
                    max_msg_size=0,
                )
        except aiohttp.WSServerHandshakeError:
            raise UpstreamError(Ended.UPSTREAM_CUT, f"{name} answered the upgrade wrongly.") from None
        return _WebSocket(socket, name)

    async def close(self) -> None:
        """End all connections."""
        await self._session.close()


def _plain_reason(reason: str) -> bytes:
    """Return a reason phrase without control characters, which a terminal might obey."""
    return reason.encode("utf-8", "surrogateescape").translate(None, _CONTROLS)


class _NoConnection(Exception):  # noqa: N818 - becomes an UpstreamError at once
    """None was taken within the time for it."""


def _bytes(question: Question) -> tuple[bytes, ...]:
    """Return what is written to an upstream's connection, which others' requests follow on.

    :raises ValueError: where the upstream could take its end for another than it is: a fault of ours.
    """
    head, body = question.head, question.body
    lower = head.lower()
    framings = lower.count(_CONTENT_LENGTH) + lower.count(_TRANSFER_ENCODING)
    is_framed = framings == 1 and b"%b%d\r\n" % (_CONTENT_LENGTH, len(body)) in lower
    is_plain = head.endswith(b"\r\n") and head.count(b"\n") == head.count(b"\r") == len(question.headers) + 1
    if not is_plain or not (is_framed or (not framings and not body)):
        raise ValueError("a request must be framed once, by the length of its body")
    return (head, b"\r\n", body) if body else (head, b"\r\n")


_Handler = Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]]


async def _no_rejection(request: aiohttp.ClientRequest, handler: _Handler) -> aiohttp.ClientResponse:
    """Keep the response to an upgrade that was not granted: aiohttp itself throws its body away.

    :raises RejectedError: with it.
    """
    response = await handler(request)
    if response.status == 101:
        return response
    body = bytearray()
    while len(body) < _MAX_REJECTION_BYTES and (piece := await response.content.readany()):
        body += piece
    response.close()
    raise RejectedError(Whole(response.status, _plain_reason(response.reason or ""), response.raw_headers, bytes(body)))


class _WebSocket(Socket):
    def __init__(self, socket: aiohttp.ClientWebSocketResponse, name: str) -> None:
        self._socket = socket
        self._name = name
        self.subprotocol = socket.protocol
        self.headers = socket._response.raw_headers  # the response has no public name there

    async def send(self, message: str | bytes) -> None:
        with _told(self._name):
            await (self._socket.send_str(message) if isinstance(message, str) else self._socket.send_bytes(message))

    async def receive(self) -> str | bytes | None:
        with _told(self._name):
            message = await self._socket.receive()
        match message.type:
            case aiohttp.WSMsgType.TEXT | aiohttp.WSMsgType.BINARY:
                data: str | bytes = message.data
                return data
            case aiohttp.WSMsgType.ERROR:
                raise UpstreamError(Ended.UPSTREAM_CUT, f"{self._name} sent what is no WebSocket message.")
            case _:
                return None

    @property
    def close_code(self) -> int:
        return self._socket.close_code or 1006

    async def close(self, code: int = 1000) -> None:
        await self._socket.close(code=code)
