"""How sure a mark of the date line is, and how it could be there without being one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from wiretell.marks.date_line.place import Placed, Standing, reminder_around
from wiretell.marks.date_line.states import APOSTROPHES, CN_ZONE, KNOWN, LAB_KEYWORD
from wiretell.marks.date_line.versions import RANGE, writes
from wiretell.model.marks import Certainty, State

_PLAIN, _TYPOGRAPHIC, _LAB, _BOTH = APOSTROPHES
_BETWEEN_LETTERS: Final = re.compile(rb"(?<=[A-Za-z])(?:'|\xe2\x80\x99)(?=[A-Za-z])")
_LOWER: Final = {
    Certainty.CERTAIN: Certainty.LIKELY,
    Certainty.LIKELY: Certainty.POSSIBLE,
    Certainty.POSSIBLE: Certainty.POSSIBLE,
}


def certainty(line: Placed, version: str) -> Certainty:
    """Say how sure a mark is, from its place, its symbols and, where known, the version of the client.

    ============  ============================  =========  =======================================================
    place         symbol                        certainty  because
    ============  ============================  =========  =======================================================
    its own       U+02BC, U+02B9                certain    no keyboard and no typographer puts them into English
    its own       U+2019, another apostrophe    certain    who turns apostrophes would have turned that one as well
                  there is plain
    its own       U+2019 otherwise              likely     an editor or a gateway may have turned every apostrophe
    its own       slashes alone                 likely     a gateway that rewrites dates writes the same
    another       U+02BC, U+02B9                likely     copied from where it was a mark, or quoted
    another       U+2019, slashes               possible   ordinary writing
    a version that is known not to write marks  one step less
    ============  ============================  =========  =======================================================
    """
    sure = _in_place(line) if line.in_place else _elsewhere(line)
    return _LOWER[sure] if writes(version) is False else sure


def _in_place(line: Placed) -> Certainty:
    character = line.sentence.apostrophe.character
    if character in (_LAB, _BOTH) or (character == _TYPOGRAPHIC and _another_is_plain(line)):
        return Certainty.CERTAIN
    return Certainty.LIKELY


def _elsewhere(line: Placed) -> Certainty:
    return Certainty.LIKELY if line.sentence.apostrophe.character in (_LAB, _BOTH) else Certainty.POSSIBLE


def _another_is_plain(line: Placed) -> bool:
    """Whether an apostrophe between letters in the same reminder, beside the sentence's own, is U+0027.

    The client writes one itself, in "the user's questions".
    """
    plain = line.text.plain
    around = reminder_around(plain, line.at) or (line.at, line.at)
    own = plain.find(b"s date is ", line.at)
    return any(found[0] == b"'" and found.end() != own for found in _BETWEEN_LETTERS.finditer(plain, *around))


def innocent(line: Placed, state: State, version: str) -> tuple[str, ...]:
    """Return ways in which the symbols could be there without being a mark, one sentence each."""
    return tuple(_innocent(line, state.name.split("+"), version))


def _innocent(line: Placed, signals: Sequence[str], version: str) -> Iterator[str]:
    if writes(version) is False:
        yield (
            f"The client says that it is version {version}; those that write this mark are {RANGE.first} to "
            f"{RANGE.last}."
        )
    if line.standing in (Standing.UNKNOWN, Standing.UNNAMED):
        yield f"It stands {line.standing}."
    elif not line.in_place:
        yield f"It stands {line.standing}: someone may be quoting the case, or writing so by habit."
    yield from _of_apostrophe(line)
    if CN_ZONE in signals:
        yield "A gateway, a patched client or a user that rewrites dates may have written the slashes."
    if signals == [CN_ZONE]:
        yield (
            "Any base URL but the vendor's own opens the gate, a recorder or a gateway on localhost included: slashes "
            "alone tell no more of the host, and of the person only the time zone."
        )
    yield from _of_lists(signals)
    yield "A test or a piece of research may have put it there, as `wiretell marks write` does."


def _of_apostrophe(line: Placed) -> Iterator[str]:
    character = line.sentence.apostrophe.character
    if character == _TYPOGRAPHIC and line.in_place and _another_is_plain(line):
        yield (
            "An editor or a gateway that sets typographic apostrophes writes U+2019 too; it would have left another "
            "apostrophe of this text plain."
        )
    elif character == _TYPOGRAPHIC:
        yield "An editor or a gateway that sets typographic apostrophes writes U+2019 too."
    elif character == _LAB and not line.in_place:
        yield "Some orthographies, the Ukrainian and the Breton among them, use U+02BC as their apostrophe."
    elif character == _BOTH and not line.in_place:
        yield "Transliterations use U+02B9 for the Cyrillic soft sign."


def _of_lists(signals: Sequence[str]) -> Iterator[str]:
    if KNOWN in signals:
        yield "The list `known` holds the bare ending `cn`: every host name under .cn matches."
    if LAB_KEYWORD in signals:
        yield "An entry of the list `labKw` matches anywhere in a host name, by chance as well."
