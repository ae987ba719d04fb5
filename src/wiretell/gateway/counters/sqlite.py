"""Counters in SQLite: the default, for one gateway on one machine (several processes may share the file).

Calls are made on the event loop: each is two or three indexed statements, some 40 us. WAL with `synchronous=NORMAL`
survives the end of the process by any signal; after a power cut the last settlements may be missing, and the log has
them still.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from wiretell.errors import UsageError
from wiretell.gateway.counters.interface import Counters, CountersError, Refused, Standing
from wiretell.model.exchange import Spent
from wiretell.model.policy import Claim

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS counter (
    key TEXT PRIMARY KEY, spent INTEGER NOT NULL DEFAULT 0, reserved INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reservation (
    exchange_id TEXT NOT NULL, key TEXT NOT NULL, unit TEXT NOT NULL, amount INTEGER NOT NULL, gateway TEXT NOT NULL,
    PRIMARY KEY (exchange_id, key)
) WITHOUT ROWID;
"""
_ADD: Final = "INSERT INTO counter (key) VALUES (?) ON CONFLICT DO NOTHING"
_RESERVE: Final = "UPDATE counter SET reserved = reserved + ?2 WHERE key = ?1 AND spent + reserved + ?2 <= ?3"
_HOLD: Final = "INSERT INTO reservation (exchange_id, key, unit, amount, gateway) VALUES (?, ?, ?, ?, ?)"
_SETTLE: Final = "UPDATE counter SET reserved = reserved - ?2, spent = spent + ?3 WHERE key = ?1"
_WAIT_S: Final = 2.0
"""For another process that writes: its transactions take microseconds."""
_T = TypeVar("_T")


class SqliteCounters(Counters):
    """One file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._gateway = ""
        self._db: sqlite3.Connection | None = None

    async def open(self, gateway: str) -> tuple[str, ...]:
        """Open or make the file."""
        self._gateway = gateway
        try:
            self._db = sqlite3.connect(self._path, timeout=_WAIT_S, isolation_level=None)
            self._path.chmod(0o600)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_SCHEMA)
            rows = self._db.execute("SELECT DISTINCT exchange_id FROM reservation WHERE gateway = ?", (gateway,))
            return tuple(exchange_id for (exchange_id,) in rows)
        except (sqlite3.Error, OSError) as error:
            raise UsageError(f"the budgets' counters at {self._path} cannot be opened ({error}).") from None

    async def reserve(self, exchange_id: str, claims: Sequence[Claim], wanted: Spent) -> Refused | None:
        """Reserve under every claim or under none."""
        return self._within(lambda db: self._reserve(db, exchange_id, claims, wanted))

    async def settle(self, exchange_id: str, spent: Spent) -> None:
        """Settle what is reserved for the exchange."""
        self._within(lambda db: _settle(db, exchange_id, spent))

    async def standings(self, claims: Sequence[Claim]) -> tuple[Standing, ...]:
        """Look up each claim's counter."""
        return self._within(lambda db: tuple(_standing(db, claim.key) for claim in claims))

    async def all(self) -> tuple[Standing, ...]:
        """List every counter."""
        select = "SELECT key, spent, reserved FROM counter ORDER BY key"
        return self._within(lambda db: tuple(Standing(*row) for row in db.execute(select)))

    async def close(self) -> None:
        """Close the file."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _reserve(
        self, db: sqlite3.Connection, exchange_id: str, claims: Sequence[Claim], wanted: Spent
    ) -> Refused | None:
        for claim in claims:
            unit, amount = claim.budget.unit, wanted.of(claim.budget.unit)
            db.execute(_ADD, (claim.key,))
            if not db.execute(_RESERVE, (claim.key, amount, claim.budget.limit)).rowcount:
                refused = Refused(claim, _standing(db, claim.key))
                db.execute("ROLLBACK")
                return refused
            db.execute(_HOLD, (exchange_id, claim.key, unit, amount, self._gateway))
        return None

    def _within(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Do some work in one transaction."""
        if self._db is None:
            raise CountersError("the budgets' counters are closed.")
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                return work(self._db)
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            finally:
                if self._db.in_transaction:
                    self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise CountersError(f"the budgets' counters at {self._path} cannot be used ({error}).") from None


def _settle(db: sqlite3.Connection, exchange_id: str, spent: Spent) -> None:
    held = db.execute("SELECT key, unit, amount FROM reservation WHERE exchange_id = ?", (exchange_id,)).fetchall()
    for key, unit, amount in held:
        db.execute(_SETTLE, (key, amount, spent.of(unit)))
    if held:
        db.execute("DELETE FROM reservation WHERE exchange_id = ?", (exchange_id,))


def _standing(db: sqlite3.Connection, key: str) -> Standing:
    row = db.execute("SELECT spent, reserved FROM counter WHERE key = ?", (key,)).fetchone()
    return Standing(key, *row) if row else Standing(key, 0, 0)
