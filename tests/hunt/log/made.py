"""Small logs in every form, of the same exchanges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

START_US = 1_782_000_000_000_000
"""2026-06-21 00:00:00 UTC."""


def uuid7(ts_us: int, number: int) -> str:
    """An id that carries a time."""
    stamp = f"{ts_us // 1000:012x}"
    return f"{stamp[:8]}-{stamp[8:]}-7{number % 4096:03x}-8000-{number:012x}"


def rows(number: int = 12, *, ahead_us: int = 0) -> list[dict[str, Any]]:
    """Exchanges of three accounts and four conversations, a minute apart; `ts` is ahead of the id's time."""
    return [
        {
            "exchange_id": uuid7(START_US + at * 60_000_000, at),
            "ts": START_US + at * 60_000_000 + ahead_us,
            "account": f"acct-{at % 3}",
            "org": "acme" if at % 3 == 0 else None,
            "payment": f"card-{at % 2}",
            "account_created": START_US - 86_400_000_000,
            "ip": f"203.0.113.{at % 5}",
            "client": "claude-code",
            "client_version": "2.1.0",
            "header_tuple": "h1",
            "tz": "Europe/Paris",
            "session": f"s{at % 4}",
            "model": "m",
            "system_hash": "sys",
            "prefix_blocks": ["sys", f"conv-{at % 4}", f"more-{at}"],
            "template": [f"band-{at % 2}", "band"],
            "input_tokens": 10 + at,
            "cache_read_tokens": 5,
            "cache_write_tokens": None,
            "output_tokens": at,
            "max_tokens": 1024,
            "tool_calls": at % 2,
            "tool_results": 0,
            "status": 200,
            "operation": "generate",
        }
        for at in range(number)
    ]


def parquet(path: Path, data: list[dict[str, Any]]) -> Path:
    """Write rows as a gateway does: times as timestamps in UTC."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist(data)
    for name in ("ts", "account_created"):
        if name in table.schema.names and pa.types.is_integer(table.schema.field(name).type):
            at = table.schema.names.index(name)
            table = table.set_column(at, name, table.column(name).cast(pa.timestamp("us", tz="UTC")))
    pq.write_table(table, path)
    return path


def lines(path: Path, data: list[dict[str, Any]]) -> Path:
    """Write rows as JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in data))
    return path
