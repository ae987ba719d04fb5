"""One exchange, from the request's head to the response's last byte.

1 the application has matched the path; 2 let in; 3 read; 4 understood; 5 who it is of; 6 the policy's rules; 7 routed;
8 edited; 9 compared with pins; 10 budgets reserved; 11 recorded; 12 sent, and the response passed on; 13 accounted
for: used, settled, durable. Only then the client gets the last bytes.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from wiretell.gateway.config.values import Upstream
from wiretell.gateway.door import asking, heads, planning
from wiretell.gateway.door.accounting import Account, Asked, unrecorded
from wiretell.gateway.door.budgets import Size
from wiretell.gateway.door.draft import Draft, Request
from wiretell.gateway.door.leaving import ended_by_leaving
from wiretell.gateway.door.parts import Parts
from wiretell.gateway.door.planning import Plan
from wiretell.gateway.door.refusing import Kind, RefusedError
from wiretell.gateway.door.relaying import Passing, Relay, Translating
from wiretell.gateway.door.server import ClientLeftError, Cycle
from wiretell.gateway.door.upstream import Answer, UpstreamError
from wiretell.gateway.log.interface import Closing, LogError, Opening
from wiretell.gateway.protocols.interface import Protocol, Served
from wiretell.gateway.routing import Routed
from wiretell.model.exchange import Ended, Row
from wiretell.model.policy import Policy

_SUCCESS: Final = range(200, 300)


class Exchange:
    """Carries one exchange out. Used once."""

    def __init__(
        self, parts: Parts, cycle: Cycle, protocol: Protocol, served: Served, official: Upstream | None = None
    ) -> None:
        """`official`: a host that the client calls by its own name, for what no protocol serves."""
        self._parts = parts
        self._official = official
        self._cycle = cycle
        self._protocol = protocol
        self._served = served
        self._draft = Draft(parts.ids.new())
        self._request: Request | None = None
        self._plan: Plan | None = None
        self._relay: Relay | None = None
        self._account = Account(parts, self._draft)
        self._warning = ""
        self._own_head = b""
        """Of an answer of the gateway's own, once there is one."""
        self._own_body = b""
        self._is_sent = False
        self._is_admitted = False

    async def run(self) -> None:
        """Do it. Nothing is raised but a cancellation, when the gateway ends."""
        self._draft.set(protocol="" if self._official else self._protocol.name, operation=self._served.operation)
        self._parts.metrics.began(self._protocol.name)
        ended = Ended.COMPLETE
        try:
            with ended_by_leaving(self._cycle):
                await self._ask()
                await self._pass()
        except RefusedError as refused:
            ended = Ended.REFUSED
            self._refuse(refused)
        except UpstreamError as error:
            ended = error.ended
            self._tell(error)
        except ClientLeftError:
            ended = Ended.CLIENT_LEFT
        except asyncio.CancelledError:
            ended = Ended.UNFINISHED
        except Exception as error:  # a fault of our own must not leave a reservation or a row behind
            ended = Ended.UNFINISHED
            self._draft.warn(f"The gateway failed ({type(error).__name__}); please report it.")
            self._answer(500, "upstream", f"The gateway failed ({type(error).__name__}); this is a fault of its own.")
        try:
            await self._end(ended, durable=await self._close(ended))
        finally:
            self._account.tell()

    async def _ask(self) -> None:
        """Steps 2 to 11."""
        parts, cycle, draft = self._parts, self._cycle, self._draft
        method, target, headers = cycle.scope["method"], cycle.target.decode("latin-1"), cycle.raw_headers
        fields = heads.fields_of(headers)
        keys = self._protocol.keys(headers, target)
        peer = cycle.scope["client"]
        client = asking.columns_of_head(parts, draft, method, target, headers, fields, peer[0] if peer else "")
        guest = asking.admit(parts, fields, keys)
        self._is_admitted = True
        asking.columns_of_guest(parts, draft, guest)
        body = await asking.read(parts, cycle)
        draft.request_came()
        coding = heads.text_of(fields, b"content-encoding")
        plain, peek = asking.understand(parts, self._protocol, self._served, body, coding)
        asking.columns_of_peek(draft, fields, body, peek)
        asked = asking.asked_by(client, guest, peek.model)
        self._request = request = Request(
            self._protocol, self._served, method, target, headers, guest, keys, body, plain, coding, peek, asked
        )
        await self._decide(request)
        try:
            self._account.open(Opening(draft.row(), _head(method, target, cycle), body, coding))
        except LogError as error:
            raise RefusedError(507, "log", unrecorded(error)) from None

    async def _decide(self, request: Request) -> None:
        """Steps 6 to 10."""
        parts, draft = self._parts, self._draft
        policy = parts.policy.current()
        self._warning = planning.judge_request(parts.deciding, policy, request, draft)
        if self._official is not None:
            routed = Routed(self._official, request.peek.model, request.protocol.name)
        else:
            routed = planning.route(parts, request)
        if routed.model != request.peek.model:
            further = planning.judge(parts.deciding, policy, replace(request.asked, model=routed.model), draft)
            self._warning = planning.together((self._warning, further))
        edited = planning.edit(parts, request, routed, draft)
        planning.pin(parts, request, draft)
        self._plan = planning.plan(parts, request, routed, edited, draft)
        if request.asks_model:
            await self._reserve(request, policy, routed.model, len(edited.body))

    async def _reserve(self, request: Request, policy: Policy, model: str, body_bytes: int) -> None:
        """Step 10. Counting tokens costs nothing; it is refused with what it counts for."""
        parts, peek = self._parts, request.peek
        claims = parts.deciding.claims(policy, replace(request.asked, model=model))
        if request.served.operation == "count_tokens":
            await parts.budgets.look(policy, claims)
            return
        size = Size(body_bytes, peek.max_tokens, peek.choices)
        self._account.claims = await parts.budgets.reserve(self._draft.exchange_id, policy, claims, model, size)

    async def _pass(self) -> None:
        """Step 12."""
        request, plan = self._request, self._plan
        assert request is not None
        assert plan is not None
        if self._parts.settings.on_log_failure == "refuse" and (failing := self._parts.recorder.state().failing):
            raise RefusedError(507, "log", unrecorded(LogError(failing)))
        self._is_sent = True
        if self._served.operation == "generate":
            self._account.asked = Asked(plan.model, len(plan.plain))
        answer = await self._parts.upstreams.ask(plan.question)
        try:
            self._draft.response_came()
            await self._parts.recorder.begun(self._draft.exchange_id)
            self._draft.set(status=answer.status)
            self._relay = self._new_relay(request, plan, answer)
            await self._relay.pass_on(answer)
        finally:
            answer.close()

    def _new_relay(self, request: Request, plan: Plan, answer: Answer) -> Relay:
        account, idle_s = self._account, self._parts.settings.idle_timeout_s
        streamed = heads.text_of(answer.headers, b"content-type").startswith("text/event-stream")
        self._draft.set(streamed=streamed)
        if self._served.operation == "generate" and answer.status in _SUCCESS:
            account.reader = plan.wire.reader(streamed=streamed)
        if plan.translator is None:
            return Passing(self._cycle, account.note, idle_s, account.reader, self._warning, streamed=streamed)
        translator = plan.translator
        return Translating(self._cycle, account.note, idle_s, account.reader, self._warning, translator, request.plain)

    def _refuse(self, refused: RefusedError) -> None:
        """Prepare an answer of the gateway's own."""
        self._draft.set(decision=refused.decision, upstream=None, sent_sha256=None)
        if self._request is not None and not self._account.is_open:
            self._draft.hash(self._request.body)
        self._answer(refused.status, refused.kind, refused.sentence)

    def _tell(self, error: UpstreamError) -> None:
        """Prepare to tell the client of an upstream's failure, where it got nothing yet."""
        self._draft.warn(error.sentence)
        if self._relay is None or not self._relay.head:
            self._answer(error.status, "upstream", error.sentence)

    def _answer(self, status: int, kind: Kind, sentence: str) -> None:
        if self._cycle.response_started:
            return
        refusal = self._protocol.refusal(status, kind, sentence)
        self._own_head = self._cycle.prepare(status, b"", refusal.headers)
        self._own_body = refusal.body
        self._draft.set(status=status)

    async def _close(self, ended: Ended) -> bool:
        """Step 13; return whether the exchange is durable.

        Whoever was not let in, or left before the whole request had come, writes nothing into the log: a stranger could
        fill the disk.
        """
        relay = self._relay
        if relay is not None and relay.fault:
            self._draft.warn(f"The response was passed on and not read to its end: {relay.fault}.")
        if self._own_head:
            self._account.note(self._own_body)
        try:
            is_recorded = self._request is not None or (self._is_admitted and ended is Ended.REFUSED)
            await self._account.close(ended, self._closing if is_recorded else None)
        except LogError as error:
            if not self._cycle.response_started and not self._own_head:
                self._answer(507, "log", unrecorded(error))
            return False
        return True

    def _closing(self, row: Row) -> Closing:
        relay, plan = self._relay, self._plan
        question = plan.question if plan is not None and self._is_sent else None
        return Closing(
            row=row,
            response_head=self._own_head or (relay.head if relay is not None else b""),
            edits=plan.entries if plan is not None else (),
            sent_head=question.head if question is not None else b"",
            sent_body=question.body if question is not None and plan is not None and plan.translator else None,
            upstream_body=relay.upstream_body if relay is not None else None,
        )

    async def _end(self, ended: Ended, *, durable: bool) -> None:
        """Give the client what is left to give."""
        cycle, relay = self._cycle, self._relay
        if self._own_head and not cycle.response_started:
            cycle.start(self._own_head)
            cycle.finish(self._own_body)
        elif relay is None or not durable or ended in {Ended.CLIENT_LEFT, Ended.UNFINISHED}:
            cycle.cut()
        elif ended is Ended.COMPLETE:
            relay.finish()
        else:
            try:
                await relay.break_off()
            except ClientLeftError:
                cycle.cut()


def _head(method: str, target: str, cycle: Cycle) -> bytes:
    return heads.head(f"{method} {target} HTTP/1.1".encode("latin-1"), cycle.raw_headers)
