"""A log with rows, and a store that is a mapping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.gateway.tables import samples
from wiretell.errors import UsageError
from wiretell.gateway.accounts.store import StoredExchange
from wiretell.gateway.tables.writer import TableWriter
from wiretell.model.exchange import LedgerEntry, Row


@dataclass(frozen=True)
class Redacted:
    part: str = "request"
    offset: int = 7
    length: int = 20
    rule: str = "sk-ant"


@dataclass(frozen=True)
class Stored:
    request_head: bytes = b"POST /v1/messages HTTP/1.1\r\n"
    request_body: bytes = b'{"model":"m"}'
    sent_head: bytes = b""
    sent_body: bytes | None = None
    response_head: bytes = b"HTTP/1.1 200 OK\r\n"
    response_body: bytes = b"\xff\x00gzip"
    redacted: tuple[Redacted, ...] = (Redacted(),)
    edits: tuple[LedgerEntry, ...] = ()
    chain: str = "ab" * 32


@dataclass(frozen=True)
class Checked:
    head: str = "c0" * 32
    broken: tuple[str, ...] = ()


@dataclass(frozen=True)
class FakeStore:
    """Has what it is given."""

    stored: Mapping[str, StoredExchange]
    checked: Checked = Checked()

    def exchange(self, exchange_id: str) -> StoredExchange:
        if exchange_id not in self.stored:
            raise UsageError("it is not in this log.")
        return self.stored[exchange_id]

    def check(self) -> Checked:
        return self.checked


def write(folder: Path, rows: Iterable[Row]) -> Path:
    tables = TableWriter(folder)
    for row in rows:
        tables.add(row)
    tables.flush()
    return folder


def spent(number: int, usd: float | None, **other: object) -> Row:
    """Return a row that cost something."""
    values: dict[str, Any] = {"upstream": "anthropic", "price_table": "t 1", "usage_reported": True, **other}
    return samples.row(number, cost_usd=usd, input_tokens=10, output_tokens=5, **values)
