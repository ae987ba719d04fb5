"""The HTTP server's side of a connection: uvicorn's, but heads keep their bytes and bodies their pieces.

ASGI lower-cases header names and knows no reason phrase, no cut connection and no bound for a body. A gateway that
is to be invisible needs them; `Cycle` offers them beside the ASGI interface, under `scope["extensions"][CYCLE]`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol

from wiretell.gateway.protocols.interface import Headers

CYCLE: Final = "wiretell.cycle"
"""Key of a request's `Cycle` in the extensions of its scope."""
HEAD: Final = "wiretell.head"
"""Key of a WebSocket's (target, headers) as received, in the state of its scope."""
MAX_HEAD_BYTES: Final = 256 << 10
"""httptools itself knows no bound. Agents' heads are of 2 KB."""
HEAD_S: Final = 20.0
"""How long a whole head may take: of a new connection, and from a head's first byte on."""
BODY_IDLE_S: Final = 60.0
"""How long a request's body may stand still."""
_NO_BODY: Final = frozenset({204, 304})
_TIMEOUT: Final = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_UNASKED_BYTES: Final = 64 << 10
"""Of a body, taken off the wire before the application reads it."""
_LINGER_S: Final = 2.0
"""How long a client that still sends may read why it was refused (RFC 9112 section 9.6)."""


class ClientLeftError(Exception):
    """The client closed its connection, or did not read or write for too long. Never leaves the door."""


class StalledError(Exception):
    """A request's body stood still for too long. Never leaves the door."""


class TooLargeError(Exception):
    """A request's body is larger than what is allowed. Never leaves the door."""


class Cycle(RequestResponseCycle):
    """One request and its response, with what ASGI cannot say."""

    def __init__(self, *, target: bytes, raw_headers: list[tuple[bytes, bytes]], **others: Any) -> None:
        super().__init__(**others)
        self.target = target
        """As received: path and query, percent-encoded."""
        self.raw_headers = raw_headers
        """Names in the case and order in which they came."""
        self.on_left: Callable[[], object] | None = None
        """Called once where the client leaves before its response is complete."""
        self._pieces: list[bytes] = []
        self._size = 0
        self._allowed = _UNASKED_BYTES
        self._unsent = b""
        self._wants_all = False
        """Whether nothing is waited for but the end of the request's body."""

    def add(self, data: bytes) -> None:
        """Take a piece of the request's body off the wire."""
        self._pieces.append(data)
        self._size += len(data)
        if self._size > self._allowed:
            self.flow.pause_reading()
        if not self._wants_all or self._size > self._allowed:
            self.message_event.set()

    def left(self) -> None:
        """Say that the connection is gone."""
        if self.on_left is not None:
            self.on_left()
            self.on_left = None

    def _taken(self) -> bytes:
        body = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces, self._size = [], 0
        return body

    async def read(self, limit: int, idle_s: float) -> bytes:
        """Return the whole body of the request.

        :raises TooLargeError: once more than `limit` bytes have come or are announced. StalledError: ClientLeftError:
        """
        if self._announced() > limit:
            raise TooLargeError
        self._allowed = limit
        self._resume()
        while self.more_body and self._size <= limit:
            await self._more(idle_s)
        if self._size > limit:
            raise TooLargeError
        return self._taken()

    async def _more(self, idle_s: float) -> None:
        """Wait until the body is whole or too large. :raises StalledError: where nothing comes for `idle_s`."""
        self._wants_all = True
        before = -1
        while before < self._size:
            before = self._size
            try:
                async with asyncio.timeout(idle_s):
                    await self.message_event.wait()
            except TimeoutError:
                continue
            break
        else:
            raise StalledError
        self._wants_all = False
        self.message_event.clear()
        if self.disconnected:
            raise ClientLeftError

    def _announced(self) -> int:
        for name, value in self.scope["headers"]:
            if name == b"content-length":
                return int(value) if value.isdigit() else 0
        return 0

    def _resume(self) -> None:
        self.flow.resume_reading()
        if self.waiting_for_100_continue and not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.waiting_for_100_continue = False

    async def receive(self) -> Any:
        """ASGI's `receive`, for pages that are plain ASGI."""
        self._resume()
        if self.more_body and not self.disconnected and not self._pieces:
            try:
                async with asyncio.timeout(BODY_IDLE_S):
                    await self.message_event.wait()
            except TimeoutError:
                self.transport.close()
                return {"type": "http.disconnect"}
            self.message_event.clear()
        elif not self.more_body and not self._pieces and self.scope.get(_BODY_GIVEN):
            while not self.disconnected and not self.response_complete:
                await self.message_event.wait()
                self.message_event.clear()
        if self.disconnected or self.response_complete:
            return {"type": "http.disconnect"}
        if not self.more_body:
            self.scope[_BODY_GIVEN] = True  # type: ignore[typeddict-unknown-key]  # a key of our own
        return {"type": "http.request", "body": self._taken(), "more_body": self.more_body}

    def prepare(self, status: int, reason: bytes, headers: Headers) -> bytes:
        """Return a response's head, for `start`. Its headers are as they are given, framing is added."""
        usual = STATUS_LINE.get(status, b"HTTP/1.1 %d \r\n" % status)[:-2]
        lines = [b"HTTP/1.1 %d %s" % (status, reason) if reason else usual]
        length, chunked = None, False
        for name, value in headers:
            lower = name.lower()
            if lower == b"content-length":
                length = int(value)
            elif lower == b"transfer-encoding":
                chunked = True
                if self.scope["http_version"] == "1.0":
                    continue
            lines.append(b"%s: %s" % (name, value))
        self._frame(status, length, chunked, lines)
        return b"\r\n".join(lines) + b"\r\n"

    def start(self, head: bytes) -> None:
        """Write the head that `prepare` returned, with what is written next or by `flush`."""
        self.response_started = True
        self.waiting_for_100_continue = False
        self._unsent = head + b"\r\n"

    def flush(self) -> None:
        """Write the head now: nothing of the body may come for a while."""
        if not self.disconnected:
            self.transport.write(self._unsent)
        self._unsent = b""

    def _frame(self, status: int, length: int | None, chunked: bool, lines: list[bytes]) -> None:
        """Decide how the response's body ends (RFC 9112 section 6.3)."""
        bodyless = self.scope["method"] == "HEAD" or status in _NO_BODY
        self.expected_content_length = 0
        self.chunked_encoding = False
        if length is None and not bodyless:
            if self.scope["http_version"] == "1.0":
                self.keep_alive = False
            else:
                self.chunked_encoding = True
                if not chunked:
                    lines.append(b"transfer-encoding: chunked")
        if self.more_body:
            self.keep_alive = False  # a request that was not read to its end
        if not self.keep_alive:
            lines.append(b"connection: close")

    async def give(self, data: bytes, idle_s: float) -> None:
        """Write a piece of the response's body, once the client has read enough of what went before.

        :raises ClientLeftError: where it left, or read nothing for `idle_s`.
        """
        if self.flow.write_paused and not self.disconnected:
            try:
                async with asyncio.timeout(idle_s):
                    await self.flow.drain()
            except TimeoutError:
                self.transport.abort()
                raise ClientLeftError from None
        if self.disconnected:
            raise ClientLeftError
        self._write(data)

    def _write(self, data: bytes) -> None:
        if self.scope["method"] == "HEAD":
            data = b""
        if data and self.chunked_encoding:
            data = b"%x\r\n%s\r\n" % (len(data), data)
        if self._unsent:
            data, self._unsent = self._unsent + data, b""
        if data:
            self.transport.write(data)

    def finish(self, data: bytes = b"") -> None:
        """Write the last piece of the response's body, and its end."""
        if self.disconnected or self.response_complete:
            return
        self._write(data)
        if self.chunked_encoding and self.scope["method"] != "HEAD":
            self.transport.write(b"0\r\n\r\n")
        self.response_complete = True
        self.message_event.set()
        if self.more_body:
            self._linger()
        elif not self.keep_alive:
            self.transport.close()
        self.on_response()

    def _linger(self) -> None:
        """Read on for a moment what is no longer wanted: closing at once would take the answer from the client."""
        self.flow.resume_reading()
        asyncio.get_running_loop().call_later(_LINGER_S, self.transport.close)

    def cut(self) -> None:
        """End the connection in the middle of the response, after what was written."""
        if self.response_started:
            self.flush()
        self.response_complete = True
        self.transport.close()


_BODY_GIVEN: Final = "wiretell.body-given"


class DoorProtocol(HttpToolsProtocol):
    """uvicorn's protocol on httptools, with `Cycle` for its cycles."""

    cycle: Cycle
    _is_http = True
    _head_timer: asyncio.TimerHandle | None = None
    _is_upgrade = False
    """Whether the parser stops behind the head that was read last, as another protocol was asked for."""
    _as_came: list[tuple[bytes, bytes]] | None = None
    """Headers of a request that is parsed again, without its `Upgrade`."""
    _is_head = False
    """Whether a head has begun and not ended."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin; whoever says nothing is not waited for."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Take bytes; a head that stays half is not waited for, either."""
        self._unset_keepalive_if_required()
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
            return
        if self._is_http and self._is_idle():
            self._await_head()

    def _feed(self, data: bytes) -> None:
        """Parse; a WebSocket leaves for its own protocol, every other upgrade is ignored (RFC 9110 section 7.8)."""
        while True:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                if not self._is_upgrade:
                    return  # CONNECT: answered, and nothing behind it is read
                if self._asks_for_socket():
                    self.handle_websocket_upgrade()
                    return
                data = self._without_upgrade() + data[upgrade.args[0] :]
            else:
                return

    def _asks_for_socket(self) -> bool:
        has_body = any(name in {b"content-length", b"transfer-encoding"} for name, _ in self.headers)
        return self._should_upgrade() and self.scope["method"] == "GET" and not has_body and self._is_idle()

    def _without_upgrade(self) -> bytes:
        """Return the head that was read last, for another parser, which goes on to its body."""
        line = b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        fields = [b"%s: %s" % (name, value) for name, value in self.raw_headers if name.lower() != b"upgrade"]
        self._as_came = self.raw_headers
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn has it
        return b"\r\n".join((line, *fields, b"", b""))

    def _is_idle(self) -> bool:
        running: Cycle | None = self.cycle
        return running is None or running.response_complete

    def _await_head(self) -> None:
        if self._head_timer is None and not self.transport.is_closing():
            self._head_timer = self.loop.call_later(HEAD_S, self._end_waiting)

    def _end_waiting(self) -> None:
        if self._is_head and not self.transport.is_closing():
            self.transport.write(_TIMEOUT)
        self.transport.close()

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self.raw_headers: list[tuple[bytes, bytes]] = []
        self._head_bytes = 0
        self._is_head = True

    def on_url(self, url: bytes) -> None:
        """Take a piece of the target."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, as it is and as ASGI has it. Trailers are dropped: nobody has decided on them."""
        self._count(len(name) + len(value))
        if not self._is_head:
            return
        self.raw_headers.append((name, value))
        super().on_header(name, value)

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MAX_HEAD_BYTES:
            raise ValueError("head too large")  # httptools makes it a parser's error: 400, and the connection ends

    def on_headers_complete(self) -> None:
        """Start the application for a request; as uvicorn does, without its bound on concurrency."""
        version: str = self.parser.get_http_version()
        self.scope["method"] = self.parser.get_method().decode("ascii")
        self.scope["http_version"] = version
        self._is_head = False
        self._stop_waiting()
        self._is_upgrade = self.parser.should_upgrade() and self.scope["method"] != "CONNECT"
        if self._is_upgrade:
            return
        if self._as_came is not None:
            self.raw_headers, self._as_came = self._as_came, None
        path, _, query = self.url.partition(b"?")
        self.scope["path"] = path.decode("latin-1")
        self.scope["raw_path"] = path
        self.scope["query_string"] = query
        before: Cycle | None = self.cycle
        keeps = version != "1.0" and self.scope["method"] != "CONNECT" and self.parser.should_keep_alive()
        self.cycle = self._new_cycle(keep_alive=keeps)
        self.scope["extensions"] = {CYCLE: self.cycle}  # type: ignore[dict-item]  # ours, no dictionary
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def _new_cycle(self, *, keep_alive: bool) -> Cycle:
        return Cycle(
            target=self.url,
            raw_headers=self.raw_headers,
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=[],
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=keep_alive,
            on_response=self.on_response_complete,
        )

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body. Nothing is paused: the door reads it whole, and `Cycle.read` has its bound."""
        if not self.cycle.response_complete:
            self.cycle.add(body)

    def on_message_complete(self) -> None:
        """Take the end of a body."""
        if not self._is_upgrade:
            super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell every request of this connection."""
        self._stop_waiting()
        cycle: Cycle | None = self.cycle
        super().connection_lost(exc)
        if cycle is not None and not cycle.response_complete:
            cycle.left()
        for waiting, _ in self.pipeline:
            waiting.disconnected = True
            waiting.message_event.set()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection to the WebSocket protocol, with the head as it came."""
        self._is_http = False
        self.connections.discard(self)
        lines = [b"%s %s HTTP/1.1" % (self.scope["method"].encode(), self.url)]
        lines += [b"%s: %s" % pair for pair in self.scope["headers"]]
        state = {**self.app_state, HEAD: (self.url, self.raw_headers)}
        protocol = WSProtocol(config=self.config, server_state=self.server_state, app_state=state)
        protocol.connection_made(self.transport)
        protocol.data_received(b"\r\n".join(lines) + b"\r\n\r\n")
        self.transport.set_protocol(protocol)
