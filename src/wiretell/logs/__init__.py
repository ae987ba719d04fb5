"""Reads marks out of files: text, JSON, JSON Lines, HAR, saved captures, Parquet, plain or compressed, or a pipe.

    paths -> naming, checking -> recognise -> sources
          -> cut -> jobs (pool, worker) -> examine, origin -> result (summary, remarks)
                                                          \\-> tables (CSV, Parquet)

Nothing is sent and nothing is written. What was not examined, and why, stands in the result.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from wiretell import marks
from wiretell.logs.checking import check, named
from wiretell.logs.examine import Examiner
from wiretell.logs.flow import Means, read_source
from wiretell.logs.interface import Batch, Form, Progress, Rows
from wiretell.logs.pool import Pool
from wiretell.logs.result import Collector
from wiretell.marks.interface import Detector
from wiretell.model.marks import MarksResult

__all__ = ["MarksResult", "Rows", "read", "sources"]

DEFAULT_LIMIT = 1000


def read(
    paths: Sequence[str],
    *,
    schemes: Iterable[str] | None = None,
    limit: int = DEFAULT_LIMIT,
    columns: Sequence[str] = (),
    workers: int | None = None,
    progress: Progress = lambda _text: None,
    rows: Rows | None = None,
) -> MarksResult:
    """Read files, folders, globs, and standard input (`-`) for marks.

    A folder that `wiretell audit --save` wrote is one source; any other is read whole, each file in it a source.

    `schemes`: names, all if None. `limit`: marks that the result holds; it says how many there were. `columns`: of
    Parquet; all that hold text if empty. `workers`: processes, one a core if None; the result is the same for any
    number. `progress` is given `1.2 of 2.0 GB` now and then. `rows` is given every mark, in order, as it is found.

    :raises UsageError: before anything is read: an unknown scheme, a file that is missing or closed, a glob without a
        match, an unknown column, Parquet without pyarrow.
    """
    chosen = marks.named(marks.schemes() if schemes is None else schemes)
    return read_with(
        chosen, paths, limit=limit, columns=columns, workers=workers or processors(), progress=progress, rows=rows
    )


def sources(paths: Sequence[str]) -> tuple[str, ...]:
    """Return what `read` reads for these paths: every file of their folders, and what their globs match.

    :raises UsageError: for a path that is missing or closed, or a glob without a match.
    """
    return named(paths).sources


def read_with(
    detectors: Sequence[Detector],
    paths: Sequence[str],
    *,
    limit: int,
    columns: Sequence[str] = (),
    workers: int = 1,
    progress: Progress = lambda _text: None,
    rows: Rows | None = None,
) -> MarksResult:
    """Do the same with any detectors; other processes know the registered ones alone."""
    what = named(paths)
    size = check(what.sources, columns)
    started, began = datetime.now(UTC), time.monotonic()
    keep = None if rows is not None else limit
    names = tuple(each.name for each in detectors)
    into = Collector(names, limit, rows, progress, size)
    with Pool(detectors, keep, workers) as pool:
        means = Means(Examiner(detectors, keep), pool, columns)
        for source in what.sources:
            _read_one(source, means, into)
        for folder, why in what.skipped:
            into.skip(folder, why)
    return replace(
        into.result(),
        started=started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        wall_s=round(time.monotonic() - began, 3),
    )


def _read_one(path: str, means: Means, into: Collector) -> None:
    into.begin(path)
    for item in _readable(read_source(path, means), into):
        into.take(item)  # what goes wrong here is the taker's: a table that cannot be written
    into.end()


def _readable(items: Iterator[Form | Batch], into: Collector) -> Iterator[Form | Batch]:
    """Go through a source as far as it can be read, and say where that ends."""
    try:
        while (item := next(items, None)) is not None:
            yield item
    except OSError as error:
        into.fail(f"it cannot be read ({error.strerror or error})")


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
