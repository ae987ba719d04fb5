"""Increments: the same tables as reading all at once; torn, changed, put together, late, foreign."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.hunt.rolling import reference
from tests.hunt.rolling.reference import DAY, START, Row, row
from wiretell.errors import InconclusiveError, UsageError
from wiretell.hunt import manifest as manifests
from wiretell.hunt import state
from wiretell.hunt.engine.duck import DuckEngine
from wiretell.hunt.fetching import core_tables
from wiretell.hunt.log.interface import Log
from wiretell.hunt.rollup import roll
from wiretell.hunt.rule import shipped
from wiretell.hunt.tables import Tables

RULE = shipped()


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    opened = DuckEngine(memory_mb=512, threads=1)
    yield opened
    opened.close()


class World:
    """A log of files, a state beside it, and an engine."""

    def __init__(self, engine: DuckEngine, root: Path) -> None:
        self.engine, self.root, self.state = engine, root, root / "state"
        self.rows: dict[Path, list[Row]] = {}

    def write(self, name: str, rows: Sequence[Row]) -> Path:
        path = self.root / "log" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(reference.table(rows), path)
        self.rows[path] = list(rows)
        return path

    def read(self, log: Log) -> None:
        files = ", ".join(f"'{path}'" for path in log.files)
        self.engine.run("DROP TABLE IF EXISTS exchange")
        self.engine.run(f"CREATE TABLE exchange AS SELECT * FROM read_parquet([{files}])")

    def add(self, *paths: Path) -> int:
        log = Log(paths, "parquet", frozenset(), -1)
        return state.add(self.engine, self.state, log, RULE, read=self.read)

    def window(self, days: int = 60) -> Tables:
        state.window(self.engine, self.state, RULE, days)
        return core_tables(self.engine, {}, RULE, 0)

    def at_once(self, *rows: Row) -> Tables:
        self.engine.run("DROP TABLE IF EXISTS exchange")
        reference.put(self.engine, rows or [one for each in self.rows.values() for one in each])
        roll(self.engine, RULE)
        return core_tables(self.engine, {}, RULE, 0)

    def increments(self) -> tuple[manifests.Increment, ...]:
        return manifests.load(self.state, RULE).increments


@pytest.fixture
def world(engine: DuckEngine, tmp_path: Path) -> World:
    return World(engine, tmp_path)


def same(one: Any, other: Any, path: str = "") -> None:
    """Fail where two tables differ."""
    if hasattr(one, "__dataclass_fields__"):
        for field in fields(one):
            same(getattr(one, field.name), getattr(other, field.name), f"{path}.{field.name}")
    else:
        assert np.array_equal(one, other), path


def busy(seed: int, day: int, n: int = 60) -> list[Row]:
    """Return a day's rows of twelve accounts that share this and that."""
    draw = random.Random(seed * 1000 + day)
    pick = draw.choice
    names = [f"a{draw.randrange(12):02}" for _ in range(n)]
    return [
        row(
            name,
            day * DAY + draw.randrange(DAY),
            org="o1" if name < "a03" else None,
            payment=pick(["p1", "p2", None]),
            ip=pick(["10.0.0.1", "10.0.1.2", "2001:db8::1", "hashed", None]),
            header_tuple=pick(["h1", "h2"]),
            client=pick(["agent", "other", None]),
            system_block=pick(["s1", "s2", None]),
            chain=pick([None, *(f"d{day}c{n}" for n in range(6)), "always"]),
            depth=draw.randrange(2, 6),
            template=[f"t{draw.randrange(40)}" for _ in range(pick([0, 4, 4, 2]))],
            output_tokens=draw.randrange(5000),
            status=pick([200, 200, 200, 429]),
        )
        for name in names
    ]


def test_days_one_by_one_give_the_tables_of_the_whole_log(world: World) -> None:
    for day in range(4):
        added = world.add(world.write(f"{day}.parquet", busy(1, day)))
        assert added == 60
    tables = world.window()
    assert len(tables.edges) > 50
    assert 5 in tables.tokens.kind  # there is failover in it
    same(tables, world.at_once())


def test_a_window_is_the_log_of_its_days(world: World) -> None:
    for day in range(4):
        world.add(world.write(f"{day}.parquet", busy(2, day)))
    tables = world.window(3)
    assert len(world.increments()) == 3
    same(tables, world.at_once(*(one for day in (1, 2, 3) for one in busy(2, day))))


def test_what_was_read_is_not_read_again(world: World) -> None:
    first = world.write("0.parquet", busy(3, 0))
    assert world.add(first) == 60
    assert world.add(first) == 0
    assert world.add(first, world.write("1.parquet", busy(3, 1))) == 60
    same(world.window(), world.at_once())


def test_a_torn_increment_is_done_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (world.write(f"{day}.parquet", busy(4, day)) for day in (0, 1))
    world.add(first)
    saved: list[Path] = []

    def torn(sql: str, path: Path) -> None:
        if len(saved) == 3:
            raise OSError("no space")
        saved.append(path)
        path.write_bytes(b"PAR1")

    with monkeypatch.context() as broken:
        broken.setattr(world.engine, "save", torn)
        with pytest.raises(OSError, match="no space"):
            world.add(first, second)
    assert len(world.increments()) == 1
    assert world.add(first, second) == 60
    same(world.window(), world.at_once())


def test_late_rows_are_added_to_their_day(world: World) -> None:
    world.add(world.write("0.parquet", [row("ann", 0, payment="p", header_tuple="h")]))
    world.add(world.write("1.parquet", [row("bob", DAY, payment="p", header_tuple="h")]))
    world.add(world.write("late.parquet", [row("ann", 5, payment="p", header_tuple="h")]))
    tables = world.window()
    assert list(tables.accounts.rows) == [2, 1]
    assert list(tables.accounts.active_days) == [1, 1]
    same(tables, world.at_once())


def test_a_file_that_grew_takes_the_place_of_what_was_read(world: World) -> None:
    world.add(world.write("0.parquet", busy(5, 0, 20)))
    assert world.add(world.write("0.parquet", busy(5, 0, 30))) == 30
    same(world.window(), world.at_once())


def test_parts_that_were_put_together_are_not_counted_twice(world: World) -> None:
    rows = busy(6, 0)
    parts = [world.write(f"2024-10-04/part-{n}.parquet", rows[n::2]) for n in range(2)]
    world.add(*parts)
    whole = world.write("2024-10-04/day-1.parquet", rows)
    for part in parts:
        part.unlink()
        del world.rows[part]
    assert world.add(whole) == 60
    same(world.window(), world.at_once())


def test_files_that_were_removed_after_reading_stay_in_the_state(world: World) -> None:
    old = world.write("0.parquet", busy(7, 0))
    world.add(old)
    old.unlink()
    world.add(world.write("1.parquet", busy(7, 1)))
    same(world.window(), world.at_once())


def test_a_week_later_texts_of_one_account_are_let_go_and_shared_ones_stay(world: World) -> None:
    texts = {"ann": ["shared", "b", "c", "d"], "bob": ["shared", "f", "g", "h"]}
    for day, name in ((0, "ann"), (3, "bob"), (11, "cat")):
        one = row(
            name, day * DAY, payment="p", template=texts.get(name, ["x", "y", "z", "w"]), chain=f"c-{name}", depth=2
        )
        world.add(world.write(f"{day}.parquet", [one]))
    thinned = [each.is_thinned for each in world.increments()]
    assert thinned == [True, True, False]
    first = world.state / world.increments()[0].id
    assert sorted(path.name for path in first.iterdir()) == sorted(
        [
            "attribute.parquet",
            "presence.parquet",
            "talk.parquet",
            "able.parquet",
            "thin-phrase.parquet",
            "thin-spell.parquet",
        ]
    )
    assert pq.read_table(first / "thin-phrase.parquet").column("t2").to_pylist() == [None]
    tables, whole = world.window(), world.at_once()
    assert list(tables.tokens.names) == ["p", "1:shared"]
    for each in ("accounts", "edges", "tokens", "others", "holding"):
        same(getattr(tables, each), getattr(whole, each), each)


def test_a_state_of_another_rule_is_refused(world: World) -> None:
    world.add(world.write("0.parquet", busy(8, 0)))
    other = msgspec.structs.replace(RULE, share=msgspec.structs.replace(RULE.share, template_bands=2))
    with pytest.raises(UsageError, match="another rule or release"):
        state.window(world.engine, world.state, other, 60)


def test_other_thresholds_read_the_same_state(world: World) -> None:
    world.add(world.write("0.parquet", busy(8, 0)))
    other = msgspec.structs.replace(RULE, share=msgspec.structs.replace(RULE.share, kinds=3))
    assert state.window(world.engine, world.state, other, 60) == START // DAY - 59


def test_a_folder_of_something_else_is_left_alone(world: World) -> None:
    world.state.mkdir()
    (world.state / "letter.txt").write_text("mine")
    with pytest.raises(UsageError, match="something else"):
        world.add(world.write("0.parquet", busy(9, 0)))
    assert (world.state / "letter.txt").read_text() == "mine"


def test_two_hunts_do_not_write_at_once(world: World) -> None:
    path = world.write("0.parquet", busy(9, 0))
    with manifests.held(world.state), pytest.raises(UsageError, match="Another hunt"):
        world.add(path)


def test_a_broken_manifest_is_told(world: World) -> None:
    world.add(world.write("0.parquet", busy(9, 0)))
    (world.state / "manifest.json").write_bytes(b"{")
    with pytest.raises(UsageError, match="no manifest"):
        world.window()


def test_an_empty_state_says_nothing(world: World) -> None:
    with pytest.raises(InconclusiveError):
        world.window()
