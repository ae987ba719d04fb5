"""What the parts of this package give each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from wiretell.logs.summary import Tally
from wiretell.model.marks import FoundMark

Progress = Callable[[str], object]

MAX_RECORD_BYTES: Final = 64 << 20
"""Of one record that is read whole; what is longer is read as plain text, in windows."""


class Form(StrEnum):
    """Kinds of files; the first six are read, and stand in a result by these names. So does `unread`."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    HAR = "har"
    CAPTURES = "captures"
    PARQUET = "parquet"
    BINARY = "binary"
    UTF16 = "utf-16"
    EMPTY = "empty"
    FOLDER = "folder"
    UNREAD = "unread"


class Readable(Protocol):
    """A stream of bytes; every kind of file is read through this."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes; none: it is at its end. OSError where it cannot be read any further."""


class Rows(Protocol):
    """Takes every mark, in order, as it is found."""

    def begin(self, source: int) -> None:
        """Know that what follows was found in this source, an index into those of the result."""

    def add(self, found: Iterable[FoundMark]) -> None:
        """Take some."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that was not examined, or not as it should have been."""

    why: str
    record: int = 0
    """1-based as in `Where.record`, in a batch of lines from its first line; 0: the source as a whole."""
    what: str = ""
    """What it is about, where that is neither a record nor all of the source: `bytes 0 to 16777215`."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read in one stretch of a source. Lines and records that are lines count from its beginning."""

    found: tuple[FoundMark, ...] = ()
    """At most as many as were to be kept; the tally knows of all."""
    tally: Tally = field(default_factory=Tally)
    remarks: tuple[Remark, ...] = ()
    records: int = 0
    lines: int = 0
    """How many line ends it holds."""
    bytes: int = 0
