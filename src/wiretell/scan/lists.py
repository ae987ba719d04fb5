"""Hits of the native pass -> lists: the same text under the same key is one list, wherever it stands. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace

from wiretell.model.scan import DecodedList, ListKind, Place
from wiretell.scan.interface import Hit

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
    """Return every list once, with all its places; hidden ones first, most evidence first."""
    groups: dict[tuple[str, bytes], list[DecodedList]] = {}
    for hit in _outermost(hits):
        groups.setdefault((hit.found.sha256, hit.found.key), []).append(hit.found)
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


def _joined(group: list[DecodedList], homes: Homes) -> DecodedList:
    """Take the simplest way of decoding; candidates that overlap (two readings of one string) are one place."""
    best = min(group, key=lambda found: (_RANK[found.kind], len(found.encoding), -found.evidence_bits))
    places: list[Place] = []
    for place in sorted({place for found in group for place in found.places}):
        last = places[-1] if places else None
        if last is None or last.file != place.file or place.offset >= last.offset + last.length:
            places.append(place)
    # A program's own text says more to a reader than the same bytes among compiled ones.
    named = sorted(map(homes.named, places), key=lambda place: (-place.file.count("!"), place))
    return replace(best, places=tuple(named))
