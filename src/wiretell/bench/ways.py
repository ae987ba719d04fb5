"""Timing whole processes beside each other: in rounds, warm page cache, one after the other.

Rounds, so that a machine whose speed drifts treats all alike; the first one warms up and is not counted.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from wiretell.errors import InternalError

MIB: Final = 1 << 20


class Progress(Protocol):
    """What a measurement tells about how far it is."""

    def phase(self, name: str, total: int) -> None:
        """Begin a phase of `total` steps."""

    def advance(self, n: int = 1, note: str = "") -> None:
        """Count steps as done."""

    def note(self, text: str) -> None:
        """Say something that stays."""


@dataclass(frozen=True, slots=True)
class Way:
    """One command to time."""

    name: str
    command: Sequence[str]
    said: Callable[[bytes], str]
    """What its output says it found."""
    inner: bool = False
    """It prints JSON with the seconds of its work alone, under `s`."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one way took."""

    name: str
    wall_s: tuple[float, ...]
    """Of the whole process, one a round."""
    inner_s: tuple[float, ...]
    """Of the work alone, where the process says it: without starting Python and loading compiled code."""
    max_rss: int
    """Bytes, of its largest process, the largest of all rounds; pages of mapped files included."""
    said: str = ""
    """What it found, of the last round."""

    @property
    def median_s(self) -> float:
        """Median of the work, or of the process where that is all there is."""
        return statistics.median(self.inner_s or self.wall_s)

    def mb_per_s(self, size: int) -> float:
        """Return throughput over `size` bytes in megabytes (10^6) a second."""
        return size / 1e6 / self.median_s

    def row(self, size: int) -> str:
        """Return a line of the text report."""
        return (
            f"  {self.name:24}{self.median_s:8.2f} s {self.mb_per_s(size):8.0f} MB/s {self.max_rss / MIB:8.0f} MiB   "
            f"{min(self.wall_s):.2f} to {max(self.wall_s):.2f} s as a process; {self.said}"
        )

    def plain(self, size: int) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "name": self.name,
            "median_s": self.median_s,
            "mb_per_s": self.mb_per_s(size),
            "wall_s": self.wall_s,
            "max_rss": self.max_rss,
            "said": self.said,
        }


_Taken = tuple[float, float | None, int, str]
"""Wall seconds, seconds of the work alone, bytes of memory, what it said."""


def time_all(ways: Sequence[Way], rounds: int, progress: Progress) -> tuple[Timing, ...]:
    """Time every way `rounds` times in turn, after one round to warm up.

    :raises InternalError: where a command ends with another exit code than 0 or 1.
    """
    progress.phase("bench", (rounds + 1) * len(ways))
    taken: dict[str, list[_Taken]] = {way.name: [] for way in ways}
    for number in range(rounds + 1):
        for way in ways:
            one = _run(way)
            progress.advance(1, way.name)
            if number:
                taken[way.name].append(one)
    return tuple(_timing(name, rows) for name, rows in taken.items())


def _run(way: Way) -> _Taken:
    began = time.perf_counter()
    process = subprocess.Popen(way.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise InternalError(f"{way.name} ended with exit code {process.returncode}; the measurement is void.")
    inner = float(json.loads(out)["s"]) if way.inner else None
    return wall, inner, usage.ru_maxrss * 1024, way.said(out)


def _timing(name: str, rows: Iterable[_Taken]) -> Timing:
    taken = list(rows)
    inner = tuple(row[1] for row in taken if row[1] is not None)
    return Timing(name, tuple(row[0] for row in taken), inner, max(row[2] for row in taken), taken[-1][3])
