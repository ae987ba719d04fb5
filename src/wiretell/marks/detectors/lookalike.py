"""Characters that pass for ASCII inside words (UTS #39), and marks that pass for an apostrophe between letters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from wiretell.marks import ordinary, words
from wiretell.marks.detectors.text import Find, Found, TextDetector, around, counted, positions
from wiretell.model.marks import Certainty
from wiretell.unicode import kinds

_DATE_LINE: Final = re.compile(r"s date is \d{4}(.)\d\d(.)\d\d(?!\d)")
_BEFORE_DATE: Final = "Today"
_OF_THE_SCHEME: Final = "\u02bc\u02b9"
"""Apostrophes of the scheme `date-line`, which are told there. U+2018 is none of them."""
_SCHEME_NAME: Final = "date-line"
_LONGEST_WORD: Final = 4096
_TYPED: Final = "The word was typed with the wrong keyboard layout, or came out of a scan or a PDF."
_ENDING: Final = "An ending of another language on a foreign word, as Russian or Greek writers add it."
_WIDE: Final = "Input methods of East Asia write fullwidth letters and digits until they are switched."
_STYLED: Final = "Styled letters, as some users write names and formulas."
_KEYBOARD: Final = "Some keyboards and word processors write it for an apostrophe."
_LETTER: Final = "A letter of its own in several orthographies, and in transliterations."
_LETTERS: Final = frozenset("\u02bb\u02bc\u02b9\u02bd\u02be\u02bf\ua78c")


class Lookalike(TextDetector):
    """Finds words in which a character of another script passes for ASCII."""

    name: ClassVar[str] = "lookalike"
    title: ClassVar[str] = "letters, digits and apostrophes that look like those of ASCII"

    def look(self, string: str, chars: frozenset[str]) -> Found:
        """Find such words, one mark each, and such apostrophes."""
        finds = [_word(string, *span) for span in _disguised(string, chars - kinds.APOSTROPHES)]
        plain = {start: after for find in finds for start, _, after in find.edits}
        finds += _apostrophes(string, chars & kinds.APOSTROPHES, plain)
        return Found(sorted(finds, key=lambda find: find.start))


def _disguised(string: str, letters: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Go through the words of a text that pass for ASCII: start and end."""
    done = 0
    for index in positions(string, letters):
        if index < done:
            continue
        start, done = _bounds(string, index, done)
        if done - start <= _LONGEST_WORD and words.disguised(string[start:done]):
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


def _word(string: str, start: int, end: int) -> Find:
    word = string[start:end]
    table = kinds.lookalikes()
    indexes = words.disguised(word)
    symbols = "".join(word[index] for index in indexes)
    plain = "".join(table.get(char, char) for char in word)
    return Find(
        start + indexes[0],
        start + indexes[-1] + 1,
        counted(symbols),
        f"A reader sees {plain[:40]!r}; {len(symbols)} of its characters are of another script.",
        _certainty(word, indexes),
        _innocent(word, indexes),
        symbols,
        tuple((start + index, start + index + 1, table[word[index]]) for index in indexes),
    )


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
