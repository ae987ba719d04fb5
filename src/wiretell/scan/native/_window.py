"""The pass over a window, compiled: stretches of text, runs in them, backslashes.

Everything found is a maximal run of some class of bytes, or hangs on one byte, and belongs to the window in which it
begins: what is found does not depend on where windows are cut. Runs of at least n bytes are looked for by testing
every n-th byte (as R. Boyer and J. Moore do for strings, A Fast String Searching Algorithm, 1977).
"""

from __future__ import annotations

from collections.abc import Sequence

from wiretell.scan.native._escapes import BACKSLASH, read_escape
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
    while at < high:
        at = next_run(data, at, high, end, TEXT, LEAST_BASE64, tab)
        if at >= high:
            break
        stop = run_end(data, at + LEAST_BASE64, end, TEXT, tab)
        count = scan_text(data, at, stop, tab, cost, joined, seen, pieces, buf, work, out, count, room, known)
        at = stop + 1
    return scan_escapes(data, low, high, tab, buf, work, out, count, room)


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
    """Look at every backslash; blocks without one are passed over by a loop that a compiler makes a vector loop of."""
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
