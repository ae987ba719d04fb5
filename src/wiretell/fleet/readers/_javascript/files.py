# paths are texts here, as the system gives them
"""Paths and files that nobody vouches for: where they lead, and what is in them, always within a limit."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import BinaryIO

from wiretell.fleet.readers._reading import is_path
from wiretell.model.fleet import NotExamined


def regular(path: str) -> BinaryIO | NotExamined | None:
    """Open a regular file; None where there is none; why not where it is something else. The caller closes it."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a NUL or a lone surrogate in a name
        return None
    except OSError as error:
        return NotExamined(path, (error.strerror or "it cannot be read").lower())
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        return NotExamined(path, "it is no regular file")
    return os.fdopen(number, "rb")


def behind(content: bytes, text: str, length: int) -> Iterator[bytes]:
    """Yield what follows each place of a text, up to `length` bytes; of the first 50 places.

    Lock files are searched so: parsing them as YAML would take seconds, and a pattern over all of a hostile one hours.
    """
    sought = text.encode("utf-8", "replace")
    at = content.find(sought)
    for _ in range(50):
        if at < 0:
            return
        end = at + len(sought)
        yield content[end : end + length]
        at = content.find(sought, end)


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
        return os.path.realpath(path, strict=True)
    except (OSError, ValueError):
        return ""


def listed(folder: str) -> list[str]:
    """Return names in a folder, in order; none where it is none or cannot be listed."""
    try:
        return sorted(os.listdir(folder))
    except (OSError, ValueError):
        return []
