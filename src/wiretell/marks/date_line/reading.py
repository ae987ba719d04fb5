"""Reading the marks of the date line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from wiretell.marks.body import Body
from wiretell.marks.date_line.certainty import certainty, innocent
from wiretell.marks.date_line.place import Placed, Standing, placed
from wiretell.marks.date_line.sentence import Sentence, Sign, sentences
from wiretell.marks.date_line.spelled import spelled_sentences
from wiretell.marks.date_line.states import APOSTROPHES, SEPARATORS, STATES
from wiretell.model.findings import NotExamined
from wiretell.model.marks import Mark, Reading

NAME: Final = "date-line"

_EXCERPT: Final = 80
"""Characters."""
_AROUND: Final = 24
"""Characters shown before the sentence."""
_NOT_WHOLE: Final = NotExamined(
    what="whether a date line stands in the user's first message",
    why="the JSON document around it is not whole, or is not JSON to its end; it was taken as out of its place",
)


def read(body: Body, version: str) -> Reading:
    """Return the marks of the date line, and how many date lines in their place have none."""
    lines = list(lines_of(body))
    marks = tuple(mark_of(line, body, version) for line in lines if is_marked(line.sentence))
    unmarked = sum(line.in_place and line.sentence.state == STATES[0] for line in lines)
    ordinary = Counter(_foreign(line.sentence) for line in lines if line.sentence.state is None)
    return Reading(marks, dict(ordinary), {NAME: unmarked} if unmarked else {}, remarks(lines))


def lines_of(body: Body) -> Iterator[Placed]:
    """Return every date line of a body with its place, in order."""
    found = list(sentences(body.data, body.date_lines))
    more = list(spelled_sentences(body, {each.start for each in found}))
    return placed(body, sorted((*found, *more), key=lambda each: each.start) if more else found)


def is_marked(sentence: Sentence) -> bool:
    """Whether a sentence shows a state of the scheme other than `none`."""
    return sentence.state is not None and sentence.state.number > 0


def remarks(lines: Iterable[Placed]) -> tuple[NotExamined, ...]:
    """Say what could not be told of date lines, each once."""
    return tuple(dict.fromkeys(said for line in lines if (said := _remark(line)) is not None))


def _remark(line: Placed) -> NotExamined | None:
    if line.standing is Standing.UNKNOWN:
        return _NOT_WHOLE
    if line.in_place and line.sentence.state is None:
        return NotExamined("what the date line in its place says", f"it is a {_foreign(line.sentence)}")
    return None


def mark_of(line: Placed, body: Body, version: str) -> Mark:
    """Return the mark that a marked sentence is."""
    state = line.sentence.state
    assert state is not None
    signs = _telling(line.sentence)
    return Mark(
        scheme=NAME,
        state=state.name,
        meaning=state.meaning,
        certainty=certainty(line, version),
        innocent=innocent(line, state, version),
        codepoints=tuple(dict.fromkeys(codepoint(sign.character) for sign in signs)),
        excerpt=_excerpt(line),
        offset=signs[0].start,
        length=signs[-1].end - signs[0].start,
        path=line.text.path,
        within=line.text.within,
        line=body.line(signs[0].start),
    )


def codepoint(character: str) -> str:
    """Name a character: `U+02BC`."""
    return f"U+{ord(character):04X}"


def _telling(sentence: Sentence) -> Sequence[Sign]:
    """Return the characters that write the state; plain ones write nothing."""
    signs = (sentence.apostrophe, *sentence.separators)
    return tuple(sign for sign in signs if sign.character not in (APOSTROPHES[0], SEPARATORS[0]))


def _excerpt(line: Placed) -> str:
    """Return the line around a sentence, decoded; a little of what stands before, as much after as there is room."""
    plain = line.text.plain
    near = max(0, line.at - 4 * _AROUND)
    start = max(plain.rfind(b"\n", near, line.at) + 1, near)
    before = plain[start : line.at].decode("utf-8", "replace")[-_AROUND:]
    after = plain[line.at : line.at + 4 * _EXCERPT].partition(b"\n")[0].decode("utf-8", "replace")
    return (before + after)[:_EXCERPT]


def _foreign(sentence: Sentence) -> str:
    """Say what a date line shows that the scheme never writes."""
    apostrophe, (first, second) = sentence.apostrophe.character, sentence.separators
    strange = [apostrophe] if apostrophe not in APOSTROPHES else []
    strange += [sign.character for sign in (first, second) if sign.character not in SEPARATORS]
    shown = " and ".join(dict.fromkeys(map(codepoint, strange))) or "two separators that differ"
    return f"date line with {shown}, which the scheme never writes"
