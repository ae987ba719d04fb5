"""Applying edits, and joining the edits of two passes into one list against the first text."""

from __future__ import annotations

from bisect import bisect_right
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
    kept: list[Change] = []  # in the order of the text
    for change in map(Change.of, edits):
        at = bisect_right(kept, change.start, key=lambda other: other.start)
        is_free_before = at == 0 or kept[at - 1].end <= change.start
        if is_free_before and (at == len(kept) or change.end <= kept[at].start):
            kept.insert(at, change)
    return kept


def apply(data: bytes, changes: Sequence[Change]) -> bytes:
    """Return the bytes with every change made; they are in order and apart."""
    pieces: list[bytes] = []
    at = 0
    for change in changes:
        if not at <= change.start <= change.end <= len(data):
            raise InternalError(f"an edit at {change.start} does not fit the text")
        pieces += (data[at : change.start], change.after)
        at = change.end
    return b"".join((*pieces, data[at:]))


def joined(first: Sequence[Change], between: bytes, second: Sequence[Change]) -> list[Change]:
    """Return changes of the first text that do what `first` and then `second` do; `between` is the text after `first`.

    Changes that touch each other become one, reported as the later one is.
    """
    shift = 0  # from an offset in `between` back to the first text, behind what was passed so far
    result: list[Change] = []
    for group in _touching([*_as_left(first), *((change.start, change.end, change, False) for change in second)]):
        start, end = group[0][0], max(last for _, last, _, _ in group)
        inner = [change for _, _, change, is_first in group if not is_first]
        begin = start + shift
        shift += sum(_longer(change) for _, _, change, is_first in group if is_first)
        moved = [replace(change, start=change.start - start, end=change.end - start) for change in inner]
        result.append(Change(begin, end + shift, apply(between[start:end], moved), (inner or [group[0][2]])[-1].edit))
    return result


_Placed = tuple[int, int, Change, bool]
"""Where a change stands in the text between the passes, and whether the first pass made it."""


def _as_left(first: Sequence[Change]) -> list[_Placed]:
    """Return where the changes of the first pass have left their text."""
    placed: list[_Placed] = []
    shift = 0
    for change in first:
        start = change.start - shift
        placed.append((start, start + len(change.after), change, True))
        shift += _longer(change)
    return placed


def _touching(placed: list[_Placed]) -> list[list[_Placed]]:
    """Group what touches, in the order of the text."""
    groups: list[list[_Placed]] = []
    reach = -1
    for item in sorted(placed, key=lambda each: (each[0], each[1])):
        if groups and item[0] <= reach:
            groups[-1].append(item)
        else:
            groups.append([item])
        reach = max(reach, item[1])
    return groups


def _longer(change: Change) -> int:
    """Bytes by which the text before this change is longer than the text after it."""
    return (change.end - change.start) - len(change.after)
