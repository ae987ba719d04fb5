"""WebSockets of the Responses API: messages pass as they are, each of the client's is an exchange of its own.

In the log an exchange's request is the message that asked, and its response is the messages that answered, a line each.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from wiretell.gateway.door import asking, heads, planning
from wiretell.gateway.door.draft import Draft, Request
from wiretell.gateway.door.parts import Parts
from wiretell.gateway.door.refusing import RefusedError
from wiretell.gateway.door.server import HEAD
from wiretell.gateway.door.turns import GENERATES, Opened, Turn, kind_of
from wiretell.gateway.door.upstream import Answer, RejectedError, Socket, UpstreamError, Whole
from wiretell.gateway.log.interface import LogError
from wiretell.gateway.protocols.interface import Peek
from wiretell.gateway.protocols.openai_responses import PROTOCOL
from wiretell.model.exchange import Ended
from wiretell.model.policy import Client

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
_OVERHEAD: Final = 100
"""Bytes that a message takes beside its own, while it waits."""
_HANDSHAKE: Final = b"sec-websocket-"
_GOING_AWAY, _TOO_BIG, _UPSTREAM_GONE = 1001, 1009, 1011


async def serve_socket(parts: Parts, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    """Serve one WebSocket from its opening to its end."""
    await receive()  # websocket.connect
    try:
        opened = _let_in(parts, scope)
        upstream = await _connect(parts, opened, tuple(scope.get("subprotocols", ())))
    except RefusedError as refused:
        refusal = PROTOCOL.refusal(refused.status, refused.kind, refused.sentence)
        await _reject(send, Whole(refusal.status, b"", refusal.headers, refusal.body))
    except RejectedError as rejected:
        await _reject(send, rejected.answer)
    except UpstreamError as error:
        refusal = PROTOCOL.refusal(error.status, "upstream", error.sentence)
        await _reject(send, Whole(refusal.status, b"", refusal.headers, refusal.body))
    else:
        headers = [pair for pair in heads.to_client(upstream.headers) if not pair[0].lower().startswith(_HANDSHAKE)]
        await send({"type": "websocket.accept", "subprotocol": upstream.subprotocol, "headers": headers})
        await _Conversation(parts, opened, upstream, send).run(receive)


def _let_in(parts: Parts, scope: MutableMapping[str, Any]) -> Opened:
    raw_target, headers = scope["state"][HEAD]
    if fault := heads.fault_of(raw_target, headers):
        raise RefusedError(400, "bad-request", fault)
    target, peer = raw_target.decode("latin-1"), scope["client"]
    served = PROTOCOL.serves("GET", target)
    if served is None or served.operation != "generate":
        raise RefusedError(404, "not-found", "This gateway serves no WebSocket on that path; it does on /v1/responses.")
    keys = PROTOCOL.keys(headers, target)
    return Opened(
        target, headers, peer[0] if peer else "", asking.admit(parts, heads.fields_of(headers), keys), keys, served
    )


async def _connect(parts: Parts, opened: Opened, subprotocols: tuple[str, ...]) -> Socket:
    """Open the upstream's socket, at the upstream that requests without a route go to."""
    empty = Request(
        PROTOCOL, opened.served, "GET", opened.target, opened.headers, opened.guest, opened.keys, b"", b"", "",
        Peek(stream=True), asking.asked_by(Client(), opened.guest, ""),
    )  # fmt: skip
    draft = Draft(parts.ids.new())
    routed = planning.route(parts, empty)
    if routed.wire != PROTOCOL.name:
        raise RefusedError(404, "not-found", f"[upstream.{routed.upstream.name}] speaks no {PROTOCOL.name}.")
    planned = planning.plan(parts, empty, routed, planning.edit(parts, empty, routed, draft), draft)
    return await parts.upstreams.connect(planned.question, subprotocols)


async def _reject(send: Send, answer: Answer) -> None:
    """Answer an upgrade with an ordinary response."""
    headers = [pair for pair in heads.to_client(answer.headers) if pair[0].lower() != b"transfer-encoding"]
    await send({"type": "websocket.http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": await answer.read(), "more_body": False})


class _Conversation:
    """Messages of one WebSocket, both ways."""

    def __init__(self, parts: Parts, opened: Opened, upstream: Socket, send: Send) -> None:
        self._parts = parts
        self._opened = opened
        self._upstream = upstream
        self._send = send
        self._turn: Turn | None = None
        """The last that asked for a response."""
        self._waiting: asyncio.Queue[str | bytes] = asyncio.Queue()
        """Messages of the client's that were not passed yet."""
        self._waiting_size = 0

    async def run(self, receive: Receive) -> None:
        """Pass messages until either side closes."""
        reading = asyncio.create_task(self._read(receive))
        up = asyncio.create_task(self._from_client())
        down = asyncio.create_task(self._from_upstream())
        ended = Ended.UNFINISHED
        try:
            await asyncio.wait((reading, up, down), return_when=asyncio.FIRST_COMPLETED)
            has_left = reading.done() and not up.done() and not down.done()
            ended = Ended.CLIENT_LEFT if has_left else Ended.UPSTREAM_CUT
        finally:
            for task in (reading, up, down):
                task.cancel()
            await asyncio.gather(reading, up, down, return_exceptions=True)
            if self._turn is not None and not self._turn.over.is_set():
                with contextlib.suppress(LogError):  # nobody is left to be told
                    await self._turn.close(ended)
            await self._upstream.close(_GOING_AWAY if ended is Ended.CLIENT_LEFT else 1000)

    async def _read(self, receive: Receive) -> None:
        """Take messages off the wire until the client leaves, which is so noticed whatever they wait for."""
        while (event := await receive())["type"] == "websocket.receive":
            text: str | None = event.get("text")
            message: str | bytes = event["bytes"] if text is None else text
            self._waiting_size += len(message) + _OVERHEAD
            if self._waiting_size > self._parts.settings.max_body_bytes:
                await self._send({"type": "websocket.close", "code": _TOO_BIG})
                return
            self._waiting.put_nowait(message)

    async def _from_client(self) -> None:
        """Pass messages until one can not be passed, or not be recorded."""
        try:
            while True:
                message = await self._waiting.get()
                await self._ask(message)
                self._waiting_size -= len(message) + _OVERHEAD
        except (UpstreamError, LogError):
            await self._send({"type": "websocket.close", "code": _UPSTREAM_GONE})

    async def _ask(self, message: str | bytes) -> None:
        """Pass one message, or refuse it."""
        kind, fault = "", None
        try:
            kind = kind_of(message)
        except RefusedError as refused:
            fault = refused
        if kind == GENERATES and self._turn is not None:
            await self._turn.over.wait()  # one at a time: answers do not say whose they are
        original = message.encode() if isinstance(message, str) else message
        turn = Turn(self._parts, self._opened, original)
        if kind == GENERATES:
            self._turn = turn
        try:
            if fault is not None:
                raise fault
            sent = await turn.ask(kind)
        except RefusedError as refused:
            await self._to_client((await turn.refuse(refused)).decode())
            return
        if kind == GENERATES:
            await self._upstream.send(sent.decode())
        else:
            await self._pass_aside(turn, sent)

    async def _pass_aside(self, turn: Turn, sent: bytes) -> None:
        """Pass a message that nothing answers. :raises UpstreamError: LogError:"""
        ended = Ended.UPSTREAM_CUT
        try:
            await self._upstream.send(sent.decode())
            ended = Ended.COMPLETE
        finally:
            await turn.close(ended)

    async def _from_upstream(self) -> None:
        try:
            while (message := await self._upstream.receive()) is not None:
                turn = self._turn
                data = message.encode() if isinstance(message, str) else message
                if turn is not None and turn.is_sent and not turn.over.is_set() and turn.came(data):
                    await turn.close(Ended.COMPLETE)
                await self._to_client(message)
        except (UpstreamError, LogError):
            await self._send({"type": "websocket.close", "code": _UPSTREAM_GONE})
            return
        await self._send({"type": "websocket.close", "code": _closing(self._upstream.close_code)})

    async def _to_client(self, message: str | bytes) -> None:
        key = "text" if isinstance(message, str) else "bytes"
        await self._send({"type": "websocket.send", key: message})


def _closing(code: int) -> int:
    """Return a close code that may be sent (RFC 6455 section 7.4.1)."""
    return code if code in range(1000, 5000) and code not in {1004, 1005, 1006, 1015} else _UPSTREAM_GONE
