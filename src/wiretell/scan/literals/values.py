"""What was read of one piece. Offsets are in bytes of the piece.

These are `msgspec` structures: a program of 18 MB has 200,000 literals, and they come decoded from a worker.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import msgspec

from wiretell.model.findings import NotExamined
from wiretell.model.scan import Place


class Form(IntEnum):
    """How a literal is written."""

    STRING = 0
    """In quotes, or in backquotes without substitutions."""
    TEMPLATE = 1
    """Backquotes, or a part of a text with substitutions (between two of them; an f-string as a whole in Python)."""
    JOINED = 2
    """Literals with `+` between them, joined; the parts are listed as well."""
    REGEXP = 3
    """The pattern of a regular expression, as written."""


class Literal(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One literal, decoded."""

    start: int
    """Of the source text, its quotes included."""
    end: int
    form: Form
    compared: bool
    """It is an operand of a comparison, a case, something looked for in a text, or a member of a list that is asked."""
    value: str
    """Halves of surrogate pairs that stand alone are U+FFFD."""
    operand: str = ""
    """What was read and is compared with it, as far as the text tells: `env:NAME`, a watched
    word as it is written (`timeZone`, `hostname()`, `process.platform`); else empty."""


class NameRead(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A name that is, or may be, one of an environment variable."""

    name: str
    spelling: str
    """`process.env.NAME`, `process.env["NAME"]`, `destructured`, `alias`, `os.getenv` ...; `property` and `key` say
    no more than that a member of something has a name such as variables have; `written` is no read."""
    start: int


class Watched(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One of the watched words."""

    name: str
    spelling: str
    """`.`, `.()` a member, read or called; `name`, `name()` by itself; `process.`; `key` of an object or pattern;
    `import`."""
    start: int


@dataclass(frozen=True, slots=True)
class ReadPiece:
    """One program, read."""

    path: str
    kind: str
    """`javascript` or `python`."""
    inside: Place | None
    """As in `Piece`."""
    literals: tuple[Literal, ...]
    names: tuple[NameRead, ...]
    watched: tuple[Watched, ...]
    computed: int
    """Reads of environment variables whose names are not in the text: `process.env[expression]`."""
    whole: int
    """Uses of the whole environment: handed on, copied, listed."""
    not_examined: tuple[NotExamined, ...] = ()
