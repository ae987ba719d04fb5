"""What is known of one exchange while it runs."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Any, Final

from wiretell.gateway.door.auth import Guest
from wiretell.gateway.protocols.interface import Headers, Peek, Protocol, Served
from wiretell.model.exchange import LedgerEntry, Row
from wiretell.model.policy import Asked

_MAX_WARNINGS: Final = 8


class Draft:
    """The columns of a row that is being filled, and the clock of its exchange."""

    def __init__(self, exchange_id: str) -> None:
        self.exchange_id = exchange_id
        self._started_ns = time.perf_counter_ns()
        self._asked_ns = self._started_ns
        self.columns: dict[str, Any] = {
            "exchange_id": exchange_id,
            "ts": time.time_ns() // 1000,
            "account": "",
        }

    def set(self, **columns: object) -> None:
        """Fill columns; the names are those of `Row`."""
        self.columns.update(columns)

    def warn(self, sentence: str) -> None:
        """Add to `warnings`."""
        so_far: tuple[str, ...] = self.columns.get("warnings", ())
        if len(so_far) < _MAX_WARNINGS and sentence not in so_far:
            self.columns["warnings"] = (*so_far, sentence)

    def hash(self, body: bytes) -> None:
        """Fill `request_sha256`, which the log's writer fills otherwise: of a request that it does not get."""
        self.columns["request_sha256"] = hashlib.sha256(body).hexdigest()

    def request_came(self) -> None:
        """Start the clock of `first_byte_us`."""
        self._asked_ns = time.perf_counter_ns()

    def response_came(self) -> None:
        """Stop it."""
        self.columns["first_byte_us"] = (time.perf_counter_ns() - self._asked_ns) // 1000

    def row(self) -> Row:
        """Return the row as it is now."""
        return Row(**self.columns)

    def last_row(self) -> Row:
        """Return the row, with how long the exchange took."""
        self.columns["duration_us"] = (time.perf_counter_ns() - self._started_ns) // 1000
        return self.row()


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was let in and read."""

    protocol: Protocol
    served: Served
    method: str
    target: str
    headers: Headers
    guest: Guest
    keys: tuple[str, ...]
    """Distinct credentials in it, but for `x-wiretell-key`."""
    body: bytes
    """As it came over the wire."""
    plain: bytes
    """Its content coding undone; the same object where there was none."""
    coding: str
    peek: Peek
    asked: Asked

    @property
    def asks_model(self) -> bool:
        """Whether it holds a conversation: what rules about contents are for."""
        return self.served.operation in {"generate", "count_tokens"}


def entries_of(exchange_id: str, changes: tuple[Any, ...]) -> tuple[LedgerEntry, ...]:
    """Return changes as the ledger has them."""
    return tuple(LedgerEntry(exchange_id, c.path, c.offset, c.before, c.after, c.rule) for c in changes)
