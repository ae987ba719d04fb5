"""What edits are: places changed in a body, and what that does to size, prompt cache and cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

BYTES_A_TOKEN: Final = 4
"""For every estimate in tokens; real ones differ by language and content."""


class Spliced(Protocol):
    """A replacement in a body: a `Change` here, a `LedgerEntry` in the log."""

    @property
    def offset(self) -> int:
        """In bytes, in the body before any edit."""

    @property
    def before(self) -> str:
        """As it stood; bytes that are no UTF-8 as U+DC80..U+DCFF."""

    @property
    def after(self) -> str:
        """What stands there instead."""


@dataclass(frozen=True, slots=True)
class Change:
    """One place that was changed; with an exchange's id it is a `LedgerEntry`."""

    path: str | None
    """JSON pointer (RFC 6901) of the string or value it stands in; None where it could not be told."""
    offset: int
    """In bytes, in the body as the client sent it (uncompressed)."""
    before: str
    """In the body's own spelling: an escape stays an escape. Bytes that are no UTF-8 as U+DC80..U+DCFF."""
    after: str
    rule: str
    """`strip_marks:date-line:apostrophe`, `context:0:shorten`, `route:0:model`."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What edits do. Tokens are estimates of four bytes each; money is in micro-dollars."""

    bytes_removed: int
    """Negative where the body grew."""
    tokens_saved: int
    first_changed_offset: int
    """In bytes, in the body as the client sent it: up to there a prompt cache is of use whatever was sent before."""
    cached_prefix_lost_tokens: int | None = None
    """Of what the request before left in the cache, what cannot be read because of edits; None: not predicted."""
    cost_before_micro_usd: int | None = None
    """Of this request's input, unedited; None: not predicted, or no price is known."""
    cost_after_micro_usd: int | None = None


@dataclass(frozen=True, slots=True)
class EditedBody:
    """A body after all edits."""

    body: bytes
    """The very object that was given where nothing was edited."""
    entries: tuple[Change, ...] = ()
    """In the order of the text, apart from each other."""
    marks: tuple[str, ...] = ()
    """`scheme:state` of the marks that were taken out, each once."""
    left: tuple[str, ...] = ()
    """`scheme:state` of marks that were seen and left: out of their place, signed, or the vendor's attribution."""
    effect: Effect | None = None
    """None where nothing was edited."""
    remarks: tuple[str, ...] = ()
    """One sentence each: what could not be examined or edited."""
