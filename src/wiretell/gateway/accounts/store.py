"""The narrow seam to the log's store: what a statement and an export ask of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:  # what these need is slow to import, and a log may have no store
    from wiretell.gateway.log.checking import Checked
    from wiretell.gateway.log.reader import Stored

MARKER: Final = Path("store", "wiretell-store.json")


class Exchanges(Protocol):
    """A log's store, open for reading: `wiretell.gateway.log.reader.Store`."""

    def exchange(self, exchange_id: str) -> Stored:
        """Return one exchange. :raises UsageError: if the log has none. InconclusiveError: if it was erased."""

    def check(self) -> Checked:
        """Go through the whole chain."""


def open_store(log: Path) -> Exchanges | None:
    """Open the store of a log's folder; None where it has none. :raises UsageError: if it cannot be read."""
    if not (log / MARKER).is_file():
        return None
    from wiretell.gateway.log.reader import Store

    return Store(log)
