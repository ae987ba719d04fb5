"""What the log's writer calls: a row gets columns of a `Deriver`, and lands in Parquet by `Tables`.

The implementations are `wiretell.gateway.tables.derive.BodyDeriver` and `wiretell.gateway.tables.writer.TableWriter`.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from wiretell.model.exchange import Row


@dataclass(frozen=True, slots=True)
class Derived:
    """Columns that a request's body tells."""

    system_hash: str | None = None
    prefix_blocks: tuple[str, ...] = ()
    template: tuple[str, ...] = ()
    prompt: str | None = None
    tool_results: int = 0
    marks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    """What was not looked at, one sentence each."""


class Known(msgspec.Struct, frozen=True):
    """What of a body was known before."""

    notes: Any = None
    """What `derive` returned of the last body of the same conversation; None: there is none."""
    front: int = 0
    """Bytes that both bodies begin with."""
    back: int = 0
    """Bytes that both end with; in neither they overlap with `front`."""
    new_from: int = 0
    """Offset in bytes from which on nothing is known to the log; what stands before it was in an earlier request."""


class Deriver(ABC):
    """Tells the columns that stand in the body of a request."""

    @abstractmethod
    def derive(self, protocol: str, version: str, body: bytes, known: Known) -> tuple[Derived, Any] | None:
        """Return the columns, and notes for the next body of the conversation.

        The body has its content coding undone and secrets redacted; `version`: of the client. Never raises: None of a
        body that is not what its protocol says.
        """


class Tables(ABC):
    """Parquet files of a log's folder, a folder a day (UTC). One writer a log; it is called by one thread."""

    @abstractmethod
    def add(self, row: Row) -> None:
        """Keep a row until `flush`."""

    @abstractmethod
    def flush(self) -> None:
        """Write the kept rows, durable and whole or not at all; after OSError they are kept. Does nothing without rows.

        :raises OSError: if they cannot be written.
        """

    @abstractmethod
    def written(self, exchange_ids: Iterable[str]) -> set[str]:
        """Return those of some exchanges that stand in a table: after a crash, the others are to be added again."""

    @abstractmethod
    def compact(self, day: dt.date) -> None:
        """Put the files of a day together where they are many; of a day that is over, into one.

        A reader that lists the day's folder sees every row once, before and after. :raises OSError: if it cannot.
        """

    @abstractmethod
    def days(self) -> tuple[dt.date, ...]:
        """Return the days that have rows on the disk, oldest first."""

    @abstractmethod
    def erase(self, user: str, days: Iterable[dt.date] | None = None) -> int:
        """Take out of a user's rows what tells of a person; return how many rows there were. `days`: None is all.

        The rows stay, with tokens and cost. Kept rows are flushed first. :raises OSError: if a file cannot be
        rewritten; those before it are, and erasing again goes on.
        """

    @abstractmethod
    def retain(self, before: dt.date) -> tuple[dt.date, ...]:
        """Delete days before a day; return them. :raises OSError: if one cannot be deleted."""
