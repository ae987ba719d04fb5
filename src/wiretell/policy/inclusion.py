"""Globs held against each other: does one fit all that another does, is there anything that both fit?

Case is ignored as in `fits`. Letters that `re` takes for one another although their lower case differs (`s` and U+017F)
count as different here: `covers` then says no where the answer is yes, never the other way round.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_MOST_STATES: Final = 20_000
"""After so many, `covers` says no: it could not be told."""
_STRANGE: Final = "\0"
"""In no glob that anybody wrote, so that only a wildcard takes it; if one did, fewer globs were told apart at once."""
_BITS: Final = 1021
_FACTOR: Final = 257
_FILLING: Final = "x"
_WILD: Final = frozenset("*?")
_OPEN: Final = re.compile(r"[*?]*\*[*?]*")
"""Wildcards side by side of which one is a star: the order tells nothing, nor how many stars there are."""


@dataclass(frozen=True, slots=True)
class _Glob:
    """A glob, and what tells it from most others at once. It is made once, and held against every other."""

    tokens: str
    """In lower case. Of wildcards side by side a star comes first, and there is one at most."""
    holds: int
    """Characters and pairs of neighbours in it that no wildcard is part of, as bits. What fits has them all."""
    least: str
    """The shortest value that fits, as strange as can be."""
    filled: str
    """The same, with a strange character for each star."""
    fills: int
    """As `holds`, of this value."""
    head: str
    """What stands before the first star; all where there is none."""
    tail: str
    """What stands behind the last, from its end on."""


@lru_cache(maxsize=4096)
def _read(glob: str) -> _Glob:
    lower = "".join(low if len(low := char.lower()) == 1 else char for char in glob)
    tokens = _OPEN.sub(lambda wild: "*" + "?" * wild[0].count("?"), lower)
    least, filled = (tokens.replace("?", _STRANGE).replace("*", each) for each in ("", _STRANGE))
    head, tail = tokens.partition("*")[0], tokens.rpartition("*")[2]
    return _Glob(tokens, _marks(tokens), least, filled, _marks(filled), head, tail[::-1])


def _marks(text: str) -> int:
    """Return a bit for each character and pair of neighbours; what differs may have one bit."""
    marks, before = 0, 0
    for char in text:
        here = 0 if char in _WILD else ord(char) + 1
        if here:
            marks |= 1 << here % _BITS
        if here and before:
            marks |= 1 << (here * _FACTOR + before) % _BITS
        before = here
    return marks


@lru_cache(maxsize=2048)
def _shape(tokens: str) -> re.Pattern[str]:
    """Return a glob as a regular expression, which also takes globs that fit as they are written: whose stars lie in
    its own. As in `globs.pattern`, nothing takes long."""
    first, *others = (
        "".join("[^*]" if char == "?" else re.escape(char) for char in part) for part in tokens.split("*")
    )
    if not others:
        return re.compile(first, re.DOTALL)
    between = "".join(f"(?>.*?{part})" for part in others[:-1])
    return re.compile(f"{first}{between}.*{others[-1]}", re.DOTALL)


def covers(outer: str, inner: str) -> bool:
    """Whether everything that fits `inner` is certain to fit `outer`.

    Two steps of one match each decide nearly always: a value that fits `inner` and not `outer`, or `inner` fitting as
    it is written. For the rest all values are followed.
    """
    wide, narrow = _read(outer), _read(inner)
    if wide.holds & ~narrow.fills or len(wide.least) > len(narrow.least):
        return False
    takes = _shape(wide.tokens).fullmatch
    if takes(narrow.filled) is None:
        return False
    if takes(narrow.tokens) is not None:
        return True
    return takes(narrow.least) is not None and _covers(wide.tokens, narrow.tokens)


@lru_cache(maxsize=8192)
def _covers(wide: str, narrow: str) -> bool:
    """Follow all values that fit one glob through the other.

    Where the one has a wildcard, a character that is strange to both stands for all: what takes it takes any. So only
    how many of them a star stands for is open. Of the sets of places that a value can lead to, those with the fewest
    matter: what is taken from there is taken from more.
    """
    places = _places(wide)
    reached, states = {places.start}, 0
    for sign in narrow:
        if sign == "*":
            reached = _fewest(each for one in reached for each in places.run(one))
        else:
            reached = {places.after(one, sign) for one in reached}
        states += len(reached)
        if 0 in reached or states > _MOST_STATES:
            return False
    return all(one & places.end for one in reached)


class _Places:
    """Places in a glob, as bits, where what was read so far may have led."""

    def __init__(self, tokens: str) -> None:
        self._taking: dict[str, int] = {}
        """Character -> places that it is taken at; what is none of them, at wildcards."""
        for at, token in enumerate(tokens):
            self._taking[token] = self._taking.get(token, 0) | 1 << at
        self._stars = self._taking.pop("*", 0)
        self._wild = self._stars | self._taking.pop("?", 0)
        self.start = self._open(1)
        self.end = 1 << len(tokens)

    def after(self, places: int, char: str) -> int:
        """Return where one more character leads; `?`: one that stands in no glob."""
        taken = places & (self._wild | self._taking.get(char, 0))
        return self._open(taken & self._stars | (taken & ~self._stars) << 1)

    def run(self, places: int) -> Iterator[int]:
        """Yield where any number of strange characters leads."""
        seen = set()
        while places not in seen:
            seen.add(places)
            yield places
            places = self.after(places, "?")

    def after_any(self, places: int) -> int:
        """Return where any one more character leads."""
        return self._open(places & self._stars | (places & ~(self._stars | self.end)) << 1)

    def _open(self, places: int) -> int:
        """Add the places behind stars, which may stand for nothing; leave out those before the last star, as whatever
        leads on from there is taken by that star."""
        places |= (places & self._stars) << 1
        stars = places & self._stars
        return places & -(1 << stars.bit_length() - 1) if stars else places


@lru_cache(maxsize=1024)
def _places(tokens: str) -> _Places:
    return _Places(tokens)


def _fewest(sets: Iterable[int]) -> set[int]:
    """Return the sets of which none holds another."""
    found: list[int] = []
    for one in sorted(set(sets), key=int.bit_count):
        if all(less & ~one for less in found):
            found.append(one)
    return set(found)


def common(one: str, other: str) -> str | None:
    """Return a short value that fits both globs; None where none does."""
    return _common(_read(one).tokens, _read(other).tokens) if meet(one, other) else None


def meet(one: str, other: str) -> bool:
    """Whether any value fits both globs.

    Two with stars meet where their ends do: what stands between has room in the other's star. The length of one
    without is known, so all that it stands for is followed through the other at once.
    """
    a, b = _read(one), _read(other)
    if not (_agree(a.head, b.head) and _agree(a.tail, b.tail)):
        return False
    if "*" in a.tokens and "*" in b.tokens:
        return True
    fixed, open_ = (b, a) if "*" in a.tokens else (a, b)
    if "?" in fixed.tokens:
        return _takes(open_, fixed)
    return not open_.holds & ~fixed.fills and _shape(open_.tokens).fullmatch(fixed.tokens) is not None


def _agree(one: str, other: str) -> bool:
    """Whether two beginnings can be of one value."""
    return all(a == b or a == "?" or b == "?" for a, b in zip(one, other, strict=False))


def _takes(open_: _Glob, fixed: _Glob) -> bool:
    """Whether a glob takes any of the values of one without stars."""
    places = _places(open_.tokens)
    reached = places.start
    for sign in fixed.tokens:
        reached = places.after_any(reached) if sign == "?" else places.after(reached, sign)
    return bool(reached & places.end)


@lru_cache(maxsize=1024)
def _common(a: str, b: str) -> str | None:
    found: dict[tuple[int, int], str] = {(0, 0): ""}
    waiting = deque(found)
    while waiting:
        i, j = waiting.popleft()
        text = found[i, j]
        if (i, j) == (len(a), len(b)):
            return text
        for state, sign in _shared(a, b, i, j):
            if state not in found:
                found[state] = text + sign
                (waiting.append if sign else waiting.appendleft)(state)
    return None


def _shared(a: str, b: str, i: int, j: int) -> list[tuple[tuple[int, int], str]]:
    """Return where both globs can go together, and with which character; an empty one where a star stands for none."""
    found = []
    if a[i : i + 1] == "*":
        found.append(((i + 1, j), ""))
    if b[j : j + 1] == "*":
        found.append(((i, j + 1), ""))
    if i == len(a) or j == len(b):
        return found
    if a[i] == b[j] or a[i] in _WILD or b[j] in _WILD:
        sign = next((char for char in (a[i], b[j]) if char not in _WILD), _FILLING)
        found.append(((i + (a[i] != "*"), j + (b[j] != "*")), sign))
    return found
