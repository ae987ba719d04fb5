"""Brings rows into tables. What writes Parquet is heavy, so it is loaded by short-lived processes (`aside.py`) only.

Rows wait in memory for some seconds; then a process writes them, and ends. One such process works at a time, of this
writer and of one before it that was killed: each holds `store/tables.lock`.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import struct
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any, Final

import msgspec

from wiretell.errors import WiretellError
from wiretell.gateway.log.aside import Aside
from wiretell.gateway.log.frames import Frame, Kind, scan
from wiretell.gateway.log.journal import Place, mapped, segments
from wiretell.gateway.log.layout import Layout, replace
from wiretell.gateway.log.reader import Store
from wiretell.gateway.log.records import row_from
from wiretell.gateway.log.recovery import payload_of
from wiretell.gateway.tables.interface import Tables

FLUSH_SECONDS: Final = 7.0
"""A row is readable as Parquet within 10 s; a process needs 0.2 s to start."""
_MOST_BYTES: Final = 8 << 20
"""Of rows that wait; more are written at once."""
_COMPACT_SECONDS: Final = 600.0
_CHUNK: Final = 5000

_ARRAY: Final = struct.Struct(">BI")
_ARRAY_32: Final = 0xDD
"""MessagePack's array of so many items, which follow."""

Make = Callable[[], Tables]


class Tabling:
    """Owns the tables. Not thread-safe."""

    def __init__(self, layout: Layout, make: Make) -> None:
        """Take a log, and what makes its tables, called in the process that writes them."""
        self._layout = layout
        self._make = make
        self._rows = bytearray()
        """In MessagePack, one after another."""
        self._count = 0
        self._last: Place | None = None
        self._due = 0.0
        self._compact_due = time.monotonic() + _COMPACT_SECONDS
        self._child: Aside | None = None
        self._taken = (0, 0)
        """What of the rows the child writes: how many, and their bytes."""
        self._taken_last: Place | None = None
        self._doubted = False
        """Whether some of the rows may have been written by a process that did not say so."""
        self.failing = ""
        """Why tables cannot be written now; the rows wait."""

    def add(self, row: bytes, place: Place) -> None:
        """Take a row's columns in MessagePack, and the place of its end."""
        if not self._rows:
            self._due = time.monotonic() + FLUSH_SECONDS
        self._rows += row
        self._count += 1
        self._last = place

    def tick(self) -> None:
        """Do what is due; returns at once."""
        if self._child is not None and self._child.is_over():
            self._settle()
        if self._child is not None:
            return
        now = time.monotonic()
        if self._rows and (now >= self._due or (len(self._rows) > _MOST_BYTES and not self.failing)):
            self._start(None)
        elif now >= self._compact_due:
            self._compact_due = now + _COMPACT_SECONDS
            self._start(_compact)

    def call(self, task: Callable[[Tables], int]) -> int:
        """Call with the tables, all rows written, and return what it returns. :raises OSError: WiretellError:"""
        self._wait()
        self._start(task)
        return self._settle(told=True)

    def bring_up(self) -> list[str]:
        """Write the rows that a crash kept from the tables; return the ids of those with edits. :raises OSError:"""
        if next(_ended_since(self._layout, _flushed(self._layout)), None) is None:
            return []
        edited: list[str] = Aside.started(lambda: _bring_up(self._layout, self._make)).result()
        return edited

    def stop(self) -> None:
        """Write all that waits."""
        self._wait()
        if self._rows:
            self._start(None)
            self._wait()

    def _start(self, task: Callable[[Tables], int] | None) -> None:
        rows, doubted = _ARRAY.pack(_ARRAY_32, self._count) + self._rows, self._doubted
        self._taken, self._taken_last = (self._count, len(self._rows)), self._last
        try:
            self._child = Aside.started(lambda: _write(self._layout, self._make, rows, task, doubted=doubted))
        except OSError as error:
            self._fail(error)

    def _wait(self) -> None:
        if self._child is not None:
            self._settle()

    def _settle(self, *, told: bool = False) -> int:
        """Take what came of the child. `told`: whether an error is raised."""
        child, self._child = self._child, None
        try:
            if child is None:
                raise OSError(errno.EAGAIN, self.failing)
            value: int = child.result()
        except (OSError, WiretellError) as error:
            self._fail(error)
            if told:
                raise
            return 0
        self._done()
        return value

    def _done(self) -> None:
        count, size = self._taken
        del self._rows[:size]
        self._count -= count
        self._due = time.monotonic() + FLUSH_SECONDS
        self._doubted, self.failing = False, ""
        if count and self._taken_last is not None:
            with suppress(OSError):  # then more is looked at when the next writer starts
                replace(self._layout.flushed, msgspec.json.encode(self._taken_last))

    def _fail(self, error: OSError | WiretellError) -> None:
        why = str((error.strerror if isinstance(error, OSError) else None) or error)
        if not self.failing:
            sys.stderr.write(f"wiretell: tables of the log cannot be written: {why}; rows wait.\n")
        self._due = time.monotonic() + FLUSH_SECONDS
        self._doubted, self.failing = True, why


@contextmanager
def _alone(layout: Layout) -> Iterator[None]:
    """Wait for the process of a writer that was killed, if there is one."""
    handle = os.open(layout.tables_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write(layout: Layout, make: Make, rows: bytes, task: Callable[[Tables], int] | None, *, doubted: bool) -> int:
    """Write rows, then do a task: what the process is for."""
    with _alone(layout):
        tables = make()
        found = [row_from(values) for values in msgspec.msgpack.decode(rows, type=list[list[Any]])]
        there = tables.written(row.exchange_id for row in found) if doubted else ()
        for row in found:
            if row.exchange_id not in there:
                tables.add(row)
        tables.flush()
        return task(tables) if task is not None else 0


def _compact(tables: Tables) -> int:
    with suppress(OSError):
        for day in tables.days()[-2:]:
            tables.compact(day)
    return 0


def _bring_up(layout: Layout, make: Make) -> list[str]:
    """Write the rows of exchanges that ended and stand in no table: a crash came between the two."""
    edited: list[str] = []
    with _alone(layout), Store(layout.root) as store:
        tables = make()
        ids = _ended_since(layout, _flushed(layout))
        while chunk := list(islice(ids, _CHUNK)):
            there = tables.written(chunk)
            for exchange_id in chunk:
                if exchange_id not in there:
                    with suppress(WiretellError, sqlite3.Error):  # erased, or damaged: `check` says so
                        row = store.row(exchange_id)
                        tables.add(row)
                        edited += [exchange_id] if row.edits else []
            tables.flush()
    return edited


def _flushed(layout: Layout) -> Place:
    try:
        return msgspec.json.decode(layout.flushed.read_bytes(), type=Place)
    except (OSError, msgspec.DecodeError):
        return Place("", 0, -1)


def _ended_since(layout: Layout, place: Place) -> Iterator[str]:
    """Yield the exchanges that ended after the one whose end stands at `place`."""
    for segment in segments(layout.store):
        if segment.number < place.segment:
            continue
        with mapped(segment.path) as data:
            start = place.offset if segment.number == place.segment else 0
            for item in scan(data, start):
                if (payload := _ended(item)) is not None and (segment.number, item.offset) != _where(place):
                    yield str(uuid.UUID(bytes=payload.exchange))


def _where(place: Place) -> tuple[int, int]:
    return place.segment, place.offset


def _ended(item: Any) -> Any:
    return payload_of(item) if isinstance(item, Frame) and item.kind == Kind.END else None
