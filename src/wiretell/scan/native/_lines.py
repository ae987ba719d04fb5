"""Letters broken into lines, as in PEM (RFC 7468) and MIME (RFC 2045): one encoded string, and perhaps several.

They are read as a whole, and line by line unless they are a certificate: of thousands of these each would look like
many short strings, some of them by chance like text under a key. What is hidden in one line of something that begins
like a certificate of just that length is therefore not found. As in `_survey`, every function runs both as it stands
and compiled.
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


def line_after(data: Sequence[int], first: int, last: int, end: int, tab: Sequence[int]) -> int:
    """Return where the line begins that goes on from [first, last), as `is_continued` has it; -1 where none does."""
    length = last - first
    if length < LEAST_LINE or length > LONGEST_LINE:
        return -1
    at = last + break_after(data, last, end)
    if at == last:
        return -1
    return at if 0 < letters_end(data, at, length, end, tab) - at <= length else -1


def letters_end(data: Sequence[int], at: int, most: int, end: int, tab: Sequence[int]) -> int:
    """Return where the letters from `at` on end; they are followed no further than one beyond `most`."""
    stop = at
    while stop < end and stop - at <= most and tab[data[stop]] & BASE64:
        stop += 1
    return stop


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
    """Read the line [begin, stop) and all that go on from it, as one string and each by itself.

    A string has lines of one length and perhaps a shorter one at its end; longer ones than `JOINED` are several.
    Any line may be a string of its own with a decoy before it, except in DER, which says how long it is: nobody means
    a line of a certificate. `seen` is `joined` for reading.
    """
    first = begin
    last = stop
    while first >= 0:
        start = first
        finish = last
        width = last - first
        total = lines = 0
        every = -1
        more = 1
        while more and total + width <= JOINED:
            for i in range(first, last):
                joined[total] = data[i]
                every &= tab[data[i]]
                total += 1
            lines += 1
            finish = last
            after = line_after(data, first, last, end, tab)
            more = 1 if after >= 0 and last - first == width else 0
            last = letters_end(data, after, last - first, end, tab) if after >= 0 else last
            first = after
        whole = 0
        if lines > 1:
            room[TRIED] += 1
            kind = HEX if every & HEX else (BASE64_STANDARD if every & BASE64_STANDARD else BASE64_URL)
            code = reading(kind)
            made = decode(seen, 0, total, 1, values_of(code), width_of(code), tab, buf)
            whole = is_der(buf, total * width_of(code) // 8)
            if survey(buf, made if made > 0 else -made, work):
                count = emit(start, finish, code | LINES, out, count, room)
        if not whole:
            count = read_lines(data, start, finish, end, tab, buf, work, out, count, room)
    return count


def is_der(blob: Sequence[int], size: int) -> int:
    """Return whether `size` bytes are one SEQUENCE in DER (X.690, 8.1.3 and 8.9): its header says just that length."""
    if blob[0] != 0x30:
        return 0
    if blob[1] < 0x80:
        return 1 if size == 2 + blob[1] else 0
    if blob[1] == 0x81:
        return 1 if size == 3 + blob[2] else 0
    return 1 if blob[1] == 0x82 and size == 4 + 256 * blob[2] + blob[3] else 0


def read_lines(
    data: Sequence[int],
    start: int,
    finish: int,
    end: int,
    tab: Sequence[int],
    buf: list[int],
    work: list[int],
    out: list[int],
    count: int,
    room: list[int],
) -> int:
    """Read each line from `start` to `finish` by itself."""
    first = start
    while 0 <= first < finish:
        last = letters_end(data, first, LONGEST_LINE, end, tab)
        room[TRIED] += 1
        count = read_run(data, first, last, end, tab, buf, work, out, count, room)
        first = line_after(data, first, last, end, tab)
    return count
