r"""The look over a body by searches of Python's own, one after the other, each in C.

What is not ASCII is taken out whole (`bytes.translate`), and its distinct characters are few. No regular expression
without a fixed beginning runs over a body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from wiretell.marks.survey.interest import DATE_LINE, Seen, of_interest

_ASCII: Final = bytes(range(128))
_ASCII_BUT_SPACE: Final = _ASCII.replace(b" ", b"")
_BLANKS: Final = rb"(?<=t)\\+[nr]|(?<= \\r)|(?<= \\\\)\\*[nr]"
_STOP: Final = re.compile(rb"\\(?:n(?<= \\n)|[utr\\](?:(?<=\\u)()|%b))" % _BLANKS)
r"""An escape, or blanks before the end of a line, at any depth of JSON; fixed bytes come first, so that C skips."""
_BLANK_END: Final = re.compile(rb"\\(?:n(?<= \\n)|[tr\\](?:%b))" % _BLANKS)
_BLANK_LINE_END: Final = re.compile(rb"\n(?<=[ \t]\n)")
_BLANK_CRLF: Final = re.compile(rb"\r\n(?<=[ \t]\r\n)")
_SPARSE: Final = 8192
"""Bytes beyond ASCII up to which every character is looked at; of more, every word, each once."""


def survey(data: bytes) -> Seen:
    """Look over a body; see `wiretell.marks.survey`."""
    blanks, escapes = _stops(data)
    return Seen(escapes, tuple(sorted(blanks)), frozenset(distinct(data)), tuple(date_lines(data)))


def _stops(data: bytes) -> tuple[list[int], bool]:
    """Return where lines could end in blanks, and whether the body has escapes of four digits."""
    blanks: list[int] = []
    escaped = False
    for hit in _STOP.finditer(data):
        if hit.lastindex:
            escaped = True
            break
        blanks.append(hit.start())
    if escaped:
        blanks = [hit.start() for hit in _BLANK_END.finditer(data)]
    if b"\n" in data:
        blanks += [hit.start() - 1 for hit in _BLANK_LINE_END.finditer(data)]
    if b"\r" in data:
        blanks += [hit.start() - 1 for hit in _BLANK_CRLF.finditer(data)]
    return blanks, escaped


def distinct(data: bytes) -> set[str]:
    """Return the characters of interest that stand in UTF-8."""
    rest = data.translate(None, _ASCII)
    if len(rest) > _SPARSE:
        words_of = data.translate(None, _ASCII_BUT_SPACE).decode("utf-8", "surrogateescape").split(" ")
        return set(of_interest().intersection("".join(set(words_of))))
    return set(of_interest().intersection(rest.decode("utf-8", "surrogateescape"))) if rest else set()


def date_lines(data: bytes) -> Iterator[int]:
    """Go through the offsets of what every date line holds."""
    at = data.find(DATE_LINE)
    while at >= 0:
        yield at
        at = data.find(DATE_LINE, at + len(DATE_LINE))
