"""The thread that brings rows into tables: Parquet is too slow to write between two exchanges."""

from __future__ import annotations

import queue
import sqlite3
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from itertools import islice
from typing import Final

import msgspec

from wiretell.errors import WiretellError
from wiretell.gateway.log.frames import Frame, Kind, scan
from wiretell.gateway.log.journal import Place, mapped, segments
from wiretell.gateway.log.layout import Layout, replace
from wiretell.gateway.log.reader import Store
from wiretell.gateway.log.recovery import payload_of
from wiretell.gateway.tables.interface import Tables
from wiretell.model.exchange import Row

FLUSH_SECONDS: Final = 5.0
"""A row is readable as Parquet within 10 s."""
_COMPACT_SECONDS: Final = 600.0
_CHUNK: Final = 5000

Task = tuple[Callable[[Tables], int], "Future[int]"]


class Tabling(threading.Thread):
    """Owns the tables: nobody else calls them while it runs."""

    def __init__(self, layout: Layout, make: Callable[[], Tables]) -> None:
        """Take a log, and what makes its tables, called in this thread."""
        super().__init__(name="tables", daemon=True)
        self._layout = layout
        self._make = make
        self._queue: queue.SimpleQueue[tuple[Row, Place | None] | Task | None] = queue.SimpleQueue()
        self._last: Place | None = None
        self.failing = ""
        """Why tables cannot be written now; the rows wait."""

    def add(self, row: Row, place: Place | None) -> None:
        """Take a row and the place of its end."""
        self._queue.put((row, place))

    def call(self, task: Callable[[Tables], int]) -> int:
        """Call with the tables, all rows written, and return what it returns. :raises OSError: WiretellError:"""
        future: Future[int] = Future()
        self._queue.put((task, future))
        return future.result()

    def stop(self) -> None:
        """Write all that waits, and end."""
        self._queue.put(None)
        self.join()

    def run(self) -> None:
        """Take rows until told to stop."""
        tables = self._make()
        due, compact_due = time.monotonic() + FLUSH_SECONDS, time.monotonic() + _COMPACT_SECONDS
        while True:
            with suppress(queue.Empty):
                item = self._queue.get(timeout=max(0.0, due - time.monotonic()))
                if item is None:
                    break
                self._take(tables, item)
            if time.monotonic() >= due:
                self._flush(tables)
                due = time.monotonic() + FLUSH_SECONDS
            if time.monotonic() >= compact_due:
                self._compact(tables)
                compact_due = time.monotonic() + _COMPACT_SECONDS
        self._flush(tables)

    def _take(self, tables: Tables, item: tuple[Row, Place | None] | Task) -> None:
        first, second = item
        if isinstance(first, Row):
            tables.add(first)
            self._last = second if isinstance(second, Place) else self._last
            return
        assert isinstance(second, Future)
        try:
            self._flush(tables)
            second.set_result(first(tables))
        except (OSError, WiretellError) as error:
            second.set_exception(error)

    def _flush(self, tables: Tables) -> None:
        try:
            tables.flush()
            if self._last is not None:
                replace(self._layout.flushed, msgspec.json.encode(self._last))
                self._last = None
            self.failing = ""
        except OSError as error:
            if not self.failing:
                sys.stderr.write(f"wiretell: tables of the log cannot be written: {error.strerror}; rows wait.\n")
            self.failing = str(error.strerror or error)

    def _compact(self, tables: Tables) -> None:
        with suppress(OSError):
            for day in tables.days()[-2:]:
                tables.compact(day)


def missing_rows(layout: Layout, tables: Tables) -> Iterator[Row]:
    """Yield the rows of exchanges that ended and stand in no table: a crash came between the two."""
    with Store(layout.root) as store:
        ids = _ended_since(layout, _flushed(layout))
        while chunk := list(islice(ids, _CHUNK)):
            there = tables.written(chunk)
            for exchange_id in chunk:
                if exchange_id not in there:
                    with suppress(WiretellError, sqlite3.Error):  # erased, or damaged: `check` says so
                        yield store.row(exchange_id)


def _flushed(layout: Layout) -> Place:
    try:
        return msgspec.json.decode(layout.flushed.read_bytes(), type=Place)
    except (OSError, msgspec.DecodeError):
        return Place("", 0, 0)


def _ended_since(layout: Layout, place: Place) -> Iterator[str]:
    for segment in segments(layout.store):
        if segment.number < place.segment:
            continue
        with mapped(segment.path) as data:
            for item in scan(data, place.offset if segment.number == place.segment else 0):
                payload = payload_of(item) if isinstance(item, Frame) and item.kind == Kind.END else None
                if payload is not None:
                    yield str(uuid.UUID(bytes=payload.exchange))
