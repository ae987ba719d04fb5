r"""Stripping and writing marks of the date line: which characters are replaced by which.

Nothing but the apostrophe and the two separators of a date line is ever replaced, and of these only what differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from wiretell.marks.body import Body
from wiretell.marks.date_line.place import Placed
from wiretell.marks.date_line.reading import NAME, is_marked, lines_of, mark_of, remarks
from wiretell.marks.date_line.sentence import Sign
from wiretell.marks.date_line.states import STATES, symbols
from wiretell.marks.interface import Stripped
from wiretell.model.marks import Edit, Mark, State

_PLAIN_STATE: Final = STATES[0]


def strip(body: Body, *, anywhere: bool) -> Stripped:
    """Return the edits that turn marked sentences into plain ones, and the marks that are left where they stand."""
    lines = list(lines_of(body))
    edits: list[Edit] = []
    left: list[Mark] = []
    for line in lines:
        if is_marked(line.sentence) and (anywhere or line.in_place):
            edits += _edits(line, body, _PLAIN_STATE, escaped=False)
        elif is_marked(line.sentence):
            left.append(mark_of(line, body, ""))
    return Stripped(edits, left, remarks(lines))


def write(body: Body, state: State, *, anywhere: bool, escaped: bool) -> Iterator[Edit]:
    """Return the edits that make sentences of the scheme show a state; a sentence with other characters is left."""
    for line in lines_of(body):
        if line.sentence.state is not None and (anywhere or line.in_place):
            yield from _edits(line, body, state, escaped=escaped)


def _edits(line: Placed, body: Body, state: State, *, escaped: bool) -> Iterator[Edit]:
    apostrophe, separator = symbols(state)
    depth = len(line.text.layers) if escaped else 0
    first, second = line.sentence.separators
    wanted = (
        (line.sentence.apostrophe, apostrophe, "apostrophe"),
        (first, separator, "separator"),
        (second, separator, "separator"),
    )
    for sign, character, rule in wanted:
        spelled = _spelled(character, depth)
        if sign.spelled != spelled.encode() and (sign.character != character or not character.isascii()):
            yield _edit(line, body, sign, rule, spelled)


def _edit(line: Placed, body: Body, sign: Sign, rule: str, after: str) -> Edit:
    before = sign.spelled.decode()
    return Edit(NAME, rule, sign.start, before, after, line.text.path, line.text.within, body.line(sign.start))


def _spelled(character: str, depth: int) -> str:
    r"""Spell a character in JSON so many layers deep: in the innermost `\u02bc`, whose backslash each layer doubles."""
    if character.isascii() or depth == 0:
        return character
    return "\\" * (1 << depth - 1) + f"u{ord(character):04x}"
