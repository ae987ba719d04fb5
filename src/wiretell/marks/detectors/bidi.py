"""Controls of direction (UAX #9): they show nothing, and can show a text in another order than it is read in.

Source code that is shown in another order than it runs is known as Trojan Source (CVE-2021-42574).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar, Final

from wiretell.marks.detectors.spelling import of_symbols
from wiretell.marks.detectors.text import Find, Found, TextDetector, counted, positions, runs
from wiretell.model.marks import Certainty
from wiretell.unicode import kinds

_OVERRIDES: Final = frozenset("\u202d\u202e")
_POP: Final = "\u202c"
_POP_ISOLATE: Final = "\u2069"
_PARAGRAPH: Final = re.compile(r"[\n\r\x1c-\x1e\x85\u2029]")
"""Bidi_Class B: every embedding ends here."""
_IN_PATH: Final = re.compile("\u202a[A-Za-z]:\\\\")
_ORDINARY: Final = "direction control in text with right-to-left letters"
_COPIED: Final = "Messages that put names or numbers together wrap each in such controls, and copying takes them along."
_MARKS: Final = "Programs write direction marks around dates, numbers and file names, whatever the language."
_PATH: Final = "Windows puts U+202A before a path that is copied from a file's properties."
_MIXED: Final = "Text with right-to-left letters may need it; it can be left over where such text was edited."


class Bidi(TextDetector):
    """Finds controls of direction where no letters from right to left need them, and unbalanced ones."""

    name: ClassVar[str] = "bidi"
    title: ClassVar[str] = "controls of direction, which can show a text in another order"

    def look(self, string: str, chars: frozenset[str]) -> Found:
        """Find controls, paragraph by paragraph."""
        found = Found()
        mixed = any(kinds.is_right_to_left(char) for char in set(string))
        for indexes in _paragraphs(string, positions(string, chars)):
            controls = [string[index] for index in indexes]
            balanced = _is_balanced(controls)
            usual = kinds.BIDI if balanced and _OVERRIDES.isdisjoint(controls) else kinds.BIDI_MARKS
            kept = [index for index in indexes if mixed and string[index] in usual]
            if kept:
                found.ordinary[_ORDINARY] += len(kept)
            for first, end in runs(sorted(set(indexes) - set(kept))):
                found.finds.append(_find(string, first, end, mixed, balanced))
        return found


def _paragraphs(string: str, indexes: list[int]) -> Iterator[list[int]]:
    """Group indexes by paragraph."""
    at = 0
    while at < len(indexes):
        end_hit = _PARAGRAPH.search(string, indexes[at])
        end = end_hit.start() if end_hit else len(string)
        last = at
        while last < len(indexes) and indexes[last] < end:
            last += 1
        yield indexes[at:last]
        at = last


def _is_balanced(controls: Iterable[str]) -> bool:
    """Whether every embedding and isolate is ended in its paragraph, in order, and nothing else is."""
    is_open: list[str] = []
    for control in controls:
        if control in kinds.EMBEDDINGS:
            is_open.append(_POP)
        elif control in kinds.ISOLATES:
            is_open.append(_POP_ISOLATE)
        elif control in (_POP, _POP_ISOLATE) and (not is_open or is_open.pop() != control):
            return False
    return not is_open


def _find(string: str, start: int, end: int, mixed: bool, balanced: bool) -> Find:
    symbols = string[start:end]
    hidden = of_symbols(symbols)
    what = "A reader does not see the controls of direction"
    order = "; they are not ended in their line, so what follows can stand in another order" if not balanced else ""
    return Find(
        start,
        end,
        counted(symbols),
        f"{what}{order}." if not hidden else f"{what}; read as bits, they spell {hidden!r}.",
        _certainty(string, start, end, mixed, balanced, hidden),
        _innocent(string, start, mixed),
        symbols,
        ((start, end, ""),),
        hidden,
    )


def _certainty(string: str, start: int, end: int, mixed: bool, balanced: bool, hidden: str) -> Certainty:
    symbols = frozenset(string[start:end])
    if hidden:
        return Certainty.LIKELY
    if symbols <= kinds.BIDI_MARKS or _IN_PATH.match(string, start):
        return Certainty.POSSIBLE
    if symbols & _OVERRIDES:
        return Certainty.POSSIBLE if mixed and balanced else Certainty.LIKELY
    return Certainty.POSSIBLE if balanced else Certainty.LIKELY


def _innocent(string: str, start: int, mixed: bool) -> tuple[str, ...]:
    if mixed:
        return (_MIXED,)
    if string[start] in kinds.BIDI_MARKS:
        return (_MARKS,)
    return (_PATH, _COPIED) if _IN_PATH.match(string, start) else (_COPIED,)
