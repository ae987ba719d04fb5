"""Made-up conversations, as an agent sends them."""

from __future__ import annotations

import hashlib
import json
import os
import random
import time
import uuid
from pathlib import Path
from typing import Any

from wiretell.gateway.config.values import GatewaySettings
from wiretell.gateway.log.interface import Closing, Opening
from wiretell.model.exchange import LedgerEntry, Row

HEAD = (
    b"POST /v1/messages?beta=true HTTP/1.1\r\nHost: 127.0.0.1:8484\r\nUser-Agent: claude-cli/2.1.91 (external, cli)\r\n"
    b"x-api-key: sk-ant-api03-0123456789012345678901234567890123456789\r\nAccept: application/json\r\n"
    b"Content-Type: application/json\r\nanthropic-version: 2023-06-01\r\nX-Stainless-Lang: js"
)
SENT_HEAD = HEAD.replace(b"127.0.0.1:8484", b"upstream.localhost")
RESPONSE_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nrequest-id: req_0123"


def words() -> list[str]:
    """English words of this package's own text."""
    return sorted(set((Path(__file__).parents[3] / "src/wiretell/errors.py").read_text().split()))


def uuid7(at: float | None = None) -> str:
    """An id as the door makes them."""
    milliseconds = int((time.time() if at is None else at) * 1000)
    value = milliseconds.to_bytes(6) + os.urandom(10)
    number = int.from_bytes(value) & ~(0xF << 76) & ~(3 << 62) | 7 << 76 | 2 << 62
    return str(uuid.UUID(int=number))


def settings(folder: Path, **given: Any) -> GatewaySettings:
    """A gateway that records there."""
    return GatewaySettings(upstreams=(), log=folder / "log", **given)


def opening(body: bytes, user: str | None = None, session: str | None = "s1", **given: Any) -> Opening:
    """A request."""
    coding = given.pop("content_encoding", "")
    exchange_id = given.pop("exchange_id", None) or uuid7()
    row = Row(
        exchange_id=exchange_id,
        ts=time.time_ns() // 1000,
        account="key:0123456789abcdef",
        user=user,
        session=session,
        client="claude-code",
        client_version="2.1.91",
        model="claude-opus-4-6",
        protocol="anthropic-messages",
        operation="generate",
        target="POST /v1/messages?beta=true",
        request_bytes=len(body),
        request_sha256=hashlib.sha256(body).hexdigest(),
        **given,
    )
    return Opening(row, HEAD, body, coding)


def closing(
    begun: Opening, response: bytes, sent: bytes | None = None, edits: tuple[LedgerEntry, ...] = (), **given: Any
) -> Closing:
    """Its end."""
    import dataclasses

    parts = {name: given.pop(name) for name in ("sent_body", "upstream_body", "response_head") if name in given}
    row = dataclasses.replace(
        begun.row,
        status=200,
        upstream="anthropic",
        model_served="claude-opus-4-6",
        input_tokens=3,
        cache_read_tokens=20_000,
        output_tokens=321,
        response_bytes=len(response),
        sent_sha256=hashlib.sha256(begun.body if sent is None else sent).hexdigest(),
        response_sha256=hashlib.sha256(response).hexdigest(),
        duration_us=1234567,
        edits=len(edits),
        **given,
    )
    return Closing(row, parts.pop("response_head", RESPONSE_HEAD), edits, SENT_HEAD, **parts)


def text(chance: random.Random, size: int) -> str:
    """Prose of about so many bytes."""
    chosen: list[str] = []
    known = _KNOWN
    while size > 0:
        word = known[chance.randrange(len(known))]
        chosen.append(word)
        size -= len(word) + 1
    return " ".join(chosen)


_KNOWN = words()


def stream(chance: random.Random, size: int) -> bytes:
    """A response as events."""
    said = text(chance, size)
    pieces = [said[i : i + 24] for i in range(0, len(said), 24)]
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {"id": f"msg_{chance.randrange(10**9)}", "usage": {}}}
    ]
    events += [{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": p}} for p in pieces]
    events += [{"type": "message_stop"}]
    return b"".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n".encode() for e in events)


class Conversation:
    """Grows by a turn; the last two user messages carry `cache_control`, as agents mark them."""

    def __init__(self, seed: int = 1, start: int = 20_000, step: int = 1_800) -> None:
        self.chance = random.Random(seed)
        self.step = step
        self.system = [
            {"type": "text", "text": "You are an agent."},
            {"type": "text", "text": text(self.chance, start // 2), "cache_control": {"type": "ephemeral"}},
        ]
        self.tools = [
            {"name": f"tool{i}", "description": text(self.chance, start // 40), "input_schema": {"type": "object"}}
            for i in range(20)
        ]
        self.messages: list[dict[str, Any]] = []

    def turn(self, extra: str = "") -> bytes:
        """Return the next request's body."""
        number = len(self.messages)
        if number:
            use = {"type": "tool_use", "id": f"toolu_{number}", "name": "tool1", "input": {"path": f"/src/{number}"}}
            said = {"type": "text", "text": text(self.chance, self.step // 6)}
            self.messages.append({"role": "assistant", "content": [said, use]})
            result = {"type": "tool_result", "tool_use_id": f"toolu_{number}"}
            self.messages.append(
                {"role": "user", "content": [result | {"content": extra + text(self.chance, self.step)}]}
            )
        else:
            self.messages.append({"role": "user", "content": [{"type": "text", "text": extra + "Please help."}]})
        return self.body()

    def body(self) -> bytes:
        """Return the body, marked."""
        marked = json.loads(json.dumps(self.messages))
        for message in [m for m in marked if m["role"] == "user"][-2:]:
            message["content"][-1]["cache_control"] = {"type": "ephemeral"}
        whole = {"model": "claude-opus-4-6", "messages": marked, "system": self.system, "tools": self.tools}
        return json.dumps(whole | {"max_tokens": 32000, "stream": True}, separators=(",", ":")).encode()
