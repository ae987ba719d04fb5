r"""Ordinary uses told by the bytes beside a character, raw or escaped (`\u26a0\ufe0f`): nothing more is decoded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Final

from wiretell.marks import ordinary
from wiretell.unicode import kinds

_ESCAPE_SIZE: Final = 6
_MOST_BLANKS: Final = 64
_LOW_HALVES: Final = (b"dc", b"dd", b"de", b"df")
_UNKNOWN: Final = "\ufffd"
_AFTER_ESCAPE: Final = "\n"
"""Stands for what a short escape says (`\\n`): a line's end or a sign, but no letter."""
_RULES: Final[Mapping[str, Callable[[str, str, str], str]]] = {
    "selectors": ordinary.selector,
    "invisible": ordinary.joiner,
    "spaces": ordinary.space,
    "lookalike": ordinary.passing,
}
"""Kind -> the rule of its characters; of invisible ones, the rule for joiners."""


def use(kind: str, data: bytes, start: int, end: int, char: str) -> str:
    """Name the ordinary use of a character that stands at data[start:end]; empty where it has none, or none is sure."""
    after = data[end : end + 1]
    if kind != "spaces" and b"" < after < b"\x80" and after != b"\\" and start > 3 and data[start - 1] >= 0x80:
        return _use(kind, data[start - 4 : start], char, after)  # of most emoji; the cache makes it quick
    if kind == "spaces":
        left, right = _left(data, start), _right(data, end)
    else:
        left, right = _spelled_before(data, start), _spelled_after(data, end)
    if data[start] >= 0x80 and b"\\u" in (left[:2], right[:2]):
        return ""  # outside of JSON's strings, an escape is none
    return _use(kind, left, char, right)


@lru_cache(maxsize=65536)
def _use(kind: str, before_bytes: bytes, char: str, after_bytes: bytes) -> str:
    before, after = _last(before_bytes), _first(after_bytes)
    if kind == "spaces" and (after in ("", "\\", '"') or before in ("", _AFTER_ESCAPE, '"')):
        return ""  # an escape or the end of a string: to be seen when it is read
    if before == "\\" or after == "\\":
        return ""  # of an escape that JSON does not know, only the character is left
    if kind == "invisible" and {before, after} & kinds.invisible():
        return ""
    return _RULES[kind](before, char, after)


def _left(data: bytes, at: int) -> bytes:
    """Return the bytes that spell the character before the run of blanks beyond ASCII that may end at an offset.

    Of one in ASCII, with the backslash before it, if there is one. Empty behind a run that is too long.
    """
    for _ in range(_MOST_BLANKS):
        spelled = _spelled_before(data, at)
        if _last(spelled) not in kinds.SPACES:
            return spelled
        at -= _ESCAPE_SIZE if spelled.isascii() else len(_last(spelled).encode())
    return b""


def _spelled_before(data: bytes, at: int) -> bytes:
    if at > 0 and data[at - 1] >= 0x80:
        return data[max(0, at - 4) : at]
    if at >= _ESCAPE_SIZE and data[at - _ESCAPE_SIZE : at - 4] == b"\\u":
        first = max(0, at - 2 * _ESCAPE_SIZE)
        is_pair = data[at - 4 : at - 2].lower() in _LOW_HALVES and data[first : first + 2] == b"\\u"
        return data[first:at] if is_pair else data[at - _ESCAPE_SIZE : at]
    return data[at - 2 : at] if at > 1 and data[at - 2] == 0x5C else data[max(0, at - 1) : at]


def _right(data: bytes, at: int) -> bytes:
    """Return the bytes that spell the character behind the run of blanks beyond ASCII that may begin at an offset."""
    for _ in range(_MOST_BLANKS):
        spelled = _spelled_after(data, at)
        if _first(spelled) not in kinds.SPACES:
            return spelled
        at += _ESCAPE_SIZE if spelled.isascii() else len(spelled)
    return b""


def _spelled_after(data: bytes, at: int) -> bytes:
    if data[at : at + 2] == b"\\u":
        return data[at : at + 2 * _ESCAPE_SIZE]
    first = data[at : at + 1]
    return data[at : at + (1 if first < b"\xc0" else 2 if first < b"\xe0" else 3 if first < b"\xf0" else 4)]


@lru_cache(maxsize=65536)
def _last(spelled: bytes) -> str:
    """Return the character that some bytes end with."""
    if spelled.isascii() and len(spelled) >= _ESCAPE_SIZE:
        return _unescaped(spelled)[-1:] or _UNKNOWN
    if len(spelled) == 2 and spelled[:1] == b"\\":
        return _AFTER_ESCAPE
    return spelled.decode("utf-8", "replace")[-1:]


@lru_cache(maxsize=65536)
def _first(spelled: bytes) -> str:
    """Return the character that some bytes begin with."""
    if spelled[:2] == b"\\u":
        return _unescaped(spelled)[:1] or _UNKNOWN
    return spelled.decode("utf-8", "replace")[:1]


def _unescaped(spelled: bytes) -> str:
    said = spelled.decode("raw_unicode_escape", "replace")
    return said.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@cache
def judged(kind: str) -> frozenset[str]:
    """Return the characters of a kind that have a rule of their neighbours; the others are to be read."""
    return {
        "selectors": kinds.SELECTORS,
        "invisible": frozenset("\u200b\u200c\u200d"),
        "spaces": kinds.SPACES,
        "lookalike": kinds.APOSTROPHES | frozenset(kinds.SIGNS),
    }.get(kind, frozenset())
