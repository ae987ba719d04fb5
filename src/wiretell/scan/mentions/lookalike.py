"""Which literals hold characters that pass for ASCII ones, or are not shown at all (UTS #39, wiretell.unicode)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from wiretell.unicode.characters import codepoints, is_ignorable, skeleton

TABLE_SPAN: Final = 2000
"""Bytes in which a table of characters is looked for."""
TABLE_MEMBERS: Final = 16
"""Literals of one non-ASCII character within `TABLE_SPAN`; with more of them it is a table of entities or letters."""
SHOWN: Final = 60
"""Characters of a long literal that are shown."""


@lru_cache(maxsize=65536)
def is_lookalike(char: str) -> bool:
    """Whether a character beyond ASCII looks like ASCII text, is white space, or is not shown."""
    if char.isascii() or char == "\ufffd":
        return False
    if is_ignorable(char) or char.isspace():
        return True
    shown = skeleton(char)
    return shown != "" and shown.isascii() and shown.isprintable()


@lru_cache(maxsize=4096)
def is_twin(char: str) -> bool:
    """Whether a character passes for just one of ASCII, or for nothing: what a mark is made of (`…` is three)."""
    return is_lookalike(char) and (is_ignorable(char) or char.isspace() or len(skeleton(char)) == 1)


def is_twin_of_punctuation(char: str) -> bool:
    """Whether a character passes for just one of ASCII that is no letter and no digit: `\u2019`, `\u2013`."""
    return is_twin(char) and len(skeleton(char)) == 1 and not skeleton(char).isalnum()


def lookalikes(text: str) -> str:
    """Return the characters of a text that count, each once, in order; nothing where the text is in another script.

    A text counts as one in another script where most of its letters are beyond ASCII: `a` in a Cyrillic word is no
    disguise. A single character always counts.
    """
    found = "".join(dict.fromkeys(char for char in text if is_lookalike(char)))
    if not found or len(text) == 1:
        return found
    beyond = sum(1 for char in text if not char.isascii() and not is_ignorable(char))
    letters = sum(1 for char in text if char.isalpha() and not char.isascii())
    if letters and letters * 2 > sum(1 for char in text if char.isalpha()):
        return ""
    return found if beyond * 2 <= len(text) else ""


def excerpt(text: str) -> str:
    """Return the text, or what stands around its first lookalike where it is long."""
    if len(text) <= SHOWN:
        return text
    at = next((index for index, char in enumerate(text) if is_lookalike(char)), 0)
    start = max(0, at - SHOWN // 2)
    return text[start : start + SHOWN]


def names_of(chars: str) -> tuple[str, ...]:
    """Name the characters as `U+02BC`."""
    return codepoints(chars)


def in_tables(offsets: list[int], most: int = TABLE_MEMBERS) -> list[bool]:
    """Say for each offset, in rising order, whether more than `most` of them stand around it: a table."""
    result = []
    first = last = 0
    for offset in offsets:
        while offsets[first] < offset - TABLE_SPAN // 2:
            first += 1
        while last < len(offsets) and offsets[last] <= offset + TABLE_SPAN // 2:
            last += 1
        result.append(last - first > most)
    return result
