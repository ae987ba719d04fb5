"""Applying edits, and joining the edits of two passes into one list against the first text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from wiretell.errors import InternalError
from wiretell.model.marks import Edit


@dataclass(frozen=True, slots=True)
class Change:
    """Replaces `data[start:end]` by `after`; offsets in bytes."""

    start: int
    end: int
    after: bytes
    edit: Edit
    """What is reported of it; its `before` and `after` follow the bytes."""

    @classmethod
    def of(cls, edit: Edit) -> Change:
        """Make one from an edit whose offset is in bytes."""
        return cls(edit.offset, edit.offset + len(spelled(edit.before)), spelled(edit.after), edit)

    def reported(self, data: bytes) -> Edit:
        """Return the edit as it stands against `data`."""
        before = _shown(data[self.start : self.end])
        return replace(self.edit, offset=self.start, before=before, after=_shown(self.after))


def spelled(text: str) -> bytes:
    """Return the bytes that an edit's `before` or `after` stands for."""
    return text.encode("utf-8", "surrogateescape")


def _shown(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def apart(edits: Iterable[Edit]) -> list[Change]:
    """Return edits in the order of the text; of two that meet, the one that was given first stays."""
    kept: list[Change] = []
    taken: list[tuple[int, int]] = []
    for change in map(Change.of, edits):
        if all(change.end <= start or end <= change.start for start, end in taken):
            kept.append(change)
            taken.append((change.start, change.end))
    return sorted(kept, key=lambda change: change.start)


def apply(data: bytes, changes: Sequence[Change]) -> bytes:
    """Return the bytes with every change made; they are in order and apart."""
    pieces: list[bytes] = []
    at = 0
    for change in changes:
        if change.start < at or data[change.start : change.end] != spelled(change.edit.before):
            raise InternalError(f"an edit at {change.start} does not fit the text")
        pieces += (data[at : change.start], change.after)
        at = change.end
    return b"".join((*pieces, data[at:]))


def joined(first: Sequence[Change], second: Sequence[Change]) -> list[Change]:
    """Return changes of the first text that do what `first` and then `second` (of the text after `first`) do."""
    waiting = list(first)
    result: list[Change] = []
    shift = 0  # of an offset after the changes in `result` and those passed, back to the first text
    for change in second:
        while waiting and _end_after(waiting[0], shift) < change.start:
            shift += _longer(waiting[0])
            result.append(waiting.pop(0))
        start, end, prefix, suffix = change.start + shift, change.end + shift, b"", b""
        while waiting and waiting[0].start - shift <= change.end:  # these meet it, and become part of it
            met = waiting.pop(0)
            at = met.start - shift
            if at <= change.start:
                start, prefix = met.start, met.after[: change.start - at]
            suffix = met.after[max(change.end - at, 0) :]
            shift += _longer(met)
            end = max(met.end, change.end + shift)
        result.append(Change(start, end, prefix + change.after + suffix, change.edit))
    return result + waiting


def _longer(change: Change) -> int:
    """Bytes by which the first text is longer than the text after this change."""
    return (change.end - change.start) - len(change.after)


def _end_after(change: Change, shift: int) -> int:
    return change.start - shift + len(change.after)
