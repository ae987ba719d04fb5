"""Blanks beyond ASCII where a plain space is usual (White_Space), line and paragraph separators among them."""

from __future__ import annotations

from typing import ClassVar, Final

from wiretell.marks import ordinary
from wiretell.marks.detectors.text import Find, Found, TextDetector, around, counted, positions, runs
from wiretell.model.marks import Certainty

_NO_BREAK: Final = "\u00a0"
_LINE_ENDS: Final = frozenset("\u0085\u2028\u2029")
_COPIED: Final = "Web pages and word processors write no-break spaces between words, and copying takes them along."
_LINES: Final = "Chat programs and design tools end lines with it."
_TYPESET: Final = "Typesetting programs write it where a space of another width is wanted."


class Spaces(TextDetector):
    """Finds unusual blanks between words of ASCII."""

    name: ClassVar[str] = "spaces"
    title: ClassVar[str] = "spaces and line ends beyond ASCII"

    def look(self, string: str, chars: frozenset[str]) -> Found:
        """Find runs of blanks of which one is in no ordinary use."""
        found = Found()
        for start, end in runs(positions(string, chars)):
            before, after = around(string, start, end)
            uses = [ordinary.space(before, char, after) for char in string[start:end]]
            if all(uses):
                found.ordinary.update(uses)
            elif end - start > 1 and set(string[start:end]) == {_NO_BREAK}:
                found.ordinary["run of no-break spaces"] += 1  # as wide as it is: a reader sees it
            else:
                found.finds.append(_find(string, start, end))
        return found


def _find(string: str, start: int, end: int) -> Find:
    symbols = string[start:end]
    return Find(
        start,
        end,
        counted(symbols),
        "A reader sees an ordinary space or line end; it is another character.",
        _certainty(string, start, end),
        _innocent(symbols),
        symbols,
        tuple((index, index + 1, " ") for index in range(start, end)),
    )


def _certainty(string: str, start: int, end: int) -> Certainty:
    """No-break spaces and line ends come with copied text; a space of another width between two words hardly does."""
    symbols = set(string[start:end])
    before, after = around(string, start, end)
    between = before.isascii() and before.isalnum() and after.isascii() and after.isalnum()
    return Certainty.LIKELY if between and not symbols & {_NO_BREAK, *_LINE_ENDS} else Certainty.POSSIBLE


def _innocent(symbols: str) -> tuple[str, ...]:
    reasons = (_COPIED if char == _NO_BREAK else _LINES if char in _LINE_ENDS else _TYPESET for char in symbols)
    return tuple(dict.fromkeys(reasons))
