"""What a removal is about to do, on the disk before it is done: JSON lines, one record each, read after a crash.

    {"kind": "begin", "form": 1, "id": ..., "begun": ..., "steps": [...], "acts": [...], "archive": ...}
    {"kind": "step", "index": 0, "state": "done", "why": ""}
    {"kind": "commit", "archived": [...]}        from here on it goes forward
    {"kind": "undoing"}                          from here on it goes back
    {"kind": "end", "how": "finished" | "undone"}

A last line that was not written whole counts as not written. Paths are as `os.fsdecode` gives them; JSON's escapes keep
lone surrogates. The folder is the user's alone (mode 0700), and so is the file (0600).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import secrets
import stat
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from wiretell.errors import FormatError, UsageError
from wiretell.fleet.removal import disk
from wiretell.fleet.removal.disk import Identity
from wiretell.fleet.state import JOURNAL, PREFIX, why_not_ours
from wiretell.model.fleet import Action, Step, StepState

_FORM: Final = 1
_OTHERS_MAY_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_MAX_BYTES: Final = 256 << 20
"""A journal of a hundred thousand steps has 50 MB."""


@dataclass(frozen=True, slots=True)
class Act:
    """What a step does to the disk: a path is renamed where it stands, and deleted in the end."""

    index: int
    """Of its step."""
    place: str
    """Physical: no parent is a link."""
    aside: str
    """Name in the same folder that it gets meanwhile; empty: it lies within another act's folder and goes with it, or
    it is a folder that goes if it is empty in the end."""
    identity: Identity

    @property
    def aside_place(self) -> str:
        """Where it is meanwhile."""
        return os.path.join(os.path.dirname(self.place), self.aside)


@dataclass(frozen=True, slots=True)
class Begin:
    """All that a removal is going to do."""

    id: str
    begun: str
    """UTC, ISO 8601."""
    steps: tuple[Step, ...]
    acts: tuple[Act, ...]
    archive: str
    """Where the archive will be; it is written beside, with `partial`, until the removal is committed."""

    @property
    def partial(self) -> str:
        """Name of the archive until then: nobody else's."""
        return f"{self.archive}.partial-{self.id}"


@dataclass(slots=True)
class Record:
    """A journal as it is read: what was to be done, and how far it came."""

    begin: Begin
    states: dict[int, tuple[StepState, str]] = field(default_factory=dict)
    committed: bool = False
    archived: tuple[str, ...] = ()
    ended: str = ""


def aside_name(id_: str, index: int) -> str:
    """Return the name under which something is out of use until it is deleted, or given back its own."""
    return f".wiretell-removing-{id_}-{index}"


class Journal:
    """A journal that is being written. Every record is on the disk when its method returns."""

    def __init__(self, folder: Path, begin: Begin) -> None:
        self.folder = folder
        self.begin = begin
        self.may_be_committed = False
        """Whether `commit` was called, even if it failed half way."""

    @classmethod
    def create(cls, folder: Path, begin: Begin) -> Journal:
        """Begin one in a new folder. :raises UsageError: where it cannot be written."""
        journal = cls(folder, begin)
        try:
            journal._append({"kind": "begin", "form": _FORM, **_plain(begin)})
            disk.sync_folders(map(os.path.realpath, (folder, folder.parent)))
        except OSError as error:
            raise UsageError(f"{folder} cannot be written: {error.strerror}; nothing was removed.") from None
        return journal

    def step(self, index: int, state: StepState, why: str = "") -> None:
        """Note what became of a step."""
        self._append({"kind": "step", "index": index, "state": state.value, "why": why})

    def commit(self, archived: Sequence[str]) -> None:
        """Note that all is aside and the archive is whole: from here on it goes forward."""
        self.may_be_committed = True
        self._append({"kind": "commit", "archived": list(archived)})

    def undoing(self) -> None:
        """Note that all goes back, whatever was noted before."""
        self._append({"kind": "undoing"})

    def end(self, how: str) -> None:
        """Note that it is over."""
        self._append({"kind": "end", "how": how})

    def _append(self, record: Mapping[str, Any]) -> None:
        line = (json.dumps(record) + "\n").encode("ascii")
        handle = os.open(self.folder / JOURNAL, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            size = os.fstat(handle).st_size
            if size and os.pread(handle, 1, size - 1) != b"\n":
                os.ftruncate(handle, _whole(handle, size))  # a crash had cut a line short: it was never written
            while line:
                line = line[os.write(handle, line) :]
            os.fsync(handle)
        finally:
            os.close(handle)


def _whole(handle: int, size: int) -> int:
    """Return how many bytes of a file are whole lines."""
    return os.pread(handle, size, 0).rfind(b"\n") + 1


def new_folder(state: Path, now: dt.datetime) -> Path:
    """Make the folder of a new removal; its name tells when it began.

    :raises UsageError: where it cannot be made.
    """
    folder = state / f"{PREFIX}{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}; nothing was removed.") from None
    return folder


def discard(folder: Path) -> None:
    """Delete the folder of a removal that has not begun; what cannot be deleted does no harm."""
    with contextlib.suppress(OSError):
        (folder / JOURNAL).unlink(missing_ok=True)
        folder.rmdir()


def unfinished(state: Path) -> tuple[tuple[Path, Record], ...]:
    """Return the removals that neither ended nor were rolled back, the oldest first, each with its folder.

    :raises FormatError: for a journal that cannot be read, or that somebody else may have written: nothing may be
        removed while one is in doubt.
    """
    if state.exists() and (why := why_not_ours(state)):
        raise FormatError(f"{why}; set XDG_STATE_HOME to a folder of your own.")
    found = []
    for folder in sorted(state.glob(f"{PREFIX}*")):
        record = read(folder)
        if record and not record.ended:
            found.append((folder, record))
    return tuple(found)


def read(folder: Path) -> Record | None:
    """Read a removal's journal; None where it had not begun. :raises FormatError: for what is no journal."""
    path = folder / JOURNAL
    try:
        if why := why_not_ours(folder):
            raise FormatError(f"{why}; look at it, and move its folder away to go on.")
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)  # a pipe would not answer
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            is_ours = found.st_uid == os.geteuid() and not found.st_mode & _OTHERS_MAY_WRITE
            data = file.read(_MAX_BYTES + 1) if stat.S_ISREG(found.st_mode) and is_ours else b"\n\0\n"
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FormatError(f"{path} cannot be read: {error.strerror}; a removal may be unfinished.") from None
    records = _records(data, path)
    try:
        return _replayed(records) if records else None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _broken(path) from error


def _broken(path: Path) -> FormatError:
    return FormatError(f"{path} is no journal of a removal; look at it, and move its folder away to go on.")


def _records(data: bytes, path: Path) -> list[dict[str, Any]]:
    records = []
    lines = data.split(b"\n")
    for number, line in enumerate(lines):
        if not line:
            continue
        try:
            records.append(json.loads(line))
        except (ValueError, RecursionError) as error:
            if number == len(lines) - 1:  # a crash cut it short: it counts as not written
                break
            raise _broken(path) from error
    return records


def _replayed(records: Sequence[Mapping[str, Any]]) -> Record:
    first, *rest = records
    if first["kind"] != "begin" or first["form"] != _FORM:
        raise ValueError
    record = Record(_begin(first))
    for entry in rest:
        match entry["kind"]:
            case "step":
                record.states[entry["index"]] = StepState(entry["state"]), entry["why"]
            case "commit":
                record.committed, record.archived = True, tuple(entry["archived"])
            case "undoing":
                record.committed = False
            case "end":
                record.ended = entry["how"]
    return record


def _begin(entry: Mapping[str, Any]) -> Begin:
    steps = (Step(Action(each["action"]), each["target"], each["finding"], each["told"]) for each in entry["steps"])
    acts = tuple(Act(**(each | {"identity": Identity(**each["identity"])})) for each in entry["acts"])
    if any(act.aside not in ("", aside_name(entry["id"], act.index)) for act in acts):
        raise ValueError("a name that no removal gives")
    return Begin(entry["id"], entry["begun"], tuple(steps), acts, entry["archive"])


def _plain(begin: Begin) -> dict[str, Any]:
    return asdict(begin)
