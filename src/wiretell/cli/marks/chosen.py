"""Marks by how sure they are: `--at-least likely` counts and lists the others not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from wiretell.logs.tables import Table
from wiretell.model.findings import NotExamined
from wiretell.model.marks import Certainty, FoundMark, MarksResult, Origin, SummaryRow
from wiretell.report.words import plural

_ORDER: Final = tuple(Certainty)
"""The surest first."""


class NotWrittenError(Exception):
    """What marks were passed on to cannot be written. No OSError: those are taken for a source that cannot be read."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.cause = cause


class Chosen:
    """Takes every mark as it is found, passes those on that are sure enough, and counts them as a result does."""

    def __init__(self, least: Certainty, limit: int) -> None:
        self.into: Table | None = None
        """Is given the marks that are sure enough, where it is set."""
        self._least = least
        self._allowed = frozenset(_ORDER[: _ORDER.index(least) + 1])
        self._limit = limit
        self._left_out = 0
        self._found: list[FoundMark] = []
        self._certainties: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._source = 0
        self._of_source: Counter[int] = Counter()
        """Index of a source -> marks: the same file may be named twice."""
        self._marked_records = 0
        self._marked: tuple[int, int] | None = None
        """Source and record that were counted last."""
        self._of_origin: dict[Origin, Counter[str]] = {}

    @property
    def total(self) -> int:
        """How many there were."""
        return self._counts.total()

    def begin(self, source: int) -> None:
        """Know that what follows was found in this source."""
        self._source = source

    def add(self, found: Iterable[FoundMark]) -> None:
        """Take some marks."""
        every = list(found)
        kept = [each for each in every if each.mark.certainty in self._allowed]
        self._left_out += len(every) - len(kept)
        for each in kept:
            self._count(each)
        self._found += kept[: max(0, self._limit - len(self._found))]
        if self.into is not None and kept:
            self._pass_on(self.into, kept)

    def _pass_on(self, into: Table, kept: list[FoundMark]) -> None:
        try:
            into.add(kept)
        except OSError as error:
            raise NotWrittenError(error) from error

    def _count(self, found: FoundMark) -> None:
        state = f"{found.mark.scheme}:{found.mark.state}"
        self._counts[state] += 1
        self._certainties[found.mark.certainty.value] += 1
        self._of_source[self._source] += 1
        record = self._source, found.where.record
        self._marked_records += record != self._marked
        self._marked = record
        self._of_origin.setdefault(found.origin, Counter())[state] += 1

    def result(self, whole: MarksResult) -> MarksResult:
        """Return the result of the reading with these marks alone."""
        return replace(
            whole,
            found=tuple(self._found),
            total=self.total,
            counts=dict(self._counts.most_common()),
            certainties=dict(self._certainties.most_common()),
            summary=tuple(row for row in map(self._row, whole.summary) if row.marks or row.unmarked),
            sources=tuple(replace(read, marks=self._of_source[n]) for n, read in enumerate(whole.sources)),
            not_examined=(*whole.not_examined, *self._remarks()),
            marked_records=self._marked_records,
        )

    def _remarks(self) -> Iterable[NotExamined]:
        if self._left_out:
            why = f"--at-least {self._least} leaves them out, also of every count above"
            yield NotExamined(f"{plural(self._left_out, 'mark')} less sure than {self._least}", why)

    def _row(self, row: SummaryRow) -> SummaryRow:
        marks: Mapping[str, int] = self._of_origin.get(row.origin, {})
        return replace(row, marks=dict(marks))
