"""What is wrong with the rows of a log, and what is done about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.hunt.log.made import START_US, lines, parquet, rows
from wiretell.hunt.engine.duck import DuckEngine
from wiretell.hunt.log import checking, clocks
from wiretell.hunt.log.checking import Checked, check
from wiretell.hunt.log.reading import look
from wiretell.model.hunt import EvidenceKind

NOW = START_US + 30 * 86_400_000_000
HOUR = 3_600_000_000
COUNT = "SELECT COUNT(*) AS n, COUNT(DISTINCT exchange_id) AS ids FROM exchange"


def checked(duck: DuckEngine, *paths: Path) -> Checked:
    log = look(paths)
    duck.read(log)
    return check(duck, log, NOW)


def times(duck: DuckEngine) -> list[int]:
    return [row["ts"] for row in duck.fetch("SELECT ts FROM exchange ORDER BY ts").to_pylist()]


def test_nothing_is_said_of_a_good_log(duck: DuckEngine, tmp_path: Path) -> None:
    assert checked(duck, parquet(tmp_path / "a.parquet", rows(20))) == Checked(20)


def test_copies_count_once(duck: DuckEngine, tmp_path: Path) -> None:
    parquet(tmp_path / "a.parquet", rows(20))
    parquet(tmp_path / "b.parquet", rows(5))
    found = checked(duck, tmp_path)
    assert found.notes == ("5 rows are copies of others (same id, account and time); each exchange counts once.",)
    assert found.rows == 20
    assert duck.fetch(COUNT).to_pylist() == [{"n": 20, "ids": 20}]
    assert times(duck) == [START_US + at * 60_000_000 for at in range(20)]


def test_nobody_makes_rows_of_others_disappear(duck: DuckEngine, tmp_path: Path) -> None:
    """An account that copies the ids of others, even with their times, is no copy of them."""
    data = rows(6)
    forged = [row | {"account": "mallory"} for row in rows(6)]
    assert checked(duck, parquet(tmp_path / "a.parquet", [*data, *forged])).notes == ()
    assert duck.fetch(COUNT).to_pylist() == [{"n": 12, "ids": 6}]


def test_rows_without_ids_are_no_copies(duck: DuckEngine, tmp_path: Path) -> None:
    data = [row | {"exchange_id": None, "ts": START_US, "account": "a"} for row in rows(4)]
    assert checked(duck, lines(tmp_path / "a.jsonl", data)).rows == 4
    assert duck.fetch(COUNT).to_pylist() == [{"n": 4, "ids": 0}]


@pytest.mark.parametrize("ahead", [8 * HOUR, -5 * HOUR, int(5.75 * HOUR)])
def test_a_log_in_another_zone_is_put_right(duck: DuckEngine, tmp_path: Path, ahead: int) -> None:
    found = checked(duck, parquet(tmp_path / "a.parquet", rows(30, ahead_us=ahead)))
    assert times(duck) == [START_US + at * 60_000_000 for at in range(30)]
    (note,) = found.notes
    assert f"{abs(ahead) / HOUR:g} hours {'ahead' if ahead > 0 else 'behind'}" in note
    (row,) = duck.fetch("SELECT DISTINCT day, MIN(hour) AS hour FROM exchange GROUP BY day").to_pylist()
    assert row == {"day": START_US // (24 * HOUR), "hour": START_US // HOUR}


def test_a_part_in_another_zone_is_told_and_left(duck: DuckEngine, tmp_path: Path) -> None:
    parquet(tmp_path / "a.parquet", rows(30))
    parquet(tmp_path / "b.parquet", [row | {"account": "far"} for row in rows(60, ahead_us=HOUR)[30:]])
    found = checked(duck, tmp_path)
    assert found.notes == (
        "30 rows of 1 accounts (far) have times 1 hour ahead of what their ids carry (UTC), as from a clock in another "
        "zone: they are left as they are.",
    )
    assert found.not_examined[0].lost == (EvidenceKind.TIMING, EvidenceKind.FAILOVER)
    assert times(duck)[-1] == START_US + 59 * 60_000_000 + HOUR


@pytest.mark.parametrize("ahead", [400_000_000, 100 * HOUR])
def test_what_no_zone_explains_is_no_clock(duck: DuckEngine, tmp_path: Path, ahead: int) -> None:
    assert checked(duck, parquet(tmp_path / "a.parquet", rows(30, ahead_us=ahead))).notes == ()


def test_rows_from_impossible_times_are_left_out(duck: DuckEngine, tmp_path: Path) -> None:
    data = rows(10)
    data[0]["ts"], data[1]["ts"] = 0, NOW + 3 * 24 * HOUR
    found = checked(duck, parquet(tmp_path / "a.parquet", data))
    assert [one.what for one in found.not_examined] == ["1 rows from before 2015", "1 rows from after tomorrow"]
    assert (found.rows, len(times(duck))) == (8, 8)


def test_a_log_that_is_all_in_the_future_is_read(duck: DuckEngine, tmp_path: Path) -> None:
    log = look([parquet(tmp_path / "a.parquet", rows(10))])
    duck.read(log)
    found = check(duck, log, START_US - 10 * 24 * HOUR)
    assert found.rows == len(times(duck)) == 10
    assert "10 from after tomorrow, most of the log" in found.notes[0]


def test_rows_without_account_or_time_are_told(duck: DuckEngine, tmp_path: Path) -> None:
    data = rows(5)
    data[0]["account"] = ""
    data[1]["ts"] = None
    data[2]["ts"] = "yesterday"
    found = checked(duck, lines(tmp_path / "a.jsonl", data))
    assert [one.what for one in found.not_examined] == ["1 rows without an account", "2 rows without a time"]
    assert found.rows == 2


def test_hashed_addresses_lose_their_networks(duck: DuckEngine, tmp_path: Path) -> None:
    data = [row | {"ip": f"h{at:015x}"} for at, row in enumerate(rows(10))]
    (told,) = checked(duck, parquet(tmp_path / "a.parquet", data)).not_examined
    assert (told.what, told.lost) == ("networks around addresses", ())
    plain = [row | {"ip": "2001:db8::1"} for row in rows(10)]
    assert checked(duck, parquet(tmp_path / "b.parquet", plain)).not_examined == ()


def test_empty_columns_of_lines_are_told(duck: DuckEngine, tmp_path: Path) -> None:
    data = [row | {"payment": "", "template": []} for row in rows(4)]
    found = checked(duck, lines(tmp_path / "a.jsonl", data))
    assert [(one.what, one.lost) for one in found.not_examined] == [("column payment", (EvidenceKind.PAYMENT,))]


def test_an_empty_log(duck: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").touch()
    assert checked(duck, tmp_path / "a.jsonl") == Checked(0)


def test_a_large_log_is_looked_at_in_slices(duck: DuckEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices let about one row in 256 through, at least some of every day, and copies with their originals."""
    monkeypatch.setattr(checking, "SMALL", 10_000)
    file = tmp_path / "a.parquet"
    duck.run(
        f"""COPY (SELECT i::VARCHAR AS exchange_id, 'a' || (i % 50) AS account, '203.0.113.1' AS ip,
            MAKE_TIMESTAMPTZ({START_US} + i * 10000000) AS ts FROM RANGE(300000) t(i)) TO '{file}' (FORMAT parquet)"""
    )
    duck.run(
        f"""COPY (SELECT * FROM read_parquet('{file}')
            WHERE ts >= TIMESTAMPTZ '2026-07-01' AND ts < TIMESTAMPTZ '2026-07-02')
            TO '{tmp_path / "b.parquet"}' (FORMAT parquet)"""
    )
    seen: list[int] = []
    fetch = duck.fetch

    def counted(sql: str) -> Any:
        table = fetch(sql)
        seen.append(table.num_rows)
        return table

    monkeypatch.setattr(duck, "fetch", counted)
    log = look([tmp_path])
    duck.read(log)
    found = check(duck, log, NOW + 30 * 24 * HOUR)
    assert 900 < seen[1] < 1600, "one in 256 of 308,640"
    assert found.rows == 300_000
    assert "8,640 rows are copies" in found.notes[0]


def test_times_of_ids() -> None:
    good = "0197a2f0-1234-7abc-8000-0123456789ab"
    found, known = clocks.times_of([good, good.upper(), None, "", "x" * 36, good.replace("-7", "-4"), good[:-1] + "é"])
    assert known.tolist() == [True, True, False, False, False, False, False]
    assert found.tolist()[:2] == [0x0197A2F01234] * 2
