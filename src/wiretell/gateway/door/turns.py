"""Messages of a WebSocket's client: which may pass, and the account of each that does.

What the gateway cannot read it does not pass: an upstream might read it as a request that nobody has decided on.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace
from typing import Final

from wiretell.errors import FormatError
from wiretell.gateway.door import asking, heads, planning
from wiretell.gateway.door.accounting import Account, Asked, unrecorded
from wiretell.gateway.door.auth import Guest
from wiretell.gateway.door.budgets import Size
from wiretell.gateway.door.draft import Draft, Request
from wiretell.gateway.door.parts import Parts
from wiretell.gateway.door.planning import Plan
from wiretell.gateway.door.refusing import RefusedError
from wiretell.gateway.log.interface import Closing, LogError, Opening
from wiretell.gateway.protocols.decoding import text_of, top_level
from wiretell.gateway.protocols.interface import Headers, Peek, Served
from wiretell.gateway.protocols.openai_responses import PROTOCOL, ResponsesReader
from wiretell.model.exchange import Ended

GENERATES: Final = "response.create"
_PASSED: Final = (GENERATES, "response.cancel", "response.processed")
"""All that clients are known to send: Codex the first and the last."""
_READ: Final = frozenset({"type", "response", "model", "input", "prompt"})


@dataclass(frozen=True, slots=True)
class Opened:
    """A WebSocket that was let in."""

    target: str
    headers: Headers
    peer: str
    guest: Guest
    keys: tuple[str, ...]
    served: Served


def kind_of(message: str | bytes) -> str:
    """Return the type of a client's message. :raises RefusedError: 400 where it may not pass."""
    if isinstance(message, bytes):
        raise _bad("This gateway passes text messages alone, no binary ones.")
    try:
        members = top_level(message.encode(), _READ)
    except FormatError as error:
        raise _bad(str(error)) from None
    kind = text_of(members["type"]) if "type" in members else None
    if kind not in _PASSED:
        raise _bad(f"This gateway passes messages whose 'type' is {', '.join(_PASSED)}; it knows no others.")
    if kind == GENERATES and "response" in members:
        raise _bad("A message 'response.create' holds the request's members beside 'type', not within 'response'.")
    if kind != GENERATES and len(members) > 1:
        raise _bad(f"A message '{kind}' must hold no request.")
    return kind


def _bad(sentence: str) -> RefusedError:
    return RefusedError(400, "bad-request", sentence)


class Turn:
    """One message of the client's, and what answers it: a `response.create`'s is a response, others have none."""

    def __init__(self, parts: Parts, opened: Opened, message: bytes) -> None:
        self._parts = parts
        self._opened = opened
        self._draft = Draft(parts.ids.new())
        self.account = Account(parts, self._draft)
        self._plan: Plan | None = None
        self._message = message
        self.is_sent = False
        self.reader = ResponsesReader(streamed=True)
        self.over = asyncio.Event()

        parts.metrics.began(PROTOCOL.name)
        self._draft.set(protocol=PROTOCOL.name, operation="other")
        fields = heads.fields_of(opened.headers)
        self._client = asking.columns_of_head(
            parts, self._draft, "GET", opened.target, opened.headers, fields, opened.peer
        )
        asking.columns_of_guest(parts, self._draft, opened.guest)
        asking.columns_of_peek(self._draft, fields, message, Peek())

    async def ask(self, kind: str) -> bytes:
        """Return the message as it is sent on. :raises RefusedError:"""
        parts, opened, draft, message = self._parts, self._opened, self._draft, self._message
        draft.request_came()
        served, plain, peek = Served("other", opened.served.below), message, Peek()
        if kind == GENERATES:
            served = Served("generate", opened.served.below, stream=True)
            draft.set(operation=served.operation)
            plain, peek = asking.understand(parts, PROTOCOL, served, message, "")
        asking.columns_of_peek(draft, heads.fields_of(opened.headers), message, peek)
        draft.set(streamed=kind == GENERATES)
        request = Request(
            PROTOCOL, served, "GET", opened.target, opened.headers, opened.guest, opened.keys, message, plain, "", peek,
            asking.asked_by(self._client, opened.guest, peek.model),
        )  # fmt: skip
        planned = await self._decide(request)
        head = heads.head(f"GET {opened.target} HTTP/1.1".encode("latin-1"), opened.headers)
        try:
            self.account.open(Opening(draft.row(), head, message))
            if parts.settings.on_log_failure == "refuse" and (failing := parts.recorder.state().failing):
                raise LogError(failing)
        except LogError as error:
            raise RefusedError(507, "log", unrecorded(error)) from None
        self.is_sent = True
        if kind == GENERATES:
            self.account.reader = self.reader
            self.account.asked = Asked(planned.model, len(planned.plain))
        return planned.plain

    async def _decide(self, request: Request) -> Plan:
        parts, draft = self._parts, self._draft
        policy = parts.policy.current()
        planning.judge_request(parts.deciding, policy, request, draft)
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
        if request.asks_model:
            self.account.claims = await parts.budgets.reserve(
                draft.exchange_id,
                policy,
                parts.deciding.claims(policy, replace(request.asked, model=routed.model)),
                routed.model,
                Size(len(edited.body), request.peek.max_tokens, request.peek.choices),
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
        question = planned.question if planned is not None and self.is_sent else None
        edits = planned.entries if planned is not None else ()
        sent_head = question.head if question is not None else b""
        try:
            await self.account.close(ended, lambda row: Closing(row=row, edits=edits, sent_head=sent_head))
        finally:
            self.account.tell()
