"""The engine that compiles the pass with numba. Import it only where numba and numpy are present.

The functions of `_survey`, `_packed`, `_readings`, `_literals`, `_escapes`, `_table` and `_window` are compiled as they
stand. What is compiled is kept below wiretell's cache folder, under a name made of the sources and the versions, so
that another wiretell never loads it; nothing is written beside the sources.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from types import FunctionType, ModuleType
from typing import Any

import numba
import numpy as np
from numba.core import types

from wiretell.scan.interface import Buffer
from wiretell.scan.native import _escapes, _lines, _literals, _packed, _readings, _shapes, _survey, _table, _window
from wiretell.scan.native._cache import cache_folder
from wiretell.scan.native._raw import RawFind, window_starts

_MODULES: tuple[ModuleType, ...] = (_shapes, _packed, _survey, _readings, _lines, _literals, _escapes, _table, _window)
_READ = types.Array(types.uint8, 1, "C", readonly=True)
_BYTES = types.Array(types.uint8, 1, "C")
_NUMBERS = types.Array(types.int32, 1, "C", readonly=True)
_WIDE = types.Array(types.int64, 1, "C")
_SMALL = types.Array(types.int32, 1, "C")
_I = types.int64
_WINDOW = _I(_READ, _I, _I, _NUMBERS, _READ, _BYTES, _READ, _SMALL, _BYTES, _SMALL, _WIDE, _WIDE, _WIDE)
_ENTRIES = {"scan_window": _WINDOW, "merge": _I(_WIDE, _WIDE, _WIDE)}

Array = Any
"""A numpy array; numba has no types to check it against."""


@dataclass(frozen=True, slots=True)
class _Kernels:
    """The two functions that are called from here."""

    scan_window: Callable[..., int]
    merge: Callable[..., int]


def _kept() -> Path | None:
    """Return the folder for what these sources compile to; None where none can be made."""
    said = hashlib.sha256(f"{numba.__version__} {np.__version__} {sys.version}".encode())
    for path in (__file__, *(str(module.__file__) for module in _MODULES)):
        said.update(Path(path).read_bytes())
    return cache_folder(f"numba/{said.hexdigest()[:16]}")


def is_compiled() -> bool:
    """Whether the scanner need not be compiled."""
    folder = _kept()
    return folder is not None and any(folder.rglob("*.nbc"))


@cache
def kernels() -> _Kernels:
    """Compile the pass, or load what was compiled before. Takes seconds the first time."""
    folder = _kept()
    if folder is not None:
        setattr(numba.config, "CACHE_DIR", str(folder))  # noqa: B010 (has no types)
    names: dict[str, Any] = {"__builtins__": __builtins__, "__name__": __name__}
    for module in _MODULES:
        names.update({name: value for name, value in vars(module).items() if isinstance(value, int)})
    functions = [
        value
        for module in _MODULES[1:]
        for value in vars(module).values()
        if isinstance(value, FunctionType) and value.__module__ == module.__name__
    ]
    # Those with a signature are compiled at once, with all that they call.
    for function in sorted(functions, key=lambda function: function.__name__ in _ENTRIES):
        names[function.__name__] = _jit(function, names, folder is not None)
    return _Kernels(names["scan_window"], names["merge"])


def _jit(function: FunctionType, names: dict[str, Any], keep: bool) -> Any:
    """Return the function over, with `names` for its globals: the compiled ones call each other, not the originals."""
    name = function.__name__
    copied = FunctionType(function.__code__, names, name, function.__defaults__)
    copied.__qualname__ = function.__qualname__
    if name in _ENTRIES:
        return numba.njit(_ENTRIES[name], cache=keep, nogil=True)(copied)
    return numba.njit(nogil=True)(copied)


class _Worker:
    """The arrays that one thread works with."""

    def __init__(self) -> None:
        self.joined = np.zeros(_shapes.JOINED + 1, np.uint8)
        self.seen = self.joined.view()
        self.seen.flags.writeable = False
        self.pieces = np.zeros(_shapes.JOINED + 1, np.int32)
        self.buf = np.zeros(2 * _shapes.EXAMINED, np.uint8)
        self.work = np.zeros(_shapes.WORK, np.int32)
        self.out = np.zeros(1, np.int64)
        self.room = np.zeros(4, np.int64)
        self.known = np.zeros(1 << 12, np.int64)

    def grow(self, window: int) -> None:
        """See that all runs of a window fit, up to a table of 128 MiB."""
        need = 2 * (int(self.room[_shapes.DISTINCT]) + window // (_shapes.LEAST_BASE64 + 1))
        size = min(1 << max(need, 4096).bit_length(), 1 << 24)
        if size <= len(self.known):
            return
        old, self.known = self.known, np.zeros(size, np.int64)
        self.room[_shapes.DISTINCT] = 0
        kernels().merge(old, self.known, self.room)


def find_raw(
    data: Buffer, cap: int, window: int, threads: int, cost: bytes, done: Callable[[int, int], None]
) -> RawFind:
    """Make the pass over all windows; `cap` survivors a window are kept. `done(low, high)` is called after each."""
    view = np.frombuffer(data, np.uint8)
    view.flags.writeable = False
    tab = np.array(_shapes.table(), np.int32)
    tab.flags.writeable = False
    costs = np.frombuffer(cost, np.uint8)
    idle: SimpleQueue[_Worker] = SimpleQueue()
    workers = [_Worker() for _ in range(threads)]
    for worker in workers:
        worker.out = np.zeros(_shapes.RECORD * cap, np.int64)
        worker.room[_shapes.FITS] = cap
        idle.put(worker)
    scan = kernels().scan_window

    def one(low: int) -> tuple[Array, int]:
        high = min(low + window, len(view))
        worker = idle.get()
        try:
            worker.grow(high - low)
            before = int(worker.room[_shapes.DROPPED])
            w = worker
            found = scan(view, low, high, tab, costs, w.joined, w.seen, w.pieces, w.buf, w.work, w.out, w.room, w.known)
            kept = worker.out[: _shapes.RECORD * found].copy()
            return kept, int(worker.room[_shapes.DROPPED]) - before
        finally:
            idle.put(worker)
            done(low, high)

    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(one, window_starts(len(view), window)))
    records = [tuple(row) for kept, _ in parts for row in kept.reshape(-1, _shapes.RECORD).tolist()]
    dropped = [(at * window, count) for at, (_, count) in enumerate(parts) if count]
    others = sum(int(worker.room[_shapes.TRIED]) for worker in workers)
    return RawFind(records, _distinct(workers) + others, dropped)


def _distinct(workers: list[_Worker]) -> int:
    """Return how many distinct runs all of them read."""
    first = workers[0]
    for other in workers[1:]:
        first.grow(13 * int(other.room[_shapes.DISTINCT]))
        kernels().merge(other.known, first.known, first.room)
    return int(first.room[_shapes.DISTINCT])
