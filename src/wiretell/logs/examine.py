"""Reading marks in one text after the other, and keeping what a report needs of them. Pure.

What detectors tell of a text is put in its place: offsets and lines count from the beginning of the file where the
file was read as it is, from the beginning of the text elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from wiretell.logs import quiet
from wiretell.logs.cut import Piece
from wiretell.logs.interface import Batch, Remark
from wiretell.logs.origin import Context
from wiretell.logs.summary import Tally
from wiretell.marks.body import Body, Form
from wiretell.marks.interface import Detector
from wiretell.marks.verbs import read_body
from wiretell.model.marks import FoundMark, Mark, Origin, Reading, Where

NO_CONTEXT: Final = Context()


class Examiner:
    """Reads texts with some detectors. `keep`: how many marks of a batch are kept, None: all."""

    def __init__(self, detectors: Sequence[Detector], keep: int | None = None) -> None:
        self._detectors = detectors
        self._keep = keep
        self._skips = quiet.is_known(detectors)
        self._expects = False
        """Whether the text before had a mark or a place for one: then the next is likely to need its context too."""
        self._start()

    def _start(self) -> None:
        self._found: list[FoundMark] = []
        self._remarks: list[Remark] = []
        self._tally = Tally()
        self._counted: tuple[int, Origin] | None = None
        """The record and its origin that were counted last: a row of Parquet is read column by column."""
        self._marked = 0
        """The record that was counted last as one with a mark."""

    def loud(self, texts: Sequence[bytes]) -> Iterator[int]:
        """Go through the indexes of the texts that are to be read; in the others there is nothing."""
        return quiet.loud(texts) if self._skips else iter(range(len(texts)))

    def read(
        self,
        data: bytes,
        where: Where,
        context: Callable[[], Context] = lambda: NO_CONTEXT,
        *,
        form: Form = "auto",
        offset: int = 0,
        line: int = 1,
    ) -> None:
        """Read one text, which begins at `offset` and `line` of what its marks are told in.

        `context` is asked for where there is a mark, a place for one, or where one is likely.
        """
        told = context() if self._expects else NO_CONTEXT
        reading = self._reading(data, form, where.record, told.origin.version)
        if reading.marks or reading.unmarked:
            if not self._expects and (told := context()).origin.version and reading.marks:
                # Read once more: the version bears on certainty.
                reading = self._reading(data, form, where.record, told.origin.version)
            if told.request and not where.request:
                where = replace(where, request=told.request)
        self._expects = bool(reading.marks or reading.unmarked)
        self._take(reading, (placed(mark, offset, line) for mark in reading.marks), where, told)

    def read_window(self, piece: Piece, where: Where) -> None:
        """Read a window of a long line as plain text. What it shares with the next window is counted once."""
        reading = self._reading(piece.data, "text", where.record)
        first, end = piece.own
        own = tuple(mark for mark in reading.marks if first <= mark.offset + piece.offset < end)
        if piece.shared:
            reading = _without(reading, self._reading(piece.data[-piece.shared :], "text", where.record))
        marks = (placed(mark, piece.offset, 1) for mark in own)
        self._take(replace(reading, marks=own), marks, where, NO_CONTEXT)

    def _take(self, reading: Reading, marks: Iterable[Mark], where: Where, context: Context) -> None:
        self._count(reading, where.record, context.origin)
        room = None if self._keep is None else self._keep - len(self._found)
        for mark in marks:
            if room is not None and room <= 0:
                break
            self._found.append(FoundMark(mark, where, context.origin))
            room = None if room is None else room - 1
        for said in dict.fromkeys(reading.not_examined):
            self.remark(f"{said.what}: {said.why}", where.record)

    def _count(self, reading: Reading, record: int, origin: Origin) -> None:
        is_new = self._counted != (record, origin)
        self._tally.add(reading, origin, records=int(is_new))
        if reading.marks or reading.unmarked:
            self._counted = record, origin
        if reading.marks and record != self._marked:
            self._tally.marked_records += 1
            self._marked = record

    def remark(self, why: str, record: int = 0, what: str = "") -> None:
        """Keep that something was not examined."""
        self._remarks.append(Remark(why, record, what))

    def batch(self, *, records: int = 0, lines: int = 0, size: int = 0) -> Batch:
        """Hand over what was kept since the last batch."""
        batch = Batch(tuple(self._found), self._tally, tuple(self._remarks), records, lines, size)
        self._start()
        return batch

    def _reading(self, data: bytes, form: Form, record: int, version: str = "") -> Reading:
        """Read a text with every detector. A failure in one costs neither the others nor the rest of the log."""
        try:
            return read_body(Body(data, form), self._detectors, version)
        except Exception:
            return read_body(
                Body(data, form), [_Guarded(each, self.remark, record) for each in self._detectors], version
            )


class _Guarded:
    """A detector whose failures are remarks."""

    def __init__(self, detector: Detector, remark: Callable[[str, int], None], record: int) -> None:
        self._detector = detector
        self._remark = remark
        self._record = record
        self.name, self.title, self.place = detector.name, detector.title, detector.place
        self.strip = detector.strip

    def read(self, body: Body, *, version: str = "") -> Reading:
        try:
            return self._detector.read(body, version=version)
        except Exception as error:
            self._remark(f"the reader of {self.name} failed there ({type(error).__name__})", self._record)
            return Reading()


def placed(mark: Mark, offset: int, line: int) -> Mark:
    """Return a mark of a text that begins at `offset` and `line`."""
    if offset == 0 and line == 1:
        return mark
    return replace(mark, offset=mark.offset + offset, line=mark.line + line - 1)


def _without(reading: Reading, shared: Reading) -> Reading:
    """Take away what is counted again in the next window.

    Both windows see what stands wholly in the shared bytes, and either sees the same half of what sticks out of them:
    so all windows, less all that is shared, is each thing once.
    """
    ordinary = _less(reading.ordinary, shared.ordinary)
    return replace(reading, ordinary=ordinary, unmarked=_less(reading.unmarked, shared.unmarked))


def _less(counts: Mapping[str, int], others: Mapping[str, int]) -> dict[str, int]:
    left = Counter(counts)
    left.subtract(others)
    return {name: count for name, count in left.items() if count}
