"""What a reader can tell apart: skeletons after UTS #39, code points that show nothing, white space.

Two texts look alike if their skeletons are equal. The skeleton here is the one of UTS #39 (NFD, each character replaced
by its prototype, NFD), taken after default-ignorable code points are removed and white space is folded.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

import msgspec

_REMOVE: Final = None


class _Data(msgspec.Struct):
    default_ignorable: list[tuple[int, int]]
    prototypes: dict[str, str]
    sources: list[dict[str, str]]


@cache
def _data() -> _Data:
    raw = files("wiretell.unicode").joinpath("data/unicode.json").read_bytes()
    return msgspec.json.decode(raw, type=_Data)


@cache
def _removal() -> dict[int, None]:
    return {point: _REMOVE for first, last in _data().default_ignorable for point in range(first, last + 1)}


@cache
def _prototypes() -> dict[int, str]:
    return {ord(source): target for source, target in _data().prototypes.items()}


def versions() -> dict[str, str]:
    """Return the versions of the data: file name -> version of Unicode."""
    return {source["file"]: source["version"] for source in _data().sources}


def is_ignorable(char: str) -> bool:
    """Whether a character is shown as nothing (Default_Ignorable_Code_Point)."""
    return ord(char) in _removal()


def ignorable_characters() -> frozenset[str]:
    """Return every character that is shown as nothing."""
    return frozenset(map(chr, _removal()))


def prototype(char: str) -> str:
    """Return what UTS #39 puts in the place of a character; itself where it has no lookalike."""
    return _prototypes().get(ord(char), char)


def confusables() -> frozenset[str]:
    """Return every character that has a prototype."""
    return frozenset(_data().prototypes)


def without_ignorable(text: str) -> str:
    """Return the text without characters that are shown as nothing."""
    return text if text.isascii() else text.translate(_removal())


def ignorable_in(text: str) -> str:
    """Return the characters of the text that are shown as nothing, in order."""
    return "" if text.isascii() else "".join(char for char in text if is_ignorable(char))


def fold_space(text: str) -> str:
    """Replace each run of white space, of whatever kind, by one space, and none at the ends."""
    return " ".join(text.split())


def space_in(text: str) -> tuple[str, ...]:
    """Return the runs of white space of the text, in order."""
    runs: list[str] = []
    current = ""
    for char in text:
        if char.isspace():
            current += char
        elif current:
            runs.append(current)
            current = ""
    return (*runs, current) if current else tuple(runs)


@lru_cache(maxsize=65536)
def skeleton(text: str) -> str:
    """Return what is left of a text when everything that a reader cannot see is taken away."""
    visible = fold_space(without_ignorable(text))
    spread = unicodedata.normalize("NFD", visible).translate(_prototypes())
    return unicodedata.normalize("NFD", spread)


def unusual(text: str) -> str:
    """Return the characters beyond ASCII, in order: the way in which a text is written, whatever it says."""
    return "" if text.isascii() else "".join(char for char in text if not char.isascii())


def codepoints(text: str) -> tuple[str, ...]:
    """Name each character as `U+0027`."""
    return tuple(f"U+{ord(char):04X}" for char in text)
