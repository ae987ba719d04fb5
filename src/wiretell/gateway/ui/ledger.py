"""The end of `ledger.jsonl`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec

from wiretell.model.exchange import LedgerEntry

_TAIL_BYTES: Final = 512 << 10
"""Read of the file's end: a ledger may have grown for months."""
SHOWN: Final = 200


def last_entries(path: Path, count: int = SHOWN) -> tuple[LedgerEntry, ...]:
    """Return the last entries, the newest first; none where there is no ledger yet.

    A line that is no entry (one being written, one erased) is passed over. Blocks.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            lines = file.read(_TAIL_BYTES).split(b"\n")
    except OSError:
        return ()
    # the first of the lines may be the end of one
    whole = lines if size <= _TAIL_BYTES else lines[1:]
    entries: list[LedgerEntry] = []
    for line in reversed(whole):
        if len(entries) == count:
            break
        if (entry := _entry(line)) is not None:
            entries.append(entry)
    return tuple(entries)


def _entry(line: bytes) -> LedgerEntry | None:
    try:
        return msgspec.json.decode(line, type=LedgerEntry)
    except msgspec.MsgspecError:
        return None
