"""Stretches of a source that can be read by any process: a range of a file, or a piece of a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Final

from wiretell.logs.cut import Piece, Sizes, pieces
from wiretell.logs.examine import Examiner
from wiretell.logs.interface import Batch, Readable
from wiretell.logs.opening import Ahead
from wiretell.logs.sources import lines, text

RANGE_BYTES: Final = 32 << 20
_SIZES: Final = Sizes()
_READERS: Final[dict[str, Callable[[Piece, str, Examiner], Batch]]] = {
    "text": text.read_piece,
    "jsonl": lines.read_piece,
}


@dataclass(frozen=True, slots=True)
class RangeJob:
    """The lines of a file that begin in a range of it."""

    source: str
    form: str
    start: int
    end: int
    sizes: Sizes = field(default_factory=Sizes)


@dataclass(frozen=True, slots=True)
class PieceJob:
    """A piece of a stream."""

    source: str
    form: str
    piece: Piece


Job = RangeJob | PieceJob


def ranges(source: str, form: str, size: int, *, step: int = RANGE_BYTES, sizes: Sizes = _SIZES) -> Iterator[Job]:
    """Go through a file of `size` bytes in ranges; every line begins in one of them."""
    for start in range(0, size, step):
        yield RangeJob(source, form, start, min(start + step, size), sizes)


def run(job: Job, examiner: Examiner) -> Iterator[Batch]:
    """Do a job. What cannot be read is a remark."""
    match job:
        case PieceJob():
            yield _READERS[job.form](job.piece, job.source, examiner)
        case RangeJob():
            try:
                yield from _range(job, examiner)
            except OSError as error:
                why = f"it cannot be read ({error.strerror or error})"
                examiner.remark(why, what=f"bytes {job.start} to {job.end - 1}")
                yield examiner.batch()


def _range(job: RangeJob, examiner: Examiner) -> Iterator[Batch]:
    with Path(job.source).open("rb", buffering=0) as file:
        first, stream = _at_line(file, job)
        if first >= job.end:
            return
        for piece in pieces(stream, first, job.end, job.sizes):
            yield _READERS[job.form](piece, job.source, examiner)


def _at_line(file: FileIO, job: RangeJob) -> tuple[int, Readable]:
    """Go to the first line that begins in a range; the range's end, or what is beyond it, if there is none."""
    if job.start == 0:
        return 0, file
    at = job.start - 1
    file.seek(at)
    while at < job.end and (block := file.read(job.sizes.piece)):
        found = block.find(b"\n") + 1
        if found:
            return at + found, Ahead(file, block[found:])
        at += len(block)
    return job.end, file
