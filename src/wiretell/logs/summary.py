"""Counting what was found, by account, client, version and day. Pure; counts of any stretches can be added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from wiretell.model.marks import Mark, Origin, Reading, SummaryRow


@dataclass(slots=True)
class OriginTally:
    """What was counted of one origin."""

    records: int = 0
    """With a mark, or with a place where one could have been written."""
    unmarked: Counter[str] = field(default_factory=Counter)
    marks: Counter[str] = field(default_factory=Counter)

    def merge(self, other: OriginTally) -> None:
        """Add another's counts."""
        self.records += other.records
        _add(self.unmarked, other.unmarked)
        _add(self.marks, other.marks)


@dataclass(slots=True)
class Tally:
    """What was counted. `add` and `merge` change it in place."""

    total: int = 0
    marked_records: int = 0
    """Records with a mark."""
    counts: Counter[str] = field(default_factory=Counter)
    """`scheme:state` -> how often."""
    certainties: Counter[str] = field(default_factory=Counter)
    ordinary: Counter[str] = field(default_factory=Counter)
    by_origin: dict[Origin, OriginTally] = field(default_factory=dict)

    def add(self, reading: Reading, origin: Origin, *, records: int = 1) -> None:
        """Count what was read in `records` records of one origin: 0 for more of the record before."""
        _add(self.ordinary, reading.ordinary)
        if not reading.marks and not reading.unmarked:
            return
        row = self.by_origin.setdefault(origin, OriginTally())
        row.records += records
        _add(row.unmarked, reading.unmarked)
        for mark in reading.marks:
            name = name_of(mark)
            self.total += 1
            self.counts[name] += 1
            self.certainties[mark.certainty.value] += 1
            row.marks[name] += 1

    def merge(self, other: Tally) -> None:
        """Add another's counts. Whether A then B, or B first, gives the same sums."""
        self.total += other.total
        self.marked_records += other.marked_records
        _add(self.counts, other.counts)
        _add(self.certainties, other.certainties)
        _add(self.ordinary, other.ordinary)
        for origin, row in other.by_origin.items():
            self.by_origin.setdefault(origin, OriginTally()).merge(row)

    def as_one_record(self) -> None:
        """Say that all was read in one record: of a text that was read in windows."""
        self.marked_records = min(self.marked_records, 1)
        for row in self.by_origin.values():
            row.records = min(row.records, 1)

    def rows(self) -> tuple[SummaryRow, ...]:
        """Return what was counted of each origin, in the order of their names and days."""
        return tuple(_row(origin, self.by_origin[origin]) for origin in sorted(self.by_origin, key=_order))


def _add(counter: Counter[str], counts: Mapping[str, int]) -> None:
    """Do what `update` does; for one or two names, several times quicker."""
    for name, count in counts.items():
        counter[name] += count


def name_of(mark: Mark) -> str:
    """Return how a mark is counted: `date-line:known+cnTZ`."""
    return f"{mark.scheme}:{mark.state}"


def most_first(counts: Mapping[str, int]) -> dict[str, int]:
    """Return counts, the highest first, equal ones by name."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _order(origin: Origin) -> tuple[str, ...]:
    return origin.account, origin.client, origin.version, origin.day


def _row(origin: Origin, row: OriginTally) -> SummaryRow:
    return SummaryRow(origin, row.records, most_first(row.unmarked), most_first(row.marks))
