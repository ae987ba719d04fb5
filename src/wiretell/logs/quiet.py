"""Telling, of many short texts at once, which of them need no reading: nothing that any detector looks for is in them.

Reading a text costs some ten microseconds however short it is, which is dear for a log of short lines. Texts are taken
together, line by line; where nothing stands in all of them, nothing stands in any. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from wiretell.marks.candidates import TRAILING, by_kind, candidates
from wiretell.marks.date_line.sentence import sentences
from wiretell.marks.date_line.spelled import spells_letters
from wiretell.marks.interface import Detector
from wiretell.marks.survey import survey

SHORT_BYTES: Final = 8 << 10
"""Texts that are longer are read one by one."""
_TOGETHER_BYTES: Final = 64 << 10
_FEW: Final = 2
_DATE_LINE: Final = "date-line"


def is_known(detectors: Sequence[Detector]) -> bool:
    """Whether these are detectors of which this module knows what they look for."""
    return {each.name for each in detectors} <= {_DATE_LINE, TRAILING, *by_kind()}


def is_quiet(data: bytes) -> bool:
    """Whether no detector would find anything, mark or ordinary use or odd bytes, in any line of some bytes."""
    seen = survey(data)
    found = candidates(data, seen)
    if found.offsets or found.ordinary or next(sentences(data, seen.date_lines), None) is not None:
        return False
    return not (seen.escapes and spells_letters(data))


def loud(texts: Sequence[bytes]) -> Iterator[int]:
    """Go through the indexes of the texts that are to be read."""
    first = size = 0
    for at, text in enumerate(texts):
        if len(text) > SHORT_BYTES or size + len(text) > _TOGETHER_BYTES:
            yield from _loud(texts, first, at)
            first, size = at, 0
        if len(text) > SHORT_BYTES:
            yield at
            first = at + 1
        else:
            size += len(text)
    yield from _loud(texts, first, len(texts))


def _loud(texts: Sequence[bytes], first: int, end: int) -> Iterator[int]:
    """Halve what is not quiet, until few are left."""
    if first == end or is_quiet(b"\n".join(texts[first:end])):
        return
    if end - first <= _FEW:
        yield from range(first, end)
        return
    middle = (first + end) // 2
    yield from _loud(texts, first, middle)
    yield from _loud(texts, middle, end)
