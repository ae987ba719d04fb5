"""From what the user named to one result.

    paths -> recognised by content -> batches, in the order of the files -> one tally, one list, one table

Text and JSON Lines are cut into jobs for several processes; all else is read here. The result is the same for any
number of workers.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wiretell.logs.cut import pieces
from wiretell.logs.examine import Examiner
from wiretell.logs.interface import MAX_RECORD_BYTES, Batch, Form
from wiretell.logs.jobs import PieceJob, ranges
from wiretell.logs.opening import STANDARD_INPUT, Ahead, is_packed, opened
from wiretell.logs.pool import Pool
from wiretell.logs.recognise import HEAD_BYTES, form_of
from wiretell.logs.sources import captures, document, har, parquet

MAX_ARCHIVE_BYTES: Final = 1 << 30
"""Of a HAR, which is held whole."""
_CUT: Final = (Form.TEXT, Form.JSONL)
_LARGEST: Final = {Form.JSON: MAX_RECORD_BYTES, Form.HAR: MAX_ARCHIVE_BYTES}
_TOO_LARGE: Final = "too large for one JSON document: read as plain text, without JSON paths and JSON escapes"
UNREAD: Final = {
    Form.FOLDER: "a folder in which no file is to be read",
    Form.PARQUET: "Parquet cannot be read from a pipe, nor compressed: save it to a file, and unpack it",
    Form.BINARY: "binary: not examined",
    Form.UTF16: "UTF-16: not examined; convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)",
}
UNITS: Final = {Form.HAR: "entry", Form.CAPTURES: "exchange", Form.PARQUET: "row"}
"""What records are called; `line` elsewhere."""


@dataclass(frozen=True, slots=True)
class Means:
    """What sources are read with."""

    examiner: Examiner
    pool: Pool
    columns: Sequence[str] = ()


def read_source(source: str, means: Means) -> Iterator[Form | Batch]:
    """Go through a source: first its kind, then its batches. OSError where it cannot be opened."""
    if source != STANDARD_INPUT and Path(source).is_dir():
        yield from _folder(source, means.examiner)
        return
    size = _size_if_regular(source)
    if size is not None:
        with Path(source).open("rb") as file:
            head = file.read(HEAD_BYTES)
        form = form_of(head)
        if form is Form.PARQUET:
            yield form
            yield from parquet.read(source, means.examiner, means.columns)
            return
        if size > HEAD_BYTES and form in _CUT and not is_packed(head):
            yield form
            yield from means.pool.run(ranges(source, form.value, size))
            return
    with opened(source) as stream:
        yield from _streamed(source, stream, means)


def _folder(source: str, examiner: Examiner) -> Iterator[Form | Batch]:
    if captures.is_store(Path(source)):
        yield Form.CAPTURES
        yield from captures.read(source, examiner)
    else:
        yield from _unread(Form.FOLDER, examiner)


def _size_if_regular(source: str) -> int | None:
    if source == STANDARD_INPUT:
        return None
    status = Path(source).stat()
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _streamed(source: str, stream: Ahead, means: Means) -> Iterator[Form | Batch]:
    """Read what can only be read from its beginning to its end."""
    head = stream.head(HEAD_BYTES)
    form = form_of(head)
    archive = None
    if form in _LARGEST:
        data = stream.head(_LARGEST[form] + 1)
        if len(data) > _LARGEST[form]:
            means.examiner.remark(_TOO_LARGE)
            form = Form.TEXT
        elif form is Form.HAR and (archive := har.entries(data)) is None:
            means.examiner.remark("a HAR that is broken: read as a JSON document, as far as it can be followed")
            form = Form.JSON
    if form in UNREAD:
        yield from _unread(form, means.examiner)
        return
    if form is Form.EMPTY:  # read to its end, where that is its end
        form = Form.UNREAD if stream.failed else Form.TEXT
    yield form
    if archive is not None:
        yield from har.read(archive, source, means.examiner)
    elif form is Form.JSON:
        yield from document.read(data, source, means.examiner)
    elif form in _CUT:
        jobs = (PieceJob(source, form.value, piece) for piece in pieces(stream))
        yield from means.pool.run(jobs, alone=len(head) < HEAD_BYTES)
    if stream.failed:
        means.examiner.remark(f"it could not be read to its end ({stream.failed})")
        yield means.examiner.batch()


def _unread(form: Form, examiner: Examiner) -> Iterator[Form | Batch]:
    yield Form.UNREAD
    examiner.remark(UNREAD[form])
    yield examiner.batch()
