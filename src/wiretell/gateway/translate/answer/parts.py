"""What an answer consists of, in no protocol's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Kind = Literal["text", "thinking", "call"]
Reason = Literal["end", "length", "calls", "stop", "refusal"]


@dataclass(frozen=True, slots=True)
class Begun:
    """The upstream named its answer."""

    id: str
    model: str


@dataclass(frozen=True, slots=True)
class Said:
    """More text, or more thinking."""

    kind: Literal["text", "thinking"]
    text: str


@dataclass(frozen=True, slots=True)
class Called:
    """More of a tool call; the first of a key begins it."""

    key: str
    """Of the call within its answer."""
    id: str = ""
    name: str = ""
    arguments: str = ""
    """The next piece of the JSON text."""
    whole: str | None = None
    """All of the JSON text: what of it did not come in pieces is added."""
    done: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """Tokens; None where this event says nothing of them. A later number stands in for an earlier one."""

    input: int | None = None
    """Without what was read from or written to a cache."""
    cache_read: int | None = None
    cache_write: int | None = None
    output: int | None = None
    thinking: int | None = None
    """Of `output`."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why the model stopped; numbers may still come."""

    reason: Reason
    at: str | None = None
    """The stop sequence."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer ends in an error."""

    message: str
    kind: str = ""
    """The upstream's word for it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The protocol's last event."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing but a sign of life."""


Part: TypeAlias = Begun | Said | Called | Counted | Stopped | Failed | Ended | Waiting


@dataclass(frozen=True, slots=True)
class Block:
    """Begins a block; one is open at a time."""

    kind: Kind
    id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class More:
    """Of the open block's text, thinking or arguments; never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Closed:
    """Ends the open block."""


@dataclass(frozen=True, slots=True)
class Finished:
    """Ends the answer."""

    reason: Reason
    at: str | None
    counted: Counted


Step: TypeAlias = Begun | Block | More | Closed | Finished | Failed | Waiting


@dataclass(slots=True)
class Whole:
    """One block, as it stands by now."""

    kind: Kind
    id: str
    name: str
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its text, thinking or arguments."""
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Totals:
    """Tokens of a whole answer, nothing unknown."""

    input: int
    """Without the cache."""
    cache_read: int
    cache_write: int
    output: int
    thinking: int

    @property
    def prompt(self) -> int:
        """With the cache, as OpenAI's protocols count."""
        return self.input + self.cache_read + self.cache_write


def totals(counted: Counted) -> Totals:
    """Return numbers with 0 for what nobody said."""
    return Totals(
        counted.input or 0,
        counted.cache_read or 0,
        counted.cache_write or 0,
        counted.output or 0,
        counted.thinking or 0,
    )
