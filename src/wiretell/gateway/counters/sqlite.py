"""Counters in SQLite: the default, for one gateway on one machine (several processes may share the file).

What is asked in one turn of the event loop is done in one transaction, and settlements wait some milliseconds for the
next one: locking and writing cost more than the counting. Another process sees a settlement as late; a request that
was settled and not counted when the gateway was killed is found by `open`, and settled from the log. WAL with
`synchronous=NORMAL` survives the end of the process by any signal; after a power cut the last settlements may be
missing, and the log has them still.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
_READ: Final = "SELECT spent, reserved FROM counter WHERE key = ?"
_CHANGE: Final = """
INSERT INTO counter (key, spent, reserved) VALUES (?1, ?2, ?3)
ON CONFLICT DO UPDATE SET spent = spent + ?2, reserved = reserved + ?3
"""
_HOLD: Final = "INSERT INTO reservation (exchange_id, key, unit, amount, gateway) VALUES (?, ?, ?, ?, ?)"
_HELD: Final = "SELECT key, unit, amount FROM reservation WHERE exchange_id = ?"
_LET_GO: Final = "DELETE FROM reservation WHERE exchange_id = ?"
"""Two statements: `RETURNING` takes ten times as long."""
_WAIT_S: Final = 2.0
"""For another process that writes: its transactions take microseconds."""
_SETTLE_S: Final = 0.005
_AGAIN_S: Final = 1.0
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A reservation that waits for the next transaction."""

    exchange_id: str
    claims: Sequence[Claim]
    wanted: Spent
    answer: asyncio.Future[Refused | None]


class SqliteCounters(Counters):
    """One file. For one event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._gateway = ""
        self._db: sqlite3.Connection | None = None
        self._asked: list[_Asked] = []
        self._settled: list[tuple[str, Spent]] = []
        self._due: asyncio.Handle | None = None
        """Of the next transaction, for settlements alone."""

    async def open(self, gateway: str) -> tuple[str, ...]:
        """Open or make the file."""
        self._gateway = gateway
        try:
            self._db = sqlite3.connect(self._path, timeout=_WAIT_S, isolation_level=None)
            self._path.chmod(0o600)
            self._db.execute("PRAGMA page_size=1024")  # every transaction writes a few pages whole
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_SCHEMA)
            rows = self._db.execute("SELECT DISTINCT exchange_id FROM reservation WHERE gateway = ?", (gateway,))
            return tuple(exchange_id for (exchange_id,) in rows)
        except (sqlite3.Error, OSError) as error:
            raise UsageError(f"the budgets' counters at {self._path} cannot be opened ({error}).") from None

    async def reserve(self, exchange_id: str, claims: Sequence[Claim], wanted: Spent) -> Refused | None:
        """Reserve under every claim or under none."""
        loop = asyncio.get_running_loop()
        asked = _Asked(exchange_id, claims, wanted, loop.create_future())
        if not self._asked:
            loop.call_soon(self._answer)
        self._asked.append(asked)
        return await asked.answer

    async def settle(self, exchange_id: str, spent: Spent) -> None:
        """Settle what is reserved for the exchange, within some milliseconds; what this object is asked knows of it."""
        if self._db is None:
            raise CountersError(_CLOSED)
        self._settled.append((exchange_id, spent))
        self._later(_SETTLE_S)

    async def standings(self, claims: Sequence[Claim]) -> tuple[Standing, ...]:
        """Look up each claim's counter."""
        return self._within(lambda db: tuple(_standing(db, claim.key) for claim in claims))

    async def all(self) -> tuple[Standing, ...]:
        """List every counter."""
        select = "SELECT key, spent, reserved FROM counter ORDER BY key"
        return self._within(lambda db: tuple(Standing(*row) for row in db.execute(select)))

    async def close(self) -> None:
        """Settle what waits, and close the file. What cannot be settled is told by the next `open`."""
        if self._db is not None:
            with contextlib.suppress(CountersError):
                self._within(lambda _: None)
            self._db.close()
            self._db = None

    def _later(self, wait_s: float) -> None:
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(wait_s, self._settle_now)

    def _settle_now(self) -> None:
        self._due = None
        if self._db is not None:
            with contextlib.suppress(CountersError):  # it is tried again
                self._within(lambda _: None)

    def _answer(self) -> None:
        """Reserve for all that asked."""
        asked, self._asked = self._asked, []
        asked = [each for each in asked if not each.answer.done()]  # but who was cancelled meanwhile
        try:
            answers = self._within(lambda db: self._reserve(db, asked))
        except CountersError as error:
            for each in asked:
                each.answer.set_exception(error)
        else:
            for each, answer in zip(asked, answers, strict=True):
                each.answer.set_result(answer)

    def _reserve(self, db: sqlite3.Connection, asked: Sequence[_Asked]) -> list[Refused | None]:
        """Reserve in the order of asking: nobody else writes meanwhile, so that counters are read once."""
        read: dict[str, Standing] = {}
        more: dict[str, int] = {}
        held: list[tuple[str, str, str, int, str]] = []
        answers: list[Refused | None] = []
        for each in asked:
            refused = None
            wanted = [(claim, each.wanted.of(claim.budget.unit)) for claim in each.claims]
            for claim, amount in wanted:
                if claim.key not in read:
                    read[claim.key] = _standing(db, claim.key)
                one = read[claim.key]
                reserved = one.reserved + more.get(claim.key, 0)
                if one.spent + reserved + amount > claim.budget.limit:
                    refused = Refused(claim, Standing(claim.key, one.spent, reserved))
                    break
            answers.append(refused)
            if refused is None:
                for claim, amount in wanted:
                    more[claim.key] = more.get(claim.key, 0) + amount
                    held.append((each.exchange_id, claim.key, claim.budget.unit, amount, self._gateway))
        db.executemany(_CHANGE, [(key, 0, amount) for key, amount in more.items()])
        db.executemany(_HOLD, held)
        return answers

    def _within(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Do some work in one transaction, after the settlements that wait."""
        if self._db is None:
            raise CountersError(_CLOSED)
        settled = len(self._settled)
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                _settle(self._db, self._settled)
                done = work(self._db)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            if self._settled:
                self._later(_AGAIN_S)
            raise CountersError(f"the budgets' counters cannot be used ({error}).") from None
        del self._settled[:settled]
        return done


_CLOSED: Final = "the budgets' counters are closed."


def _settle(db: sqlite3.Connection, settled: Sequence[tuple[str, Spent]]) -> None:
    change: dict[str, tuple[int, int]] = {}
    for exchange_id, spent in settled:
        held = db.execute(_HELD, (exchange_id,)).fetchall()
        if held:  # else it is settled already
            db.execute(_LET_GO, (exchange_id,))
        for key, unit, amount in held:
            more, less = change.get(key, (0, 0))
            change[key] = (more + spent.of(unit), less - amount)
    db.executemany(_CHANGE, [(key, *amounts) for key, amounts in change.items()])


def _standing(db: sqlite3.Connection, key: str) -> Standing:
    row = db.execute(_READ, (key,)).fetchone()
    return Standing(key, *row) if row else Standing(key, 0, 0)
