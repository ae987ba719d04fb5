"""What a state folder says of itself: `manifest.json`, written last. An increment that it does not name does not exist.

A file of a log is known again by its path, size and what stands at both its ends (a Parquet file's footer is at its
end, and tells of every column).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from wiretell.errors import FormatError, UsageError
from wiretell.hunt import statements
from wiretell.hunt.rule import Rule

_NAME: Final = "manifest.json"
_SCHEMA: Final = "wiretell/hunt-state/1"
_END_BYTES: Final = 65_536
_ROLLED_BY: Final = ("01-attribute", "02-address", "03-spell", "04-presence", "05-talk", "06-phrase", "07-able")


class Seen(msgspec.Struct, frozen=True):
    """A file of the log that an increment holds."""

    path: str
    size: int
    ends: str
    """SHA-256 (hex) of its first and last 64 KiB."""


class Increment(msgspec.Struct, frozen=True):
    """Roll-ups of some files, in a folder of their own."""

    id: str
    files: tuple[Seen, ...]
    first_day: int
    """Days since 1970-01-01 UTC."""
    last_day: int
    rows: int
    is_thinned: bool = False
    """Whether texts and conversations of one account alone have been left out of it."""


class Manifest(msgspec.Struct, frozen=True):
    """All increments, in the order they came in."""

    made_by: str
    """SHA-256 (hex) of the SQL that rolls up, and the number of bands: they must be the same for all."""
    increments: tuple[Increment, ...] = ()
    schema: str = _SCHEMA


def made_by(rule: Rule) -> str:
    """Return what roll-ups depend on, as a hash. Thresholds do not count: they are applied to roll-ups, each time."""
    parts = [statements.text(step) for step in _ROLLED_BY]
    return hashlib.sha256("\0".join([*parts, str(rule.share.template_bands)]).encode()).hexdigest()


def seen(path: Path) -> Seen:
    """Look at a file's size and ends. :raises FormatError: if it cannot be read."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            ends = hashlib.sha256(file.read(_END_BYTES))
            file.seek(max(0, size - _END_BYTES))
            ends.update(file.read(_END_BYTES))
    except OSError as error:
        raise FormatError(f"{path} cannot be read ({error.strerror}).") from None
    return Seen(str(path.absolute()), size, ends.hexdigest())


def load(folder: Path, rule: Rule) -> Manifest:
    """Read the manifest of a state folder; a new one where there is none.

    :raises UsageError: if something else stands there, or another release made it.
    """
    path = folder / _NAME
    if not path.exists():
        if any(not _is_torn(each) for each in folder.iterdir()):
            raise UsageError(f"{folder} holds something else than a hunt's state; name a new or an empty folder.")
        return Manifest(made_by(rule))
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise FormatError(
            f"{path} is no manifest of a hunt's state ({error}); remove {folder} and read again."
        ) from None
    if found.schema != _SCHEMA or found.made_by != made_by(rule):
        raise UsageError(
            f"The state in {folder} was made by another rule or release; name another folder or remove it."
        )
    return found


def save(folder: Path, manifest: Manifest) -> None:
    """Write it: whole or not at all, and durably."""
    undone = folder / f".{_NAME}"
    with undone.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
        file.flush()
        os.fsync(file.fileno())
    undone.replace(folder / _NAME)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Make the folder if need be, and keep other hunts out of it meanwhile.

    :raises UsageError: if another hunt is at work there, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise UsageError(f"The state folder {folder} cannot be written ({error.strerror}); name another.") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise UsageError(f"Another hunt is at work in {folder}; wait for it, or name another folder.") from None
    finally:
        os.close(handle)


def sweep(folder: Path, manifest: Manifest) -> None:
    """Remove what an interrupted hunt left: folders that the manifest does not name."""
    named = {increment.id for increment in manifest.increments}
    for each in folder.iterdir():
        if _is_torn(each) and each.name not in named and each.is_dir():
            shutil.rmtree(each)


def _is_torn(path: Path) -> bool:
    return path.name.startswith((".", "increment-"))
