"""Going over a target once: every piece through the native pass, every program through its tokenizer.

While the native pass has the processor, other processes read tokens. Nothing is executed and nothing is written.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from wiretell.model.findings import NotExamined
from wiretell.model.scan import Counted, DecodedList, Embedded, Mention, Place
from wiretell.scan import keys, literals, mentions, native, unpack
from wiretell.scan.interface import JAVASCRIPT, PYTHON, Hit, Piece, Progress
from wiretell.scan.lists import Homes, merged
from wiretell.scan.literals import Form, ReadPiece
from wiretell.scan.mentions import Collector, Find, Layout
from wiretell.scan.pages import let_go

PLACES: Final = 3
"""Places that are kept of one literal."""


@dataclass(slots=True)
class Seen:
    """One literal, wherever it stands."""

    count: int = 0
    places: list[Place] = field(default_factory=list)
    compared: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """All that going over a target gave."""

    lists: tuple[DecodedList, ...]
    mentions: tuple[Mention, ...]
    finds: tuple[Find, ...]
    layout: Layout
    embedded: tuple[Embedded, ...]
    counted: Counted
    not_examined: tuple[NotExamined, ...]
    native_s: float
    engine: str
    literals: Mapping[str, Seen]
    """Value -> where it stands; empty unless they were to be kept."""


def read(
    root: Path, *, engine: str = "auto", programs: bool = True, keep_literals: bool = False, progress: Progress
) -> Reading:
    """Go over `root`, a folder or one file.

    Without `programs` only the native pass is made: lists are found, names are not. Raises UsageError where there is
    nothing to read.
    """
    over = _Pass(native.warm_up(native.suited(engine, unpack.sizes(root)), progress), progress)
    seen: dict[str, Seen] = {}
    if programs:
        watch, names = mentions.WATCH, mentions.USUAL_NAMES
        # Closed at once, whatever happens here: its workers end with it.
        with contextlib.closing(literals.read(over.programs(root), watch, progress, names)) as found:
            for one in found:
                over.collector.add(one)
                if keep_literals:
                    _keep(one, seen)
    else:
        for _ in over.programs(root):
            pass
    return over.result(seen)


def _keep(one: ReadPiece, seen: dict[str, Seen]) -> None:
    for literal in one.literals:
        if literal.form > Form.TEMPLATE:
            continue
        entry = seen.get(literal.value)
        if entry is None:
            entry = seen[literal.value] = Seen()
        entry.count += 1
        entry.compared |= literal.compared
        if len(entry.places) < PLACES:
            entry.places.append(Place(one.path, literal.start, literal.end - literal.start))


class _Pass:
    """What is known so far."""

    def __init__(self, engine: str, progress: Progress) -> None:
        self._engine = engine
        self._progress = progress
        self._inside: dict[str, Place] = {}
        self._covered: dict[str, tuple[tuple[int, int], ...]] = {}
        self._spans: dict[str, list[tuple[int, int]]] = {}
        self._homes = Homes()
        self._layout = Layout(self._inside, self._covered)
        self.collector = Collector(self._layout)
        self._hits: list[Hit] = []
        self._embedded: list[Embedded] = []
        self._missing: dict[NotExamined, None] = {}
        self._raw: list[Piece] = []
        self._files = self._bytes = self._unpacked = self._tried = 0
        self._native_s = 0.0

    def programs(self, root: Path) -> Iterator[Piece]:
        """Yield the programs among the pieces; all else is dealt with on the way."""
        for item in unpack.pieces(root):
            match item:
                case Piece():
                    self._take(item)
                    if item.kind in (JAVASCRIPT, PYTHON):
                        yield item
                case Embedded():
                    self._embedded.append(item)
                case NotExamined():
                    self._missing[item] = None
        self._search_raw()

    def _take(self, piece: Piece) -> None:
        if piece.inside is not None:
            self._nest(piece.path, piece.inside)
        else:
            self._search_raw()
            self._progress(f"reading {piece.path}")
            self._count(piece)
            self._search(piece)
        if piece.kind not in (JAVASCRIPT, PYTHON):
            self._raw.append(piece)

    def _nest(self, path: str, inside: Place) -> None:
        self._inside[path] = inside
        self._spans.setdefault(inside.file, []).append((inside.offset, inside.offset + inside.length))
        self._homes.add(path, inside)

    def _count(self, piece: Piece) -> None:
        if "!" in piece.path:
            self._unpacked += len(piece.data)
        else:
            self._files += 1
            self._bytes += len(piece.data)

    def _search(self, piece: Piece) -> None:
        began = time.perf_counter()
        found = native.find(piece.data, engine=self._engine)
        self._tried += found.tried
        left: list[NotExamined] = []
        self._hits += keys.search(found.candidates, piece.path, tried=max(1, self._tried), left=left)
        self._missing.update(dict.fromkeys(left))
        self._missing.update((replace(one, what=f"{one.what} in {piece.path}"), None) for one in found.not_examined)
        self._native_s += time.perf_counter() - began

    def _search_raw(self) -> None:
        """Look for names in what is no program. Waits until all parts of a piece are known: those are left out."""
        for piece in self._raw:
            self._covered[piece.path] = tuple(sorted(self._spans.get(piece.path, ())))
            self.collector.add_raw(piece)
            let_go(piece.data)
        self._raw.clear()

    def result(self, seen: Mapping[str, Seen]) -> Reading:
        """Put everything together."""
        collected = self.collector.result()
        return Reading(
            lists=merged(self._hits, self._homes),
            mentions=collected.mentions,
            finds=collected.finds,
            layout=self._layout,
            embedded=tuple(self._embedded),
            counted=Counted(self._files, self._bytes, self._unpacked, collected.literals, self._tried),
            not_examined=(*self._missing, *collected.not_examined),
            native_s=self._native_s,
            engine=self._engine,
            literals=seen,
        )
