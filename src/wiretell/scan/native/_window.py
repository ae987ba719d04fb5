"""The pass over a window, compiled: stretches of text, runs in them, backslashes.

Everything found is a maximal run of some class of bytes, or hangs on one byte, and belongs to the window in which it
begins: what is found does not depend on where windows are cut. Runs of at least n bytes are looked for by testing
every n-th byte (as R. Boyer and J. Moore do for strings, A Fast String Searching Algorithm, 1977).
"""

from __future__ import annotations

from collections.abc import Sequence

from wiretell.scan.native._escapes import BACKSLASH, read_escape
from wiretell.scan.native._lines import is_continued, line_after, past_escape, read_block
from wiretell.scan.native._literals import read_chains, read_numbers
from wiretell.scan.native._readings import read_run, read_turned
from wiretell.scan.native._shapes import (
    BASE64,
    DROPPED,
    LEAST_BASE64,
    LEAST_NUMBERS_LENGTH,
    LEAST_TURNED,
    LISTED,
    NUMBERS,
    PRINTABLE,
    TEXT,
)
from wiretell.scan.native._table import DULL, NEW, digest, lookup, note

BLOCK = 64


def next_run(data: Sequence[int], at: int, stop: int, end: int, bit: int, least: int, tab: Sequence[int]) -> int:
    """Return where the first maximal run of a class from `at` on begins, or `stop`: none begins before it.

    The byte before `at` must be outside the class. Runs end at `end`.
    """
    while at < stop:
        back = at + least - 1
        if back >= end:
            return stop
        while back >= at and tab[data[back]] & bit:
            back -= 1
        if back < at:
            return at
        at = back + 1
    return stop


def run_end(data: Sequence[int], at: int, end: int, bit: int, tab: Sequence[int]) -> int:
    """Return where the run that `at` lies in ends."""
    while at < end and tab[data[at]] & bit:
        at += 1
    return at


def scan_window(
    data: Sequence[int],
    low: int,
    high: int,
    tab: Sequence[int],
    cost: Sequence[int],
    joined: list[int],
    seen: Sequence[int],
    pieces: list[int],
    buf: list[int],
    work: list[int],
    out: list[int],
    room: list[int],
    known: list[int],
) -> int:
    """Write down all survivors that begin in [low, high); return how many. `known` is a table as `_table` has it."""
    end = len(data)
    count = 0
    at = low
    if low > 0 and tab[data[low - 1]] & TEXT:
        at = run_end(data, low, high, TEXT, tab)
    first = low - LEAST_BASE64 + 1 if low >= LEAST_BASE64 else 0
    while first < high:
        first = next_run(data, first, high, end, PRINTABLE, LEAST_BASE64, tab)
        if first >= high:
            break
        last = run_end(data, first + LEAST_BASE64, high, PRINTABLE, tab)
        last = last if last < high else high
        count = scan_escapes(data, first if first > low else low, last, tab, buf, work, out, count, room)
        at = at if at > first else first
        while at < last:
            at = next_run(data, at, last, end, TEXT, LEAST_BASE64, tab)
            if at >= last:
                break
            stop = run_end(data, at + LEAST_BASE64, end, TEXT, tab)
            count = scan_text(data, at, stop, tab, cost, joined, seen, pieces, buf, work, out, count, room, known)
            at = stop + 1
        first = last + 1
    return count


def scan_text(
    data: Sequence[int],
    start: int,
    end: int,
    tab: Sequence[int],
    cost: Sequence[int],
    joined: list[int],
    seen: Sequence[int],
    pieces: list[int],
    buf: list[int],
    work: list[int],
    out: list[int],
    count: int,
    room: list[int],
    known: list[int],
) -> int:
    """Look for everything but escapes in a stretch of text."""
    limit = len(data)
    at = next_run(data, start, end, end, BASE64, LEAST_BASE64, tab)
    while at < end:
        stop = run_end(data, at + LEAST_BASE64, end, BASE64, tab)
        at = past_escape(data, at)
        if is_continued(data, at, stop, tab):
            at = next_run(data, stop + 1, end, end, BASE64, LEAST_BASE64, tab)
            continue
        if line_after(data, at, stop, limit, tab) >= 0:
            count = read_block(data, at, stop, limit, tab, joined, seen, buf, work, out, count, room)
            at = next_run(data, stop + 1, end, end, BASE64, LEAST_BASE64, tab)
            continue
        mark = digest(data, at, stop)
        state = lookup(known, mark)
        if state != DULL:
            before = count + room[DROPPED]
            count = read_run(data, at, stop, limit, tab, buf, work, out, count, room)
            if state == NEW:
                note(known, mark, count + room[DROPPED] == before, room)
        at = next_run(data, stop + 1, end, end, BASE64, LEAST_BASE64, tab)
    at = next_run(data, start, end, end, LISTED, LEAST_TURNED, tab)
    while at < end:
        stop = run_end(data, at + LEAST_TURNED, end, LISTED, tab)
        count = read_turned(data, at, stop, cost, out, count, room)
        at = next_run(data, stop + 1, end, end, LISTED, LEAST_TURNED, tab)
    at = next_run(data, start, end, end, NUMBERS, LEAST_NUMBERS_LENGTH, tab)
    while at < end:
        stop = run_end(data, at + LEAST_NUMBERS_LENGTH, end, NUMBERS, tab)
        count = read_numbers(data, at, stop, tab, buf, work, out, count, room)
        at = next_run(data, stop + 1, end, end, NUMBERS, LEAST_NUMBERS_LENGTH, tab)
    return read_chains(data, start, end, tab, joined, seen, pieces, buf, work, out, count, room)


def scan_escapes(
    data: Sequence[int],
    low: int,
    high: int,
    tab: Sequence[int],
    buf: list[int],
    work: list[int],
    out: list[int],
    count: int,
    room: list[int],
) -> int:
    """Look at every backslash in [low, high); blocks without one are passed over by what compiles to a vector loop."""
    end = len(data)
    at = low
    while at < high:
        stop = at + BLOCK if at + BLOCK < high else high
        some = 0
        for i in range(at, stop):
            some |= data[i] == BACKSLASH
        if some:
            for i in range(at, stop):
                if data[i] == BACKSLASH:
                    count = read_escape(data, i, end, tab, buf, work, out, count, room)
        at = stop
    return count
