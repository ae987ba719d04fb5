"""WebSockets of the Responses API: messages pass as they are, and each `response.create` is an exchange of its own.

In the log an exchange's request is the message that asked, and its response is the messages that answered, a line each.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from wiretell.gateway.door import asking, heads, planning
from wiretell.gateway.door.accounting import Account, Asked, unrecorded
from wiretell.gateway.door.auth import Guest
from wiretell.gateway.door.budgets import Size
from wiretell.gateway.door.draft import Draft, Request
from wiretell.gateway.door.parts import Parts
from wiretell.gateway.door.planning import Plan
from wiretell.gateway.door.refusing import RefusedError
from wiretell.gateway.door.server import HEAD
from wiretell.gateway.door.upstream import Answer, RejectedError, Socket, UpstreamError, Whole
from wiretell.gateway.log.interface import Closing, LogError, Opening
from wiretell.gateway.protocols.interface import Headers, Peek, Served
from wiretell.gateway.protocols.openai_responses import PROTOCOL, ResponsesReader
from wiretell.model.exchange import Ended
from wiretell.model.policy import Client

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
_HANDSHAKE: Final = b"sec-websocket-"
_GOING_AWAY, _UPSTREAM_GONE = 1001, 1011


class _Kind(msgspec.Struct):
    type: str = ""


_KIND: Final = msgspec.json.Decoder(_Kind)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A WebSocket that was let in."""

    target: str
    headers: Headers
    peer: str
    guest: Guest
    keys: tuple[str, ...]
    served: Served


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


def _let_in(parts: Parts, scope: MutableMapping[str, Any]) -> _Opened:
    raw_target, headers = scope["state"][HEAD]
    target, peer = raw_target.decode("latin-1"), scope["client"]
    served = PROTOCOL.serves("GET", target)
    if served is None or served.operation != "generate":
        raise RefusedError(404, "not-found", "This gateway serves no WebSocket on that path; it does on /v1/responses.")
    keys = PROTOCOL.keys(headers, target)
    return _Opened(
        target, headers, peer[0] if peer else "", asking.admit(parts, heads.fields_of(headers), keys), keys, served
    )


async def _connect(parts: Parts, opened: _Opened, subprotocols: tuple[str, ...]) -> Socket:
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


class _Turn:
    """One `response.create` and what answers it."""

    def __init__(self, parts: Parts, opened: _Opened) -> None:
        self._parts = parts
        self._opened = opened
        self._draft = Draft(parts.ids.new())
        self.account = Account(parts, self._draft)
        self._plan: Plan | None = None
        self._is_sent = False
        self._message = b""
        self.reader = ResponsesReader(streamed=True)
        self.over = asyncio.Event()

    async def ask(self, message: bytes) -> bytes:
        """Return the message as it is sent on. :raises RefusedError:"""
        parts, opened, draft = self._parts, self._opened, self._draft
        self._message = message
        parts.metrics.began(PROTOCOL.name)
        draft.set(protocol=PROTOCOL.name, operation="generate", streamed=True)
        fields = heads.fields_of(opened.headers)
        client = asking.columns_of_head(parts, draft, "GET", opened.target, opened.headers, fields, opened.peer)
        asking.columns_of_guest(parts, draft, opened.guest)
        draft.request_came()
        plain, peek = asking.understand(
            parts, PROTOCOL, Served("generate", opened.served.below, stream=True), message, ""
        )
        asking.columns_of_peek(draft, fields, message, peek)
        draft.set(streamed=True)
        asked = asking.asked_by(client, opened.guest, peek.model)
        request = Request(
            PROTOCOL, opened.served, "GET", opened.target, opened.headers, opened.guest, opened.keys, message, plain,
            "", peek, asked,
        )  # fmt: skip
        planned = await self._decide(request)
        head = heads.head(f"GET {opened.target} HTTP/1.1".encode("latin-1"), opened.headers)
        try:
            self.account.open(Opening(draft.row(), head, message))
        except LogError as error:
            raise RefusedError(507, "log", unrecorded(error)) from None
        self._is_sent = True
        self.account.reader = self.reader
        self.account.asked = Asked(planned.model, len(planned.plain))
        return planned.plain

    async def _decide(self, request: Request) -> Plan:
        parts, draft = self._parts, self._draft
        policy = parts.policy.current()
        planning.judge(parts.deciding, policy, request.asked, draft)
        routed = planning.route(parts, request)
        if routed.wire != PROTOCOL.name:
            sentence = (
                f"{request.peek.model} goes to another protocol, which a WebSocket cannot; use /v1/responses by POST."
            )
            raise RefusedError(404, "not-found", sentence)
        if routed.model != request.peek.model:
            planning.judge(parts.deciding, policy, replace(request.asked, model=routed.model), draft)
        edited = planning.edit(parts, request, routed, draft)
        planning.pin(parts, request, draft)
        self._plan = planned = planning.plan(parts, request, routed, edited, draft)
        self.account.claims = await parts.budgets.reserve(
            draft.exchange_id,
            policy,
            parts.deciding.claims(policy, replace(request.asked, model=routed.model)),
            routed.model,
            Size(len(edited.body), request.peek.max_tokens),
        )
        return planned

    def came(self, message: bytes) -> bool:
        """Enter a message of the upstream's; return whether it is the last."""
        if "first_byte_us" not in self._draft.columns:
            self._draft.response_came()
            self._draft.set(status=200)
        self.reader.event(message)
        self.account.note(message + b"\n")
        return self.reader.ended

    async def refuse(self, refused: RefusedError) -> bytes:
        """Close the account of a request that is not sent; return the message that says so."""
        message = PROTOCOL.websocket_refusal(refused.status, refused.kind, refused.sentence)
        self._draft.set(decision=refused.decision, upstream=None, sent_sha256=None, status=refused.status)
        if not self.account.is_open:
            self._draft.hash(self._message)
        self.account.note(message + b"\n")
        with contextlib.suppress(LogError):  # it is refused all the same
            await self.close(Ended.REFUSED)
        return message

    async def close(self, ended: Ended) -> None:
        """Close the account. :raises LogError: where it is not durable."""
        self.over.set()
        planned = self._plan
        question = planned.question if planned is not None and self._is_sent else None
        edits = planned.entries if planned is not None else ()
        sent_head = question.head if question is not None else b""
        try:
            await self.account.close(ended, lambda row: Closing(row=row, edits=edits, sent_head=sent_head))
        finally:
            self.account.tell()


class _Conversation:
    """Messages of one WebSocket, both ways."""

    def __init__(self, parts: Parts, opened: _Opened, upstream: Socket, send: Send) -> None:
        self._parts = parts
        self._opened = opened
        self._upstream = upstream
        self._send = send
        self._turn: _Turn | None = None

    async def run(self, receive: Receive) -> None:
        """Pass messages until either side closes."""
        up = asyncio.create_task(self._from_client(receive))
        down = asyncio.create_task(self._from_upstream())
        ended = Ended.UNFINISHED
        try:
            await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
            ended = Ended.CLIENT_LEFT if up.done() and not down.done() else Ended.UPSTREAM_CUT
        finally:
            for task in (up, down):
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
            if self._turn is not None and not self._turn.over.is_set():
                with contextlib.suppress(LogError):  # nobody is left to be told
                    await self._turn.close(ended)
            await self._upstream.close(_GOING_AWAY if ended is Ended.CLIENT_LEFT else 1000)

    async def _from_client(self, receive: Receive) -> None:
        while (event := await receive())["type"] == "websocket.receive":
            text: str | None = event.get("text")
            message: str | bytes = event["bytes"] if text is None else text
            if text is None or not _asks(text):
                await self._upstream.send(message)
                continue
            if self._turn is not None:
                await self._turn.over.wait()  # one at a time: answers do not say whose they are
            await self._ask(text)

    async def _ask(self, text: str) -> None:
        turn = _Turn(self._parts, self._opened)
        original = text.encode()
        try:
            sent = await turn.ask(original)
        except RefusedError as refused:
            await self._to_client((await turn.refuse(refused)).decode())
            return
        self._turn = turn
        await self._upstream.send(text if sent is original else sent.decode())

    async def _from_upstream(self) -> None:
        try:
            while (message := await self._upstream.receive()) is not None:
                turn = self._turn
                data = message.encode() if isinstance(message, str) else message
                if turn is not None and not turn.over.is_set() and turn.came(data):
                    await turn.close(Ended.COMPLETE)
                await self._to_client(message)
        except (UpstreamError, LogError):
            await self._send({"type": "websocket.close", "code": _UPSTREAM_GONE})
            return
        await self._send({"type": "websocket.close", "code": _closing(self._upstream.close_code)})

    async def _to_client(self, message: str | bytes) -> None:
        key = "text" if isinstance(message, str) else "bytes"
        await self._send({"type": "websocket.send", key: message})


def _asks(text: str) -> bool:
    """Whether a message asks for a response."""
    try:
        return _KIND.decode(text).type == "response.create"
    except msgspec.MsgspecError:
        return False


def _closing(code: int) -> int:
    """Return a close code that may be sent (RFC 6455 section 7.4.1)."""
    return code if code in range(1000, 5000) and code not in {1004, 1005, 1006, 1015} else _UPSTREAM_GONE
