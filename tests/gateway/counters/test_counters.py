"""Counters: SQLite and a real PostgreSQL keep the same promises."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gateway.counters.conftest import Postgres
from wiretell.errors import UsageError
from wiretell.gateway.counters import Counters, CountersError, PatientCounters, counters
from wiretell.gateway.counters.postgres import PostgresCounters
from wiretell.gateway.counters.sqlite import SqliteCounters
from wiretell.model.exchange import Spent
from wiretell.model.policy import Budget, Claim, Unit

Make = Callable[[], Counters]
START = dt.datetime(2026, 7, 6, tzinfo=dt.UTC)


def claim(limit: int, unit: Unit = "usd", who: str = "user:a") -> Claim:
    budget = Budget(f"b-{uuid.uuid4().hex}", "user:*", unit, limit, "week")
    return Claim(f"{budget.id}|{who}|2026-07-06", budget, who, START, START + dt.timedelta(days=7))


@pytest.fixture(params=["sqlite", "postgres"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    if request.param == "sqlite":
        return lambda: SqliteCounters(tmp_path / "budgets.sqlite")
    server: Postgres = request.getfixturevalue("server")
    return lambda: PostgresCounters(server.url)


def test_what_is_reserved_is_replaced_by_what_was_spent(make: Make) -> None:
    async def go() -> None:
        kept, own = make(), claim(1000)
        await kept.open("g")
        assert await kept.reserve("e1", [own], Spent(micro_usd=600)) is None
        [standing] = await kept.standings([own])
        assert (standing.spent, standing.reserved) == (0, 600)
        await kept.settle("e1", Spent(micro_usd=50))
        await kept.settle("e1", Spent(micro_usd=50))
        [standing] = await kept.standings([own])
        assert (standing.spent, standing.reserved) == (50, 0)
        await kept.close()

    asyncio.run(go())


def test_a_claim_without_room_reserves_nothing_under_any(make: Make) -> None:
    async def go() -> None:
        kept, wide, narrow = make(), claim(1000), claim(1, "requests")
        await kept.open("g")
        assert await kept.reserve("e1", [wide, narrow], Spent(micro_usd=10, requests=1)) is None
        refused = await kept.reserve("e2", [wide, narrow], Spent(micro_usd=10, requests=1))
        assert refused is not None and refused.claim == narrow
        assert (refused.standing.spent, refused.standing.reserved) == (0, 1)
        first, second = await kept.standings([wide, narrow])
        assert (first.reserved, second.reserved) == (10, 1)
        await kept.settle("e2", Spent(micro_usd=999))  # it holds nothing, so nothing is counted
        assert (await kept.standings([wide]))[0].spent == 0
        await kept.close()

    asyncio.run(go())


def test_a_hundred_at_once_cannot_overspend_together(make: Make) -> None:
    async def go() -> None:
        several, own = [make() for _ in range(3)], claim(2500)
        for number, one in enumerate(several):
            await one.open(f"g{number}")
        asked = [several[n % 3].reserve(f"e{n}", [own], Spent(micro_usd=100)) for n in range(100)]
        refused = await asyncio.gather(*asked)
        assert sum(answer is None for answer in refused) == 25
        taken = [f"e{n}" for n, answer in enumerate(refused) if answer is None]
        await asyncio.gather(*(several[0].settle(name, Spent(micro_usd=100)) for name in taken))
        await several[0].standings([own])  # settlements may wait until it is asked something
        [standing] = await several[1].standings([own])
        assert (standing.spent, standing.reserved) == (2500, 0)
        for one in several:
            await one.close()

    asyncio.run(go())


def test_what_an_earlier_run_left_is_told_to_the_gateway_of_that_name(make: Make) -> None:
    async def go() -> None:
        own = claim(1000)
        before, name = make(), uuid.uuid4().hex
        assert await before.open(name) == ()
        await before.reserve("left", [own], Spent(micro_usd=10))
        await before.close()
        after, other = make(), make()
        assert await other.open(uuid.uuid4().hex) == ()
        assert await after.open(name) == ("left",)
        await after.settle("left", Spent(micro_usd=3))
        assert next(s for s in await after.all() if s.key == own.key).spent == 3
        await after.close()
        await other.close()
        again = make()
        assert await again.open(name) == ()
        await again.close()

    asyncio.run(go())


def test_without_its_server_nothing_is_known_and_settlements_wait(server: Postgres) -> None:
    async def go() -> None:
        kept, own = PatientCounters(PostgresCounters(server.url)), claim(1000)
        await kept.open("patient")
        await kept.reserve("e1", [own], Spent(micro_usd=10))
        server.stop()
        try:
            with pytest.raises(CountersError, match="cannot be reached"):
                await kept.reserve("e2", [own], Spent(micro_usd=10))
            await kept.settle("e1", Spent(micro_usd=7))
            assert kept.waiting == 1
        finally:
            server.start()
        for _ in range(100):
            if not kept.waiting:
                break
            await asyncio.sleep(0.1)
        [standing] = await kept.standings([own])
        assert (standing.spent, standing.reserved) == (7, 0)
        await kept.close()

    asyncio.run(go())


def test_an_address_that_leads_nowhere_is_a_sentence_without_the_password() -> None:
    with pytest.raises(UsageError) as caught:
        asyncio.run(PostgresCounters("postgresql://u:hunter2@127.0.0.1:1/x").open("g"))
    assert "127.0.0.1:1/x" in str(caught.value) and "hunter2" not in str(caught.value)


def test_other_settings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="postgresql://"):
        counters("mysql://x", tmp_path)


def test_a_file_that_is_no_database_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "budgets.sqlite").write_bytes(b"no database at all, not even a little one" * 100)
    with pytest.raises(UsageError, match="cannot be opened"):
        asyncio.run(counters("sqlite", tmp_path).open("g"))
