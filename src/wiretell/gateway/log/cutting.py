"""The end of the chain: what is torn there, what was cut off it, and who knows that there was more.

A power cut tears what was being written, which no index and no table knows yet: ends are synced before they are noted
elsewhere. After a clean stop nothing was being written. What is missing otherwise was taken away or changed, and a note
in the chain says so for good.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from wiretell.errors import FormatError
from wiretell.gateway.log.frames import Damage, Frame, Kind
from wiretell.gateway.log.index import Index
from wiretell.gateway.log.journal import Place, SegmentFile, mapped, sync_folder
from wiretell.gateway.log.layout import Layout

_DAYS: Final = 3
_START_BYTES: Final = 1 << 10
"""Longest note of a start: the first that is written after a clean stop."""
_AHEAD_BYTES: Final = 1 << 17
"""Zeros that a writer puts ahead before it writes anything: behind what it was writing they are still there."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What is not there any more at the end of the chain."""

    day: str
    segment: int
    offset: int
    """In the segment, in bytes: where the chain goes on."""
    length: int
    """Bytes that were no frames; 0: only the index or the tables tell that there was more."""
    sha256: str
    """Of these bytes, hex."""
    aside: str
    """The file that has them now; empty: none."""
    changed: bool
    """Whether no power cut does that."""

    @property
    def says(self) -> str:
        """One sentence."""
        where = f"segment {self.segment} of {self.day}"
        kept = f"{self.length} bytes at the end of {where} were no frames; they were put aside as {self.aside}."
        if not self.changed:
            return f"{kept[:-1]}: a write that was torn."
        missing = f"What {where} had from byte {self.offset} on was changed or cut off after it was durable."
        return f"{missing} {kept}" if self.length else missing

    def note(self) -> dict[str, Any]:
        """Return what the chain keeps of it."""
        return {
            "note": "cut",
            "day": self.day,
            "segment": self.segment,
            "offset": self.offset,
            "bytes": self.length,
            "sha256": self.sha256,
            "aside": self.aside,
            "changed": self.changed,
            "says": self.says,
        }


def last_known(layout: Layout) -> tuple[int, int]:
    """Return segment and offset of the last end that an index or the tables know; zeros where they know none."""
    known = [(0, 0)]
    with suppress(OSError, msgspec.DecodeError):
        place = msgspec.json.decode(layout.flushed.read_bytes(), type=Place)
        known.append((place.segment, place.offset))
    for day in layout.days()[-_DAYS:]:
        if layout.indexed(day):
            with suppress(FormatError, sqlite3.Error, OSError):
                index = Index(layout.day(day), read_only=True)
                known.append(index.last_end())
                index.close()
    return max(known)


def cut_of(segment: SegmentFile, last: Frame, torn: Damage | None, known: tuple[int, int]) -> Cut | None:
    """Say what is missing behind the last frame, and put aside what stands there; None: nothing. :raises OSError:"""
    is_ahead = known >= (segment.number, last.end)
    if torn is None:
        return Cut(segment.day, segment.number, last.end, 0, "", "", True) if is_ahead else None
    with mapped(segment.path) as data:
        rest = bytes(data[torn.offset : torn.offset + torn.length])
        ahead = len(data) - torn.offset - torn.length
    is_start = torn.length <= _START_BYTES and ahead >= _AHEAD_BYTES
    changed = is_ahead or (_is_stop(last) and not is_start)
    return Cut(
        segment.day,
        segment.number,
        last.end,
        len(rest),
        hashlib.sha256(rest).hexdigest(),
        _aside(segment, rest),
        changed,
    )


def forget(layout: Layout) -> None:
    """Take away what knows more than the chain: it is made again of it. :raises OSError:"""
    layout.flushed.unlink(missing_ok=True)
    for day in layout.days()[-_DAYS:]:
        for path in layout.day(day).glob("index.sqlite*"):
            path.unlink()


def _is_stop(frame: Frame) -> bool:
    if frame.kind != Kind.NOTE:
        return False
    try:
        return bool(msgspec.msgpack.decode(frame.payload, type=dict).get("note") == "stop")
    except msgspec.DecodeError:
        return False


def _aside(segment: SegmentFile, data: bytes) -> str:
    """Write bytes beside a segment, durable, and return the file's name."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    path = segment.path.with_name(f"{segment.path.stem}.torn-{stamp}")
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)
    return path.name
