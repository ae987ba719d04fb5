"""A log with rows, and a store that is a mapping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.gateway.tables import samples
from wiretell.errors import UsageError
from wiretell.gateway.log.checking import Broken, Checked
from wiretell.gateway.log.reader import Redacted, Stored
from wiretell.gateway.tables.writer import TableWriter
from wiretell.model.exchange import LedgerEntry, Row


def stored(edits: tuple[LedgerEntry, ...] = ()) -> Stored:
    """Return an exchange with a place that is not recoverable."""
    return Stored(
        row=samples.row(0),
        request_head=b"POST /v1/messages HTTP/1.1\r\n",
        request_body=b'{"model":"m"}',
        request_text=b'{"model":"m"}',
        sent_head=b"",
        sent_body=None,
        response_head=b"HTTP/1.1 200 OK\r\n",
        response_body=b"\xff\x00gzip",
        response_text=b"\xff\x00gzip",
        upstream_body=None,
        redacted=(Redacted("request", 7, 20, "sk-ant"),),
        edits=edits,
        chain="ab" * 32,
    )


def checked(*broken: Broken) -> Checked:
    """Return what a look through the chain gave."""
    return Checked(1, 1, 1, "00" * 32, "c0" * 32, broken, ())


@dataclass(frozen=True)
class FakeStore:
    """Has what it is given."""

    stored: Mapping[str, Stored]
    checked: Checked = field(default_factory=checked)

    def exchange(self, exchange_id: str) -> Stored:
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
