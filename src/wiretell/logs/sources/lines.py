"""JSON Lines: a record a line. Lines that are no JSON are read as plain text, broken ones as far as they go."""

from __future__ import annotations

from typing import Final

import msgspec

from wiretell.logs.cut import Piece
from wiretell.logs.examine import Examiner
from wiretell.logs.interface import Batch
from wiretell.logs.origin import TOO_DEEP, Context, of_record
from wiretell.logs.sources.text import read_window
from wiretell.marks.body import begins_as_json
from wiretell.model.marks import Where

LONG: Final = "too long to be read at once: read as plain text in windows, without JSON paths and JSON escapes"
PLAIN: Final = "no JSON: read as plain text"
DEEP: Final = "nested too deep: read as far as it can be followed, account and day are not known"
BROKEN: Final = "broken JSON: read as far as it can be followed, paths may be wrong, account and day are not known"


def read_piece(piece: Piece, source: str, examiner: Examiner) -> Batch:
    """Read some lines. Records and lines count from the piece's first."""
    if piece.is_window:
        if piece.is_first:
            examiner.remark(LONG, 1)
        return read_window(piece, Where(source, 1, offset=piece.own[0]), examiner)
    rows, lines = _rows(piece, source)
    loud = set(examiner.loud([row for row, _ in rows]))
    for at, (row, where) in enumerate(rows):
        if at in loud:
            _read_line(row, where, examiner)
        else:
            _pass_line(row, where, examiner)
    return examiner.batch(records=len(rows), lines=lines, size=len(piece.data))


def _rows(piece: Piece, source: str) -> tuple[list[tuple[bytes, Where]], int]:
    """Return the lines of a piece that are not blank, and the number of all line ends."""
    rows: list[tuple[bytes, Where]] = []
    at, line, data = 0, 0, piece.data
    while at < len(data):
        found = data.find(b"\n", at)
        row = data[at : found if found >= 0 else len(data)]
        if row and not row.isspace():
            rows.append((row, Where(source, line + 1, offset=piece.offset + at, line=line + 1)))
        if found < 0:
            break
        line += 1
        at = found + 1
    return rows, line


def _read_line(row: bytes, where: Where, examiner: Examiner) -> None:
    if not begins_as_json(row):
        examiner.remark(PLAIN, where.record)
        examiner.read(row, where, form="text", offset=where.offset, line=where.line)
        return
    asked = Asked(row, where.record, examiner)
    examiner.read(row, where, asked, form="json", offset=where.offset, line=where.line)
    asked.check()


def _pass_line(row: bytes, where: Where, examiner: Examiner) -> None:
    """Say of a line in which nothing stands what would have been said of it."""
    if begins_as_json(row):
        Asked(row, where.record, examiner).check()
    else:
        examiner.remark(PLAIN, where.record)


class Asked:
    """What a record tells of its origin, worked out if somebody asks."""

    def __init__(self, row: bytes, record: int, examiner: Examiner) -> None:
        self._row = row
        self._record = record
        self._examiner = examiner
        self.done = False

    def __call__(self) -> Context:
        """Work it out."""
        self.done = True
        return told(self._row, self._record, self._examiner)

    def check(self) -> None:
        """Say so where a record is broken of which nobody asked anything."""
        if self.done:
            return
        try:
            msgspec.json.decode(self._row, type=msgspec.Raw)
        except (msgspec.DecodeError, RecursionError):
            self()


def told(row: bytes, record: int, examiner: Examiner) -> Context:
    """Return what a record tells of its origin; say it where it is broken."""
    context = of_record(row)
    if context.problem:
        examiner.remark(DEEP if context.problem == TOO_DEEP else f"{BROKEN} ({context.problem})", record)
    return context
