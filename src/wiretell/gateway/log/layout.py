"""Where a log's files are, and the marker that says that this is a store."""

from __future__ import annotations

import fcntl
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from wiretell.errors import FormatError, UsageError
from wiretell.gateway.log.index import NAME
from wiretell.gateway.log.journal import sync_folder

VERSION: Final = 1
MARKER: Final = "wiretell-store.json"
_SECRET_BYTES: Final = 32


class _Marker(msgspec.Struct):
    format: str = "wiretell-store"
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one log folder."""

    root: Path

    @property
    def store(self) -> Path:
        """Segments, indexes, keys."""
        return self.root / "store"

    @property
    def keys(self) -> Path:
        """Folder of the users' keys."""
        return self.store / "keys"

    @property
    def spill(self) -> Path:
        """What the door kept while the writer could not write."""
        return self.store / "spill"

    @property
    def ledger(self) -> Path:
        """One edited place a line."""
        return self.root / "ledger.jsonl"

    @property
    def flushed(self) -> Path:
        """Up to which place of the segments rows stand in tables."""
        return self.store / "flushed.json"

    @property
    def tables_lock(self) -> Path:
        """Held by the process that writes tables."""
        return self.store / "tables.lock"

    @property
    def unfinished(self) -> Path:
        """Exchanges whose gateway ended before them, until a gateway that knew of them has stopped."""
        return self.store / "unfinished"

    @property
    def control(self) -> Path:
        """Socket by which a running writer is told to erase."""
        return self.store / "control.sock"

    def day(self, day: str) -> Path:
        """Folder of a day's segments."""
        return self.store / day

    def days(self) -> list[str]:
        """Days that have segments, oldest first."""
        return sorted(path.name for path in self.store.glob("[0-9]*-*-*") if any(path.glob("*.seg")))

    def indexed(self, day: str) -> bool:
        """Whether a day has an index."""
        return (self.day(day) / NAME).exists()

    def make(self) -> None:
        """Make the folders and the marker. :raises OSError: UsageError: where that cannot be."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self.store, self.keys, self.spill):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"the log's folder {self.root} cannot be made: {error.strerror}; give another folder."
            ) from None
        marker = self.store / MARKER
        if marker.exists():
            self.check()
            return
        replace(marker, msgspec.json.encode(_Marker()))

    def check(self) -> None:
        """:raises UsageError: where this is no log's folder, or a later version's."""
        try:
            found = msgspec.json.decode((self.store / MARKER).read_bytes(), type=_Marker)
        except FileNotFoundError:
            raise UsageError(f"{self.root} is no log of a gateway: it has no store/{MARKER}.") from None
        except OSError as error:
            raise UsageError(f"{self.root} cannot be read: {error.strerror}.") from None
        except msgspec.DecodeError:
            raise FormatError(f"{self.store / MARKER} is broken; restore it from a backup.") from None
        if found.version > VERSION:
            raise UsageError(f"{self.root} was written by a later version of wiretell; update to read it.")

    def secret(self) -> bytes:
        """Return the log's own secret, made at the first call: the key of hashes in its tables. :raises OSError:"""
        path = self.store / "secret"
        if not path.exists():
            replace(path, secrets.token_bytes(_SECRET_BYTES))
        return path.read_bytes()

    def lock(self) -> int:
        """Take the log for writing; return the handle that holds it. :raises UsageError: where another has it."""
        handle = os.open(self.store / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise UsageError(f"{self.root} is in use by another gateway; give each gateway a log folder.") from None
        return handle

    def locked(self) -> bool:
        """Whether a writer has the log now."""
        try:
            os.close(self.lock())
        except UsageError:
            return True
        except OSError:  # may only be read: no lock can be taken, nor can anybody of this user's write
            return False
        return False


def replace(path: Path, data: bytes) -> None:
    """Write a small file whole or not at all, durable. :raises OSError:"""
    aside = path.with_name(f".{path.name}.new")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        while data:
            data = data[os.write(handle, data) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    aside.replace(path)
    sync_folder(path.parent)
