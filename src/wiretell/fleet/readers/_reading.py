"""Files of a machine that nobody vouches for: read whole and within a limit, or told why not."""

from __future__ import annotations

import os
import stat
from typing import Final

from wiretell.model.fleet import NotExamined

MANIFEST_MAX: Final = 1 << 20
"""Bytes of a file that tells of one package; real ones have some thousands."""
LOCK_MAX: Final = 64 << 20
"""Bytes of a lock file, or of dpkg's list of packages; large ones reach 10 MB."""
WRAPPER_MAX: Final = 64 << 10
"""Bytes of a script that starts a program; an installer's has some hundreds."""


def read(path: str, limit: int) -> bytes | NotExamined | None:
    """Return a regular file's content; None where there is none; why it is not read where it is something else.

    Never waits: a named pipe is opened without blocking, and not read. Links are followed.
    """
    try:
        with open(path, "rb", buffering=0, opener=_opened) as file:
            state = os.fstat(file.fileno())
            if not stat.S_ISREG(state.st_mode):
                return NotExamined(path, "it is no regular file")
            if state.st_size > limit:
                return NotExamined(path, f"it is larger than {limit:,} bytes")
            return file.read(limit)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a name that no file can have
        return None
    except IsADirectoryError:
        return NotExamined(path, "it is no regular file")
    except OSError as error:
        return NotExamined(path, (error.strerror or "it cannot be read").lower())


def is_path(text: str) -> bool:
    """Whether a text can be a path at all."""
    try:
        return b"\0" not in os.fsencode(text)
    except ValueError:
        return False


def listed(folder: str, limit: int = 100_000) -> list[str]:
    """Return names in a folder, sorted; none where it is none or cannot be listed, which the walk has told."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for _, entry in zip(range(limit), entries, strict=False))
    except (OSError, ValueError):
        return []


def _opened(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
