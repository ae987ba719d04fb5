"""What the parts of a scan hand to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from wiretell.model.scan import DecodedList, Place

Buffer = bytes | memoryview
"""Bytes to be read, never changed; a file is mapped, not loaded."""

Progress = Callable[[str], None]
"""Takes one short line about what is going on; may be called often."""

JAVASCRIPT: Final = "javascript"
PYTHON: Final = "python"
TEXT: Final = "text"
BINARY: Final = "binary"


@dataclass(frozen=True, slots=True)
class Piece:
    """A file, or a part of one that has a meaning of its own: a module in an executable, a member of an archive."""

    path: str
    """As `Place.file` has it: `bin/agent`, `bin/agent!/$bunfs/root/cli.js`, `assets.tar.gz!/a.js`."""
    kind: str
    """`javascript`, `python`, `text` or `binary`; told by the bytes before the name."""
    data: Buffer
    inside: Place | None = None
    """Where these very bytes stand in an enclosing piece; None where they stand in no other piece as they are (a file
    on disk, something decompressed). Only pieces without are searched for encoded strings: the others were seen."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An encoded string, decoded once and not yet understood."""

    start: int
    """Offset in bytes of the encoded form in the piece."""
    end: int
    steps: tuple[str, ...]
    """What was undone, outermost first: `base64`, `base64url`, `base32`, `hex`, `escapes`, `codes`, `split`, `items`,
    `reversed`, `rot13`, `text` (a literal as it stands)."""
    parts: tuple[bytes, ...]
    """The decoded bytes; several where `items` were decoded one by one."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A candidate that was understood. `places` of the list hold one place, in the piece searched."""

    candidate: Candidate
    found: DecodedList
