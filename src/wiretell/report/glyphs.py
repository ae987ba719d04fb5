"""Drawing text of unknown origin so that what is shown is what is there.

Everything an agent sends is untrusted: a terminal escape, a bidirectional control or an invisible character must never
reach a screen as itself. Each becomes a box that names it, `[U+200B]`; text that merely looks like a box is boxed too,
so a box can be believed. All functions are pure.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn", "Me"})
"""Controls, formats (bidi, zero width), surrogates, private, unassigned, separators, marks that join a neighbour."""

_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""What is drawn as nothing: Hangul fillers (default ignorable, UAX #44) and the empty Braille cell."""

OPEN_BOX: Final = "␣"
"""Stands for a space where the space is the point."""

RETURN: Final = "⏎"
"""Stands for the end of a line in a long text."""


def is_hidden(char: str) -> bool:
    """Say whether a character has no picture of its own that can be trusted. U+0020 is not hidden."""
    category = unicodedata.category(char)
    return category in _HIDDEN_CATEGORIES or (category == "Zs" and char != " ") or char in _BLANK or char == OPEN_BOX


def codepoint(char: str) -> str:
    """Return the `U+02BC` form of one character."""
    return f"U+{ord(char):04X}"


def codepoint_name(char: str) -> str:
    """Return the Unicode name of one character; for one without a name, what kind of character it is."""
    kinds = {"Cc": "CONTROL", "Cs": "LONE SURROGATE", "Co": "PRIVATE USE", "Cn": "UNASSIGNED"}
    return unicodedata.name(char, "") or kinds.get(unicodedata.category(char), "UNNAMED")


def draw(char: str) -> str:
    """Return one character as it may be shown: itself, or its box."""
    return f"[{codepoint(char)}]" if is_hidden(char) else char


def draw_marked(char: str) -> str:
    """Return one character as it may be shown where it is the point: as `draw`, and a space as an open box."""
    return OPEN_BOX if char == " " else draw(char)


def visible(text: str) -> str:
    """Return a text as it may be shown anywhere: one line, printable, no control, no bidi, nothing invisible.

    A literal `[U+` loses its bracket to a box, so that the text cannot pretend that something was boxed.
    """
    if text.isascii() and text.isprintable() and "[U+" not in text:
        return text
    drawn = []
    for index, char in enumerate(text):
        fake = char == "[" and text.startswith("U+", index + 1)
        drawn.append(f"[{codepoint(char)}]" if fake else draw(char))
    return "".join(drawn)


def with_returns(drawn: str) -> str:
    """Return a drawn text with ends of lines as `⏎`, which is shorter than their boxes; a `⏎` of its own is boxed."""
    return drawn.replace(RETURN, f"[{codepoint(RETURN)}]").replace("[U+000A]", RETURN)


def clip(text: str, limit: int) -> str:
    """Return a text with what follows its first `limit` characters counted, not shown. Draws nothing."""
    return text if len(text) <= limit else f"{text[: limit - 1]}… (+{len(text) - limit + 1:,} characters)"


def shorten(text: str, limit: int) -> str:
    """Return the drawn form of `clip`: cut first, so that no box is cut in two."""
    return visible(clip(text, limit))
