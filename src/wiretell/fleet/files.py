# paths are texts here, as the system gives them
"""Paths and files that nobody vouches for: where they lead, and what is in them, always within a limit."""

from __future__ import annotations

import os
import stat
from typing import BinaryIO, Final

from wiretell.fleet import rooted
from wiretell.model.fleet import NotExamined

MANIFEST_MAX: Final = 1 << 20
"""Bytes of a file that tells of one package; real ones have some thousands."""
LOCK_MAX: Final = 64 << 20
"""Bytes of a lock file, or of dpkg's list of packages; large ones reach 10 MB."""
WRAPPER_MAX: Final = 64 << 10
"""Bytes of a script that starts a program; an installer's has some hundreds."""
LISTED_MAX: Final = 100_000
"""Names of one folder that are looked at."""
_DOTS_MAX: Final = 200
"""In a line of TOML: Python's parsers take time by the square of a dotted key's parts, 2.7 s for 20 kB."""


def regular(path: str) -> BinaryIO | NotExamined | None:
    """Open a regular file; None where there is none; why not where it is something else. The caller closes it.

    Never waits: a named pipe is opened without blocking, and not read. Links are followed. What is a device is not
    opened: that alone starts some of them (a watchdog, a tape).
    """
    try:
        if not stat.S_ISREG(rooted.stat(path).st_mode):
            return NotExamined(path, "it is no regular file")
        number = rooted.opened(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a NUL or a lone surrogate in a name
        return None
    except OSError as error:
        return _closed(path, error)
    if not stat.S_ISREG(os.fstat(number).st_mode):  # it was replaced at that moment
        os.close(number)
        return NotExamined(path, "it is no regular file")
    return os.fdopen(number, "rb")


def read(path: str, limit: int) -> bytes | NotExamined | None:
    """Return a regular file's content; None where there is none; why it is not read where it is something else."""
    file = regular(path)
    if file is None or isinstance(file, NotExamined):
        return file
    with file:
        try:
            content = file.read(limit + 1) if os.fstat(file.fileno()).st_size <= limit else None
        except OSError as error:
            return _closed(path, error)
    if content is None or len(content) > limit:
        return NotExamined(path, f"it is larger than {limit:,} bytes")
    return content


def is_path(text: str) -> bool:
    """Whether a text can be a path at all."""
    try:
        return b"\0" not in os.fsencode(text)
    except ValueError:
        return False


def inside(folder: str, relative: str) -> str:
    """Return a path that metadata gives below a folder; empty where it leads out of it or is no path.

    >>> inside("/a/b", "./bin/x"), inside("/a/b", "../x"), inside("/a/b", "/etc/passwd")
    ('/a/b/bin/x', '', '')
    """
    path = os.path.normpath(os.path.join(folder, relative))
    return path if path.startswith(folder.rstrip("/") + "/") and is_path(relative) else ""


def real(path: str) -> str:
    """Return where a path leads, all links resolved; empty where it leads nowhere or in circles."""
    try:
        return rooted.real(path, strict=True)
    except (OSError, ValueError):
        return ""


def listed(folder: str, limit: int = LISTED_MAX) -> list[str]:
    """Return names in a folder, sorted; none where it is none or cannot be listed, which the walk has told."""
    try:
        with rooted.scan(folder) as entries:
            return sorted(entry.name for _, entry in zip(range(limit), entries, strict=False))
    except (OSError, ValueError):
        return []


def is_slow_toml(text: bytes) -> bool:
    """Whether a text has lines on which a parser of TOML could take long; it is not to be parsed then."""
    return any(line.count(b".") > _DOTS_MAX for line in text.splitlines())


def _closed(path: str, error: OSError) -> NotExamined:
    return NotExamined(path, (error.strerror or "it cannot be read").lower())
