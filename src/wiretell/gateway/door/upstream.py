"""The way to the upstreams: a narrow interface, and aiohttp behind it.

aiohttp keeps the connections, checks certificates and parses responses. The request's head is written by `_Exact`
below: the client's own names, order and case, not aiohttp's.
"""

from __future__ import annotations

import ssl
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache
from types import TracebackType
from typing import Any, Final

import aiohttp
from aiohttp.http import StreamWriter
from multidict import CIMultiDict
from yarl import URL

from wiretell.gateway.protocols.interface import Headers
from wiretell.model.exchange import Ended

_KEEPALIVE_S: Final = 20.0
"""Less than any upstream's: a request must not meet a connection that is just being closed."""
_MAX_HEAD_BYTES: Final = 128 << 10
_MAX_HEADERS: Final = 512
_READ_BYTES: Final = 64 << 10
_MAX_REJECTION_BYTES: Final = 1 << 20


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
    """A request as it goes to an upstream."""

    method: str
    base_url: str
    """Without a slash at its end."""
    below: str
    """Path and query below it, percent-encoded, sent as they are."""
    headers: Headers
    body: bytes = b""
    chunked: bool = False
    """Whether the body is framed as one chunk; else by the content-length in the headers."""
    head: bytes = field(default=b"", repr=False)
    """Request line and headers as bytes, without the empty line."""


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


@lru_cache(maxsize=1024)
def _url(base_url: str, below: str) -> URL:
    return URL(base_url + below, encoded=True)


class _Exact(aiohttp.ClientRequest):
    """A request whose head and body are bytes already. aiohttp's own headers are left aside.

    Head and body go to the transport at once: the body is in memory as it is, so there is nothing to wait for.
    """

    exact: tuple[bytes, ...] = ()

    async def send(self, conn: Any) -> aiohttp.ClientResponse:
        if not self.exact:  # a WebSocket's upgrade
            return await super().send(conn)
        protocol = conn.protocol
        if protocol.transport is None or protocol.transport.is_closing():
            raise aiohttp.ServerDisconnectedError
        protocol.transport.writelines(self.exact)
        protocol.start_timeout()
        response = aiohttp.ClientResponse(
            self.method,
            self.original_url,
            writer=None,
            continue100=None,
            timer=self._timer,
            request_info=self.request_info,
            traces=[],
            loop=self.loop,
            session=self._session,
            stream_writer=StreamWriter(protocol, self.loop),
        )
        self.response = response  # type: ignore[assignment]  # aiohttp declares it too narrowly
        return response


_Handler = Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]]


class _WithBytes:
    """Gives a request its bytes on its way through the session."""

    def __init__(self, exact: tuple[bytes, ...]) -> None:
        self._exact = exact

    async def __call__(self, request: aiohttp.ClientRequest, handler: _Handler) -> aiohttp.ClientResponse:
        request.exact = self._exact  # type: ignore[attr-defined]  # it is an `_Exact`
        return await handler(request)


class _HttpAnswer(Answer):
    def __init__(self, response: aiohttp.ClientResponse, name: str) -> None:
        self._response = response
        self._name = name
        self.status = response.status
        self.reason = (response.reason or "").encode("utf-8", "surrogateescape")
        self.headers = response.raw_headers
        protocol = response.connection.protocol if response.connection is not None else None
        self._closed = protocol.closed if protocol is not None else None
        if self._closed is not None:
            self._closed.add_done_callback(self._lost)

    def _lost(self, _: object) -> None:
        """End the waiting for a body whose connection is gone: after garbage in its framing aiohttp itself does not."""
        content = self._response.content
        if not content.is_eof() and content.exception() is None:
            content.set_exception(aiohttp.ClientPayloadError())

    async def read(self) -> bytes:
        with _told(self._name):
            return await self._response.content.readany()

    def at_once(self) -> bytes:
        content = self._response.content
        return b"" if content.exception() is not None else content.read_nowait()

    def close(self) -> None:
        if self._closed is not None:
            self._closed.remove_done_callback(self._lost)
        if self._response.content.at_eof():
            self._response.release()
        else:
            self._response.close()


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
            case aiohttp.ConnectionTimeoutError():
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
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEPALIVE_S, ttl_dns_cache=60, ssl=tls or True),
            request_class=_Exact,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=self._timeout,
            max_line_size=_MAX_HEAD_BYTES,
            max_field_size=_MAX_HEAD_BYTES,
            max_headers=_MAX_HEADERS,
            read_bufsize=_READ_BYTES,
            middlewares=(_no_rejection,),
        )

    async def ask(self, question: Question) -> Answer:
        """Send a request; return its response once the head is there."""
        name = question.base_url
        with _told(name):
            response = await self._session.request(
                question.method,
                _url(name, question.below),
                allow_redirects=False,
                middlewares=(_WithBytes(_bytes(question)),),
            )
        return _HttpAnswer(response, name)

    async def connect(self, question: Question, subprotocols: tuple[str, ...]) -> Socket:
        """Open a WebSocket with the client's own headers; those of the handshake itself are aiohttp's."""
        headers = CIMultiDict(
            (name.decode("latin-1"), value.decode("utf-8", "surrogateescape"))
            for name, value in question.headers
            if not name.lower().startswith(b"sec-websocket-")
        )
        name = question.base_url
        try:
            with _told(name):
                socket = await self._session.ws_connect(
                    _url(name, question.below),
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


def _bytes(question: Question) -> tuple[bytes, ...]:
    if question.chunked:
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(question.body), question.body) if question.body else b"0\r\n\r\n"
        return question.head, b"\r\n", body
    return (question.head, b"\r\n", question.body) if question.body else (question.head, b"\r\n")


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
    reason = (response.reason or "").encode("utf-8", "surrogateescape")
    raise RejectedError(Whole(response.status, reason, response.raw_headers, bytes(body)))


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
