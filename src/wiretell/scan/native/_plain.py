"""The engine that needs nothing but the standard library: `re` finds runs, the same functions as compiled read them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

from wiretell.scan.interface import Buffer
from wiretell.scan.native import _shapes
from wiretell.scan.native._escapes import read_escape
from wiretell.scan.native._lines import is_continued, line_after, past_escape, read_block
from wiretell.scan.native._literals import read_chains, read_numbers
from wiretell.scan.native._raw import RawFind, window_starts
from wiretell.scan.native._readings import read_run, read_turned


def _runs(bit: int, least: int) -> re.Pattern[bytes]:
    """Return the pattern of maximal runs of a class."""
    return re.compile(b"[" + re.escape(_shapes.LETTERS[bit]) + b"]{%d,}" % least)


_BASE64 = _runs(_shapes.BASE64, _shapes.LEAST_BASE64)
_LISTED = _runs(_shapes.LISTED, _shapes.LEAST_TURNED)
_NUMBERS = _runs(_shapes.NUMBERS, _shapes.LEAST_NUMBERS_LENGTH)
_TEXT = _runs(_shapes.TEXT, _shapes.LEAST_BASE64)
_PRINTABLE = _runs(_shapes.PRINTABLE, _shapes.LEAST_BASE64)
_JOINT = re.compile(rb"[A-Za-z0-9+/=_-][\"'`][ \t\n\r]*+(?:[+,][ \t\n\r]*+)?[\"'`][A-Za-z0-9+/=_-]")
_ESCAPE = re.compile(rb"\\[ux0-7]")
_ROOM = 1 << 12
"""Survivors that one call can have at first."""


class _Pass:
    """One pass over `data`: what the functions write into, and what they found."""

    def __init__(self, data: Buffer, cost: bytes) -> None:
        self.data = data
        self.cost = cost
        self.tab = _shapes.table().tolist()
        self.buf = [0] * (2 * _shapes.EXAMINED)
        self.work = [0] * _shapes.WORK
        self.joined = [0] * (_shapes.JOINED + 1)
        self.pieces = [0] * (_shapes.JOINED + 1)
        self.out = [0] * (_shapes.RECORD * _ROOM)
        self.room = [_ROOM, 0, 0, 0]

    def records(self) -> Iterator[tuple[int, int, int]]:
        """Yield all survivors."""
        yield from self.letters()
        for match in _LISTED.finditer(self.data):
            yield from self.taken(read_turned(self.data, *match.span(), self.cost, self.out, 0, self.room))
        for match in _NUMBERS.finditer(self.data):
            start, end = match.span()
            found = read_numbers(self.data, start, end, self.tab, self.buf, self.work, self.out, 0, self.room)
            yield from self.taken(found)
        yield from self.chains()
        end = len(self.data)
        for stretch in _PRINTABLE.finditer(self.data):
            for match in _ESCAPE.finditer(self.data, *stretch.span()):
                at = match.start()
                yield from self.taken(
                    read_escape(self.data, at, end, self.tab, self.buf, self.work, self.out, 0, self.room)
                )

    def letters(self) -> Iterator[tuple[int, int, int]]:
        """Yield survivors among runs of letters; what was read once in vain is not read again."""
        dull: set[bytes] = set()
        alive: set[bytes] = set()
        for match in _BASE64.finditer(self.data):
            start, stop = past_escape(self.data, match.start()), match.end()
            if is_continued(self.data, start, stop, self.tab):
                continue
            if line_after(self.data, start, stop, len(self.data), self.tab) >= 0:
                yield from self.taken(self.block(start, stop))
                continue
            run = bytes(self.data[start:stop])
            if run in dull:
                continue
            end = len(self.data)
            found = read_run(self.data, start, stop, end, self.tab, self.buf, self.work, self.out, 0, self.room)
            (alive if found else dull).add(run)
            yield from self.taken(found)
        self.room[_shapes.DISTINCT] = len(dull) + len(alive)

    def block(self, start: int, stop: int) -> int:
        """Read a line and those that go on from it; once more with more room where there are too many survivors."""
        while True:
            before = list(self.room)
            found = read_block(
                self.data,
                start,
                stop,
                len(self.data),
                self.tab,
                self.joined,
                self.joined,
                self.buf,
                self.work,
                self.out,
                0,
                self.room,
            )
            if self.room[_shapes.DROPPED] == before[_shapes.DROPPED]:
                return found
            self.room[:] = before
            self.room[_shapes.FITS] *= 4
            self.out = [0] * (_shapes.RECORD * self.room[_shapes.FITS])

    def chains(self) -> Iterator[tuple[int, int, int]]:
        """Yield survivors among literals in a row."""
        for match in _TEXT.finditer(self.data):
            start, end = match.span()
            if not _JOINT.search(self.data, start, end):
                continue
            yield from self.taken(
                read_chains(
                    self.data,
                    start,
                    end,
                    self.tab,
                    self.joined,
                    self.joined,
                    self.pieces,
                    self.buf,
                    self.work,
                    self.out,
                    0,
                    self.room,
                )
            )

    def taken(self, count: int) -> Iterator[tuple[int, int, int]]:
        """Yield what a call wrote down."""
        for at in range(0, _shapes.RECORD * count, _shapes.RECORD):
            yield self.out[at], self.out[at + 1], self.out[at + 2]


def find_raw(
    data: Buffer, cap: int, window: int, threads: int, cost: bytes, done: Callable[[int, int], None]
) -> RawFind:
    """Make the pass; as `_compiled.find_raw`, but in one go and in one thread."""
    del threads
    one = _Pass(data, cost)
    kept = []
    held: Counter[int] = Counter()
    for record in one.records():
        held[record[0] // window] += 1
        if held[record[0] // window] <= cap:
            kept.append(record)
    for low in window_starts(len(data), window):
        done(low, min(low + window, len(data)))
    dropped = [(at * window, count - cap) for at, count in sorted(held.items()) if count > cap]
    return RawFind(kept, one.room[_shapes.DISTINCT] + one.room[_shapes.TRIED], dropped)
