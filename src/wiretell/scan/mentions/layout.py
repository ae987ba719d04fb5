"""Where pieces stand in one another, so that finds in different pieces of one file can be put side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from wiretell.model.scan import Place
from wiretell.scan.interface import Piece

_DEEPEST: Final = 16


@dataclass(frozen=True, slots=True)
class Layout:
    """Which piece stands where in which other."""

    inside: Mapping[str, Place]
    covered: Mapping[str, tuple[tuple[int, int], ...]]
    """Piece -> the spans [start, end) in it that are pieces of their own, in rising order."""

    @classmethod
    def of(cls, pieces: Iterable[Piece]) -> Layout:
        """Return the layout of pieces."""
        found = {piece.path: piece.inside for piece in pieces if piece.inside is not None}
        covered: dict[str, list[tuple[int, int]]] = {}
        for at in found.values():
            covered.setdefault(at.file, []).append((at.offset, at.offset + at.length))
        return cls(MappingProxyType(found), {file: tuple(sorted(spans)) for file, spans in covered.items()})

    def outer(self, place: Place) -> Place:
        """Return the same place in the outermost piece that holds these bytes as they are."""
        for _ in range(_DEEPEST):
            around = self.inside.get(place.file)
            if around is None:
                return place
            place = Place(around.file, around.offset + place.offset, place.length)
        return place


@dataclass(frozen=True, slots=True)
class Find:
    """Something worth knowing about when it stands near something else."""

    kind: str
    """`timezone`, `lookalike`, `base url` or `list`."""
    label: str
    """`timezone Asia/Shanghai`, `lookalike U+02BC`, `reads ACME_BASE_URL`, `list of 147 entries`."""
    place: Place
    """In its piece."""
    outer: Place
    """The same in the outermost piece that holds these bytes as they are."""


def gaps(piece: Piece, layout: Layout) -> Iterator[tuple[int, int]]:
    """Yield the spans [start, end) of a piece that no other piece covers."""
    position = 0
    for start, end in layout.covered.get(piece.path, ()):
        if start > position:
            yield position, start
        position = max(position, end)
    if position < len(piece.data):
        yield position, len(piece.data)
