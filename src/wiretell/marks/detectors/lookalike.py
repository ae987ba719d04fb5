"""Characters that pass for ASCII inside words (UTS #39), and marks that pass for an apostrophe between letters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Final

from wiretell.marks import ordinary, words
from wiretell.marks.detectors.text import Find, Found, TextDetector, around, counted, positions
from wiretell.model.marks import Certainty
from wiretell.unicode import kinds

_DATE_LINE: Final = re.compile(r"s date is \d{4}(.)\d\d(.)\d\d(?!\d)")
_DATE: Final = re.compile(r"(?<!\d)\d{4}(\D)\d{1,2}(\D)\d{1,2}(?!\d)", re.ASCII)
_BEFORE_SIGN: Final = "s date is "
_FRACTION: Final = frozenset("\u2044\u2215\u2236")
_GREEK: Final = "Greek writes it for a question mark, and a Greek keyboard may give it for a semicolon."
_BEFORE_DATE: Final = "Today"
_OF_THE_SCHEME: Final = "\u02bc\u02b9"
"""Apostrophes of the scheme `date-line`, which are told there. U+2018 is none of them."""
_SCHEME_NAME: Final = "date-line"
_REMEMBERED: Final = 256
"""Characters of a word about which is remembered what it is."""
_TYPED: Final = "The word was typed with the wrong keyboard layout, or came out of a scan or a PDF."
_ENDING: Final = "An ending of another language on a foreign word, as Russian or Greek writers add it."
_WIDE: Final = "Input methods of East Asia write fullwidth letters and digits until they are switched."
_LABEL: Final = "A letter that numbers or names something: a class, a vitamin, an axis."
_HYPHENATED: Final = "Word processors and chat programs write such hyphens, slashes and colons for those of ASCII."
_STYLED: Final = "Styled letters, as some users write names and formulas."
_KEYBOARD: Final = "Some keyboards and word processors write it for an apostrophe."
_LETTER: Final = "A letter of its own in several orthographies, and in transliterations."
_LETTERS: Final = frozenset("\u02bb\u02bc\u02b9\u02bd\u02be\u02bf\ua78c")


class Lookalike(TextDetector):
    """Finds words and dates in which a character of another script passes for a usual one."""

    name: ClassVar[str] = "lookalike"
    title: ClassVar[str] = "letters, digits and signs that look like those of another script"

    def look(self, string: str, chars: frozenset[str]) -> Found:
        """Find such words, one mark each, and such apostrophes and other signs."""
        passing = kinds.APOSTROPHES | kinds.SIGNS.keys()
        finds = [found for span in _suspects(string, chars - passing) if (found := _word(string, *span))]
        plain = {start: after for find in finds for start, _, after in find.edits}
        finds += _apostrophes(string, chars & kinds.APOSTROPHES, plain)
        finds += _signs(string, chars & kinds.SIGNS.keys(), plain)
        return Found(sorted(finds, key=lambda find: find.start))


def _suspects(string: str, letters: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Go through the words of a text in which some letters stand beside ASCII: start and end."""
    done = 0
    for index in words.borders(string, letters):
        if index < done:
            continue
        start, done = _bounds(string, index, done)
        yield start, done


def _bounds(string: str, index: int, least: int) -> tuple[int, int]:
    """Return where the word around an index begins, not before `least`, and ends."""
    start = index
    while start > least and _in_word(string[start - 1]):
        start -= 1
    found = words.WORD.match(string, start)
    return start, found.end() if found else index + 1


def _in_word(char: str) -> bool:
    return char.isalnum() and char not in kinds.APOSTROPHES


def _word(string: str, start: int, end: int) -> Find | None:
    judged = (_judged if end - start <= _REMEMBERED else _judged.__wrapped__)(string[start:end])
    if judged is None:
        return None
    symbols = "".join(string[start + index] for index in judged.plain)
    edits = tuple((start + index, start + index + 1, after) for index, after in judged.plain.items())
    return Find(
        edits[0][0], edits[-1][1], counted(symbols), judged.meaning, judged.certainty, judged.innocent, symbols, edits
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    """A word in which characters pass for others."""

    plain: dict[int, str]
    """Index in the word -> what it passes for; indexes rise."""
    meaning: str
    certainty: Certainty
    innocent: tuple[str, ...]


@lru_cache(maxsize=4096)
def _judged(word: str) -> _Judged | None:
    if (indexes := words.disguised(word)) and not words.is_native(word):
        plain = {index: kinds.lookalikes()[word[index]] for index in indexes}
        return _Judged(plain, _meaning(word, plain), _certainty(word, indexes), _innocent(word, indexes))
    if strangers := words.strangers(word):
        plain = dict(strangers)
        certainty = Certainty.LIKELY if any(_is_inside(word, index) for index in plain) else Certainty.POSSIBLE
        return _Judged(plain, _meaning(word, plain), certainty, (_TYPED, _LABEL))
    return None


def _meaning(word: str, plain: dict[int, str]) -> str:
    seen = "".join(plain.get(index, char) for index, char in enumerate(word))
    return f"A reader sees {seen[:40]!r}; {len(plain)} of its characters are of another script."


def _is_inside(word: str, index: int) -> bool:
    """Whether letters stand on both sides."""
    return 0 < index < len(word) - 1 and word[index - 1 : index + 2].isalpha()


def _is_ending(word: str, indexes: tuple[int, ...]) -> bool:
    return indexes == tuple(range(len(word) - len(indexes), len(word)))


def _certainty(word: str, indexes: tuple[int, ...]) -> Certainty:
    scripts = {kinds.script(word[index]) for index in indexes}
    if scripts & {"Common", "Latin"} or _is_ending(word, indexes):
        return Certainty.POSSIBLE  # fullwidth and styled letters are seen to be so, endings are usual
    return Certainty.LIKELY


def _innocent(word: str, indexes: tuple[int, ...]) -> tuple[str, ...]:
    chars = [word[index] for index in indexes]
    if any("\uff00" <= char <= "\uff5e" for char in chars):
        return (_WIDE,)
    if any(kinds.script(char) == "Common" for char in chars):
        return (_STYLED, _TYPED)
    return (_ENDING, _TYPED) if _is_ending(word, indexes) else (_TYPED,)


def _apostrophes(string: str, marks: frozenset[str], plain: dict[int, str]) -> list[Find]:
    """Find marks between ASCII letters, and between those that pass for ASCII: `plain`, index -> letter."""
    return [_apostrophe(string, index) for index in positions(string, marks) if _is_apostrophe(string, index, plain)]


def _is_apostrophe(string: str, index: int, plain: dict[int, str]) -> bool:
    before, after = around(string, index, index + 1)
    if ordinary.apostrophe(plain.get(index - 1, before), string[index], plain.get(index + 1, after)):
        return False
    return not (_in_date_line(string, index) and string[index] in _OF_THE_SCHEME)


def _in_date_line(string: str, index: int) -> bool:
    found = _DATE_LINE.match(string, index + 1)
    separators = {found[1], found[2]} if found else set("?")
    return string.endswith(_BEFORE_DATE, 0, index) and separators <= {"-", "/"}


def _apostrophe(string: str, index: int) -> Find:
    char = string[index]
    dated = _in_date_line(string, index)
    note = f" It is none of the symbols of {_SCHEME_NAME}." if dated else ""
    return Find(
        index,
        index + 1,
        counted(char),
        f"A reader sees an apostrophe; it is another character.{note}",
        Certainty.LIKELY if dated or char in _OF_THE_SCHEME else Certainty.POSSIBLE,
        (_LETTER, _KEYBOARD) if char in _LETTERS else (_KEYBOARD,),
        char,
        ((index, index + 1, "'"),),
    )


def _signs(string: str, signs: frozenset[str], plain: dict[int, str]) -> list[Find]:
    """Find signs that pass for ASCII beside it, or beside what passes for it: `plain`, index -> character."""
    if not signs:
        return []
    dates = {index: certain for found in _DATE.finditer(string) for index, certain in _separators(found)}
    seen, finds = dict(plain), []
    for index in positions(string, signs):
        before, char, after = _around_one(string, index)
        use = ordinary.sign(seen.get(index - 1, before), char, seen.get(index + 1, after))
        if not use and (index in dates or not _is_fraction(string, index)):
            finds.append(_sign(string, index, dates.get(index, False)))
            seen[index] = kinds.SIGNS[char]
    return finds


def _separators(found: re.Match[str]) -> Iterator[tuple[int, bool]]:
    """Go through the indexes of a date's signs, and whether it is that of the scheme's sentence."""
    for group in (1, 2):
        yield found.start(group), found.string.endswith(_BEFORE_SIGN, 0, found.start())


def _is_fraction(string: str, index: int) -> bool:
    before, _, after = _around_one(string, index)
    return string[index] in _FRACTION and before.isdigit() and after.isdigit()


def _around_one(string: str, index: int) -> tuple[str, str, str]:
    """Return the character before an index, that at it, and the one after."""
    before, after = around(string, index, index + 1)
    return before, string[index], after


def _sign(string: str, index: int, of_scheme: bool) -> Find:
    char = string[index]
    plain = kinds.SIGNS[char]
    note = f" It is none of the symbols of {_SCHEME_NAME}." if of_scheme else ""
    return Find(
        index,
        index + 1,
        counted(char),
        f"A reader sees {plain!r}; it is another character.{note}",
        Certainty.LIKELY if of_scheme or char == ordinary.GREEK_QUESTION else Certainty.POSSIBLE,
        (_GREEK if char == ordinary.GREEK_QUESTION else _HYPHENATED,),
        char,
        ((index, index + 1, plain),),
    )
