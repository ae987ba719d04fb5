"""The exchange log: what a gateway writes and `hunt` reads. One row an exchange; a ledger entry an edited place.

Times are microseconds since 1970-01-01 UTC. Money is in millionths of a US dollar (micro-dollars), as an integer:
sums of budgets must not drift.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

WireFormat = Literal["anthropic-messages", "openai-chat", "openai-responses", "gemini"]
"""The protocols of `wiretell-agent.toml` and `wiretell-gateway.toml`."""

MICRO_USD: Final = 1_000_000
"""Micro-dollars in a dollar."""


class Ended(StrEnum):
    """How an exchange came to its end."""

    COMPLETE = "complete"
    """The response was whole, whatever its status."""
    REFUSED = "refused"
    """The gateway answered by itself: a ban, a spent budget, a bad request. Nothing was sent upstream."""
    CLIENT_LEFT = "client-left"
    UPSTREAM_CUT = "upstream-cut"
    """The connection ended before the response did."""
    UPSTREAM_SILENT = "upstream-silent"
    """Nothing came for `idle_timeout_s`."""
    UPSTREAM_UNREACHABLE = "upstream-unreachable"
    UNFINISHED = "unfinished"
    """The gateway itself ended first; found at its next start."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one exchange."""

    input_tokens: int = 0
    """Without what was read from or written to a prompt cache."""
    cache_read_tokens: int | None = None
    """None where the protocol or the response does not say."""
    cache_write_tokens: int | None = None
    """All that was written to a prompt cache, for whatever time."""
    cache_write_1h_tokens: int = 0
    """Of `cache_write_tokens`, those kept for an hour, which cost more."""
    output_tokens: int = 0
    reported: bool = False
    """Whether the upstream said so; else it is estimated from the bytes that were seen (four to a token)."""

    @property
    def total(self) -> int:
        """All tokens, cached ones included: what a budget in tokens counts."""
        return self.input_tokens + (self.cache_read_tokens or 0) + (self.cache_write_tokens or 0) + self.output_tokens


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One place that the gateway changed in a request before sending it on. `ledger.jsonl` holds one a line."""

    exchange_id: str
    path: str | None
    """JSON pointer (RFC 6901) of the string or value it stands in; None where it could not be told."""
    offset: int
    """In bytes, in the body as the client sent it (uncompressed)."""
    before: str
    """As it stood, in the body's own spelling: an escape stays an escape. Bytes that are no UTF-8 as U+DC80..U+DCFF."""
    after: str
    rule: str
    """`strip_marks:date-line:apostrophe`, `context:0:shorten`, `route:0:model` ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One exchange, as the Parquet log has it. Fields are columns, in this order; None is null.

    The first block is the contract of the exchange log; what follows it are columns of the gateway's own.
    """

    exchange_id: str
    """UUIDv7 (RFC 9562), lower case with hyphens: sorts by time."""
    ts: int
    """When the request's head had come."""
    account: str
    """Who pays upstream: keyed hash of the credentials that were sent there (`key:` and 16 hex digits), or
    `upstream:NAME` where the gateway's own key was used."""
    org: str | None = None
    user: str | None = None
    """Name of the `[[user]]` whose key was sent; None on keyless loopback."""
    groups: tuple[str, ...] = ()
    key_id: str = ""
    """Keyed hash of the key the client sent, 16 hex digits; empty where it sent none."""
    payment: str | None = None
    account_created: int | None = None
    ip: str = ""
    asn: int | None = None
    ip_kind: str | None = None
    user_agent: str = ""
    client: str = ""
    """Product by its user agent: `claude-code`; empty where none is known."""
    client_version: str = ""
    header_tuple: str | None = None
    """Hash of names and order of the client's stable headers, 16 hex digits."""
    tz: str | None = None
    session: str | None = None
    model: str = ""
    """That the client asked for."""
    system_hash: str | None = None
    prefix_blocks: tuple[str, ...] = ()
    """At most 8 chained hashes of the request's blocks: each covers all before it."""
    template: tuple[str, ...] = ()
    """LSH band hashes of the user's own text of this turn; empty on turns without any."""
    prompt: str | None = None
    """The last message of the request where it is the user's, as text, secrets redacted; None once erased."""
    input_tokens: int = 0
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    output_tokens: int = 0
    max_tokens: int | None = None
    tool_calls: int = 0
    """In the response."""
    tool_results: int = 0
    """In the last message of the request."""
    status: int = 0
    """HTTP status that the client got; 0 where it got none."""
    upstream: str | None = None
    """Name of `[upstream.NAME]`; None where nothing was sent."""
    model_served: str | None = None
    """That the response names."""
    cost_usd: float | None = None
    price_table: str | None = None
    """Name and date of the price table: `wiretell 2026-11-21`."""
    decision: str | None = None
    """`pass`, `allow:ID`, `warn:ID`, `ban:ID`, `budget:ID`, or `refused:WHY` where the request itself was at fault."""
    edits: int = 0
    marks: tuple[str, ...] = ()
    """`scheme:state`, each once."""

    protocol: str = ""
    """What the client speaks (`WireFormat`), or empty for other traffic of an official host."""
    operation: str = ""
    """`generate`, `count_tokens`, `models`, `probe`, `other`."""
    target: str = ""
    """Method and target: `POST /v1/messages?beta=true`; secrets in the query masked."""
    agent_id: str | None = None
    parent_agent_id: str | None = None
    streamed: bool = False
    ended: str = Ended.COMPLETE.value
    usage_reported: bool = False
    cache_write_1h_tokens: int = 0
    request_bytes: int = 0
    """Of the body as it came over the wire."""
    response_bytes: int = 0
    request_sha256: str = ""
    """Of the request's body as it came over the wire, 64 hex digits."""
    sent_sha256: str | None = None
    """Of the body as sent upstream; None where nothing was sent."""
    response_sha256: str | None = None
    """Of the response's body as it went to the client."""
    translated: str | None = None
    """`openai-responses` where the upstream speaks another protocol than the client."""
    pins: tuple[str, ...] = ()
    """Paths (JSON pointers) at which the request left the pinned template, at most 8."""
    warnings: tuple[str, ...] = ()
    """One sentence each: what a rule warned of, what could not be examined."""
    first_byte_us: int | None = None
    """From the request's last byte to the response's first byte, by the upstream."""
    duration_us: int = 0
    """From the request's head to the response's end."""
    gateway: str = ""
    """Name of the gateway that wrote it; empty where there is one only."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What one exchange used of budgets."""

    micro_usd: int = 0
    tokens: int = 0
    requests: int = 0

    def of(self, unit: str) -> int:
        """Return the amount in a unit of `Budget`: `usd` (in micro-dollars), `tokens`, `requests`."""
        amounts: Mapping[str, int] = {"usd": self.micro_usd, "tokens": self.tokens, "requests": self.requests}
        return amounts[unit]
