"""Tag characters, U+E0000 to U+E007F: ASCII that shows nothing (UTS #51, section 1.4.9 and annex C)."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from wiretell.marks.detectors.text import Find, Found, TextDetector, around, counted, positions, runs
from wiretell.model.marks import Certainty

_BASE: Final = 0xE0000
_FLAG: Final = "\U0001f3f4"
_END: Final = "\U000e007f"
_GENERAL_USE: Final = frozenset(("gbeng", "gbsct", "gbwls"))
"""England, Scotland, Wales: the flags that Unicode recommends for general interchange (RGI)."""
_SUBDIVISION: Final = re.compile(r"[a-z]{2}[a-z0-9]{1,3}")
_INNOCENT: Final = (
    "Pages and test data about such characters hold them on purpose.",
    "Until Unicode 5.1 they told the language of a text (U+E0001); hardly anything ever wrote them.",
)
_MANY_SHOWN: Final = 8


class Tags(TextDetector):
    """Finds runs of tag characters and tells what they spell."""

    name: ClassVar[str] = "tags"
    title: ClassVar[str] = "tag characters, which spell ASCII and show nothing"

    def look(self, string: str, chars: frozenset[str]) -> Found:
        """Find runs that are not part of a flag."""
        found = Found()
        for start, end in runs(positions(string, chars)):
            spelled = _spelled(string[start:end])
            in_flag = around(string, start, end)[0] == _FLAG and string[start:end].find(_END) == end - start - 1
            if in_flag and spelled in _GENERAL_USE:
                found.ordinary["flag of a subdivision"] += 1
            else:
                is_flag = in_flag and _SUBDIVISION.fullmatch(spelled) is not None
                found.finds.append(_find(start, string[start:end], spelled, is_flag))
        return found


def _spelled(symbols: str) -> str:
    """Return the ASCII that tags stand for; those that stand for no character are left out."""
    return "".join(chr(ord(char) - _BASE) for char in symbols if 0x20 <= ord(char) - _BASE < 0x7F)


def _find(start: int, symbols: str, spelled: str, is_flag: bool) -> Find:
    meaning = (
        f"A reader does not see the tag characters, which spell {spelled!r}."
        if spelled
        else ("A reader does not see the tag characters; they spell nothing.")
    )
    return Find(
        start,
        start + len(symbols),
        _state(symbols),
        meaning,
        Certainty.POSSIBLE if is_flag else Certainty.LIKELY,  # certain nowhere: nobody is known to write in one place
        ("A flag of a region that few fonts show.", *_INNOCENT) if is_flag else _INNOCENT,
        symbols,
        ((start, start + len(symbols), ""),),
        spelled,
    )


def _state(symbols: str) -> str:
    return counted(symbols) if len(set(symbols)) <= _MANY_SHOWN else f"{len(symbols)} tags"
