"""Whole commands, timed in turns, so that a machine whose speed drifts treats all alike."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, NamedTuple

from wiretell.bench.ways import Progress
from wiretell.errors import InternalError

DROP: Final = Path("/proc/sys/vm/drop_caches")
HEADING: Final = f"  {'whole commands, medians':<40}{'s':>8}{'from':>8}{'to':>8}"


class Spent(NamedTuple):
    """What one run of a command took."""

    wall_s: float
    max_rss: int = 0
    """Bytes, of its largest process."""


Way = Callable[[], Spent]


@dataclass(frozen=True, slots=True)
class Timed:
    """One command, all rounds."""

    name: str
    wall_s: tuple[float, ...]
    max_rss: int = 0
    """Bytes, of its largest process, the largest of all rounds."""

    @property
    def median_s(self) -> float:
        """Of the whole command, from its start to its end."""
        return statistics.median(self.wall_s)

    @property
    def row(self) -> str:
        """Its line of the text report, below `HEADING`."""
        return f"  {self.name:<40}{self.median_s:>8.2f}{min(self.wall_s):>8.2f}{max(self.wall_s):>8.2f}"


def in_turns(ways: Mapping[str, Way], rounds: int, warm_up: int, progress: Progress) -> tuple[Timed, ...]:
    """Run every way in each round; the first `warm_up` rounds are not counted."""
    runs: dict[str, list[Spent]] = {name: [] for name in ways}
    progress.phase("measuring", (rounds + warm_up) * len(ways))
    for number in range(rounds + warm_up):
        for name, way in ways.items():
            spent = way()
            progress.advance(1, name)
            if number >= warm_up:
                runs[name].append(spent)
    return tuple(
        Timed(name, tuple(each.wall_s for each in spent), max(each.max_rss for each in spent))
        for name, spent in runs.items()
    )


def cold(way: Way) -> Way:
    """Return a way before which the page cache is emptied. Only root may, and everybody on the machine waits."""

    def run() -> Spent:
        os.sync()
        DROP.write_text("3\n")
        return way()

    return run


def run(command: Sequence[str], environment: Mapping[str, str], output: Path | None) -> Spent:
    """Run a command. What it prints goes into `output`, or nowhere.

    :raises InternalError: if it fails.
    """
    with (output or Path(os.devnull)).open("wb") as file, tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=said, env=os.environ | environment
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
            wall_s = time.perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            if process.returncode is None:  # interrupted
                process.kill()
                process.wait()
        if process.returncode:
            raise InternalError(f"{' '.join(command[:5])} of the benchmark failed: {_end(said)}")
    return Spent(wall_s, usage.ru_maxrss * 1024)


def _end(said: IO[bytes]) -> str:
    said.seek(0)
    return said.read()[-300:].decode("utf-8", "replace").strip()
