"""One day: its conversations, their exchanges, written by the day on which they fall. It depends on the world alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wiretell.simulation import arrow, columns, ordinary, queues, rows, talks
from wiretell.simulation.columns import Columns
from wiretell.simulation.draw import DAY_US, Array, generator
from wiretell.simulation.world import World

_GROUP_ROWS: Final = 200_000
_TOO_MANY: Final = frozenset({"exchange_id", "ts", "session", "prefix_blocks", "template", "input_tokens"})
"""Columns whose values are too many for a dictionary."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What was written of one day's conversations, for the truth."""

    rows: int
    account: Array
    """Those with any exchange."""
    exchanges: Array
    first: Array
    last: Array


def write(world: World, day: int, log: Path) -> Counted:
    """Write the exchanges of the conversations that begin on a day: one file for it, one for what runs into later ones.

    :raises OSError: if the log cannot be written.
    """
    rng = generator(world.settings.seed, "day", day)
    midnight = world.start + day * DAY_US
    parts = [ordinary.talks(world, day, rng), *queues.talks(world, day)]
    all_talks = talks.joined(parts)
    del parts
    made = columns.columns(world, all_talks, rows.exchanges(world, all_talks, midnight, rng), rng)
    del all_talks
    kept = made.ts < world.end  # the log ends with its last day, in the middle of conversations
    date = made.ts // DAY_US
    for number in np.unique(date[kept]).tolist():
        at = np.flatnonzero(date == number)
        _write(world, made.of(slice(int(at[0]), int(at[-1]) + 1)), _file(log, number, day, midnight))
    return _counted(made, kept)


def _file(log: Path, date: int, day: int, midnight: int) -> Path:
    """Return a file's path: named by the day on which its conversations began."""
    folder = log / (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=date)).strftime("%Y-%m-%d")
    folder.mkdir(parents=True, exist_ok=True)
    late = "" if date == midnight // DAY_US else "-late"
    return folder / f"day-{day:04d}{late}.parquet"


def _write(world: World, made: Columns, path: Path) -> None:
    wanted = tuple(name for name in arrow.NAMES if name not in world.settings.drop_columns)
    options: dict[str, Any] = {
        "compression": "zstd",
        "compression_level": 1,
        "write_statistics": ["ts"],
        "use_dictionary": [name for name in wanted if name not in _TOO_MANY],
    }
    partial = path.with_name(f".{path.name}")
    with pq.ParquetWriter(partial, _schema(wanted), **options) as writer:
        for start in range(0, len(made), _GROUP_ROWS):
            writer.write_table(arrow.table(world, made.of(slice(start, start + _GROUP_ROWS)), wanted))
    partial.replace(path)


def _schema(wanted: tuple[str, ...]) -> Any:
    return pa.schema([arrow.SCHEMA.field(name) for name in wanted])


def _counted(made: Columns, kept: Array) -> Counted:
    account, ts = made.account[kept], made.ts[kept]
    known, first, number = np.unique(account, return_index=True, return_counts=True)
    last = len(account) - 1 - np.unique(account[::-1], return_index=True)[1] if len(account) else first
    return Counted(int(kept.sum()), known, number, ts[first], ts[last])
