"""Ordinary uses of unusual characters, told by their neighbours: the rules that candidates and detectors share.

Each rule is given the character before and the one after (empty at the ends of a text) and returns the name of the
ordinary use, as it is counted in `Reading.ordinary`, or "" where none fits.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from wiretell.unicode import kinds

KEYCAP: Final = "\u20e3"
JOINER: Final = "\u200d"
GREEK_QUESTION: Final = "\u037e"
_HYPHENS: Final = frozenset("\u2010\u2011")
_MODIFIERS: Final = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
_EMOJI_ENDS: Final = _MODIFIERS | {"\ufe0f", KEYCAP, "\U000e007f"}
_NO_BREAK: Final = frozenset("\u00a0\u202f\u2007")
_THIN: Final = frozenset("\u00a0\u202f\u2009\u200a\u2006\u2005\u2007\u2008")
_FRENCH_AFTER: Final = frozenset(":;!?%»›€$°§&)”")
_FRENCH_BEFORE: Final = frozenset("«‹§№#(“&")
_DASHES: Final = frozenset("-–—‐‑‒―−…/|+=×÷±·•→←<>≤≥≈~*^°′″‘’“”«»")
_DRAWING: Final = range(0x2190, 0x2C00)
"""Arrows, mathematical operators, technical signs, box drawing, blocks, shapes, dingbats."""


def selector(before: str, char: str, after: str) -> str:
    """A variation selector that chooses a form of the character before it (UTS #51, Unicode 23.4, UTS #37)."""
    if not before or before in kinds.SELECTORS or (after in kinds.SELECTORS and after):
        return ""
    if char in kinds.MONGOLIAN_SELECTORS:
        return "variation sequence" if kinds.script(before) in ("Mongolian", "Phags_Pa") else ""
    if before.isascii():
        return "selector in a keycap" if char == "\ufe0f" and after == KEYCAP and before in "0123456789#*" else ""
    if char in "\ufe0e\ufe0f" and kinds.is_emoji(before):
        return "selector after an emoji"
    return "variation sequence" if kinds.is_variant(before, char) else ""


def joiner(before: str, char: str, after: str) -> str:
    """A single U+200C, U+200D or U+200B that does what it is for (UTS #51; RFC 5892, appendix A; UAX #14)."""
    if char == JOINER and _ends_emoji(before) and after and not after.isascii() and kinds.is_emoji(after):
        return "joiner in an emoji"
    if char in "\u200c\u200d" and before and kinds.script(_letter(before)) in kinds.JOINING:
        return "joiner between letters that join"
    if char == "\u200b" and (_breaks(before) or _breaks(after)):
        return "line-break opportunity in a script without spaces"
    return ""


def _ends_emoji(char: str) -> bool:
    return bool(char) and not char.isascii() and (char in _EMOJI_ENDS or kinds.is_emoji(char))


def _letter(char: str) -> str:
    return char[-1:]


def _breaks(char: str) -> bool:
    return bool(char) and kinds.script(char) in kinds.WITHOUT_SPACES


def space(before: str, char: str, after: str) -> str:
    """A blank beyond ASCII where typography, East Asian writing or a drawing puts one.

    `before` and `after` are the characters around the whole run of such blanks.
    """
    if char == "\u2800":
        return "empty Braille pattern beside Braille" if "Braille" in _scripts(before, after) else ""
    if char == "\u1680":
        return "Ogham space" if "Ogham" in _scripts(before, after) else ""
    if char == "\u3000":
        return "ideographic space" if _wide(before) or _wide(after) or before in ("", "\n") else ""
    if char in "\u2028\u2029\u0085":
        return ""
    return _space_of_typography(before, char, after)


def _space_of_typography(before: str, char: str, after: str) -> str:
    if _drawn(before) or _drawn(after):
        return "space in a drawing or beside a sign"
    if char in _THIN and (before.isnumeric() or after.isnumeric()):
        return "space beside a number"
    if char in _THIN and ((after in _FRENCH_AFTER and after) or (before in _FRENCH_BEFORE and before)):
        return "space beside punctuation"
    if char in _THIN and ((before in _DASHES and before) or (after in _DASHES and after)):
        return "space beside a dash or quotation mark"
    if char in _NO_BREAK and (not before or not after or before.isspace() or after.isspace()):
        return "no-break space beside another space"
    if char in _NO_BREAK and not (before.isascii() and after.isascii()):
        return "no-break space beside a letter beyond ASCII"
    return ""


def _drawn(char: str) -> bool:
    return bool(char) and (ord(char) in _DRAWING or (kinds.is_emoji(char) and not char.isascii()) or char == "\ufe0f")


def _wide(char: str) -> bool:
    return (bool(char) and unicodedata.east_asian_width(char) in ("W", "F")) or char in ("、", "。")


def _scripts(*chars: str) -> set[str]:
    return {kinds.script(char) for char in chars if char}


def passing(before: str, char: str, after: str) -> str:
    """A mark or sign that could pass for one of ASCII, where it does not, or where writing has a use for it."""
    return sign(before, char, after) if char in kinds.SIGNS else apostrophe(before, char, after)


def apostrophe(before: str, char: str, after: str) -> str:
    """Something like an apostrophe that does not stand between two ASCII letters, or is a letter of an orthography."""
    if not (_ascii_letter(before) and _ascii_letter(after)):
        return "mark like an apostrophe outside an English word"
    return "letter 'okina" if char == "\u02bb" else ""


def sign(before: str, char: str, after: str) -> str:
    """A sign that is not between ASCII letters or digits, or a hyphen of typography. Between digits none is sure."""
    if char == GREEK_QUESTION:
        return "" if before.isascii() and before and not before.isspace() else "question mark of Greek"
    if not (_ascii_alnum(before) and _ascii_alnum(after)):
        return "sign that is not between letters"
    if char in _HYPHENS and not (before.isdigit() and after.isdigit()):
        return "hyphen of typography"
    return ""


def _ascii_alnum(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _ascii_letter(char: str) -> bool:
    return char.isascii() and char.isalpha()
