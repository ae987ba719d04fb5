"""The look over a body by Hyperscan: every pattern in one pass.

Patterns are made of bytes: a set of characters becomes alternatives of their UTF-8. Of letters only whether there are
any is asked, since a text in another script is full of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import IntEnum
from functools import cache
from typing import Final

import hyperscan

from wiretell.marks.survey.by_primitives import distinct
from wiretell.marks.survey.interest import DATE_LINE, HALF_SIGN, Seen, letters, rare


class _Id(IntEnum):
    ESCAPE = 0
    BLANK = 1
    DATE_LINE = 2
    HALF = 3
    RARE = 4
    LETTER = 5


_ONCE: Final = frozenset((_Id.ESCAPE, _Id.HALF, _Id.LETTER))
"""Of which one is enough."""


def survey(data: bytes) -> Seen:
    """Look over a body; see `wiretell.marks.survey`."""
    ends: tuple[list[int], ...] = tuple([] for _ in _Id)

    def take(pattern: int, _start: int, end: int, _flags: int, _context: object) -> None:
        ends[pattern].append(end)

    if data:
        _database().scan(data, match_event_handler=take)
    places = _places(data, ends[_Id.RARE])
    characters = set(places)
    if ends[_Id.LETTER]:
        characters |= distinct(data)
    if ends[_Id.HALF]:
        characters.add(HALF_SIGN)
    blanks = tuple(end - 1 for end in ends[_Id.BLANK])
    date_lines = tuple(end - len(DATE_LINE) for end in ends[_Id.DATE_LINE])
    return Seen(bool(ends[_Id.ESCAPE]), blanks, frozenset(characters), date_lines, places)


def _places(data: bytes, ends: Iterable[int]) -> dict[str, tuple[int, ...]]:
    found: dict[bytes, list[int]] = defaultdict(list)
    for end in ends:
        start = end - 1
        while data[start] & 0xC0 == 0x80:  # matched: so there is a first byte
            start -= 1
        found[data[start:end]].append(start)
    return {form.decode(): tuple(starts) for form, starts in found.items()}


@cache
def _database() -> hyperscan.Database:
    patterns = {
        _Id.ESCAPE: rb"\\u",
        _Id.BLANK: rb"(?: |\\t)\\+[nr]|[ \t]\r?\n",
        _Id.DATE_LINE: DATE_LINE,
        _Id.HALF: rb"\xed[\xa0-\xbf]",
        _Id.RARE: _any_of(rare()),
        _Id.LETTER: _any_of(letters()),
    }
    once = hyperscan.HS_FLAG_SINGLEMATCH
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=list(patterns.values()),
        ids=[int(pattern) for pattern in patterns],
        elements=len(patterns),
        flags=[hyperscan.HS_FLAG_DOTALL | (once if pattern in _ONCE else 0) for pattern in patterns],
    )
    return database


def _any_of(characters: frozenset[str]) -> bytes:
    """Return a pattern of UTF-8 for any of some characters beyond ASCII."""
    last: dict[bytes, set[int]] = defaultdict(set)
    for char in characters:
        form = char.encode()
        last[form[:-1]].add(form[-1])
    before_last: dict[tuple[bytes, frozenset[int]], set[int]] = defaultdict(set)
    for head, ends in last.items():
        before_last[head[:-1], frozenset(ends)].add(head[-1])
    return b"|".join(
        b"".join((*map(_byte, head), _class(middles), _class(ends))) for (head, ends), middles in before_last.items()
    )


def _class(values: Iterable[int]) -> bytes:
    return b"[" + b"".join(_ranges(sorted(values))) + b"]"


def _ranges(values: list[int]) -> Iterator[bytes]:
    first = values[0]
    for at, value in enumerate(values):
        if at + 1 == len(values) or values[at + 1] != value + 1:
            yield _byte(first) if first == value else _byte(first) + b"-" + _byte(value)
            first = values[at + 1] if at + 1 < len(values) else first


def _byte(value: int) -> bytes:
    return b"\\x%02x" % value
