"""Which characters of a channel's symbols differ, so that a reader's eye finds them. Pure.

1. Take each symbol's text: its context as sent, or its value where no context was kept.
2. Compare the texts with each other, by position where they are of one length, else by longest common runs.
3. Of the places that differ keep those inside the symbol's own value: the context may hold other channels.
4. Where no single character is the point, mark from the first to the last difference, or nothing of a short value.
5. Cut a window around what is left, aligned on words, so that the symbols stand under each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from wiretell.model.findings import CHARACTER_CARRIERS, Carrier
from wiretell.report.audit.document_v1 import Channel, Symbol
from wiretell.report.glyphs import visible

BEFORE = 16
"""Characters shown before the first mark, at least."""
AFTER = 16
"""Characters shown after the last mark, at least."""
WORD = 8
"""How much further a window may reach to end at a word."""
LONGEST = 72
"""Characters a window may hold; what is beyond is cut."""
BRIEF = 28
"""Characters of a value that is shown in a row."""
_COMPARED = 400
"""Texts that differ over more characters than this are marked as a whole: the comparison is quadratic."""

_BY_CHARACTER = CHARACTER_CARRIERS | {Carrier.CASE, Carrier.ESCAPE}


@dataclass(frozen=True, slots=True)
class Piece:
    """One character of a specimen; an empty one is a gap, where the other symbols have something."""

    char: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Specimen:
    """A symbol's text, cut to a window, its differing characters marked."""

    pieces: tuple[Piece, ...]
    cut_before: bool = False
    cut_after: bool = False
    by_character: bool = True
    """Whether single characters are the point, so that their code points and spaces are worth showing."""

    @property
    def marks(self) -> tuple[str, ...]:
        """The marked characters, in order, gaps left out."""
        return tuple(piece.char for piece in self.pieces if piece.marked and piece.char)

    @property
    def text(self) -> str:
        """The characters of the window."""
        return "".join(piece.char for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class _Marks:
    """Positions in a text that differ, and positions before which something is missing."""

    chars: frozenset[int]
    gaps: frozenset[int] = frozenset()

    def __or__(self, other: _Marks) -> _Marks:
        return _Marks(self.chars | other.chars, self.gaps | other.gaps)

    @property
    def size(self) -> int:
        return len(self.chars) + len(self.gaps)


_NO_MARKS = _Marks(frozenset())


def specimens(channel: Channel) -> tuple[Specimen, ...]:
    """Return one specimen for each symbol of a channel, in order."""
    contexts = all(symbol.context for symbol in channel.symbols)
    texts = [symbol.context if contexts else symbol.value for symbol in channel.symbols]
    marks = _differences(texts)
    if contexts:
        pairs = zip(channel.symbols, marks, strict=True)
        marks = [_inside_value(symbol, mark) for symbol, mark in pairs]
    by_character = channel.carrier in _BY_CHARACTER
    if not by_character:
        whole = not contexts and max(map(len, texts), default=0) <= LONGEST
        marks = [_NO_MARKS if whole else _whole_span(mark) for mark in marks]
    return tuple(_window(text, mark, by_character) for text, mark in zip(texts, marks, strict=True))


def brief(channel: Channel) -> str:
    """Return the first two symbols, drawn and cut short, and how many more there are: `en-US / de-DE +2`."""
    pairs = zip(channel.symbols[:2], specimens(channel), strict=False)
    more = f" +{len(channel.symbols) - 2}" if len(channel.symbols) > 2 else ""
    return " / ".join(_brief(symbol, specimen) for symbol, specimen in pairs) + more


def _brief(symbol: Symbol, specimen: Specimen) -> str:
    """Return the value where it is short, else the beginning of what differs."""
    if len(symbol.value) <= BRIEF:
        return visible(symbol.value) or "(nothing)"
    places = [index for index, piece in enumerate(specimen.pieces) if piece.marked] or [0]
    start = max(0, places[0] - 5)
    shown = visible("".join(piece.char for piece in specimen.pieces[start : start + BRIEF - 8]))
    return f"{'…' if start or specimen.cut_before else ''}{shown}…"


def _differences(texts: Sequence[str]) -> list[_Marks]:
    if len(texts) < 2:
        return [_Marks(frozenset(range(min(len(text), LONGEST)))) for text in texts]
    start, end = _common_edges(texts)
    middles = [text[start : len(text) - end] for text in texts]
    if max(len(middle) for middle in middles) > _COMPARED:
        found = [_Marks(frozenset(range(len(middle)))) for middle in middles]
    else:
        found = _clearest(_by_position(middles), _by_runs(middles))
    return [_shift(marks, start) for marks in found]


def _common_edges(texts: Sequence[str]) -> tuple[int, int]:
    """Lengths of the longest common prefix and suffix that do not overlap in any text."""
    shortest = min(len(text) for text in texts)
    start = 0
    while start < shortest and len({text[start] for text in texts}) == 1:
        start += 1
    end = 0
    while end < shortest - start and len({text[-1 - end] for text in texts}) == 1:
        end += 1
    return start, end


def _by_position(texts: Sequence[str]) -> list[_Marks] | None:
    if len({len(text) for text in texts}) != 1:
        return None
    varying = frozenset(i for i, chars in enumerate(zip(*texts, strict=True)) if len(set(chars)) > 1)
    return [_Marks(varying) for _ in texts]


def _by_runs(texts: Sequence[str]) -> list[_Marks]:
    first, first_marks, others = texts[0], _NO_MARKS, []
    for text in texts[1:]:
        mine, theirs = _compare(first, text)
        first_marks |= mine
        others.append(theirs)
    return [first_marks, *others]


def _compare(a: str, b: str) -> tuple[_Marks, _Marks]:
    marks_a, marks_b = _NO_MARKS, _NO_MARKS
    for tag, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        marks_a |= _Marks(frozenset(range(a1, a2)), frozenset({a1} if a1 == a2 else ()))
        marks_b |= _Marks(frozenset(range(b1, b2)), frozenset({b1} if b1 == b2 else ()))
    return marks_a, marks_b


def _clearest(first: list[_Marks] | None, second: list[_Marks]) -> list[_Marks]:
    """Prefer marks that stand under each other, unless a shift makes most of the text differ."""
    if first is None:
        return second
    by_position, by_runs = (sum(marks.size for marks in all_marks) for all_marks in (first, second))
    return second if by_runs * 2 < by_position else first


def _shift(marks: _Marks, by: int) -> _Marks:
    return _Marks(frozenset(i + by for i in marks.chars), frozenset(i + by for i in marks.gaps))


def _inside_value(symbol: Symbol, marks: _Marks) -> _Marks:
    """Keep the marks inside occurrences of the value; all of them where the value is empty or none of it is marked."""
    if not symbol.value:
        return _Marks(frozenset(), marks.gaps) if marks.gaps else marks
    inside: set[int] = set()
    start = symbol.context.find(symbol.value)
    while start >= 0:
        inside.update(range(start, start + len(symbol.value)))
        start = symbol.context.find(symbol.value, start + 1)
    kept = _Marks(marks.chars & inside, frozenset(gap for gap in marks.gaps if gap in inside or gap - 1 in inside))
    return kept if kept.size else marks


def _whole_span(marks: _Marks) -> _Marks:
    """Mark from the first to the last: letters that two words share by chance are no point of theirs."""
    if not marks.chars:
        return marks
    return _Marks(frozenset(range(min(marks.chars), max(marks.chars) + 1)))


def _window(text: str, marks: _Marks, by_character: bool) -> Specimen:
    """Cut a text around its marks, within the lines they stand in."""
    places = marks.chars | marks.gaps or {0}
    first, last = min(places), max(places)
    line_start = text.rfind("\n", 0, first) + 1
    line_end = text.find("\n", last + 1)
    line_end = len(text) if line_end < 0 else line_end
    start = _word_before(text, max(line_start, first - BEFORE), line_start)
    stop = min(_word_after(text, min(line_end, last + 1 + AFTER), line_end), start + LONGEST)
    pieces: list[Piece] = []
    for index in range(start, stop + 1):
        if index in marks.gaps:
            pieces.append(Piece("", marked=True))
        if index < stop:
            pieces.append(Piece(text[index], marked=index in marks.chars))
    return Specimen(tuple(pieces), start > line_start, stop < line_end, by_character)


def _word_before(text: str, index: int, line_start: int) -> int:
    for start in range(index, max(line_start, index - WORD) - 1, -1):
        if start == line_start or text[start - 1] == " ":
            return start
    return index


def _word_after(text: str, index: int, line_end: int) -> int:
    for stop in range(index, min(line_end, index + WORD) + 1):
        if stop == line_end or text[stop] == " ":
            return stop
    return index
