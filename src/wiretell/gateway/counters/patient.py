"""Settlements that wait: what an exchange spent is known once and must be counted, even if the counters are gone just
then. Until it is, the reservation stands, so that nothing can be overspent meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final

from wiretell.gateway.counters.interface import Counters, CountersError, Refused, Standing
from wiretell.model.exchange import Spent
from wiretell.model.policy import Claim

_AGAIN_S: Final = 1.0


class PatientCounters(Counters):
    """Counters whose `settle` never fails: it is tried again until it is done or the gateway ends.

    What is unsettled when the gateway ends is found by `open` at its next start, and settled from the log.
    """

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._waiting: dict[str, Spent] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Settlements not yet counted."""
        return len(self._waiting)

    async def open(self, gateway: str) -> tuple[str, ...]:
        """Connect."""
        return await self._counters.open(gateway)

    async def reserve(self, exchange_id: str, claims: Sequence[Claim], wanted: Spent) -> Refused | None:
        """Reserve; nothing to do without claims."""
        return await self._counters.reserve(exchange_id, claims, wanted) if claims else None

    async def settle(self, exchange_id: str, spent: Spent) -> None:
        """Settle now, or as soon as the counters are back."""
        try:
            await self._counters.settle(exchange_id, spent)
        except CountersError:
            self._waiting[exchange_id] = spent
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._try_again())

    async def standings(self, claims: Sequence[Claim]) -> tuple[Standing, ...]:
        """Look up each claim's counter."""
        return await self._counters.standings(claims)

    async def all(self) -> tuple[Standing, ...]:
        """List every counter."""
        return await self._counters.all()

    async def close(self) -> None:
        """Try once more what waits, and disconnect."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        with contextlib.suppress(CountersError):
            await self._settle_waiting()
        await self._counters.close()

    async def _try_again(self) -> None:
        while self._waiting:
            await asyncio.sleep(_AGAIN_S)
            with contextlib.suppress(CountersError):
                await self._settle_waiting()

    async def _settle_waiting(self) -> None:
        for exchange_id, spent in list(self._waiting.items()):
            await self._counters.settle(exchange_id, spent)
            del self._waiting[exchange_id]
