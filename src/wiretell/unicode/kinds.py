"""Characters that a reader does not see or takes for others, by kind, and the properties that make their use ordinary.

Scripts (UAX #24), emoji (UTS #51) and standardised variation sequences are read from files of the Unicode Character
Database, default-ignorable characters and confusables from those of `characters`; `versions` states which.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

import msgspec

from wiretell.unicode.characters import confusables, ignorable_characters, prototype

_Ranges = list[tuple[int, int]]

TAGS: Final = frozenset(map(chr, range(0xE0000, 0xE0080)))
"""Tag characters (UTS #51, section 1.4.9): U+E0020..U+E007E stand for ASCII, U+E007F ends a sequence."""
MONGOLIAN_SELECTORS: Final = frozenset("\u180b\u180c\u180d\u180f")
SELECTORS: Final = frozenset(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])) | MONGOLIAN_SELECTORS
"""Variation selectors 1 to 256 (Unicode, section 23.4), and the Mongolian ones."""
EMBEDDINGS: Final = frozenset("\u202a\u202b\u202d\u202e")
ISOLATES: Final = frozenset("\u2066\u2067\u2068")
BIDI_MARKS: Final = frozenset("\u200e\u200f\u061c")
BIDI: Final = EMBEDDINGS | ISOLATES | BIDI_MARKS | frozenset("\u202c\u2069")
"""Controls of direction (UAX #9, table 1)."""
SPACES: Final = frozenset(
    "\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u2800\u3000"
)
"""Blank characters beyond ASCII (White_Space), and the empty Braille pattern, which is as blank."""
APOSTROPHES: Final = frozenset(
    "\u02bb\u02bc\u02b9\u02c8\u02ca\u02cb\u02bd\u2018\u201b\u2032\u00b4\u055a\uff07\ua78c\u02bf\u02be"
)
"""Taken for an apostrophe between letters. U+2019 is not among them: it is the apostrophe of typography."""
SIGNS: Final = MappingProxyType(
    {
        **dict.fromkeys("\u2010\u2011\u2043\u02d7\ufe63\uff0d", "-"),
        **dict.fromkeys("\u2044\u2215\u29f8\u2571\uff0f", "/"),
        **dict.fromkeys("\u2236\ua789", ":"),
        "\u037e": ";",
        "\u2024": ".",
    }
)
"""Signs that look like one of ASCII -> that one (UTS #39, NFKC). Longer dashes are seen to be so."""
_NATIVE: Final = MappingProxyType({"Cyrillic": range(0x400, 0x460), "Greek": range(0x386, 0x3CF)})
"""Scripts that share the shapes of many letters with Latin, and where their letters of today are."""
NOT_ALIKE: Final = "brw"
"""Latin letters that U+042C, U+0433 and U+0448 look like in few fonts."""
_ANNOTATION: Final = frozenset("\ufff9\ufffa\ufffb")
_COMPATIBLE: Final = frozenset(map(chr, [*range(0x2100, 0x2150), *range(0x1D400, 0x1D800), *range(0xFF00, 0xFF60)]))
"""Blocks of letters and digits that differ from ASCII in style or width alone; U+1FBF0 and on are confusables."""
_COMPOSED: Final = (range(0xC0, 0x2C00), range(0x3040, 0x3100), range(0x11080, 0x11940))
"""Where the letters are that NFC composes; of Hangul, the parts are known."""
_RIGHT_TO_LEFT: Final = frozenset(("R", "AL"))
EAST_ASIAN: Final = frozenset(("Han", "Hiragana", "Katakana", "Hangul", "Bopomofo", "Yi", "Nushu", "Tangut"))
WITHOUT_SPACES: Final = frozenset(("Thai", "Lao", "Khmer", "Myanmar", "Tai_Le", "New_Tai_Lue", "Tai_Tham", "Javanese"))
"""Scripts in which U+200B shows where a line may be broken; UAX #14."""
_JOINING: Final = (
    "Arabic Syriac Mandaic Nko Mongolian Phags_Pa Adlam Hanifi_Rohingya Manichaean Sogdian Psalter_Pahlavi Devanagari "
    "Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala Khmer Myanmar Tibetan Balinese Javanese "
    "Sundanese Limbu Lepcha Chakma Grantha Newa Tirhuta Siddham Khojki Sharada Brahmi Kaithi Tai_Tham Cham Batak"
)
JOINING: Final = frozenset(_JOINING.split())
"""Scripts in which joiners choose the shape of letters (Unicode, section 23.2; RFC 5892, appendix A)."""


class _Kinds(msgspec.Struct):
    scripts: dict[str, _Ranges]
    emoji: dict[str, _Ranges]
    variants: list[tuple[int, int]]
    sources: list[dict[str, str]]


@cache
def _data() -> _Kinds:
    raw = files("wiretell.unicode").joinpath("data/kinds.json").read_bytes()
    return msgspec.json.decode(raw, type=_Kinds)


@cache
def _script_ranges() -> tuple[list[int], list[tuple[int, str]]]:
    rows = sorted((first, last, name) for name, ranges in _data().scripts.items() for first, last in ranges)
    return [first for first, _, _ in rows], [(last, name) for _, last, name in rows]


@cache
def _emoji() -> frozenset[str]:
    points = (point for ranges in _data().emoji.values() for first, last in ranges for point in range(first, last + 1))
    return frozenset(map(chr, points))


@cache
def _variants() -> frozenset[str]:
    return frozenset(chr(base) + chr(selector) for base, selector in _data().variants)


def versions() -> dict[str, str]:
    """Return the versions of the data: file name -> version."""
    return {source["file"]: source["version"] for source in _data().sources}


@lru_cache(maxsize=65536)
def script(char: str) -> str:
    """Return the script of a character (UAX #24): `Latin`, `Common`, `Inherited`; `Unknown` where it has none."""
    firsts, rows = _script_ranges()
    at = bisect_right(firsts, ord(char)) - 1
    if at < 0 or ord(char) > rows[at][0]:
        return "Unknown"
    return rows[at][1]


def is_emoji(char: str) -> bool:
    """Whether a character is or can be an emoji (Emoji or Extended_Pictographic). ASCII digits, `#` and `*` can."""
    return char in _emoji()


def is_variant(base: str, selector: str) -> bool:
    """Whether Unicode defines this variation sequence. Ideographic ones (UTS #37): whether the base is Han."""
    if selector >= "\U000e0100":
        return script(base) == "Han"
    return base + selector in _variants()


def is_right_to_left(char: str) -> bool:
    """Whether a character is a letter that is written from right to left (Bidi_Class R or AL)."""
    return unicodedata.bidirectional(char) in _RIGHT_TO_LEFT and char not in BIDI_MARKS


@cache
def invisible() -> frozenset[str]:
    """Return the characters that show nothing and are neither tags, selectors nor controls of direction."""
    return (ignorable_characters() | _ANNOTATION) - TAGS - SELECTORS - BIDI


def _looks_ascii(char: str) -> str:
    """The one ASCII letter or digit that a letter or digit of another script looks like; empty where there is none."""
    kind = unicodedata.category(char)
    if char.isascii() or kind not in ("Lu", "Ll", "Lo", "Lt", "Nd"):
        return ""
    if unicodedata.decomposition(char).startswith(("<wide>", "<font>")):
        compatible = unicodedata.normalize("NFKC", char)
        return compatible if len(compatible) == 1 and compatible.isascii() else ""
    target = prototype(char)
    if len(target) != 1 or not target.isascii() or not target.isalnum():
        return ""
    if script(char) in EAST_ASIAN | {"Latin"} or is_right_to_left(char):
        return ""
    if kind == "Nd":
        return str(unicodedata.digit(char))
    return target.replace("l", "I") if char.isupper() else target


@cache
def lookalikes() -> dict[str, str]:
    """Return the letters and digits beyond ASCII that look like one of ASCII -> that one (UTS #39, else NFKC).

    Letters of Latin itself, of scripts of East Asia and of those from right to left are not among them.
    """
    return {char: target for char in sorted(confusables() | _COMPATIBLE) if (target := _looks_ascii(char))}


@cache
def natives() -> dict[str, dict[str, str]]:
    """Return, for each script whose letters Latin ones pass for: ASCII letter -> the letter that it passes for."""
    found: dict[str, dict[str, str]] = {name: {} for name in _NATIVE}
    for name, points in _NATIVE.items():
        for char in map(chr, points):
            target = lookalikes().get(char, "")
            if target.isalpha() and target not in NOT_ALIKE:
                found[name].setdefault(target, char)
    return found


@cache
def native_letters() -> frozenset[str]:
    """Return the letters of those scripts, those that look like no ASCII letter among them."""
    chars = (chr(point) for points in _NATIVE.values() for point in points)
    return frozenset(char for char in chars if char.isalpha())


@cache
def combining() -> frozenset[str]:
    """Return the characters that NFC joins with the character before them (UAX #15)."""
    found = set(map(chr, [*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)]))
    for point in (point for blocks in _COMPOSED for point in blocks):
        parts = unicodedata.decomposition(chr(point)).split()
        if len(parts) == 2 and not parts[0].startswith("<") and _composes(point):
            found.add(chr(int(parts[1], 16)))
    return frozenset(found)


def _composes(point: int) -> bool:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", chr(point))) == chr(point)
