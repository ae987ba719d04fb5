"""Erasure of a user, and retention. Both leave a note in the chain, and the chain whole."""

from __future__ import annotations

import datetime as dt
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from wiretell.errors import UsageError
from wiretell.gateway.log import days
from wiretell.gateway.log.frames import Frame, scan
from wiretell.gateway.log.index import Index
from wiretell.gateway.log.journal import SegmentFile, mapped, segments
from wiretell.gateway.log.layout import Layout
from wiretell.gateway.log.recovery import header_of
from wiretell.gateway.log.store import LogStore
from wiretell.gateway.tables.interface import Tables


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did."""

    keys: int
    """Destroyed."""
    exchanges: int
    """That cannot be rebuilt any more."""
    rows: int
    """Of tables, in which what tells of a person was nulled."""


def erase(layout: Layout, store: LogStore, in_tables: Callable[[Callable[[Tables], int]], int], user: str) -> Erased:
    """Erase a user: ledger texts, columns, then keys, so that a crash in between leaves it to be done again.

    `in_tables` calls with the tables in their own thread, all rows written. :raises UsageError: for a user that the log
    does not know. OSError:
    """
    scopes = set(store.keys.numbers(user))
    ids = _exchanges_of(layout, scopes) if scopes else set()
    if ids:
        store.ledger.rewrite(lambda exchange_id: "place" if exchange_id in ids else "all")
    rows = in_tables(lambda tables: tables.erase(user))
    if not scopes and not rows:
        raise UsageError(f"this log has nothing of a user {user!r}; names are those of [[user]] entries.")
    store.keys.erase(user)
    store.forget(sorted(scopes))
    store.note(
        {
            "note": "erasure",
            "scopes": sorted(scopes),
            "says": f"the keys of one user ({', '.join(map(str, sorted(scopes))) or 'none'}) were destroyed.",
        }
    )
    return Erased(len(scopes), len(ids), rows)


def retain(
    layout: Layout, store: LogStore, in_tables: Callable[[Callable[[Tables], int]], int], keep_days: int
) -> tuple[str, ...]:
    """Delete the days that are older than `keep_days`; return them. :raises OSError:"""
    today = dt.datetime.now(dt.UTC).date()
    before = today - dt.timedelta(days=keep_days)
    gone = [day for day in layout.days() if day < before.isoformat() and day != store.day]
    if gone:
        links = _links(segments(layout.store), set(gone), store.journal.chain)
        says = f"retention deleted {len(gone)} days, the last {gone[-1]}."
        store.note({"note": "retention", "before": before.isoformat(), "gone": links, "says": says})
        for day in gone:
            shutil.rmtree(layout.day(day))
        store.ledger.rewrite(lambda exchange_id: "none" if _began(exchange_id) < before.isoformat() else "all")
    in_tables(lambda tables: len(tables.retain(before)))
    return tuple(gone)


def _exchanges_of(layout: Layout, scopes: set[int]) -> set[str]:
    found = set()
    for day in layout.days():
        index = Index(layout.day(day))
        found |= {str(uuid.UUID(bytes=exchange)) for exchange in index.exchanges(scopes)}
        index.close()
    return found


def _links(kept: list[SegmentFile], gone: set[str], head: bytes) -> list[tuple[bytes, bytes]]:
    """Return the chain values before and after each segment that goes."""
    before = [_before(segment) for segment in kept]
    after = [*before[1:], head]
    return [(b, a) for segment, b, a in zip(kept, before, after, strict=True) if segment.day in gone]


def _before(segment: SegmentFile) -> bytes:
    with mapped(segment.path) as data:
        first = next((item for item in scan(data) if isinstance(item, Frame)), None)
        header = header_of(first) if first is not None else None
    return header.previous if header is not None else bytes(32)


def _began(exchange_id: str) -> str:
    try:
        return days.day_of(uuid.UUID(exchange_id).bytes)
    except ValueError:
        return ""
