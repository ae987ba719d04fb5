"""Putting batches together: one list of marks in the order of the files, one tally, one set of remarks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from wiretell.logs.flow import UNITS
from wiretell.logs.interface import Batch, Form, Progress, Remark, Rows
from wiretell.logs.remarks import Remarks
from wiretell.logs.summary import Tally, most_first
from wiretell.model.marks import FoundMark, MarksResult, SourceRead

_STREAMS: Final = frozenset({Form.TEXT, Form.JSON, Form.JSONL})


@dataclass(slots=True)
class _Source:
    """What is known of the source that is being read."""

    name: str
    form: Form = Form.TEXT
    records: int = 0
    lines: int = 0
    bytes: int = 0
    is_marked: bool = False
    """Whether the record that was read last, a line in windows, has a mark."""
    failed: bool = False
    tally: Tally = field(default_factory=Tally)


class Collector:
    """Takes the batches of one source after the other. At most `limit` marks are kept; `rows` gets every one."""

    def __init__(self, schemes: tuple[str, ...], limit: int, rows: Rows | None, progress: Progress, size: int) -> None:
        self._schemes = schemes
        self._limit = limit
        self._rows = rows
        self._progress = progress
        self._size = size
        """Bytes of all sources; 0: not known."""
        self._done = 0
        self._found: list[FoundMark] = []
        self._tally = Tally()
        self._remarks = Remarks()
        self._sources: list[SourceRead] = []
        self._at = _Source("")

    def begin(self, source: str) -> None:
        """Go on to a source."""
        if self._rows is not None:
            self._rows.begin(len(self._sources))
        self._at = _Source(source)

    def take(self, item: Form | Batch) -> None:
        """Take what the source is, or some of what was read in it."""
        if isinstance(item, Form):
            self._at.form = item
            return
        at = self._at
        self._keep([_moved(found, at) for found in item.found] if at.lines else list(item.found))
        unit = UNITS.get(at.form, "line")
        for remark in item.remarks:
            self._remarks.add(at.name, unit, replace(remark, record=_record(remark.record, at)))
        at.failed |= bool(item.remarks)
        _count_once(item, at)
        at.tally.merge(item.tally)
        at.records += item.records
        at.lines += item.lines
        at.bytes += item.bytes
        self._done += item.bytes
        self._progress(amount(self._done, self._size))

    def _keep(self, found: list[FoundMark]) -> None:
        self._found += found[: max(0, self._limit - len(self._found))]
        if self._rows is not None and found:
            self._rows.add(found)

    def fail(self, why: str) -> None:
        """Say that a source could not be read, or no further."""
        if not self._at.bytes:
            self._at.form = Form.UNREAD
        self._remarks.add(self._at.name, "", Remark(why))

    def end(self) -> None:
        """Finish a source."""
        at = self._at
        if at.form in _STREAMS and at.failed and not at.bytes:
            at.form = Form.UNREAD
        if at.form is Form.TEXT:
            at.records = min(1, at.bytes)
            at.tally.as_one_record()
        self._tally.merge(at.tally)
        self._sources.append(SourceRead(at.name, at.form.value, at.records, at.bytes, at.tally.total))

    def skip(self, source: str, why: str) -> None:
        """Say that something was left out that was not named by itself."""
        self._remarks.add(source, "", Remark(why))

    def result(self) -> MarksResult:
        """Return what was found in all sources."""
        tally = self._tally
        return MarksResult(
            sources=tuple(self._sources),
            schemes=self._schemes,
            found=tuple(self._found),
            total=tally.total,
            counts=most_first(tally.counts),
            certainties=most_first(tally.certainties),
            ordinary=most_first(tally.ordinary),
            summary=tally.rows(),
            not_examined=self._remarks.folded(),
            marked_records=tally.marked_records,
        )


def amount(done: int, size: int) -> str:
    """Return how much was read: `1.2 of 2.0 GB`, `310 of 512 MB`, `1.2 GB` where the whole is not known."""
    unit, name, digits = (1e9, "GB", 1) if max(done, size) >= 1e9 else (1e6, "MB", 0)
    of_size = f" of {size / unit:.{digits}f}" if size >= done else ""  # what is unpacked is more than the files hold
    return f"{done / unit:.{digits}f}{of_size} {name}"


def _count_once(batch: Batch, at: _Source) -> None:
    """Count a long line with marks once: its windows after the first come as batches without a record."""
    marked = batch.tally.marked_records
    if at.form is Form.JSONL and not batch.records:
        batch.tally.marked_records = 0 if at.is_marked else marked
        at.is_marked |= bool(marked)
    else:
        at.is_marked = bool(marked)


def _record(record: int, at: _Source) -> int:
    """Count a record from the beginning of the file; 0 where the file is the one record."""
    if at.form in (Form.TEXT, Form.JSON):
        return 0
    return record + at.lines if record and at.form is Form.JSONL else record


def _moved(found: FoundMark, at: _Source) -> FoundMark:
    """Count a mark's line, and its record where that is a line, from the beginning of the file."""
    mark = replace(found.mark, line=found.mark.line + at.lines)
    if at.form is not Form.JSONL:
        return replace(found, mark=mark)
    where = replace(found.where, record=found.where.record + at.lines, line=found.where.line + at.lines)
    return FoundMark(mark, where, found.origin)
