"""What a walk remembers: every folder's record, bound to what was looked for and where."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from wiretell.fleet import cachefile
from wiretell.fleet.walk import starts
from wiretell.fleet.walk.interface import Surroundings, Wanted
from wiretell.fleet.walk.records import Record

_FORM: Final = 3
"""Raised with every change of what is kept, or of what a record of the same folder would say."""
_SETTLED_NS: Final = 2_000_000_000
"""A folder that changed less than this before the walk could change again without its time telling: file systems count
in steps of up to two seconds (FAT)."""


class _Content(msgspec.Struct, array_like=True, frozen=True, gc=False):
    key: bytes
    records: list[Record]


@dataclass(slots=True)
class Memory:
    """Records of an earlier walk, and those of this one."""

    file: Path | None
    """None: nothing is remembered."""
    key: bytes
    earlier: Mapping[bytes, Record] = field(default_factory=dict)
    began_ns: int = 0
    kept: list[Record] = field(default_factory=list)
    changed: bool = False

    @classmethod
    def of(cls, folder: Path | None, wanted: Wanted, around: Surroundings, *, deep: bool) -> Memory:
        """Open it. `folder`: where the caller's caches are; None: begin from nothing, and leave nothing behind.

        PATH has no say: a walk from another shell remembers what this one saw.
        """
        places = [os.fsencode(path) for path in (around.root, *(home.path for home in around.homes))]
        also = [
            path for path in starts.moved(around) if not any(starts.is_in(path, home.path) for home in around.homes)
        ]
        key = _key(wanted, places + also, deep=deep)
        began = time.time_ns()
        if folder is None:
            return cls(None, key, began_ns=began)
        file = folder / f"walk-{_digest(*places).hex()[:16]}.msgpack"
        content = cachefile.load(file, _Content)
        if content is None or content.key != key:
            return cls(file, key, began_ns=began, changed=True)
        return cls(file, key, {record.path: record for record in content.records}, began)

    def keep(self, record: Record) -> None:
        """Remember a record, old or new, unless its folder is changing, or showed less than it holds."""
        if self.file is not None and not record.closed and max(record.stamp[2:]) < self.began_ns - _SETTLED_NS:
            self.kept.append(record)

    def save(self) -> None:
        """Write down what was kept, if that differs from what was remembered."""
        if self.file is None:
            return
        if self.changed or len(self.kept) != len(self.earlier) or self._differs():
            cachefile.save(self.file, _Content(self.key, self.kept))

    def _differs(self) -> bool:
        return any(self.earlier.get(record.path) is not record for record in self.kept)


def _key(wanted: Wanted, places: Sequence[bytes], *, deep: bool) -> bytes:
    sought = (wanted.npm, wanted.pypi, wanted.extensions, wanted.commands, wanted.settings)
    return _digest(
        repr((_FORM, deep)).encode(),
        *(repr(sorted(each)).encode("utf-8", "surrogateescape") for each in sought),
        *places,
    )


def _digest(*parts: bytes) -> bytes:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.digest()
