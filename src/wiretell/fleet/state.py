"""Where removals keep journals and archives, and a cheap look whether one of them was broken off."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PREFIX: Final = "removal-"
"""Begin of the name of each removal's folder."""
JOURNAL: Final = "journal.jsonl"
_LAST_BYTES: Final = 4096
"""The last record of a journal that has ended is shorter."""


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where journals and archives are (XDG Base Directory, XDG_STATE_HOME; default `~/.local/state`)."""
    base = environment.get("XDG_STATE_HOME", "")
    root = Path(base) if os.path.isabs(base) else Path.home() / ".local" / "state"
    return root / "wiretell" / "fleet"


def why_not_ours(folder: Path) -> str:
    """Say why somebody else could have written what is in a folder; empty where only this user, or root, could.

    The folders above count too: whoever owns one of them can put another in the place of what is in it.
    :raises OSError: where one of them cannot be looked at.
    """
    trusted = {0, os.geteuid()}
    place = Path(os.path.realpath(folder))
    for each in (place, *place.parents):
        found = each.stat()
        if found.st_uid not in trusted or (each == place and found.st_uid != os.geteuid()):
            return f"{folder} is not this user's alone: {each} belongs to another user"
        is_open = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH if each == place else stat.S_IWOTH)
        if is_open and (each == place or not found.st_mode & stat.S_ISVTX):
            return f"{folder} is not this user's alone: others may write to {each}"
    return ""


def may_be_unfinished(state: Path) -> bool:
    """Whether a removal may have been broken off, by the last line of each journal; `removal.unfinished` knows.

    For those who only look: what removes need not be imported.
    """
    try:
        names = [name for name in os.listdir(state) if name.startswith(PREFIX)]
    except OSError:
        return False
    return not all(_has_ended(os.path.join(state, name, JOURNAL)) for name in names)


def _has_ended(path: str) -> bool:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:  # it had not begun
        return True
    except OSError:
        return False
    try:
        size = os.fstat(handle).st_size
        data = os.pread(handle, _LAST_BYTES, max(0, size - _LAST_BYTES))
    except OSError:
        return False
    finally:
        os.close(handle)
    return data.endswith(b"\n") and data[:-1].rpartition(b"\n")[2].startswith(b'{"kind": "end"')
