"""Plain text: read in windows cut at line ends, each by itself."""

from __future__ import annotations

from typing import Final

from wiretell.logs.cut import Piece
from wiretell.logs.examine import Examiner
from wiretell.logs.interface import Batch
from wiretell.model.marks import Where

WINDOW_BYTES: Final = 1 << 20


def read_piece(piece: Piece, source: str, examiner: Examiner) -> Batch:
    """Read some lines of a text. A mark's line counts from the piece's first, its offset from the file's beginning."""
    if piece.is_window:
        return read_window(piece, Where(source, 1), examiner)
    at = line = 0
    while at < len(piece.data):
        end = _line_end(piece.data, at + WINDOW_BYTES)
        window = piece.data[at:end]
        examiner.read(window, Where(source, 1), form="text", offset=piece.offset + at, line=1 + line)
        line += window.count(b"\n")
        at = end
    return examiner.batch(lines=line, size=len(piece.data))


def read_window(piece: Piece, where: Where, examiner: Examiner) -> Batch:
    """Read a window of a long line. It is one record, of which the first window tells."""
    first, end = piece.own
    examiner.read_window(piece, where)
    ends = piece.data.endswith(b"\n") and not piece.after
    return examiner.batch(records=int(piece.is_first), lines=int(ends), size=end - first)


def _line_end(data: bytes, at: int) -> int:
    found = data.find(b"\n", at)
    return found + 1 if found >= 0 else len(data)
