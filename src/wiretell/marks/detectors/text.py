"""What every detector shares: from the candidates of a body to its texts, from finds in a text to marks and edits."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import ClassVar, Final

from wiretell.marks.body import Body, Text
from wiretell.marks.interface import Stripped
from wiretell.model.findings import NotExamined
from wiretell.model.marks import Certainty, Edit, Mark, Reading
from wiretell.unicode.characters import codepoints

EXCERPT: Final = 80
_BESIDE: Final = 24
"""Characters shown before a mark."""
_BROKEN: Final = re.compile("[\ud800-\udfff]")
ESCAPES: Final = NotExamined(
    r"escapes (`\u200b`) in a text that is not JSON",
    "they were read as they stand, not as the characters that they would be in JSON",
)
"""The same words for every text and detector, so that a report says it once."""
_NOTHING: Final = Reading()
_SHORT: Final = 64
"""Characters of a run whose names are remembered."""
_MANY: Final = 16
"""Up to so many distinct characters, a search for each is quicker than a look at every character."""


@dataclass(frozen=True, slots=True)
class Find:
    """A mark in a text; indexes are those of the text's string."""

    start: int
    end: int
    state: str
    meaning: str
    certainty: Certainty
    innocent: tuple[str, ...]
    symbols: str
    """The characters that write it."""
    edits: tuple[tuple[int, int, str], ...] = ()
    """Start, end and what stands there in the plain form; none where there is no plain form to go back to."""
    hidden: str = ""


@dataclass(slots=True)
class Found:
    """What a detector found in one text."""

    finds: list[Find] = field(default_factory=list)
    ordinary: Counter[str] = field(default_factory=Counter)


class TextDetector(ABC):
    """A detector that looks at one text at a time. It has no place of its own: `strip` edits only with `anywhere`."""

    name: ClassVar[str]
    title: ClassVar[str]
    place: ClassVar[str] = "Anywhere in a text; nobody is known to write it in a certain place."

    @abstractmethod
    def look(self, string: str, chars: frozenset[str]) -> Found:
        """Find the marks in a text that holds some of these characters, in its order and apart from each other."""

    def read(self, body: Body, *, version: str = "") -> Reading:  # noqa: ARG002 - no client is known to write these
        """Return the marks in a text; see `Detector.read`."""
        if self.name not in body.candidates.offsets and self.name not in body.candidates.ordinary:
            return _NOTHING
        marks: list[Mark] = []
        ordinary: Counter[str] = Counter(self._ordinary(body))
        for text, found in self._found(body):
            ordinary.update(found.ordinary)
            marks += self._marks(body, text, found.finds)
        return Reading(tuple(marks), dict(ordinary), not_examined=self._unread(body))

    def strip(self, body: Body, *, anywhere: bool) -> Stripped:
        """Return edits and what is left; see `Detector.strip`."""
        edits: list[Edit] = []
        left: list[Mark] = []
        for text, found in self._found(body):
            kept = [find for find in found.finds if not (anywhere and find.edits)]
            left += self._marks(body, text, kept)
            if anywhere:
                edits += self._edits(body, text, found.finds)
        return Stripped(edits, left, self._unread(body))

    def _unread(self, body: Body) -> tuple[NotExamined, ...]:
        return (ESCAPES,) if not body.is_json and self.name in body.candidates.spelled else ()

    def _ordinary(self, body: Body) -> Mapping[str, int]:
        return body.candidates.ordinary.get(self.name, {})

    def _found(self, body: Body) -> Iterator[tuple[Text, Found]]:
        chars = body.candidates.characters.get(self.name, frozenset())
        for text in texts(body, body.candidates.offsets.get(self.name, ())):
            yield text, self.look(text.string, chars)

    def _marks(self, body: Body, text: Text, finds: Sequence[Find]) -> Iterator[Mark]:
        lines = _Lines(body)
        offsets = _offsets(text, chain.from_iterable((find.start, find.end) for find in finds))
        for find in finds:
            start = offsets[find.start]
            yield Mark(
                self.name,
                find.state,
                find.meaning,
                find.certainty,
                find.innocent,
                _distinct(find.symbols),
                excerpt(text.string, find.start),
                start,
                offsets[find.end] - start,
                text.path,
                text.within,
                lines.at(start),
                find.hidden,
            )

    def _edits(self, body: Body, text: Text, finds: Sequence[Find]) -> Iterator[Edit]:
        lines = _Lines(body)
        wanted = [(edit, find.state) for find in finds for edit in find.edits]
        offsets = _offsets(text, chain.from_iterable((start, end) for (start, end, _), _ in wanted))
        for (first, last, after), state in wanted:
            start = offsets[first]
            before = body.data[start : offsets[last]].decode("utf-8", "surrogateescape")
            spelled = respelled(after, before, len(text.layers))
            yield Edit(self.name, state, start, before, spelled, text.path, text.within, lines.at(start))


def texts(body: Body, offsets: tuple[int, ...]) -> Iterator[Text]:
    """Go through the texts that hold some offsets, each whole."""
    return (text for text, _ in body.texts(offsets))


class _Lines:
    """1-based lines of rising offsets, each byte counted once."""

    def __init__(self, body: Body) -> None:
        self._data, self._at, self._line = body.data, 0, 1

    def at(self, offset: int) -> int:
        if offset < self._at:
            self._at, self._line = 0, 1
        self._line += self._data.count(b"\n", self._at, offset)
        self._at = offset
        return self._line


def _offsets(text: Text, indexes: Iterable[int]) -> dict[int, int]:
    """Return the offsets in the body of indexes of the text's string."""
    rising = sorted(set(indexes))
    return dict(zip(rising, text.offsets(rising), strict=True))


def respelled(after: str, before: str, layers: int) -> str:
    r"""Spell characters as those that they replace were: as escapes (`\u00e9`) where those were all ASCII."""
    if after.isascii() or not before.isascii() or not layers:
        return after
    backslashes = "\\" * (1 << (layers - 1))
    units = after.encode("utf-16-be").hex()
    return "".join(f"{backslashes}u{units[at : at + 4]}" for at in range(0, len(units), 4))


def excerpt(string: str, start: int) -> str:
    """Return what stands at an index and around it, at most `EXCERPT` characters."""
    first = max(0, start - _BESIDE)
    return _BROKEN.sub("\ufffd", string[first : first + EXCERPT])


def positions(string: str, chars: frozenset[str]) -> list[int]:
    """Return the rising indexes of some characters."""
    if len(chars) > _MANY:
        present = chars.intersection(string)
        if len(present) > _MANY:
            return [index for index, char in enumerate(string) if char in present]
        chars = frozenset(present)
    found = [index for char in chars for index in _finds(string, char)]
    return sorted(found)


def _finds(string: str, char: str) -> Iterator[int]:
    at = string.find(char)
    while at >= 0:
        yield at
        at = string.find(char, at + 1)


def runs(indexes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Group rising indexes that follow each other: start and end of each run."""
    start = 0
    for nth in range(1, len(indexes) + 1):
        if nth == len(indexes) or indexes[nth] != indexes[nth - 1] + 1:
            yield indexes[start], indexes[nth - 1] + 1
            start = nth


def around(string: str, start: int, end: int) -> tuple[str, str]:
    """Return the characters before and after a span, empty at the ends of the text."""
    return string[start - 1 : start] if start else "", string[end : end + 1]


def counted(symbols: str) -> str:
    """Name a run of characters: `U+200B x3`, `U+200B U+200C x2`."""
    return _counted(symbols) if len(symbols) <= _SHORT else _counted.__wrapped__(symbols)


@lru_cache(maxsize=4096)
def _counted(symbols: str) -> str:
    names = Counter(symbols)
    each = ((codepoints(char)[0], times) for char, times in names.items())
    return " ".join(name if times == 1 else f"{name} x{times}" for name, times in each)


def _distinct(symbols: str) -> tuple[str, ...]:
    return _names(symbols) if len(symbols) <= _SHORT else _names.__wrapped__(symbols)


@lru_cache(maxsize=4096)
def _names(symbols: str) -> tuple[str, ...]:
    return codepoints("".join(dict.fromkeys(symbols)))
