"""Pieces -> what their text says: JavaScript by acorn in Node, Python by its own `ast`."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import Final

from wiretell.model.findings import NotExamined
from wiretell.scan.interface import JAVASCRIPT, PYTHON, Piece, Progress
from wiretell.scan.literals.acorn import ensure
from wiretell.scan.literals.pool import Pool
from wiretell.scan.literals.python import read_python
from wiretell.scan.literals.values import ReadPiece
from wiretell.scan.literals.worker import Answer, Settings, WorkerError

LARGEST: Final = 256_000_000
"""Bytes of one program; V8 holds no longer text than 512 million characters."""
WHAT: Final = "string literals of JavaScript"
_AHEAD: Final = 400
"""Pieces that wait for a worker or for their turn: one large piece holds back the small ones behind it."""
_AHEAD_BYTES: Final = 64 << 20
"""Of their sources: answers may take many times as much."""


def read(
    pieces: Iterable[Piece],
    watch: Collection[str],
    progress: Progress,
    names: Collection[str] = (),
    find: Callable[[Progress], Path] = ensure,
) -> Generator[ReadPiece, None, None]:
    """Read every piece of JavaScript or Python, and yield them in their order; other pieces are passed over.

    `watch` are words to be noticed as members or names (`timeZone`), `names` variables of the environment that do not
    look like one (`HOME`). Nothing is raised for what cannot be read: it is said in `not_examined` of its piece.
    """
    settings = Settings(tuple(sorted(watch)), tuple(sorted(names)))
    waiting: deque[tuple[Piece, Future[Answer] | ReadPiece]] = deque()
    ahead = 0
    with Pool(settings, progress, find) as pool:
        for piece in pieces:
            if piece.kind not in (JAVASCRIPT, PYTHON):
                continue
            while waiting and (len(waiting) >= _AHEAD or ahead + len(piece.data) > _AHEAD_BYTES):
                ahead -= len(waiting[0][0].data)
                yield _ended(*waiting.popleft(), progress)
            waiting.append((piece, _begin(piece, settings, pool)))
            ahead += len(piece.data)
            while waiting and _is_ready(waiting[0][1]):
                ahead -= len(waiting[0][0].data)
                yield _ended(*waiting.popleft(), progress)
        while waiting:
            yield _ended(*waiting.popleft(), progress)


def _begin(piece: Piece, settings: Settings, pool: Pool) -> Future[Answer] | ReadPiece:
    if piece.kind == PYTHON:
        return read_python(piece, settings)
    if len(piece.data) > LARGEST:
        return _unread(piece, f"it is larger than {LARGEST // 1_000_000} MB")
    if pool.failed:
        return _unread(piece, pool.failed)
    return pool.ask(piece.data)


def _is_ready(begun: Future[Answer] | ReadPiece) -> bool:
    return isinstance(begun, ReadPiece) or begun.done()


def _ended(piece: Piece, begun: Future[Answer] | ReadPiece, progress: Progress) -> ReadPiece:
    if isinstance(begun, ReadPiece):
        return begun
    try:
        answer = begun.result()
    except WorkerError as error:
        return _unread(piece, str(error))
    progress(f"read {piece.path}")
    errors = [_skipped(piece, *error) for error in answer.errors]
    errors += [NotExamined(f"{WHAT}: comparisons in {piece.path}", note) for note in answer.notes]
    return ReadPiece(
        path=piece.path,
        kind=piece.kind,
        inside=piece.inside,
        literals=answer.literals,
        names=answer.names,
        watched=answer.watched,
        computed=answer.computed,
        whole=answer.whole,
        not_examined=tuple(errors),
    )


def _skipped(piece: Piece, start: int, end: int, message: str) -> NotExamined:
    rest = "the rest" if end >= len(piece.data) else f"bytes {start} to {end}"
    return NotExamined(f"{WHAT}: {rest} of {piece.path}", f"no JavaScript to acorn at byte {start}: {message}")


def _unread(piece: Piece, why: str) -> ReadPiece:
    missing = NotExamined(f"{WHAT}: {piece.path}", why)
    return ReadPiece(piece.path, piece.kind, piece.inside, (), (), (), 0, 0, (missing,))
