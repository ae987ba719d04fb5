"""Counters of budgets: reserve before, settle after, so that requests in parallel cannot overspend together."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from wiretell.errors import WiretellError
from wiretell.model.exchange import Spent
from wiretell.model.policy import Claim


class CountersError(WiretellError):
    """The counters cannot be reached, so nobody knows what is left. Clients read the sentence: it names no place."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one counter stands."""

    key: str
    """`Claim.key`."""
    spent: int
    """Settled, in the budget's unit (dollars in micro-dollars)."""
    reserved: int
    """Held by requests that run now."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A claim that found no room. Nothing was reserved for any claim of the request."""

    claim: Claim
    standing: Standing


class Counters(ABC):
    """Where budgets are counted. Several gateways may share one (PostgreSQL); every method is atomic among them."""

    @abstractmethod
    async def open(self, gateway: str) -> tuple[str, ...]:
        """Connect; return the exchange ids that an earlier run of the gateway of this name reserved and never settled.

        :raises UsageError: if it cannot be opened.
        """

    @abstractmethod
    async def reserve(self, exchange_id: str, claims: Sequence[Claim], wanted: Spent) -> Refused | None:
        """Reserve `wanted` under every claim, or nothing and return the first that has no room.

        A claim has room while spent + reserved + wanted <= limit. :raises CountersError: if they cannot be reached.
        """

    @abstractmethod
    async def settle(self, exchange_id: str, spent: Spent) -> None:
        """Replace what an exchange reserved by what it spent. Done twice, or without a reservation, it changes nothing.

        :raises CountersError: if they cannot be reached; what was reserved stays so until it is settled.
        """

    @abstractmethod
    async def standings(self, claims: Sequence[Claim]) -> tuple[Standing, ...]:
        """Return where each claim's counter stands, in their order. :raises CountersError: as above."""

    @abstractmethod
    async def all(self) -> tuple[Standing, ...]:
        """Return every counter, by key, for `/ui` and metrics. :raises CountersError: as above."""

    @abstractmethod
    async def close(self) -> None:
        """Disconnect."""
