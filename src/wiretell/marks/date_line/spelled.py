r"""Date lines in which letters, blanks or digits stand as JSON escapes: `\u0054oday's\u0020date is \u0032026-11-21`.

No client is known to write so, and every parser reads it as the same text. Such lines are looked for in what strings
say, and only where a body has such escapes at all: of other bodies this costs one search.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import replace
from typing import Final

from wiretell.marks.body import Body, Text
from wiretell.marks.date_line.sentence import Sentence, Sign, sentences
from wiretell.marks.survey.by_primitives import date_lines

_ESCAPE: Final = b"\\u00"
_LONGEST: Final = len(b"\\u0020")
_LETTER: Final = re.compile(rb"\\u00(?:20|3[0-9]|54|5[cC]|6[1459fF]|7[349])")
r"""Of what the sentence is made of, and of the backslash: `\u005cu2019` is U+2019 in JSON in a string of JSON."""


def spells_letters(data: bytes) -> bool:
    """Whether letters of a date line could stand as escapes in some bytes."""
    last = data.rfind(_ESCAPE)  # of a body without any this is the quickest search
    return last >= 0 and _LETTER.search(data, 0, last + _LONGEST) is not None


def spelled_sentences(body: Body, known: Container[int]) -> Iterator[Sentence]:
    """Find the date lines of JSON that have such escapes, in order; `known`: where others begin, left out here."""
    if not body.is_json or not body.may_have_escapes or not spells_letters(body.data):
        return
    for text, _ in body.texts(tuple(found.start() for found in _LETTER.finditer(body.data))):
        if text.layers:
            found = (_outward(each, text, body.data) for each in sentences(text.plain, date_lines(text.plain)))
            yield from (each for each in found if each.start not in known)


def _outward(found: Sentence, text: Text, data: bytes) -> Sentence:
    """Return a sentence of a text with the offsets and spellings of the body."""
    first, second = found.separators
    return replace(
        found,
        start=text.offset(found.start),
        end=text.offset(found.end),
        apostrophe=_sign(found.apostrophe, text, data),
        separators=(_sign(first, text, data), _sign(second, text, data)),
    )


def _sign(sign: Sign, text: Text, data: bytes) -> Sign:
    start = text.offset(sign.start)
    return replace(sign, start=start, spelled=data[start : text.offset(sign.end)])
