"""Names of parts: what a `Place` may say, so that no name is read as something else, or multiplied by thousands."""

from __future__ import annotations

import hashlib
import os
from typing import Final

LONGEST: Final = 512
"""Characters of one name; beyond that it is cut. File systems allow 255 bytes, and 4096 of a whole path."""
_HASH: Final = 8
_TAIL: Final = 32


def clipped(name: str) -> str:
    """Return a name of at most `LONGEST` characters: of a longer one its two ends around `~` and part of its SHA-256.

    The end is kept since it tells what a file is. One name of a megabyte may stand before thousands of members.
    """
    if len(name) <= LONGEST:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()[:_HASH]
    return f"{name[: LONGEST - _TAIL - _HASH - 1]}~{digest}{name[-_TAIL:]}"


def escaped(name: str) -> str:
    """Return a name without what a terminal would obey, and without `!`, which separates a container from its part."""
    name = name if name.isprintable() else name.encode("unicode_escape").decode("ascii")
    return name.replace("!", r"\x21")


def join(outer: str, name: str) -> str:
    """Return the path of `name` inside `outer`, as `Place.file` has it."""
    return f"{outer.removesuffix('!')}!/{clipped(escaped(clipped(name.lstrip('/'))))}"


def shown(name: str) -> str:
    """Return a file's name as text that can be written anywhere: bytes that are no UTF-8 as `\\xNN`, `!` as well."""
    return os.fsencode(name).decode("utf-8", "backslashreplace").replace("!", r"\x21")
