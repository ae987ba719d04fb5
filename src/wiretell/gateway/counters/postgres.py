"""Counters in PostgreSQL: for several gateways behind a balancer, which then share every budget.

Amounts are reserved by one conditional UPDATE a claim, which locks that counter's row to the end of the transaction;
claims are taken in the order of their keys, so that two requests never wait for each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import asyncpg

from wiretell.errors import UsageError
from wiretell.gateway.counters.interface import Counters, CountersError, Refused, Standing
from wiretell.model.exchange import Spent
from wiretell.model.policy import Claim

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS wiretell_counter (
    key TEXT PRIMARY KEY, spent BIGINT NOT NULL DEFAULT 0, reserved BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS wiretell_reservation (
    exchange_id TEXT NOT NULL, key TEXT NOT NULL, unit TEXT NOT NULL, amount BIGINT NOT NULL, gateway TEXT NOT NULL,
    PRIMARY KEY (exchange_id, key)
);
CREATE INDEX IF NOT EXISTS wiretell_reservation_gateway ON wiretell_reservation (gateway);
"""
_ONE_SCHEMA_AT_A_TIME: Final = 0x77_6972_6574_656C
"""Key of the advisory lock under which gateways that start together make the tables."""
_ADD: Final = "INSERT INTO wiretell_counter (key) VALUES ($1) ON CONFLICT DO NOTHING"
_RESERVE: Final = (
    "UPDATE wiretell_counter SET reserved = reserved + $2 WHERE key = $1 AND spent + reserved + $2 <= $3 RETURNING key"
)
_HOLD: Final = "INSERT INTO wiretell_reservation (exchange_id, key, unit, amount, gateway) VALUES ($1, $2, $3, $4, $5)"
_TAKE: Final = "DELETE FROM wiretell_reservation WHERE exchange_id = $1 RETURNING key, unit, amount"
_SETTLE: Final = "UPDATE wiretell_counter SET reserved = reserved - $2, spent = spent + $3 WHERE key = $1"
_TIMEOUT_S: Final = 5.0
_CONNECTIONS: Final = 8
_FAILURES: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, asyncio.TimeoutError)
_T = TypeVar("_T")


class _Full(Exception):  # noqa: N818 - no error: it ends a transaction
    def __init__(self, refused: Refused) -> None:
        self.refused = refused


class PostgresCounters(Counters):
    """One database, named by a URL (`postgresql://...`)."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._gateway = ""
        self._pool: Any = None

    async def open(self, gateway: str) -> tuple[str, ...]:
        """Connect and make the tables where there are none."""
        self._gateway = gateway
        try:
            self._pool = await asyncpg.create_pool(
                self._url, min_size=1, max_size=_CONNECTIONS, timeout=_TIMEOUT_S, command_timeout=_TIMEOUT_S
            )
            async with self._pool.acquire() as db, db.transaction():
                await db.execute("SELECT pg_advisory_xact_lock($1)", _ONE_SCHEMA_AT_A_TIME)
                await db.execute(_SCHEMA)
                rows = await db.fetch(
                    "SELECT DISTINCT exchange_id FROM wiretell_reservation WHERE gateway = $1", gateway
                )
            return tuple(row["exchange_id"] for row in rows)
        except (*_FAILURES, ValueError) as error:
            raise UsageError(f"the budgets' counters at {self._place()} cannot be opened ({_brief(error)}).") from None

    async def reserve(self, exchange_id: str, claims: Sequence[Claim], wanted: Spent) -> Refused | None:
        """Reserve under every claim or under none."""
        try:
            await self._within(lambda db: self._reserve(db, exchange_id, claims, wanted))
        except _Full as full:
            return full.refused
        return None

    async def settle(self, exchange_id: str, spent: Spent) -> None:
        """Settle what is reserved for the exchange."""

        async def work(db: Any) -> None:
            for held in sorted(await db.fetch(_TAKE, exchange_id), key=lambda row: str(row["key"])):
                await db.execute(_SETTLE, held["key"], held["amount"], spent.of(held["unit"]))

        await self._within(work)

    async def standings(self, claims: Sequence[Claim]) -> tuple[Standing, ...]:
        """Look up each claim's counter."""

        async def work(db: Any) -> tuple[Standing, ...]:
            return tuple([await _standing(db, claim.key) for claim in claims])

        return await self._within(work)

    async def all(self) -> tuple[Standing, ...]:
        """List every counter."""

        async def work(db: Any) -> tuple[Standing, ...]:
            rows = await db.fetch('SELECT key, spent, reserved FROM wiretell_counter ORDER BY key COLLATE "C"')
            return tuple(Standing(*row) for row in rows)

        return await self._within(work)

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            try:
                await asyncio.wait_for(pool.close(), _TIMEOUT_S)
            except _FAILURES:  # the server is gone: there is nothing to take leave of
                pool.terminate()

    async def _reserve(self, db: Any, exchange_id: str, claims: Sequence[Claim], wanted: Spent) -> None:
        for claim in sorted(claims, key=lambda claim: claim.key):
            amount = wanted.of(claim.budget.unit)
            await db.execute(_ADD, claim.key)
            if await db.fetchval(_RESERVE, claim.key, amount, claim.budget.limit) is None:
                raise _Full(Refused(claim, await _standing(db, claim.key)))
            await db.execute(_HOLD, exchange_id, claim.key, claim.budget.unit, amount, self._gateway)

    async def _within(self, work: Callable[[Any], Awaitable[_T]]) -> _T:
        """Do some work in one transaction."""
        if self._pool is None:
            raise CountersError("the budgets' counters are closed.")
        try:
            async with self._pool.acquire(timeout=_TIMEOUT_S) as db, db.transaction():
                return await work(db)
        except _FAILURES as error:
            raise CountersError(f"the budgets' counters cannot be reached ({type(error).__name__}).") from None

    def _place(self) -> str:
        """Name the server without the password."""
        try:
            parts = urlsplit(self._url)
            return f"{parts.hostname or 'localhost'}:{parts.port or 5432}{parts.path}"
        except ValueError:
            return "the given address"


async def _standing(db: Any, key: str) -> Standing:
    row = await db.fetchrow("SELECT spent, reserved FROM wiretell_counter WHERE key = $1", key)
    return Standing(key, row["spent"], row["reserved"]) if row else Standing(key, 0, 0)


def _brief(error: BaseException) -> str:
    """Return an error's first line; of a wrong address not even that, as it could hold the password."""
    if isinstance(error, ValueError | asyncpg.InterfaceError):
        return type(error).__name__
    return (str(error).splitlines() or [type(error).__name__])[0] or type(error).__name__
