"""Words in which a character of another script passes for ASCII: the rule, and a quick look over bytes for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

from wiretell.unicode import kinds

_NO_LETTERS: Final = "".join(sorted(kinds.APOSTROPHES))
WORD: Final = re.compile(rf"[^\W_{_NO_LETTERS}]+")
"""A run of letters and digits; marks like an apostrophe end it."""
_ALNUM: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_WORD_BYTES: Final = _ALNUM + bytes(range(0x80, 0x100))
_REACH: Final = 96
"""Bytes to each side of a border between scripts within which a word must end to be judged where it stands."""
_MATH_LETTERS: Final = 2
"""A Greek or styled letter beside so few ASCII letters is a formula: `ρv`, `𝑓x`."""
_CLASSES: Final = bytes(
    0x61 if byte in _ALNUM else 0x20 if byte < 0x80 else 0x80 if byte < 0xC0 else byte for byte in range(256)
)
"""ASCII letters and digits as `a`, other ASCII as a space, continuation bytes as 0x80, leading bytes as they are."""


@lru_cache(maxsize=65536)
def disguised(word: str) -> tuple[int, ...]:
    """Return the indexes of the characters of a word that pass for ASCII, empty for an ordinary word.

    The word has ASCII letters or digits; all its other letters are Latin, or look like ASCII (UTS #39), and one of
    those touches an ASCII one. Greek and styled letters beside one or two letters, or beside digits, are a formula.
    """
    if word.isascii():
        return ()
    table = kinds.lookalikes()
    found = tuple(index for index, char in enumerate(word) if char in table)
    if not found or not _touches(word, table) or _is_open(word, table) or _is_formula(word, table):
        return ()
    return found


def _touches(word: str, table: dict[str, str]) -> bool:
    return any((a.isascii() and b in table) or (b.isascii() and a in table) for a, b in pairwise(word))


def _is_open(word: str, table: dict[str, str]) -> bool:
    """Whether a reader sees letters that are neither Latin nor like it."""
    return any(
        char not in table and not char.isascii() and kinds.script(char) not in ("Latin", "Inherited") for char in word
    )


def _is_formula(word: str, table: dict[str, str]) -> bool:
    foreign = [char for char in word if char in table]
    plain = [char for char in word if char.isascii()]
    formal = all(kinds.script(char) in ("Greek", "Common") and not _is_wide(char) for char in foreign)
    return formal and (len(plain) <= _MATH_LETTERS or all(char.isdigit() for char in plain))


def _is_wide(char: str) -> bool:
    return "\uff00" <= char <= "\uff5e"


def all_ordinary(view: bytes, chars: frozenset[str]) -> bool:
    """Whether no word of a text in UTF-8, in which backslashes may begin escapes, can hold any of some characters
    in disguise. False where it cannot be told from the bytes beside them."""
    marks, letters = chars & kinds.APOSTROPHES, chars - kinds.APOSTROPHES
    if any(_between_letters(char).search(view) for char in marks):
        return False
    return not letters or all(_is_ordinary(view, at) for at in _borders(view, letters))


@cache
def _between_letters(char: str) -> re.Pattern[bytes]:
    form = char.encode()
    return re.compile(rb"%b(?=[A-Za-z])(?<=[A-Za-z]%b)" % (form, form))


def _borders(view: bytes, letters: frozenset[str]) -> Iterator[int]:
    """Go through the places where one of some letters follows or precedes an ASCII letter or digit."""
    forms = {char.encode() for char in letters}
    classes = view.translate(_CLASSES)
    for lead in {form[:1] for form in forms}:
        for at in _each(classes, b"a" + lead):
            if view[at + 1 : at + 1 + _size(lead)] in forms:
                yield at + 1
    sizes = {len(form) for form in forms}
    for at in _each(classes, b"\x80a"):
        if any(view[at + 1 - size : at + 1] in forms for size in sizes):
            yield at + 1


def _size(lead: bytes) -> int:
    return 2 if lead < b"\xe0" else 3 if lead < b"\xf0" else 4


def _each(data: bytes, needle: bytes) -> Iterator[int]:
    at = data.find(needle)
    while at >= 0:
        yield at
        at = data.find(needle, at + 1)


def _is_ordinary(view: bytes, at: int) -> bool:
    left, right = view[max(0, at - _REACH) : at], view[at : at + _REACH]
    start = len(left.rstrip(_WORD_BYTES))
    word = left[start:] + right[: len(right) - len(right.lstrip(_WORD_BYTES))]
    if len(word) >= _REACH:
        return False
    after_escape = left[start - 1 : start] == b"\\" if start else False
    return _judged(word) and not (after_escape and not _judged(word[1:]))


@lru_cache(maxsize=65536)
def _judged(spelled: bytes) -> bool:
    """Whether none of the words in a run of bytes is in disguise."""
    return not any(disguised(word) for word in WORD.findall(spelled.decode("utf-8", "surrogateescape")))
