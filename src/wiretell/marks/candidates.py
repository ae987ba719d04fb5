r"""Where a body could hold what any detector looks for, worked out from one look over its bytes (`survey`).

Ordinary uses that occur in nearly every request (an emoji with its selector, a space before a unit) are told by the
bytes beside them; a kind of which every use is ordinary has no candidates, and is only counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from types import MappingProxyType
from typing import Final

import msgspec

from wiretell.marks import beside, words
from wiretell.marks.survey import Seen, survey
from wiretell.marks.survey.interest import HALF_SIGN, by_kind, of_interest

__all__ = ["HALF", "LEAST_TRAILING", "TRAILING", "Candidates", "by_kind", "candidates"]

TRAILING: Final = "trailing"
HALF: Final = "half"
LEAST_TRAILING: Final = 8
"""Lines with blanks at their end, in the whole body; fewer carry less than a byte."""

_SPELLED_BLANK: Final = re.compile(rb"\\u00(?:0[9aAdD]|20)")
_ESCAPE: Final = re.compile(rb"\\u([0-9a-fA-F]{4})")
_SPELLED_BACKSLASH: Final = re.compile(rb"\\u005[cC]")
_HALF: Final = re.compile(
    rb"\\u(?:(?<!\\\\u)[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|([dD][89a-fA-F][0-9a-fA-F]{2}))"
)
"""Of JSON in a string of JSON every one, to be looked at when it is read."""
_RAW_HALF: Final = re.compile(rb"\xed[\xa0-\xbf]")
_ANY_HALF: Final = "\ud800"
_BLANK: Final = frozenset(" \t\r\n")
_PAIR: Final = re.compile(rb"\\u([dD][89abAB][0-9a-fA-F]{2})\\+u([dD][c-fC-F][0-9a-fA-F]{2})")
_NESTED: Final = re.compile(rb"\\\\u")
_FINDS: Final = 16
"""Up to so many characters, a search for each is quicker than one for all."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a body could hold, by kind: the names of the detectors, and `half` for half surrogates.

    For every mark of a detector, an offset of its kind stands in the same text (`Body.texts`), and characters by which
    it is found are among those of the kind. One exception: a character whose bytes a backslash parts (`E2 80 5C 8B`),
    which is neither UTF-8 nor JSON. A kind that is not named in `offsets` has nothing to be examined.
    """

    offsets: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Kind -> rising offsets in the body."""
    characters: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    """Kind -> the characters of it that occur."""
    ordinary: Mapping[str, Mapping[str, int]] = field(default_factory=lambda: MappingProxyType({}))
    """Kind -> ordinary use -> how often; of kinds without candidates."""
    spelled: frozenset[str] = frozenset()
    """Kinds in `offsets` of which some character stands as an escape; in a plain text, that is not read as it."""


@cache
def _units_of_interest() -> frozenset[int]:
    """Escapes that could matter: those characters, halves of pairs, and what lines and escapes are made of."""
    points = {ord(char) for char in of_interest() if char < "\U00010000"}
    return frozenset(points | set(range(0xD800, 0xE000)) | set(b"\\ \t\r\n"))


def candidates(data: bytes, seen: Seen | None = None) -> Candidates:
    """Return where a body could hold what any detector looks for. Pure; never raises, whatever the bytes are.

    1. What a look over the body saw (`seen`, where it is known already). 2. The escapes, if there are any. 3. For each
    kind with characters of interest: is every use ordinary? 4. If not, the offsets of all of them.
    """
    seen = seen or survey(data)
    blanks = list(seen.blanks)
    raw, spelled = seen.characters, frozenset(_spelled_distinct(data) if seen.escapes else ())
    found = _Found(data, seen, spelled)
    for kind, chars in by_kind().items():
        if not chars.isdisjoint(raw) or not chars.isdisjoint(spelled):
            found.add(kind, chars & (raw | spelled))
    if halves := _halves(data, raw, spelled):
        found.offsets[HALF] = halves
    if not spelled.isdisjoint(_BLANK):
        blanks += [hit.start() for hit in _SPELLED_BLANK.finditer(data)]
    if "\\" in spelled:
        found.add_spelled_backslashes()
    if len(blanks) >= LEAST_TRAILING:
        found.offsets[TRAILING] = tuple(sorted(blanks))
    return Candidates(found.offsets, found.characters, found.ordinary, frozenset(found.escaped))


def _spelled_distinct(data: bytes) -> set[str]:
    """Return the characters of interest that stand as escapes, of any depth; `_ANY_HALF` for halves of pairs."""
    units = _units_of_interest().intersection(int(unit, 16) for unit in set(_ESCAPE.findall(data)))
    chars = {chr(unit) for unit in units if not 0xD800 <= unit < 0xE000}
    if len(chars) == len(units):
        return chars
    pairs = (bytes.fromhex((high + low).decode()).decode("utf-16-be") for high, low in set(_PAIR.findall(data)))
    return chars | of_interest().intersection(pairs) | {_ANY_HALF}


def _halves(data: bytes, raw: frozenset[str], spelled: frozenset[str]) -> tuple[int, ...]:
    found = [hit.start() for hit in _RAW_HALF.finditer(data)] if HALF_SIGN in raw else []
    if _ANY_HALF in spelled:
        found += [hit.start() for hit in _HALF.finditer(data) if hit[1]]
    return tuple(sorted(found))


class _Found:
    """Collects, kind by kind."""

    def __init__(self, data: bytes, seen: Seen, spelled: frozenset[str]) -> None:
        self.data, self.raw, self.spelled = data, seen.characters, spelled
        self._seen = seen
        self.decided = not spelled or not ("\\" in spelled or _NESTED.search(data))
        """Whether every escape says what it says at the first depth; a spelled backslash may begin another."""
        self.offsets: dict[str, tuple[int, ...]] = {}
        self.characters: dict[str, frozenset[str]] = {}
        self.ordinary: dict[str, Mapping[str, int]] = {}
        self.escaped: set[str] = set()

    def add(self, kind: str, chars: frozenset[str]) -> None:
        """Take the characters of one kind that occur: as ordinary where every use is, else with all their offsets."""
        uses = self._ordinary_uses(kind, chars) if self.decided else None
        if uses is not None:
            if uses:
                self.ordinary[kind] = uses
            return
        if offsets := self._offsets(kind, chars):
            self.offsets[kind], self.characters[kind] = tuple(sorted(offsets)), chars
            if not chars.isdisjoint(self.spelled):
                self.escaped.add(kind)

    def _ordinary_uses(self, kind: str, chars: frozenset[str]) -> Counter[str] | None:
        """Return the ordinary uses of a kind, None where one is, or could be, none."""
        if kind == "lookalike":
            return Counter() if self._words_are_ordinary(chars) else None
        if not chars <= beside.judged(kind):
            return None
        uses: Counter[str] = Counter()
        for char, start, end in self._places(chars):
            use = beside.use(kind, self.data, start, end, char)
            if not use:
                return None
            uses[use] += 1
        if uses and not chars.isdisjoint(self.spelled) and not self._is_document:
            return None  # outside of JSON's strings, an escape is none
        return uses

    @cached_property
    def _is_document(self) -> bool:
        try:
            msgspec.json.decode(self.data, type=msgspec.Raw)
        except (msgspec.DecodeError, RecursionError):
            return False
        return True

    def _words_are_ordinary(self, chars: frozenset[str]) -> bool:
        passing = beside.judged("lookalike")
        letters = (chars & self.spelled) - passing
        if letters and not self.data.isascii():
            return False  # a word may be spelled in both ways
        spelled = self._places(chars & passing & self.spelled, raw=False)
        if any(not beside.use("lookalike", self.data, start, end, char) for char, start, end in spelled):
            return False
        if letters and not words.all_ordinary(_unescaped(self.data), letters):
            return False
        in_utf8 = self._places(chars & passing, spelled=False)
        if any(words.could_pass(self.data, char, start) for char, start, _ in in_utf8):
            return False
        letters = (chars & self.raw) - passing
        return not letters or words.all_ordinary(self.data, letters)

    def _offsets(self, kind: str, chars: frozenset[str]) -> list[int]:
        """Return where characters stand; of letters that nobody spelled as escapes, the suspicious words alone."""
        letters = chars - beside.judged(kind) if kind == "lookalike" else frozenset()
        if kind != "lookalike" or chars & self.spelled or (letters and words.has_odd_escapes(self.data)):
            offsets = _positions(self.data, chars & self.raw, self._seen)
            if spelled := chars & self.spelled:
                offsets += [hit.start() for hit in _spelled(spelled).finditer(self.data)]
            return offsets
        return [
            *_positions(self.data, chars - letters, self._seen),
            *(words.unordinary(self.data, letters) if letters else ()),
        ]

    def _places(
        self, chars: frozenset[str], *, raw: bool = True, spelled: bool = True
    ) -> Iterator[tuple[str, int, int]]:
        for char in chars & self.raw if raw else ():
            size = len(char.encode())
            yield from ((char, at, at + size) for at in _places_of(self.data, char, self._seen))
        for char in chars & self.spelled if spelled else ():
            yield from ((char, *hit.span()) for hit in _spelled(frozenset((char,))).finditer(self.data))

    def add_spelled_backslashes(self) -> None:
        r"""`\u005cu200b`, in JSON in a string of JSON, says U+200B: nobody writes so, yet it is read."""
        spelled = [hit.start() for hit in _SPELLED_BACKSLASH.finditer(self.data)]
        for kind, chars in by_kind().items():
            self.offsets[kind] = tuple(sorted({*self.offsets.get(kind, ()), *spelled}))
            self.characters[kind] = chars


def _unescaped(data: bytes) -> bytes:
    r"""Return ASCII with its escapes of four digits as what they say, in UTF-8. All in C."""
    said = data.decode("raw_unicode_escape", "ignore").encode("utf-16-le", "surrogatepass")
    return said.decode("utf-16-le", "surrogatepass").encode("utf-8", "surrogatepass")


def _positions(data: bytes, chars: frozenset[str], seen: Seen) -> list[int]:
    """Return where characters stand in UTF-8, in any order."""
    unknown = [char for char in chars if char not in seen.places]
    if len(unknown) <= _FINDS:
        return [at for char in chars for at in _places_of(data, char, seen)]
    any_of = b"|".join(re.escape(char.encode()) for char in chars)
    return [hit.start() for hit in re.finditer(any_of, data)]


def _places_of(data: bytes, char: str, seen: Seen) -> Iterable[int]:
    known = seen.places.get(char)
    return _finds(data, char.encode()) if known is None else known


def _finds(data: bytes, form: bytes) -> Iterator[int]:
    return (hit.start() for hit in re.finditer(re.escape(form), data))


@lru_cache(maxsize=1024)
def _spelled(chars: frozenset[str]) -> re.Pattern[bytes]:
    """Find escapes that say one of some characters, at any depth of JSON."""
    return re.compile(rb"\\u(?:%b)" % b"|".join(sorted(map(_units, chars))))


def _units(char: str) -> bytes:
    digits = char.encode("utf-16-be").hex()
    spelled = [_either_case(digits[at : at + 4]) for at in range(0, len(digits), 4)]
    return rb"\\+u".join(spelled)


def _either_case(digits: str) -> bytes:
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits).encode()
