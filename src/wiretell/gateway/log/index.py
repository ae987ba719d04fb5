"""Where things stand in a day's segments: SQLite, derivable from the segments, never synced."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from wiretell.errors import FormatError
from wiretell.gateway.log.frames import Kind
from wiretell.gateway.log.journal import Place
from wiretell.gateway.log.records import END_PART, Payload

NAME: Final = "index.sqlite"
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS frames (exchange BLOB, part INTEGER, scope INTEGER, segment INTEGER, at INTEGER,
    PRIMARY KEY (exchange, part)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS packs (scope INTEGER, first INTEGER, count INTEGER, segment INTEGER, at INTEGER,
    PRIMARY KEY (scope, first)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blocks (scope INTEGER, address BLOB, ordinal INTEGER,
    PRIMARY KEY (scope, address)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS open (exchange BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spans (scope INTEGER, ordinal INTEGER, at INTEGER, length INTEGER, rule TEXT);
CREATE TABLE IF NOT EXISTS position (one INTEGER PRIMARY KEY CHECK (one = 1), segment INTEGER, at INTEGER);
"""

Entry = tuple[Kind, Payload, Place]
Address = tuple[int, bytes, int]
"""Scope, address, ordinal of a block."""
BlockSpan = tuple[int, int, int, int, str]
"""Scope, ordinal, offset in the block, length, rule."""


@dataclass(slots=True)
class Unindexed:
    """What was appended and is not in the index yet."""

    entries: list[Entry] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    spans: list[BlockSpan] = field(default_factory=list)

    def add(self, entries: Sequence[Entry], addresses: Sequence[Address], spans: Sequence[BlockSpan]) -> None:
        """Take a commit's."""
        self.entries += entries
        self.addresses += addresses
        self.spans += spans


class Index:
    """One day's index."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        """Open it, made anew if it is missing or broken. :raises FormatError: if it is, and may only be read."""
        self.day = folder.name
        self._path = folder / NAME
        try:
            self._base = self._opened(read_only)
        except sqlite3.DatabaseError:
            if read_only:
                raise FormatError(
                    f"{self._path} is missing or broken; it is made anew when a gateway starts on this log."
                ) from None
            for path in folder.glob(f"{NAME}*"):
                path.unlink()
            self._base = self._opened(read_only)

    def add(
        self, entries: Iterable[Entry], addresses: Iterable[Address], spans: Iterable[BlockSpan], until: Place
    ) -> None:
        """Note what was appended, up to `until`. :raises sqlite3.Error: where nothing was noted."""
        frames: list[tuple[bytes, int, int, int, int]] = []
        packs: list[tuple[int, int, int, int, int]] = []
        began: list[tuple[bytes]] = []
        ended: list[tuple[bytes]] = []
        for kind, payload, place in entries:
            frames.append((payload.exchange, payload.part, payload.scope, place.segment, place.offset))
            if payload.count:
                packs.append((payload.scope, payload.first, payload.count, place.segment, place.offset))
            if kind is Kind.OPENING:
                began.append((payload.exchange,))
            elif kind is Kind.END:
                ended.append((payload.exchange,))
        with self._base as base:
            base.executemany("INSERT OR IGNORE INTO frames VALUES (?,?,?,?,?)", frames)
            base.executemany("INSERT OR IGNORE INTO packs VALUES (?,?,?,?,?)", packs)
            base.executemany("INSERT OR IGNORE INTO open VALUES (?)", began)
            base.executemany("DELETE FROM open WHERE exchange = ?", ended)
            base.executemany("INSERT OR IGNORE INTO blocks VALUES (?,?,?)", addresses)
            base.executemany("INSERT INTO spans VALUES (?,?,?,?,?)", spans)
            base.execute("INSERT OR REPLACE INTO position VALUES (1,?,?)", (until.segment, until.offset))

    def addresses(self, most: int) -> list[Address] | None:
        """Return all blocks; None where there are more than `most`."""
        rows = self._base.execute("SELECT scope, address, ordinal FROM blocks LIMIT ?", (most + 1,)).fetchall()
        return rows if len(rows) <= most else None

    def close_open(self, exchange: bytes) -> None:
        """Note that an exchange ended on another day."""
        with self._base as base:
            base.execute("DELETE FROM open WHERE exchange = ?", (exchange,))

    def position(self) -> Place:
        """Return up to where the segments are indexed."""
        row = self._base.execute("SELECT segment, at FROM position").fetchone()
        return Place(self.day, *row) if row else Place(self.day, 0, 0)

    def last_end(self) -> tuple[int, int]:
        """Return segment and offset of the last end that is noted; zeros where there is none."""
        row = self._base.execute(
            "SELECT segment, at FROM frames WHERE part = ? ORDER BY segment DESC, at DESC LIMIT 1", (END_PART,)
        ).fetchone()
        return (row[0], row[1]) if row else (0, 0)

    def parts(self, exchange: bytes) -> dict[int, Place]:
        """Return where an exchange's frames stand, by part."""
        rows = self._base.execute("SELECT part, segment, at FROM frames WHERE exchange = ? ORDER BY part", (exchange,))
        return {part: Place(self.day, segment, at) for part, segment, at in rows}

    def pack(self, scope: int, ordinal: int) -> tuple[int, int, Place] | None:
        """Return the pack that holds a block: its first ordinal, how many, and its frame's place."""
        row = self._base.execute(
            "SELECT first, count, segment, at FROM packs WHERE scope = ? AND first <= ? ORDER BY first DESC LIMIT 1",
            (scope, ordinal),
        ).fetchone()
        if row is None or ordinal >= row[0] + row[1]:
            return None
        return row[0], row[1], Place(self.day, row[2], row[3])

    def block(self, scope: int, address: bytes) -> int | None:
        """Return a block's ordinal."""
        found = self._base.execute(
            "SELECT ordinal FROM blocks WHERE scope=? AND address=?", (scope, address)
        ).fetchone()
        return found[0] if found else None

    def next_ordinal(self, scope: int) -> int:
        """Return the ordinal of a user's next block."""
        row = self._base.execute(
            "SELECT first + count FROM packs WHERE scope = ? ORDER BY first DESC LIMIT 1", (scope,)
        ).fetchone()
        return int(row[0]) if row else 0

    def spans(self) -> Iterator[BlockSpan]:
        """Yield the redacted places of blocks."""
        yield from self._base.execute("SELECT scope, ordinal, at, length, rule FROM spans")

    def open_exchanges(self) -> list[bytes]:
        """Return the exchanges without an end."""
        return [row[0] for row in self._base.execute("SELECT exchange FROM open")]

    def exchanges(self, scopes: Iterable[int] | None = None) -> Iterator[bytes]:
        """Yield the exchanges that ended this day, by id: of all users, or of those with these keys."""
        chosen = None if scopes is None else set(scopes)
        with closing(self._base.execute("SELECT exchange, scope FROM frames WHERE part = ?", (END_PART,))) as rows:
            yield from (exchange for exchange, scope in rows if chosen is None or scope in chosen)

    def close(self) -> None:
        """Close it."""
        self._base.close()

    def _opened(self, read_only: bool) -> sqlite3.Connection:
        mode = "ro" if read_only else "rwc"
        base = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode={mode}", uri=True, check_same_thread=False)
        try:
            if read_only:
                base.execute("SELECT one FROM position").fetchone()
            else:
                base.executescript(
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-4096;" + _SCHEMA
                )
        except sqlite3.Error:
            base.close()
            raise
        return base
