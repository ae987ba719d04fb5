"""Letters broken into lines, as in PEM (RFC 7468) and MIME (RFC 2045): one encoded string, read as a whole.

Read line by line, each of thousands of certificates would look like many short strings, some of them by chance like
text under a key. As in `_survey`, every function runs both as it stands and compiled.
"""

from __future__ import annotations

from collections.abc import Sequence

from wiretell.scan.native._readings import decode, emit, read_run, reading, values_of, width_of
from wiretell.scan.native._shapes import (
    BASE64,
    BASE64_STANDARD,
    BASE64_URL,
    HEX,
    JOINED,
    LINES,
    TRIED,
)
from wiretell.scan.native._survey import survey

LEAST_LINE = 48
"""Letters of a line that others follow; 64 and 76 are usual."""
LONGEST_LINE = 1024


def past_escape(data: Sequence[int], at: int) -> int:
    """Return where letters begin that follow a backslash: the n of a line break in a literal is none of them."""
    if at > 0 and data[at - 1] == 92 and (data[at] == 110 or data[at] == 114 or data[at] == 116):
        return at + 1
    return at


def break_after(data: Sequence[int], at: int, end: int) -> int:
    """Return how many bytes the line break at `at` has, as it is or written with backslashes; 0 for none."""
    if at >= end:
        return 0
    if data[at] == 10:
        return 1
    if data[at] == 13:
        return 2 if at + 1 < end and data[at + 1] == 10 else 1
    if data[at] != 92 or at + 1 >= end:
        return 0
    if data[at + 1] == 110:
        return 2
    if data[at + 1] == 114:
        return 4 if at + 3 < end and data[at + 2] == 92 and data[at + 3] == 110 else 2
    return 0


def break_before(data: Sequence[int], at: int) -> int:
    """Return how many bytes the line break just before `at` has; 0 for none."""
    if at < 1:
        return 0
    if data[at - 1] == 10:
        return 2 if at > 1 and data[at - 2] == 13 else 1
    if data[at - 1] == 13:
        return 1
    if at < 2 or data[at - 2] != 92:
        return 0
    if data[at - 1] == 110:
        return 4 if at > 3 and data[at - 4] == 92 and data[at - 3] == 114 else 2
    return 2 if data[at - 1] == 114 else 0


def is_continued(data: Sequence[int], at: int, stop: int, tab: Sequence[int]) -> int:
    """Return whether the letters [at, stop) go on from the line before, which is as long or longer."""
    gap = break_before(data, at)
    if not gap:
        return 0
    last = at - gap
    first = last
    while first > 0 and last - first <= LONGEST_LINE and tab[data[first - 1]] & BASE64:
        first -= 1
    length = last - past_escape(data, first) if first < last else 0
    return 1 if LEAST_LINE <= length <= LONGEST_LINE and stop - at <= length else 0


def read_letters(
    data: Sequence[int],
    at: int,
    stop: int,
    end: int,
    tab: Sequence[int],
    joined: list[int],
    seen: Sequence[int],
    buf: list[int],
    work: list[int],
    out: list[int],
    count: int,
    room: list[int],
) -> int:
    """Read a maximal run of letters: by itself, or with the lines that follow it. `seen` is `joined` for reading."""
    begin = past_escape(data, at)
    if LEAST_LINE <= stop - begin <= LONGEST_LINE and break_after(data, stop, end):
        after = read_block(data, begin, stop, end, tab, joined, seen, buf, work, out, count, room)
        if after >= 0:
            return after
    return read_run(data, begin, stop, end, tab, buf, work, out, count, room)


def read_block(
    data: Sequence[int],
    begin: int,
    stop: int,
    end: int,
    tab: Sequence[int],
    joined: list[int],
    seen: Sequence[int],
    buf: list[int],
    work: list[int],
    out: list[int],
    count: int,
    room: list[int],
) -> int:
    """Join lines from [begin, stop) on and read them; -1 where no line follows."""
    width = stop - begin
    total = lines = 0
    first = begin
    last = stop
    every = -1
    while last - first <= width and total + last - first <= JOINED:
        for i in range(first, last):
            joined[total] = data[i]
            every &= tab[data[i]]
            total += 1
        lines += 1
        gap = break_after(data, last, end) if last - first == width else 0
        following = last + gap
        stopped = following
        while gap and stopped < end and stopped - following <= width and tab[data[stopped]] & BASE64:
            stopped += 1
        if stopped == following or stopped - following > width:
            break
        first = following
        last = stopped
    if lines < 2:
        return -1
    room[TRIED] += 1
    kind = HEX if every & HEX else (BASE64_STANDARD if every & BASE64_STANDARD else BASE64_URL)
    code = reading(kind)
    made = decode(seen, 0, total, 1, values_of(code), width_of(code), tab, buf)
    if survey(buf, made if made > 0 else -made, work):
        count = emit(begin, last, code | LINES, out, count, room)
    return count
