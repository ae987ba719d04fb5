"""What runs and what just ended, for `/ui`: a ring of the last rows, and those in flight."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

from wiretell.model.exchange import Row

_KEPT: Final = 500
_WAITING: Final = 200
"""Rows that a page may be behind; a slower one misses the oldest."""


class Live:
    """For one event loop."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._recent: deque[Row] = deque(maxlen=kept)
        self._running: dict[str, Row] = {}
        self._readers: set[asyncio.Queue[Row | None]] = set()

    def began(self, row: Row) -> None:
        """Enter an exchange, with what is known of it."""
        self._running[row.exchange_id] = row
        self._tell(row)

    def finished(self, row: Row) -> None:
        """Move an exchange to those that ended, and tell every reader."""
        self._running.pop(row.exchange_id, None)
        self._recent.append(row)
        self._tell(row)

    def _tell(self, row: Row) -> None:
        for queue in self._readers:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(row)

    def recent(self) -> tuple[Row, ...]:
        """Return the last exchanges that ended, oldest first, then those that run."""
        return (*self._recent, *self._running.values())

    def close(self) -> None:
        """End every subscription: pages that follow must not keep the gateway from ending."""
        for queue in self._readers:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(None)

    async def subscribe(self) -> AsyncIterator[Row]:
        """Give every exchange when it begins (`status` 0) and when it has ended, from now on."""
        queue: asyncio.Queue[Row | None] = asyncio.Queue(_WAITING)
        self._readers.add(queue)
        try:
            while (row := await queue.get()) is not None:
                yield row
        finally:
            self._readers.discard(queue)
