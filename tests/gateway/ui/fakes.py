"""A gateway's parts as the page sees them, with made-up traffic."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wiretell.gateway.config.values import User
from wiretell.gateway.counters.interface import Standing
from wiretell.gateway.log.interface import LogState
from wiretell.gateway.log.reader import Stored
from wiretell.gateway.telemetry import SpansState
from wiretell.gateway.ui import Site, Sources
from wiretell.model.exchange import Ended, LedgerEntry, Row
from wiretell.model.policy import Budget, Policy

DEV, BOSS = "key-of-dev", "key-of-boss"
USERS = (
    User("dev-017", hashlib.sha256(DEV.encode()).digest(), ("search-team",)),
    User("boss", hashlib.sha256(BOSS.encode()).digest(), (), admin=True),
)
BUDGETS = (
    Budget("week", "user:*", "usd", 300_000_000, "week"),
    Budget("team", "group:search-team", "tokens", 50_000_000, "month"),
    Budget("inside", "org", "requests", 2_000, "day"),
)
LINE = "Today\u02bcs date is 2026/11/21."


@dataclass
class FakeLive:
    rows: list[Row]
    later: asyncio.Queue[Row] | None = None
    subscribed: int = 0

    def recent(self) -> Sequence[Row]:
        return tuple(self.rows)

    async def subscribe(self) -> AsyncIterator[Row]:
        self.subscribed += 1
        try:
            assert self.later is not None
            while True:
                yield await self.later.get()
        finally:
            self.subscribed -= 1


def as_stored(
    row: Row,
    request_body: bytes = b'{"model":"claude-a"}',
    *,
    head: bytes = b"POST /v1/messages?beta=true HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Api-Key: [redacted]\r\n",
    sent_head: bytes = b"POST /v1/messages HTTP/1.1\r\nHost: api.anthropic.com\r\n",
    sent_body: bytes | None = None,
    response_head: bytes = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n",
    response_body: bytes = b'event: message_start\ndata: {"type":"message_start"}\n\n',
    edits: tuple[LedgerEntry, ...] = (),
) -> Stored:
    """Return an exchange as the log's reader gives it, without content codings."""
    return Stored(
        row=row,
        request_head=head,
        request_body=request_body,
        request_text=request_body,
        sent_head=sent_head,
        sent_body=sent_body,
        response_head=response_head,
        response_body=response_body,
        response_text=response_body,
        upstream_body=None,
        redacted=(),
        edits=edits,
    )


def row(number: int = 1, **changes: Any) -> Row:
    made = Row(
        exchange_id=f"0190a1b2-0000-7000-8000-{number:012x}",
        ts=1_795_000_000_000_000 + number * 1_000_000,
        account="key:00",
        user="dev-017",
        client="claude-code",
        client_version="2.1.91",
        model="claude-sonnet-4-5",
        model_served="claude-sonnet-4-5",
        protocol="anthropic-messages",
        operation="generate",
        target="POST /v1/messages?beta=true",
        upstream="anthropic",
        status=200,
        decision="pass",
        input_tokens=1200,
        cache_read_tokens=48_000,
        cache_write_tokens=900,
        output_tokens=420,
        cost_usd=0.0312,
        usage_reported=True,
        price_table="wiretell 2026-11-21",
        first_byte_us=640_000,
        duration_us=4_200_000,
    )
    return replace(made, **changes)


def marked() -> Stored:
    """Return an exchange whose date line was put into its plain form."""
    body = f'{{"model":"claude-sonnet-4-5","messages":[{{"role":"user","content":"{LINE} Hi"}}]}}'.encode()
    at = body.index("\u02bc".encode())
    slash = body.index(b"/11")
    path = "/messages/0/content"
    made = row(77, marks=("date-line:labKw+cnTZ",), edits=3, decision="warn:old-client")
    return as_stored(
        replace(made, warnings=("claude-code 2.1.91 is to be replaced by 2.1.198 until 2026-12-01.",)),
        request_body=body,
        sent_body=body.replace(LINE.encode(), b"Today's date is 2026-11-21."),
        edits=(
            LedgerEntry(made.exchange_id, path, at, "\u02bc", "'", "strip_marks:date-line:apostrophe"),
            LedgerEntry(made.exchange_id, path, slash, "/", "-", "strip_marks:date-line:separator"),
            LedgerEntry(made.exchange_id, path, slash + 3, "/", "-", "strip_marks:date-line:separator"),
        ),
    )


def traffic(count: int = 240, seed: int = 3) -> list[Row]:
    """Return some hours of a team's work."""
    chance = random.Random(seed)
    start = int(time.time() * 1e6) - 4 * 3600 * 1_000_000
    people = ["dev-017", "dev-021", "mei", "arjun", "ana"]
    kinds = [
        ("claude-code", "2.1.329", "claude-sonnet-4-5", "anthropic", "anthropic-messages"),
        ("codex", "0.169.0", "gpt-5-codex", "openai", "openai-responses"),
        ("gemini-cli", "0.61.0", "gemini-3-pro", "google", "gemini"),
        ("claude-code", "2.1.91", "claude-opus-4-5", "anthropic", "anthropic-messages"),
    ]
    made = []
    for number in range(count):
        client, version, model, upstream, protocol = chance.choices(kinds, (6, 3, 2, 1))[0]
        whole = int(chance.lognormvariate(10.4, 0.8))
        warm = min(0.99, max(0.0, chance.gauss(0.93 if number % 40 > 3 else 0.3, 0.05)))
        cached = int(whole * warm)
        out = int(chance.lognormvariate(6, 0.9))
        ts = start + int(4 * 3600e6 * (number / count) ** 0.9)
        extra: dict[str, Any] = {}
        if version == "2.1.91":
            extra = {"marks": ("date-line:known+cnTZ",), "edits": 3, "decision": "warn:old-client"}
        if number % 61 == 17:
            extra = {"status": 429, "ended": Ended.REFUSED.value, "decision": "budget:week", "upstream": None}
        if number % 83 == 29:
            extra = {"ended": Ended.UPSTREAM_CUT.value}
        if number % 97 == 43:
            extra = {
                "status": 451,
                "ended": Ended.REFUSED.value,
                "decision": "ban:high-risk-software",
                "upstream": None,
            }
        if number % 71 == 11:
            extra = {"status": 529}
        if number >= count - 2:
            extra = {"status": 0, "duration_us": 0, "output_tokens": 0, "input_tokens": 0, "cache_read_tokens": None}
            extra |= {"cache_write_tokens": None, "cost_usd": None}
        elif extra.get("ended") == "refused":
            extra |= {"input_tokens": 0, "cache_read_tokens": None, "cache_write_tokens": None, "output_tokens": 0}
            extra |= {"cost_usd": None, "duration_us": 1_400}
        base = row(
            number,
            ts=ts,
            user=chance.choice(people),
            client=client,
            client_version=version,
            model=model,
            model_served=model,
            upstream=upstream,
            protocol=protocol,
            input_tokens=int((whole - cached) * 0.4),
            cache_read_tokens=cached,
            cache_write_tokens=int((whole - cached) * 0.6),
            output_tokens=out,
            cost_usd=(whole - cached) * 3.5e-6 + cached * 3e-7 + out * 1.5e-5,
            duration_us=int(out * 14_000 + 600_000),
        )
        made.append(replace(base, **extra))
    return made


def standings() -> tuple[Standing, ...]:
    today = dt.datetime.now(dt.UTC).date()
    monday = today - dt.timedelta(days=today.weekday())
    return (
        Standing(f"week|user:dev-017|{monday}", 251_400_000, 1_250_000),
        Standing(f"week|user:mei|{monday}", 300_000_000, 0),
        Standing(f"week|user:arjun|{monday}", 41_000_000, 0),
        Standing(f"team|group:search-team|{today.replace(day=1)}", 31_200_000, 180_000),
        Standing(f"inside|org|{today}", 240, 2),
    )


def site(
    rows: Sequence[Row] = (),
    stored: Sequence[Stored] = (),
    *,
    users: Sequence[User] = (),
    state: LogState | None = None,
    host_allowed: bool = True,
    spans: Callable[[], SpansState | None] = lambda: None,
    **settings: Any,
) -> Site:
    return Site(
        replace(sources(FakeLive(list(rows), asyncio.Queue()), stored, state), spans=spans),
        users=users,
        host_allowed=lambda _: host_allowed,
        **settings,
    )


def sources(live: FakeLive, stored: Sequence[Stored] = (), state: LogState | None = None) -> Sources:
    by_id = {each.row.exchange_id: each for each in stored}

    async def now() -> tuple[Standing, ...]:
        return standings()

    return Sources(
        live=live,
        state=lambda: state or LogState(recorded=len(live.rows), head="ab" * 32),
        standings=now,
        policy=lambda: Policy(budgets=BUDGETS),
        exchange=by_id.get,
        ledger=lambda: tuple(entry for each in stored for entry in each.edits),
        about=(("Listens on", "127.0.0.1:8484"), ("Policy", "wiretell-policy.toml")),
    )
