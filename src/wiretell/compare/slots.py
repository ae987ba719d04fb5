"""Many texts from one place, and the slots in which they vary.

One text is the reference. Every other text is aligned with it; the edits of all of them, where they touch, join to
slots. A long passage that some texts replace whole (another language, another edition of a prompt) is a slot of its own
with *alternatives*, and each alternative is searched for slots in turn, among the texts that show it. So one run that
says something else altogether does not hide a comma that varies among the others.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from wiretell.compare.textdiff import Edit, edits

_PASSAGE: Final = 160
"""Characters from which an edit is a passage with alternatives rather than a word or two."""
_MAX_DEPTH: Final = 6
"""Alternatives inside alternatives; deeper ones are left whole."""
_MAX_ALTERNATIVES: Final = 12
"""Of one passage that are searched; the texts of later ones are compared whole."""
_BLOB: Final = re.compile(r"[A-Za-z0-9+/=]{64,}")
"""Encoded bytes: chance matches inside them mean nothing."""


class Span(NamedTuple):
    """Characters [start, end) of one run's text."""

    text: str
    start: int
    end: int

    @property
    def value(self) -> str:
        """The characters themselves."""
        return self.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Slot:
    """A span of the reference text that other texts fill otherwise."""

    start: int
    end: int
    spans: Mapping[int, Span]
    """Run -> what stands there; runs that show another alternative of a passage around it are missing."""
    choice: Mapping[int, int] | None = None
    """For a passage: run -> which alternative it shows, 0 being the reference's."""
    home: int | None = None
    """The run in whose text `start` and `end` count, where that is not the reference text."""


def find_slots(
    texts: Mapping[int, str], reference: str, *, repeats: frozenset[int] = frozenset(), depth: int = 0
) -> list[Slot]:
    """Return the slots of texts (run -> text), by their place in the reference.

    `repeats` are runs of one world: a passage that differs in each of them is random, and is not searched.
    """
    if all(_BLOB.fullmatch(text) for text in texts.values()):
        spans = {run: Span(text, 0, len(text)) for run, text in texts.items()}
        return [Slot(0, len(reference), spans)]
    found = {text: edits(reference, text) for text in set(texts.values())}
    seams = frozenset(edit.a0 for group in found.values() for edit in group if edit.a0 == edit.a1)
    passages = _passages(found.values(), seams) if depth < _MAX_DEPTH else []
    fine, passages = _joined(found.values(), passages, seams)
    slots = [_slot(span, texts, found) for span in fine]
    slots = [_without_passages(slot, passages, found) for slot in slots]
    for span in passages:
        slots.extend(_alternatives(_slot(span, texts, found), span, found, repeats, depth))
    return sorted(slots, key=lambda slot: (slot.home is not None, slot.start, slot.end))


def _is_passage(edit: Edit) -> bool:
    return max(edit.a1 - edit.a0, edit.b1 - edit.b0) >= _PASSAGE


def _passages(found: Iterable[Sequence[Edit]], seams: Set[int]) -> list[tuple[int, int]]:
    spans = [(edit.a0, edit.a1) for group in found for edit in group if _is_passage(edit)]
    return _union(spans, seams)


def _union(spans: Sequence[tuple[int, int]], seams: Set[int]) -> list[tuple[int, int]]:
    """Join spans that overlap or meet at a seam: a place where some text inserts, which would else lie in both."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(set(spans)):
        if joined:
            first, last = joined[-1]
            if start < last or (start == last and start in seams):
                joined[-1] = (first, max(last, end))
                continue
        joined.append((start, end))
    return joined


def _joined(
    found: Iterable[Sequence[Edit]], passages: Sequence[tuple[int, int]], seams: Set[int]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return the spans of fine slots and of passages; a fine edit over a passage's border widens the passage.

    It stays a fine slot as well: a passage tells apart the texts that replace it, and not those that edit its border.
    """
    small = [(e.a0, e.a1) for group in found for e in group if not (passages and _is_passage(e))]
    fine, wide = _union(small, seams), list(passages)
    while crossing := [s for s in fine if any(_crosses(s, p, seams) for p in wide)]:
        wide = _union([*wide, *crossing], seams)
    return fine, wide


def _crosses(small: tuple[int, int], passage: tuple[int, int], seams: Set[int]) -> bool:
    if passage[0] <= small[0] and small[1] <= passage[1]:
        return False
    overlaps = small[0] < passage[1] and passage[0] < small[1]
    return overlaps or (small[1] == passage[0] and small[1] in seams) or (small[0] == passage[1] and small[0] in seams)


def _slot(span: tuple[int, int], texts: Mapping[int, str], found: Mapping[str, Sequence[Edit]]) -> Slot:
    start, end = span
    where = {text: _project(span, text, group) for text, group in found.items()}
    return Slot(start, end, {run: where[text] for run, text in texts.items()})


def _project(span: tuple[int, int], text: str, group: Sequence[Edit]) -> Span:
    """Find the span's counterpart in a text; edits inside the span grow or shrink it, edits before it move it."""
    start, end = span
    before = bisect_left(group, start, key=lambda edit: edit.a0)
    shift = sum((e.b1 - e.b0) - (e.a1 - e.a0) for e in group[:before])
    inside = [e for e in group[before:] if e.a1 <= end and (e.a0 < end or e.a0 == e.a1)]
    growth = sum((e.b1 - e.b0) - (e.a1 - e.a0) for e in inside)
    return Span(text, start + shift, end + shift + growth)


def _without_passages(slot: Slot, passages: Sequence[tuple[int, int]], found: Mapping[str, Sequence[Edit]]) -> Slot:
    """Leave out the runs whose text replaces the passage around the slot."""
    around = [p for p in passages if p[0] <= slot.start and slot.end <= p[1]]
    if not around:
        return slot
    return replace(
        slot, spans={run: span for run, span in slot.spans.items() if not _replaces(found[span.text], around[0])}
    )


def _replaces(group: Sequence[Edit], passage: tuple[int, int]) -> bool:
    return any(_is_passage(e) and passage[0] <= e.a0 and e.a1 <= passage[1] for e in group)


def _alternatives(
    slot: Slot,
    passage: tuple[int, int],
    found: Mapping[str, Sequence[Edit]],
    repeats: frozenset[int],
    depth: int,
) -> list[Slot]:
    """Sort the runs by the alternative they show, and search each alternative but the first for slots of its own."""
    choice = {run: 0 for run, span in slot.spans.items() if not _replaces(found[span.text], passage)}
    rest = {run: span for run, span in slot.spans.items() if run not in choice}
    slots: list[Slot] = []
    number = 0
    while rest and number < _MAX_ALTERNATIVES and not _is_random(slot, repeats):
        number += 1
        home = min(rest)
        sample = rest[home].value
        alike = {run: span for run, span in rest.items() if not any(map(_is_passage, edits(sample, span.value)))}
        choice.update(dict.fromkeys(alike, number))
        rest = {run: span for run, span in rest.items() if run not in alike}
        inner = find_slots({run: span.value for run, span in alike.items()}, sample, repeats=repeats, depth=depth + 1)
        slots.extend(_moved(part, alike, home) for part in inner)
    numbers = {text: number + 1 + at for at, text in enumerate(dict.fromkeys(span.value for span in rest.values()))}
    choice.update({run: numbers[span.value] for run, span in rest.items()})
    return [replace(slot, choice=choice), *slots]


def _is_random(slot: Slot, repeats: frozenset[int]) -> bool:
    """Whether repeats of one world, three or more, all show something else."""
    values = [span.value for run, span in slot.spans.items() if run in repeats]
    return len(values) > 2 and len(set(values)) == len(values)


def _moved(part: Slot, whole: Mapping[int, Span], home: int) -> Slot:
    """Count a slot found inside passages in the texts around them."""
    offset = whole[home].start
    spans = {
        run: Span(whole[run].text, whole[run].start + span.start, whole[run].start + span.end)
        for run, span in part.spans.items()
    }
    return replace(part, start=part.start + offset, end=part.end + offset, spans=spans, home=part.home or home)
