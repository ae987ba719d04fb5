"""Writing the tables: rows of some seconds as a part, parts of a day put together, rows of a user erased.

A row lands in the folder of its own day (UTC, by `ts`). Files are never changed: they are replaced, or the day's folder
is, each at one moment; what that looks like on the disk is said in `folders.py`.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, Final

from wiretell.gateway.tables import columns, folders
from wiretell.gateway.tables.erasing import erased
from wiretell.gateway.tables.interface import Tables
from wiretell.gateway.tables.rows import rows_of_table
from wiretell.model.exchange import Row

MANY: Final = 60
"""Files of a running day beyond which they are put together."""
_SMALL: Final = 4 << 20
"""Bytes of files that are put together while the day runs; larger ones stay as they are, or all would be rewritten
again and again."""
_GROUP_ROWS: Final = 4096
_GROUP_BYTES: Final = 4 << 20
"""A row group, whichever is reached first: so much memory is needed to put files together, and to read them."""
_COMPRESSION: Final = "zstd"
_SLACK: Final = dt.timedelta(days=1)
"""Around the day that a UUIDv7 tells: the row's `ts` was taken by another call of the clock."""


class TableWriter(Tables):
    """Writes the Parquet files of one log folder."""

    def __init__(self, folder: Path, clock: Callable[[], dt.datetime] | None = None) -> None:
        """Take a log's folder, which need not exist; clear away what a crash left in it.

        `clock` returns the time, UTC; None: the system's. :raises UsageError: where pyarrow is not installed.
        """
        columns.parquet()
        self._root = folder
        self._now = clock or (lambda: dt.datetime.now(dt.UTC))
        self._waiting: list[Row] = []
        self._run = secrets.token_hex(4)  # two runs never make one name, whatever the clock does
        self._numbers = count(1)
        folders.recover(folder)

    def add(self, row: Row) -> None:
        """Keep a row until `flush`."""
        self._waiting.append(row)

    def flush(self) -> None:
        """Write the kept rows, a part for each day among them; rows whose part cannot be written are kept."""
        by_day: dict[dt.date, list[Row]] = defaultdict(list)
        for row in self._waiting:
            by_day[folders.day_of(row.ts)].append(row)
        for day in sorted(by_day):
            rows = sorted(by_day[day], key=lambda row: (row.ts, row.exchange_id))
            folder = self._root / day.isoformat()
            folders.make(folder)
            with folders.appearing(folder / self._name("part")) as path:
                columns.parquet().write_table(
                    columns.table_of(rows), path, compression=_COMPRESSION, row_group_size=_GROUP_ROWS
                )
            done = {id(row) for row in rows}
            self._waiting = [row for row in self._waiting if id(row) not in done]

    def _name(self, kind: str) -> str:
        return f"{kind}-{self._now():%H%M%S%f}-{self._run}-{next(self._numbers)}{folders.SUFFIX}"

    def days(self) -> tuple[dt.date, ...]:
        """Return the days that have a folder, oldest first."""
        return folders.days(self._root)

    def written(self, exchange_ids: Iterable[str]) -> set[str]:
        """Return those of some exchanges that stand in a table."""
        wanted = set(exchange_ids)
        near = _days_near(wanted)
        found: set[str] = set()
        for day in self.days():
            if near is None or day in near:
                for path in folders.files(self._root / day.isoformat()):
                    for ids in _values(path, "exchange_id"):
                        found |= wanted.intersection(filter(None, ids))
        return found

    def compact(self, day: dt.date) -> None:
        """Put the files of a day together: all, where it is over; the small ones, where there are too many."""
        place = self._root / day.isoformat()
        every = folders.files(place)
        is_over = day < self._now().date()
        merged = [path for path in every if is_over or path.stat().st_size < _SMALL]
        if len(merged) <= (1 if is_over else MANY):
            return
        folder = folders.aside(self._root, day)
        for path in every:
            if path not in merged:
                os.link(path, folder / path.name)
        with folders.appearing(folder / self._name("day")) as target:
            _put_together(merged, target)
        folders.swap(self._root, day)
        columns.arrow().default_memory_pool().release_unused()

    def erase(self, user: str, days: Iterable[dt.date] | None = None) -> int:
        """Take out of a user's rows what tells of a person; return how many rows there were."""
        self.flush()
        total = 0
        for day in self.days() if days is None else sorted(days):
            for path in folders.files(self._root / day.isoformat()):
                total += _erase(path, user)
        return total

    def retain(self, before: dt.date) -> tuple[dt.date, ...]:
        """Delete days before a day; return them."""
        gone = tuple(day for day in self.days() if day < before)
        for day in gone:
            folders.remove(self._root, day)
        return gone


def _days_near(exchange_ids: Iterable[str]) -> set[dt.date] | None:
    """Return the days in which exchanges can stand, by the time in their UUIDv7; None where one tells none."""
    found: set[dt.date] = set()
    for exchange_id in exchange_ids:
        digits = exchange_id.replace("-", "")
        if len(digits) != 32 or digits[12] != "7":
            return None
        try:
            day = folders.day_of(int(digits[:12], 16) * 1000)
        except ValueError:
            return None
        with suppress(OverflowError):
            found |= {day - _SLACK, day, day + _SLACK}
    return found


def _values(path: Path, column: str) -> Iterator[list[str | None]]:
    """Go through a column, row group by row group; nothing where the file has none of that name."""
    with columns.parquet().ParquetFile(path, pre_buffer=False) as file:
        groups = file.metadata.num_row_groups if column in file.schema_arrow.names else 0
        for number in range(groups):
            yield file.read_row_group(number, columns=[column], use_threads=False).column(0).to_pylist()


def _put_together(paths: Sequence[Path], target: Path) -> None:
    """Write the row groups of some files into one, joined to larger ones."""
    with columns.parquet().ParquetWriter(target, columns.schema(), compression=_COMPRESSION) as writer:
        kept: list[Any] = []
        for table in _tables(paths):
            kept.append(table)
            if _is_enough(kept):
                writer.write_table(columns.arrow().concat_tables(kept))
                kept = []
        if kept:
            writer.write_table(columns.arrow().concat_tables(kept))


def _is_enough(tables: Sequence[Any]) -> bool:
    rows: int = sum(each.num_rows for each in tables)
    size: int = sum(each.nbytes for each in tables)
    return rows >= _GROUP_ROWS or size >= _GROUP_BYTES


def _tables(paths: Sequence[Path]) -> Iterator[Any]:
    for path in paths:
        with columns.parquet().ParquetFile(path, pre_buffer=False) as file:
            for number in range(file.metadata.num_row_groups):
                yield _as_of_now(file.read_row_group(number, use_threads=False))


def _as_of_now(table: Any) -> Any:
    """Give a table the columns of this version, in their order; what an older one lacks is as a row without it."""
    wanted = columns.schema()
    if table.schema.equals(wanted):
        return table
    return columns.table_of(rows_of_table(table))


def _erase(path: Path, user: str) -> int:
    """Rewrite a file in which a user has rows; return how many."""
    found = sum(users.count(user) for users in _values(path, "user"))
    if found:
        with folders.appearing(path) as target:
            _rewrite(path, target, user)
    return found


def _rewrite(path: Path, target: Path, user: str) -> None:
    with columns.parquet().ParquetWriter(target, columns.schema(), compression=_COMPRESSION) as writer:
        for table in _tables([path]):
            rows = [erased(row) if row.user == user else row for row in rows_of_table(table)]
            writer.write_table(columns.table_of(rows), row_group_size=_GROUP_ROWS)
