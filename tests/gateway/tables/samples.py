"""Rows for tests: one with every column filled, and many from a seed."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, replace

from hypothesis import strategies as st

from wiretell.gateway.tables.interface import Derived
from wiretell.model.exchange import Row

NOON = 1_783_684_800_000_000
"""2026-07-10 12:00 UTC."""
DAY = dt.date(2026, 7, 10)
DAY_US = 86_400_000_000


def uuid7(ts: int, number: int) -> str:
    """Return an exchange id of a time in microseconds."""
    digits = f"{ts // 1000:012x}7{number >> 32 & 0xFFF:03x}8000{number & 0xFFFFFFFFFFFF:012x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def row(number: int = 0, *, ts: int | None = None, user: str | None = "dev-017", **other: object) -> Row:
    """Return a row as the gateway writes it."""
    when = NOON + number * 1000 if ts is None else ts
    return Row(
        **{  # type: ignore[arg-type]  # values by name
            "exchange_id": uuid7(when, number),
            "ts": when,
            "account": "key:0123456789abcdef",
            "user": user,
            "model": "claude-opus-5",
            "status": 200,
            "client": "claude-code",
            "client_version": "2.1.91",
            "operation": "generate",
            **other,
        }
    )


FULL = Row(
    exchange_id="01980000-0000-7000-8000-000000000001",
    ts=NOON,
    account="key:0123456789abcdef",
    org="acme",
    user="dev-017",
    groups=("search-team", "all"),
    key_id="fedcba9876543210",
    payment="p",
    account_created=NOON - DAY_US,
    ip="192.0.2.7",
    asn=64500,
    ip_kind="office",
    user_agent="claude-cli/2.1.91 (external, cli)",
    client="claude-code",
    client_version="2.1.91",
    header_tuple="00112233445566aa",
    tz="Asia/Shanghai",
    session="s-1",
    model="claude-opus-5",
    system_hash="aa",
    prefix_blocks=("a", "b"),
    template=("t",),
    prompt="fix the test",
    input_tokens=12,
    cache_read_tokens=100_000,
    cache_write_tokens=7,
    output_tokens=99,
    max_tokens=32_000,
    tool_calls=1,
    tool_results=2,
    status=200,
    upstream="anthropic",
    model_served="claude-opus-5-20260101",
    cost_usd=0.125,
    price_table="wiretell 2026-11-21",
    decision="warn:high-risk-models",
    edits=1,
    marks=("date-line:known",),
    protocol="anthropic-messages",
    operation="generate",
    target="POST /v1/messages?beta=true",
    agent_id="a1",
    parent_agent_id="a0",
    streamed=True,
    usage_reported=True,
    cache_write_1h_tokens=3,
    request_bytes=200_000,
    response_bytes=5_000,
    request_sha256="11" * 32,
    sent_sha256="22" * 32,
    response_sha256="33" * 32,
    translated="openai-responses",
    pins=("/system/2/text",),
    warnings=("Something was warned of.",),
    first_byte_us=1234,
    duration_us=99_000,
    gateway="g1",
)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """Any row whose numbers fit their columns."""
    small = st.integers(0, (1 << 15) - 1)
    tokens = st.integers(0, (1 << 31) - 1)
    text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    return row(
        draw(st.integers(0, 1 << 40)),
        ts=NOON + draw(st.integers(-3 * DAY_US, 3 * DAY_US)),
        user=draw(st.none() | text),
        groups=tuple(draw(st.lists(text, max_size=3))),
        prompt=draw(st.none() | text),
        marks=tuple(draw(st.lists(text, max_size=3))),
        status=draw(small),
        tool_results=draw(small),
        input_tokens=draw(tokens),
        cache_read_tokens=draw(st.none() | tokens),
        cost_usd=draw(st.none() | st.floats(0, 1e6)),
        account_created=draw(st.none() | st.integers(0, NOON)),
        streamed=draw(st.booleans()),
        first_byte_us=draw(st.none() | st.integers(0, 1 << 50)),
    )


def with_derived(row: Row, found: Derived | None) -> Row:
    """Give a row what a deriver told."""
    if found is None:
        return row
    told = {"marks": (*row.marks, *found.marks), "warnings": (*row.warnings, *found.warnings)}
    return replace(row, **(asdict(found) | {name: tuple(dict.fromkeys(values)) for name, values in told.items()}))
