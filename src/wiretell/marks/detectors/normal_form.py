"""Texts that spell letters of one script both composed and decomposed (UAX #15): nobody sees which."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import ClassVar, Final

from wiretell.marks.detectors.spelling import of_bits
from wiretell.marks.detectors.text import Find, Found, TextDetector, counted, positions
from wiretell.model.marks import Certainty
from wiretell.unicode import kinds

_ORDINARY: Final = "decomposed letter in a text that has no composed one"
_INNOCENT: Final = (
    "File names from macOS and text out of PDF files are decomposed; put into other text, they make a mixture.",
    "Text by several writers, keyboards or programs was joined.",
)
_LONGEST: Final = 32
"""Marks on one letter that are looked at: more are no letter of any language (UAX #15, stream-safe format: 30)."""

Cluster = tuple[int, int, str]
"""Start, end, and what NFC makes of it."""


class NormalForm(TextDetector):
    """Finds texts that mix NFC and NFD in one script; one mark a text."""

    name: ClassVar[str] = "normal-form"
    title: ClassVar[str] = "letters spelled in one character here and in two there"

    def look(self, string: str, chars: frozenset[str]) -> Found:
        """Find out whether a text with decomposed letters has composed ones of the same script."""
        clusters = list(_clusters(string, positions(string, chars)))
        composed = {kinds.script(char) for char in set(string) if _is_composed(char)} if clusters else set()
        mixed = [cluster for cluster in clusters if kinds.script(string[cluster[0]]) in composed]
        found = Found(ordinary=Counter({_ORDINARY: len(clusters) - len(mixed)} if len(clusters) > len(mixed) else {}))
        if mixed:
            found.finds.append(_find(string, mixed))
        return found


def _clusters(string: str, indexes: list[int]) -> Iterator[Cluster]:
    """Go through letters with marks that NFC would join."""
    done = 0
    for index in indexes:
        if index < done:
            continue
        start = index
        while start > max(done, index - _LONGEST) and (start == index or _continues(string[start])):
            start -= 1
        done = index + 1
        while done < len(string) and done - start < _LONGEST and _continues(string[done]):
            done += 1
        joined = unicodedata.normalize("NFC", string[start:done])
        if len(joined) < done - start:
            yield start, done, joined


def _continues(char: str) -> bool:
    return unicodedata.combining(char) != 0 or char in kinds.combining()


@lru_cache(maxsize=65536)
def _is_composed(char: str) -> bool:
    if char.isascii():
        return False
    return unicodedata.is_normalized("NFC", char) and not unicodedata.is_normalized("NFD", char)


def _find(string: str, mixed: list[Cluster]) -> Find:
    start, end = mixed[0][0], mixed[-1][1]
    symbols = "".join(string[first:last] for first, last, _ in mixed)
    marks = "".join(char for char in symbols if _continues(char))
    hidden = of_bits(_bits(string, mixed))
    counts = f"{len(mixed)} letters are spelled in several characters, others of their script in one"
    return Find(
        start,
        end,
        f"{len(mixed)} decomposed: {_few(marks)}",
        f"A reader does not see that {counts}" + (f"; read as bits, they spell {hidden!r}." if hidden else "."),
        Certainty.LIKELY if hidden else Certainty.POSSIBLE,
        _INNOCENT,
        symbols,
        tuple(mixed),
        hidden,
    )


def _few(marks: str) -> str:
    return counted("".join(dict.fromkeys(marks))[:4])


def _bits(string: str, mixed: list[Cluster]) -> str:
    """Return 1 for each decomposed and 0 for each composed letter, in their order."""
    decomposed = {start for start, _, _ in mixed}
    bits = ("1" if index in decomposed else "0" if _is_composed(char) else "" for index, char in enumerate(string))
    return "".join(bits)
