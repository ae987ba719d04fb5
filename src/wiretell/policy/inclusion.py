"""Globs held against each other: does one fit all that another does, is there anything that both fit?

Case is ignored as in `fits`. Letters that `re` takes for one another although their lower case differs (`s` and U+017F)
count as different here: `covers` then says no where the answer is yes, never the other way round.
"""

from __future__ import annotations

import re
from collections import deque
from functools import lru_cache
from typing import Final

from wiretell.policy.globs import fits

_OTHER: Final = ""
"""Stands for every character that neither glob holds."""
_MOST_STATES: Final = 20_000
"""After so many, `covers` says no: it could not be told."""
_STRANGE: Final = "\0"
"""In no glob that anybody wrote: two values that fit are tried before all are thought of, and tell most globs apart."""
_FILLING: Final = "x"
_WILDCARD: Final = re.compile("[*?]")
_WILD: Final = frozenset("*?")


def covers(outer: str, inner: str) -> bool:
    """Whether everything that fits `inner` is certain to fit `outer`."""
    (head, tail), (begins, ends) = _ends(outer), _ends(inner)
    return begins.startswith(head) and ends.endswith(tail) and _covers(outer, inner)


@lru_cache(maxsize=8192)
def _covers(outer: str, inner: str) -> bool:
    wide, narrow = _tokens(outer), _tokens(inner)
    if wide in {narrow, "*"}:
        return True
    if not _WILD & {*wide}:
        return False
    if not _WILD & {*narrow}:
        return fits(wide, narrow)
    if not all(fits(wide, _filled(narrow, filling)) for filling in ("", _STRANGE)):
        return False
    alphabet = {*wide, *narrow, _OTHER} - _WILD
    start = (0, _closed(wide, {0}))
    seen, waiting = {start}, [start]
    while waiting:
        at, places = waiting.pop()
        if at == len(narrow) and len(wide) not in places:
            return False
        if len(seen) > _MOST_STATES:
            return False
        for state in _followers(narrow, wide, alphabet, at, places):
            if state not in seen:
                seen.add(state)
                waiting.append(state)
    return True


def _filled(glob: str, filling: str) -> str:
    return glob.replace("*", filling).replace("?", _STRANGE)


def _followers(
    narrow: str, wide: str, alphabet: set[str], at: int, places: frozenset[int]
) -> list[tuple[int, frozenset[int]]]:
    """Return what one more character of a value that fits `narrow` can lead to."""
    if at == len(narrow):
        return []
    here = narrow[at]
    signs = alphabet if here in _WILD else {here}
    after = at if here == "*" else at + 1
    found = [(after, _closed(wide, _step(wide, places, sign))) for sign in signs]
    return [(at + 1, places), *found] if here == "*" else found


def _step(tokens: str, places: frozenset[int], sign: str) -> set[int]:
    found = set()
    for place in places:
        if place < len(tokens) and tokens[place] in {"*", "?", sign}:
            found.add(place if tokens[place] == "*" else place + 1)
    return found


def _closed(tokens: str, places: set[int]) -> frozenset[int]:
    """Add the places behind stars, which may stand for nothing."""
    found = set(places)
    for place in sorted(places):
        while place < len(tokens) and tokens[place] == "*":
            place += 1
            found.add(place)
    return frozenset(found)


def common(one: str, other: str) -> str | None:
    """Return a short value that fits both globs; None where none does."""
    (head, tail), (begins, ends) = _ends(one), _ends(other)
    if not (begins.startswith(head) or head.startswith(begins)) or not (ends.endswith(tail) or tail.endswith(ends)):
        return None
    return _common(one, other)


@lru_cache(maxsize=8192)
def _common(one: str, other: str) -> str | None:
    a, b = _tokens(one), _tokens(other)
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


@lru_cache(maxsize=2048)
def _ends(glob: str) -> tuple[str, str]:
    """Return what stands before the first wildcard and behind the last: it tells most globs apart at once."""
    parts = _WILDCARD.split(_tokens(glob))
    return parts[0], parts[-1]


@lru_cache(maxsize=2048)
def _tokens(glob: str) -> str:
    return re.sub(r"\*+", "*", "".join(low if len(low := char.lower()) == 1 else char for char in glob))
