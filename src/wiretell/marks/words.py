"""Words in which letters of one script pass for those of another, and a quick look over bytes for them.

Two rules: letters and digits of another script that pass for ASCII (`disguised`), and Latin letters that pass for those
of Cyrillic or Greek (`strangers`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from wiretell.marks import ordinary
from wiretell.unicode import kinds

_NO_LETTERS: Final = "".join(sorted(kinds.APOSTROPHES))
WORD: Final = re.compile(rf"[^\W_{_NO_LETTERS}]+")
"""A run of letters and digits; marks like an apostrophe end it."""
_ALNUM: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_WORD_BYTES: Final = _ALNUM + bytes(range(0x80, 0x100))
_REMEMBERED: Final = 256
"""Characters of a word about which is remembered what it is; longer ones are looked at each time."""
_UNIT_SIZE: Final = 5
"""Of the `u2014` in an escape."""
_ODD_ESCAPE: Final = re.compile(
    rb"\\(?:(?<=[\x80-\xff]\\)[0-9A-Zacdeg-mo-qsv-z]|(?<=[0-9A-Za-z\x80-\xff]\\)[\x80-\xff])"
)
_REACH: Final = 96
"""Bytes to each side of a border between scripts within which a word must end to be judged where it stands."""
_MATH_LETTERS: Final = 2
"""A Greek or styled letter beside so few ASCII letters is a formula: `ρv`, `𝑓x`."""
_CLASSES: Final = bytes(
    0x61 if byte in _ALNUM else 0x20 if byte < 0x80 else 0x80 if byte < 0xC0 else byte for byte in range(256)
)
"""ASCII letters and digits as `a`, other ASCII as a space, continuation bytes as 0x80, leading bytes as they are."""


def disguised(word: str) -> tuple[int, ...]:
    """Return the indexes of the characters of a word that pass for ASCII, empty for an ordinary word.

    The word has ASCII letters or digits; all its other letters are Latin, or look like ASCII (UTS #39), and one of
    those touches an ASCII one. Greek and styled letters beside one or two letters, or beside digits, are a formula.
    """
    if word.isascii():
        return ()
    return _disguised(word) if len(word) <= _REMEMBERED else _disguised.__wrapped__(word)


@lru_cache(maxsize=16384)
def _disguised(word: str) -> tuple[int, ...]:
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


_LATIN_RUN: Final = re.compile("[A-Za-z]+")
_PART: Final = re.compile(r"[^\W\d_]+")
"""A run of letters; digits part those of a word in Cyrillic or Greek from others."""
_LEAST_NATIVE: Final = MappingProxyType({"Cyrillic": 1, "Greek": 3})
"""Letters of its script that such a word has; fewer Greek ones beside Latin ones are a formula: `Δx`, `μs`."""
_FOREIGN_HEAD: Final = 2
"""So many Latin letters before others are a foreign word with an ending: `exeшник`, `PCы`."""
_FOREIGN_TAIL: Final = 4
_VOWELS: Final = "aeoi"
"""Of words of two letters, those that are no formula or unit: `нo`, but `дx`."""


def strangers(word: str) -> tuple[tuple[int, str], ...]:
    """Return the indexes of the Latin letters that pass for letters of a word's own script, Cyrillic or Greek, and
    those letters.

    The word has a letter of its own that is not like an ASCII one, and no Latin letter that is not like one of its own.
    Left alone are foreign words with an ending, names in which a capital begins another word, and formulas.
    """
    if word.isascii():
        return ()
    return _strangers(word) if len(word) <= _REMEMBERED else _strangers.__wrapped__(word)


@lru_cache(maxsize=16384)
def _strangers(word: str) -> tuple[tuple[int, str], ...]:
    parts = _PART.finditer(word)
    return tuple(
        (part.start() + index, plain) for part in parts for index, plain in _in_part(part[0], _script_of(part[0]))
    )


def _script_of(part: str) -> str:
    """Return the script of a run of letters, Latin ones aside; empty where there are several, or it is another."""
    scripts = {kinds.script(char) for char in part if not char.isascii()} - {"Inherited"}
    script = scripts.pop() if len(scripts) == 1 else ""
    return script if script in kinds.natives() else ""


def _in_part(part: str, script: str) -> Iterator[tuple[int, str]]:
    latin = [char for char in part if char.isascii()]
    if not script or not latin or len(part) - len(latin) < _LEAST_NATIVE[script]:
        return
    table = kinds.natives()[script]
    if not any(_is_own(char) for char in part) or not table.keys() >= set(latin):
        return
    in_capitals = part.isupper()
    for run in _LATIN_RUN.finditer(part):
        if not _is_apart(part, *run.span(), in_capitals):
            yield from ((index, table[part[index]]) for index in range(*run.span()))


def _is_own(char: str) -> bool:
    """Whether a reader takes a letter for one of another script than Latin."""
    target = kinds.lookalikes().get(char, "")
    return not char.isascii() and (target.isdigit() or target in kinds.NOT_ALIKE)  # "" is in it


def is_native(word: str) -> bool:
    """Whether a word that could be `disguised` is rather one of another script, all of whose Latin letters pass."""
    found, letters = strangers(word), sum(map(str.isalpha, word))
    return 0 < len(found) < letters / 2 and len(found) == sum(char.isascii() and char.isalpha() for char in word)


def _is_apart(part: str, start: int, end: int, in_capitals: bool) -> bool:
    """Whether a run of Latin letters is a word or name of its own beside one in another script."""
    before, run, after = part[start - 1 : start] if start else "", part[start:end], part[end : end + 1]
    if len(part) == 2 and run not in _VOWELS:
        return True
    if not before and (len(run) >= _FOREIGN_HEAD or (run.islower() and after.isupper())):
        return True
    if not after and len(run) >= _FOREIGN_TAIL:
        return True
    is_name = run[0].isupper() and before.islower()
    return is_name or (len(run) > 1 and run.isupper() and not in_capitals)


def all_ordinary(view: bytes, chars: frozenset[str]) -> bool:
    """Whether no word of a text in UTF-8, in which backslashes may begin escapes, can hold any of some letters
    in disguise. False where it cannot be told from the bytes beside them."""
    return next(unordinary(view, chars), None) is None and not has_odd_escapes(view)


def unordinary(view: bytes, letters: frozenset[str]) -> Iterator[int]:
    """Go through the borders of some letters with ASCII in whose words they may be in disguise; in any order."""
    return (at for at in _borders(view, letters) if not _is_ordinary(view, at))


def borders(string: str, letters: frozenset[str]) -> Iterator[int]:
    """Go through the rising indexes at which one of some letters follows or precedes an ASCII letter or digit."""
    view = string.encode("utf-8", "surrogateescape")
    index = done = 0
    for at in sorted(_borders(view, letters)):
        index += len(view[done:at].decode("utf-8", "surrogateescape"))
        done = at
        yield index


def has_odd_escapes(view: bytes) -> bool:
    """Whether a backslash that begins no escape of JSON stands in a word: reading JSON takes it out."""
    return _ODD_ESCAPE.search(view) is not None


def could_pass(view: bytes, char: str, at: int) -> bool:
    """Whether an apostrophe or another sign that stands at an offset may pass for one of ASCII; beside a backslash
    that cannot be told."""
    end = at + len(char.encode())
    beside_escape = view[end : end + 1] == b"\\" or view[max(0, at - 2) : at].endswith(b"\\")
    return beside_escape or _could_pass(char).match(view, at) is not None


@cache
def _could_pass(char: str) -> re.Pattern[bytes]:
    """Find a mark between letters, a sign between letters or digits."""
    form = char.encode()
    if char == ordinary.GREEK_QUESTION:
        return re.compile(rb"%b(?<=[!-~]%b)" % (form, form))
    beside = b"0-9A-Za-z" if char in kinds.SIGNS else b"A-Za-z"
    return re.compile(rb"%b(?=[%b])(?<=[%b]%b)" % (form, beside, beside, form))


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
    if after_escape and not (_judged(word[1:]) and _judged(word[_UNIT_SIZE:])):
        return False
    return _judged(word)


@lru_cache(maxsize=65536)
def _judged(spelled: bytes) -> bool:
    """Whether none of the words in a run of bytes is in disguise."""
    found = WORD.findall(spelled.decode("utf-8", "surrogateescape"))
    return not any(disguised(word) or strangers(word) for word in found)
