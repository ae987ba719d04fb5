"""Many files read by several processes. What comes of it does not depend on how many they are.

Files are shared out in batches, large ones in parts that one process reads and unpacks for all; every share becomes
Arrow tables where it was read, and tables are joined in the order of the files. osquery's results are of many files
together: their lines come back as they are.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain, groupby, islice
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from wiretell.errors import InternalError
from wiretell.fleet.merging import osquery, reading
from wiretell.fleet.merging.tables import Columns, Tables, joined
from wiretell.model.fleet import NotExamined

BATCH: Final = 400
"""Files of one share."""
FEWEST: Final = 4 * BATCH
"""Files below which one process is as fast."""
_PACKED: Final = 1 << 16
"""Bytes from which on a packed file is read in parts."""
_MOST_PROCESSES: Final = 8
_AHEAD: Final = 3
"""Shares a process that wait: what is read ahead lies in memory."""


@dataclass(frozen=True, slots=True)
class How:
    """How snapshots become columns; see `Columns`."""

    zone: ZoneInfo
    teams: dict[str, str]
    hashes: bool

    def columns(self) -> Columns:
        """Return empty columns."""
        return Columns(self.zone, self.teams, self.hashes)


class Share(NamedTuple):
    """What one process reads at once: files, a part of one, or what already could not be read."""

    paths: list[str]
    part: reading.Part | None = None
    unread: NotExamined | None = None


class Shared(NamedTuple):
    """What came of a share."""

    files: int
    tables: Tables
    read: reading.Read
    lines: dict[str, Any]
    """Of osquery: `Events.lines`."""


def gathered(
    paths: Sequence[str], how: How, advance: Callable[[int], None], processes: int | None = None
) -> tuple[Tables, reading.Read]:
    """Read all files. `advance` is told how many more are done. `processes`: by default as files and cores say.

    :raises InternalError: where a process was ended from outside.
    """
    read, events, tables = reading.Read(), osquery.Events(), []
    for shared in _worked(_shares(paths), how, _processes(paths) if processes is None else processes):
        tables.append(shared.tables)
        read.extend(shared.read)
        events.extend(shared.lines)
        advance(shared.files)
    last = how.columns()
    last.add(events.snapshots())
    return joined([*tables, last.tables()]), read


def _shares(paths: Sequence[str]) -> Iterator[Share]:
    """Yield shares in the order of the files."""
    for large, run in groupby(paths, _is_large):
        if large:
            yield from chain.from_iterable(map(_parts, run))
        else:
            while batch := list(islice(run, BATCH)):
                yield Share(batch)


def _is_large(path: str) -> bool:
    """Whether a file is read in parts: a large one, one that grows when unpacked, a pipe that can be read once."""
    try:
        status = os.stat(path)
    except OSError:
        return False  # whoever opens it says why
    most = _PACKED if path.endswith(".gz") else reading.LARGE
    return status.st_size > most or not stat.S_ISREG(status.st_mode)


def _parts(path: str) -> Iterator[Share]:
    try:
        yield from (Share([], part) for part in reading.parts(path))
    except OSError as error:
        yield Share([], unread=NotExamined(path, error.strerror or str(error)))


def _processes(paths: Sequence[str]) -> int:
    """Return how many processes are worth their start."""
    if len(paths) < FEWEST and not any(map(_is_large, paths)):
        return 1
    return min(len(os.sched_getaffinity(0)), _MOST_PROCESSES)


def _worked(shares: Iterable[Share], how: How, processes: int) -> Iterator[Shared]:
    """Yield what comes of shares, in their order."""
    if processes <= 1:
        yield from (_work(share, how) for share in shares)
        return
    context = multiprocessing.get_context("fork")
    others = set(multiprocessing.active_children())
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_obey) as pool:
        try:
            yield from _in_order(shares, processes * _AHEAD, lambda share: pool.submit(_work, share, how))
        except BaseException as error:
            for child in set(multiprocessing.active_children()) - others:
                child.terminate()  # or the pool waits for shares that nobody wants
            if isinstance(error, BrokenExecutor):
                raise InternalError("a process that read inventories was ended; is there too little memory?") from None
            raise


def _in_order(shares: Iterable[Share], most: int, submit: Callable[[Share], Future[Shared]]) -> Iterator[Shared]:
    waiting: deque[Future[Shared]] = deque()
    for share in shares:
        waiting.append(submit(share))
        if len(waiting) >= most:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _obey() -> None:
    """Have a worker leave Ctrl-C to its parent, which ends it; what it makes holds no cycles worth a search."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.disable()


def _work(share: Share, how: How) -> Shared:
    read, events, columns = reading.Read(), osquery.Events(), how.columns()
    if share.unread is not None:
        read.fail(share.unread.what, share.unread.why)
    if share.part is not None:
        columns.add(reading.of_part(share.part, read, events))
    columns.add(reading.snapshots(share.paths, read, events))
    return Shared(len(share.paths), columns.tables(), read, events.lines)
