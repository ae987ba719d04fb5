"""Hits of the native pass -> lists: the same text under the same key is one list, wherever it stands. Pure."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace

from wiretell.model.scan import DecodedList, ListKind, Place
from wiretell.scan.interface import Hit

BETWEEN = 12
"""Bytes from one entry of an array to the next, at most: quotes, brackets, a comma, the white space of a new line."""
_RANK = {ListKind.KEYED: 0, ListKind.LAYERED: 1, ListKind.PLAIN: 2}


class Homes:
    """Which piece a place in an enclosing piece belongs to."""

    def __init__(self) -> None:
        self._spans: dict[str, list[tuple[int, int, str]]] = {}
        self._sorted: set[str] = set()

    def add(self, path: str, inside: Place) -> None:
        """Say that a piece stands at `inside`."""
        self._spans.setdefault(inside.file, []).append((inside.offset, inside.offset + inside.length, path))
        self._sorted.discard(inside.file)

    def named(self, place: Place) -> Place:
        """Return the place in the innermost piece that holds all of it."""
        spans = self._spans.get(place.file)
        if not spans:
            return place
        if place.file not in self._sorted:
            spans.sort()
            self._sorted.add(place.file)
        at = bisect_right(spans, (place.offset, float("inf"), "")) - 1
        if at < 0 or place.offset + place.length > spans[at][1]:
            return place
        start, _, path = spans[at]
        return self.named(Place(path, place.offset - start, place.length))


def merged(hits: Iterable[Hit], homes: Homes) -> tuple[DecodedList, ...]:
    """Return every list once for each way it is encoded, with all its places; hidden ones first, most evidence first.

    Entries under a key that stand in a row, each encoded by itself, are one list.
    """
    groups: dict[tuple[str, bytes, tuple[str, ...]], list[DecodedList]] = {}
    for found in _rows(_apart(hit.found for hit in _outermost(hits))):
        groups.setdefault((found.sha256, found.key, found.encoding), []).append(found)
    lists = [_joined(group, homes) for group in groups.values()]
    return tuple(sorted(lists, key=lambda found: (_RANK[found.kind], -found.evidence_bits, found.sha256)))


def _outermost(hits: Iterable[Hit]) -> list[Hit]:
    """Leave out what lies inside another hit: a piece of a string that was read whole as well, a weaker reading."""

    def order(hit: Hit) -> tuple[str, int, int, float]:
        start, end = hit.candidate.start, hit.candidate.end
        return hit.found.places[0].file, start, -end, -hit.found.evidence_bits

    kept: list[Hit] = []
    for hit in sorted(hits, key=order):
        last = kept[-1] if kept else None
        same_file = last is not None and last.found.places[0].file == hit.found.places[0].file
        if last is None or not same_file or hit.candidate.end > last.candidate.end:
            kept.append(hit)
    return kept


def _rows(lists: Iterable[DecodedList]) -> list[DecodedList]:
    """Put single entries that stand in a row together; `lists` are in the order of their places."""
    rows: list[list[DecodedList]] = []
    for found in lists:
        if rows and _follows(rows[-1][-1], found):
            rows[-1].append(found)
        else:
            rows.append([found])
    return [row[0] if len(row) == 1 else _row(row) for row in rows]


def _follows(before: DecodedList, found: DecodedList) -> bool:
    """Whether both are one entry under the same key, encoded alike, with nothing between but what separates them."""
    last, place = before.places[0], found.places[0]
    if last.file != place.file or not 0 < place.offset - last.offset - last.length <= BETWEEN:
        return False
    alike = before.key == found.key and before.encoding == found.encoding
    return alike and before.kind is found.kind is ListKind.KEYED and len(before.entries) == len(found.entries) == 1


def _row(row: list[DecodedList]) -> DecodedList:
    """Make one list of single entries. Each has paid for the search, the key included: their sum is a lower bound."""
    first, last = row[0].places[0], row[-1].places[0]
    entries = tuple(found.entries[0] for found in row)
    return replace(
        row[0],
        entries=entries,
        separator="",
        encoding=("items", *row[0].encoding),
        evidence_bits=round(sum(found.evidence_bits for found in row), 1),
        search_bits=round(sum(found.search_bits for found in row), 1),
        sha256=hashlib.sha256(",".join(entries).encode()).hexdigest(),
        places=(Place(first.file, first.offset, last.offset + last.length - first.offset),),
    )


def _apart(lists: Iterable[DecodedList]) -> list[DecodedList]:
    """Leave out what overlaps the same text before it: another reading of one string."""
    ends: dict[tuple[str, bytes, str], int] = {}
    kept = []
    for found in lists:
        place = found.places[0]
        same = (found.sha256, found.key, place.file)
        if place.offset >= ends.get(same, 0):
            ends[same] = place.offset + place.length
            kept.append(found)
    return kept


def _joined(group: list[DecodedList], homes: Homes) -> DecodedList:
    """Make one list of all places of the same text, encoded alike."""
    best = max(group, key=lambda found: found.evidence_bits)
    places = sorted({place for found in group for place in found.places})
    # A program's own text says more to a reader than the same bytes among compiled ones.
    named = sorted(map(homes.named, places), key=lambda place: (-place.file.count("!"), place))
    return replace(best, places=tuple(named))
