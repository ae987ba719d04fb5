r"""Writing into JSON strings without writing them anew: cutting out a middle, and spelling what stands in instead.

What is put in is spelled as the string around it: in UTF-8 where that holds bytes beyond ASCII, else with `\u` escapes,
which a body that is ASCII throughout keeps. It depends on nothing but the string, so that every turn spells it alike.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Final

from wiretell.marks.escapes import Unescaped, unescaped

_LONGEST: Final = 12
r"""Bytes that spell one character: `\ud83d\ude00`."""
_MORE: Final = 64
"""Bytes looked at beyond as many as characters are asked for; where that is too few, twice as many, and so on."""
_SAFE: Final = re.compile(rb"(?<=[^\\][^\\][^\\][^\\][^\\][^\\])[^\x80-\xbf]")
"""A byte that begins a character for sure: no escape can reach over six bytes without a backslash."""


def spelled(text: str, around: bytes) -> bytes:
    """Return the content of a JSON string that says `text`, spelled as the string `around` it is."""
    return json.dumps(text, ensure_ascii=around.isascii())[1:-1].encode("utf-8", "surrogatepass")


def characters(content: bytes) -> str:
    """Return what the content of a JSON string says; broken bytes as U+DC80..U+DCFF."""
    return _text(unescaped(content))


def middle(content: bytes, head: int, tail: int) -> tuple[int, int]:
    """Return where the content of a JSON string is left with `head` characters before and `tail` behind, in bytes.

    Looks only at both ends, whatever stands between. The content has more characters than both together.
    """
    return _after_first(content, head), _before_last(content, tail)


def _after_first(content: bytes, count: int) -> int:
    reach = count + _MORE
    while reach < len(content):
        window = Unescaped(content[:reach])
        said = _text(window.data)
        if len(said) >= count + _LONGEST:  # where the window cut an escape, its last bytes say something else
            return window.before(_size(said[:count]))
        reach *= 2
    return _skipped(content, 0, lambda size: min(size, count))


def _before_last(content: bytes, count: int) -> int:
    reach = count + _MORE
    while reach < len(content):
        found = _SAFE.search(content, len(content) - reach, len(content) - reach + 4 * _LONGEST)
        if found is not None and len(characters(content[found.start() :])) > count:
            return _skipped(content, found.start(), lambda size: size - count)
        reach *= 2
    return _skipped(content, 0, lambda size: size - count)


def _skipped(content: bytes, start: int, skipped: Callable[[int], int]) -> int:
    """Return where in a content so many characters from `start` have passed; `skipped` is told how many follow."""
    window = Unescaped(content[start:])
    said = _text(window.data)
    return start + window.before(_size(said[: skipped(len(said))]))


def _text(said: bytes) -> str:
    try:
        return said.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return said.decode("utf-8", "surrogateescape")


def _size(text: str) -> int:
    """Bytes of a text as `unescaped` returns it: of half surrogates three, of broken bytes one."""
    try:
        return len(text.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        return len(text.encode("utf-8", "surrogatepass"))


def offsets(content: bytes, indexes: list[int]) -> list[int]:
    """Return where rising indexes of what a content says stand in it, in bytes."""
    window = Unescaped(content)
    said = _text(window.data)
    return [window.before(_size(said[:index])) for index in indexes]
