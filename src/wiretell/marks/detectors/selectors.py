"""Variation selectors (Unicode, section 23.4): 256 characters that show nothing, enough for a byte each."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from functools import lru_cache
from typing import ClassVar, Final

from wiretell.marks import ordinary
from wiretell.marks.detectors.spelling import of_bytes
from wiretell.marks.detectors.text import Find, Found, TextDetector, around, counted, positions, runs
from wiretell.model.marks import Certainty
from wiretell.unicode import kinds

_LEAST: Final = 3
"""Characters of a text in bytes, each of them by a selector of its own."""
_MANY_SHOWN: Final = 8
_INNOCENT: Final = (
    "Keyboards and fonts add a selector to a sign that has no such form, or add it twice.",
    "The character that it belonged to was deleted or replaced.",
)


class Selectors(TextDetector):
    """Finds selectors without a base that they belong to, and runs of them."""

    name: ClassVar[str] = "selectors"
    title: ClassVar[str] = "variation selectors that select nothing"

    def look(self, string: str, chars: frozenset[str]) -> Found:
        """Find selectors that select nothing; in a run, the first may belong to the character before it."""
        found = Found()
        for start, end in runs(positions(string, chars)):
            before, after = around(string, start, end)
            use = ordinary.selector(before, string[start], after)
            first = start + bool(use)
            if use:
                found.ordinary[use] += 1
            if first < end:
                found.finds.append(_find(string[first:end], first, before if first == start else string[start]))
        if len(found.finds) >= _LEAST and not any(find.hidden for find in found.finds):
            found.finds[0] = _with_spread(found.finds)
        return found


def _bytes(symbols: str) -> bytes:
    """Return the byte that each selector stands for in the known way: selector 1 is 0, selector 256 is 255."""
    return bytes(
        ord(char) - 0xFE00 if char < "\uff00" else ord(char) - 0xE0100 + 16
        for char in symbols
        if char not in kinds.MONGOLIAN_SELECTORS
    )


def _find(symbols: str, start: int, before: str) -> Find:
    state, meaning, certainty, hidden = (_judged if len(symbols) <= _MANY_SHOWN else _judged.__wrapped__)(
        symbols, before
    )
    end = start + len(symbols)
    return Find(start, end, state, meaning, certainty, _INNOCENT, symbols, ((start, end, ""),), hidden)


@lru_cache(maxsize=4096)
def _judged(symbols: str, before: str) -> tuple[str, str, Certainty, str]:
    """Return the state, its meaning, how sure it is, and what the selectors spell."""
    hidden = of_bytes(_bytes(symbols), _LEAST)
    meaning = "A reader does not see the variation selectors" + (
        f", which as bytes spell {hidden!r}." if hidden else ", and the character before them has no such form."
    )
    state = counted(symbols) if len(set(symbols)) <= _MANY_SHOWN else f"{len(symbols)} variation selectors"
    return state, meaning, _certainty(symbols, before, hidden), hidden


def _certainty(symbols: str, before: str, hidden: str) -> Certainty:
    """Emoji selectors (15, 16) go astray in ordinary text, behind signs above all; the others hardly do."""
    if hidden or len(set(symbols)) > 1:
        return Certainty.LIKELY
    astray = symbols[0] in "\ufe0e\ufe0f" and not before.isalnum()
    doubled = before in ("\ufe0e", "\ufe0f")
    sign = bool(before) and unicodedata.category(before)[0] in "SP" and len(symbols) == 1
    return Certainty.POSSIBLE if astray or doubled or sign else Certainty.LIKELY


def _with_spread(finds: list[Find]) -> Find:
    hidden = of_bytes(_bytes("".join(find.symbols for find in finds)), _LEAST)
    if not hidden:
        return finds[0]
    meaning = f"A reader does not see it; with the {len(finds) - 1} after it, as bytes, it spells {hidden!r}."
    return replace(finds[0], hidden=hidden, meaning=meaning, certainty=Certainty.LIKELY)
