"""From raw bytes to encoded strings that are worth a key search."""

from __future__ import annotations

import importlib.util
import mmap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from wiretell.errors import TargetError, UsageError
from wiretell.model.findings import NotExamined
from wiretell.scan.interface import Buffer, Candidate, Progress
from wiretell.scan.language import COSTS
from wiretell.scan.native import _decode
from wiretell.scan.native._raw import RawFind
from wiretell.scan.pages import let_go

WINDOW = 8 << 20
"""Bytes that one thread looks at in one go; nothing found depends on it."""
CAP = 20_000
"""Survivors of a window that are kept. A large bundle has a few hundred."""
THREADS = 2
WORTH_LOADING = 2 << 20
"""Bytes from which the compiled engine gains more than the second that loading numba takes."""
WORTH_COMPILING = 100 << 20
"""Bytes from which the compiled engine gains more than the half minute that compiling it takes."""
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """Survivors of a pass over one piece."""

    candidates: tuple[Candidate, ...]
    """By offset; the same encoded bytes at several places are several candidates that share their parts."""
    tried: int
    """Encoded strings that were read: distinct ones of runs of letters, all of others (so it is an upper bound)."""
    not_examined: tuple[NotExamined, ...]
    engine: str = ""
    """`numba` or `python`."""


def engines() -> tuple[str, ...]:
    """Return the engines that can be used here, the fastest first; nothing is imported."""
    present = all(importlib.util.find_spec(name) is not None for name in ("numba", "numpy"))
    return ("numba", "python") if present else ("python",)


def suited(engine: str, size: int) -> str:
    """Return the engine for so many bytes: loading numba, or compiling, takes longer than reading a few slowly."""
    if engine == "auto" and size < WORTH_LOADING:
        return "python"
    if engine != "auto" or size >= WORTH_COMPILING or _chosen(engine) == "python":
        return engine
    from wiretell.scan.native import _compiled

    return engine if _compiled.is_compiled() else "python"


def warm_up(engine: str = "auto", progress: Progress | None = None) -> str:
    """Make an engine ready, and return its name.

    The first time on a machine numba compiles for half a minute; `progress` is told so.
    """
    name = _chosen(engine)
    if name == "numba":
        from wiretell.scan.native import _compiled

        if progress is not None and not _compiled.is_compiled():
            progress("compiling the scanner (once)")
        _compiled.kernels()
    return name


def find(data: Buffer, *, engine: str = "auto", progress: Progress | None = None) -> Found:
    """Find encoded strings in `data` that could be hidden text.

    Pages of a mapped file are let go once read. Raises UsageError for an unknown engine, or one
    that is not installed.
    """
    name = warm_up(engine, progress)
    if not len(data):
        return Found((), 0, (), name)
    raw = _engine(name).find_raw(data, CAP, WINDOW, THREADS, COSTS(), _let_go(data))
    return _found(data, raw, name)


def find_in_file(path: Path | str, *, engine: str = "auto", progress: Progress | None = None) -> Found:
    """Map a file and find encoded strings in it. Raises TargetError where it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            if not Path(path).stat().st_size:
                return find(b"", engine=engine, progress=progress)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as view:
                return find(view, engine=engine, progress=progress)
    except OSError as error:
        raise TargetError(f"{path} cannot be read: {error.strerror}.") from error


def _chosen(engine: str) -> str:
    if engine == "auto":
        return engines()[0]
    if engine not in ("numba", "python"):
        raise UsageError(f"no engine is called {engine!r}; there are numba, python and auto.")
    if engine not in engines():
        raise UsageError("the engine numba needs numba and numpy: install wiretell[scan], or use the engine python.")
    return engine


def _engine(name: str) -> ModuleType:
    if name == "numba":
        from wiretell.scan.native import _compiled

        return _compiled
    from wiretell.scan.native import _plain

    return _plain


def _let_go(data: Buffer) -> Callable[[int, int], None]:
    """Return what lets the pages of a window go."""
    return lambda low, high: let_go(data, low, high)


def _found(data: Buffer, raw: RawFind, engine: str) -> Found:
    decoder = _decode.Decoder(data)
    records = sorted(set(raw.records))
    return Found(
        tuple(decoder.candidate(record) for record in records), raw.tried, tuple(_left_out(raw, records)), engine
    )


def _left_out(raw: RawFind, records: list[tuple[int, int, int]]) -> list[NotExamined]:
    """Say what was left out for want of room."""
    said = [
        NotExamined(
            f"{count} encoded strings in the {WINDOW // MIB} MiB from byte {low} on",
            f"more than {CAP} there could be hidden text; the first {CAP} were searched",
        )
        for low, count in raw.dropped
    ]
    said.extend(
        NotExamined(
            f"the encoded string at byte {start} beyond its first {_decode.LONGEST // MIB} MiB", "it is too long"
        )
        for start, end, _ in records
        if end - start > _decode.LONGEST
    )
    return said
