"""How much is unpacked at most, and the account that is kept of it during one scan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from wiretell.model.findings import NotExamined

_NAMED: Final = 3
"""How many names a summary spells out."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a hostile package cannot exceed. What lies beyond becomes a `NotExamined` with the figure."""

    piece_bytes: int = 512 << 20
    """Of one decompressed piece; the largest agent known is 0.4 GiB."""
    ratio: int = 1000
    """Unpacked to packed, beyond `ratio_from`, of each piece and of all in one file on disk. JavaScript reaches 10,
    deflate cannot exceed 1032; nested bombs do."""
    ratio_from: int = 16 << 20
    total_bytes: int = 2 << 30
    """Of all decompressed pieces of one scan."""
    members: int = 100_000
    """Of all archives and module tables of one scan."""
    depth: int = 4
    """Containers inside each other; a file on disk has depth 0."""


_BOMB: Final = "all in their file together unpack to more than {} times its size, as bombs do"
DEFAULT: Final = Limits()


class BrokenError(Exception):
    """A container is not what its first bytes say; the text ends a sentence. Never leaves this package."""


class RefusedError(Exception):
    """A limit was reached; the text says which. Never leaves this package."""


@dataclass(slots=True)
class Account:
    """What one scan has unpacked so far, and what it refused. Changed in place; one for each scan."""

    limits: Limits
    unpacked: int = 0
    members: int = 0
    _left: int = 0
    _refused: dict[str, list[str]] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def refuse(self, why: str, path: str) -> None:
        """Note a piece that was not opened. Thousands of one reason (nested bombs) become one sentence at the end."""
        self._counts[why] = self._counts.get(why, 0) + 1
        names = self._refused.setdefault(why, [])
        if len(names) < _NAMED:
            names.append(path)

    def refusals(self) -> Iterator[NotExamined]:
        """Say what was refused, one value for each reason."""
        for why, names in self._refused.items():
            more = self._counts[why] - len(names)
            yield NotExamined(", ".join(names) + (f" and {more} more" if more else ""), why)

    def enter(self) -> None:
        """Count one member. Raises RefusedError beyond the limit."""
        if self.members >= self.limits.members:
            raise RefusedError(f"more than {self.limits.members} members in all archives together; the rest is unread")
        self.members += 1

    def begin(self, size: int) -> None:
        """A file of `size` bytes on disk begins: what all that is in it may unpack to follows from that.

        Nested bombs keep each step within the ratio; together they exceed it.
        """
        self._left = max(self.limits.ratio_from, self.limits.ratio * size)

    def took(self, size: int) -> None:
        """Count bytes that were decompressed. Raises RefusedError where they are too many for the file on disk."""
        self.unpacked += size
        self._left -= size
        if self._left < 0:
            raise RefusedError(_BOMB.format(self.limits.ratio))

    def may_unpack(self) -> None:
        """Raise RefusedError where nothing more may be decompressed."""
        if self._left < 0:
            raise RefusedError(_BOMB.format(self.limits.ratio))
        if self.unpacked >= self.limits.total_bytes:
            raise RefusedError(f"{self.limits.total_bytes >> 20} MiB were decompressed before; no more is in one scan")
