"""The narrow seam to the log's store: what a statement and an export ask of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from wiretell.model.exchange import LedgerEntry

MARKER: Final = Path("store", "wiretell-store.json")


class RedactedPlace(Protocol):
    """A place that is not recoverable."""

    @property
    def part(self) -> str:
        """`request`, `sent-head` ..."""

    @property
    def offset(self) -> int:
        """In bytes, in that part."""

    @property
    def length(self) -> int:
        """In bytes."""

    @property
    def rule(self) -> str:
        """Which rule redacted it."""


class StoredExchange(Protocol):
    """One exchange as it is stored: secrets redacted."""

    @property
    def request_head(self) -> bytes:
        """Request line and headers as received."""

    @property
    def request_body(self) -> bytes:
        """As the client sent it."""

    @property
    def sent_head(self) -> bytes:
        """As sent upstream; empty: nothing was."""

    @property
    def sent_body(self) -> bytes | None:
        """As sent upstream; None: nothing was."""

    @property
    def response_head(self) -> bytes:
        """Status line and headers as the client got them."""

    @property
    def response_body(self) -> bytes:
        """As the client got it."""

    @property
    def redacted(self) -> Sequence[RedactedPlace]:
        """Where a secret stood."""

    @property
    def edits(self) -> Sequence[LedgerEntry]:
        """What the gateway changed in the request."""

    @property
    def chain(self) -> str:
        """The chain's value at its end, 64 hex digits; empty where it has none yet."""


class Checked(Protocol):
    """What a look through the whole chain gave."""

    @property
    def head(self) -> str:
        """The chain's last value, 64 hex digits."""

    @property
    def broken(self) -> Sequence[object]:
        """Places where the store is not as it was written."""


class Exchanges(Protocol):
    """A log's store, open for reading: `wiretell.gateway.log.reader.Store`."""

    def exchange(self, exchange_id: str) -> StoredExchange:
        """Return one exchange. :raises UsageError: if the log has none. InconclusiveError: if it was erased."""

    def check(self) -> Checked:
        """Go through the whole chain."""


def open_store(log: Path) -> Exchanges | None:
    """Open the store of a log's folder; None where it has none. :raises UsageError: if it cannot be read."""
    if not (log / MARKER).is_file():
        return None
    from wiretell.gateway.log.reader import Store  # what it needs is slow to import, and a log may have no store

    return Store(log)
