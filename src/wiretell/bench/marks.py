"""Speed of reading marks in a large log, beside rg that merely looks for the four code points; speed of stripping.

rg does less: it prints how many characters it found. wiretell reads the sentence and every other kind of hidden
character, says in which JSON string each mark stands, whose request it was, and adds all up.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wiretell import marks
from wiretell.bench.requests import Log, request, write_log
from wiretell.bench.ways import Progress, Timing, Way, time_all

_BODY: Final = 200_000
_STRIPS: Final = 200
_POINTS: Final = "['\u2019\u02bc\u02b9]"


@dataclass(frozen=True, slots=True)
class StripSpeed:
    """How long stripping one request takes."""

    name: str
    size: int
    """Bytes of the body."""
    median_s: float
    times: int


@dataclass(frozen=True, slots=True)
class MarksSpeed:
    """All ways over one log, some of them over a quarter of it, and stripping."""

    log: Log
    timings: tuple[Timing, ...]
    quarter: Log
    quarter_timings: tuple[Timing, ...]
    strips: tuple[StripSpeed, ...]
    missing: tuple[str, ...]
    rounds: int
    workers: int
    seed: int


def measure(size: int, rounds: int, workers: int, seed: int, progress: Progress) -> MarksSpeed:
    """Make a log of `size` bytes in a temporary folder and time every way over it, `rounds` times in turn."""
    with tempfile.TemporaryDirectory(prefix="wiretell-bench-") as folder:
        progress.note(f"making a log of {size / 1e6:.0f} MB")
        log = write_log(Path(folder) / "log.jsonl", size, seed)
        quarter = write_log(Path(folder) / "quarter.jsonl", size // 4, seed)
        tools, missing = _tools(log)
        timings = time_all((*_own(log, workers), *tools), rounds, progress)
        smaller = time_all(_own(quarter, workers)[:1], 1, progress)
    return MarksSpeed(log, timings, quarter, smaller, _strips(seed), missing, rounds, workers, seed)


def _own(log: Log, workers: int) -> tuple[Way, ...]:
    command = (sys.executable, "-m", "wiretell.cli", "marks", "read", str(log.path), "--format", "json", "--limit", "0")
    shared = (*command, "--workers", str(workers))
    return (
        Way("wiretell: all schemes", shared, _total),
        Way("wiretell: date line", (*shared, "--scheme", "date-line"), _total),
    )


def _tools(log: Log) -> tuple[tuple[Way, ...], tuple[str, ...]]:
    if not shutil.which("rg"):
        return (), ("rg",)
    sentence = f"Today{_POINTS}s date is [0-9]{{4}}[-/]"
    return (
        Way("rg: four code points", ("rg", "-a", "--count-matches", _POINTS, str(log.path)), _count),
        Way("rg: the sentence", ("rg", "-a", "--count-matches", sentence, str(log.path)), _count),
    ), ()


def _total(out: bytes) -> str:
    return f"{json.loads(out)['total']} marks"


def _count(out: bytes) -> str:
    return f"{out.decode().strip()} matches"


def _strips(seed: int) -> tuple[StripSpeed, ...]:
    marked, plain = request(_BODY, seed, "labKw+cnTZ"), request(_BODY, seed, "none")
    system_first = _reordered(marked)
    every = marks.schemes()
    return (
        _strip("a marked request", marked, lambda data: marks.strip(data)),
        _strip("marked, system and tools first", system_first, lambda data: marks.strip(data)),
        _strip("an unmarked request", plain, lambda data: marks.strip(data)),
        _strip("marked, every scheme, anywhere", marked, lambda data: marks.strip(data, schemes=every, anywhere=True)),
    )


def _reordered(body: bytes) -> bytes:
    """Return the request with its messages last, which is the longest way to the date line."""
    plain = json.loads(body)
    plain["messages"] = plain.pop("messages")
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()


def _strip(name: str, body: bytes, strip: Callable[[bytes], object]) -> StripSpeed:
    taken: list[float] = []
    for _ in range(_STRIPS):
        began = time.perf_counter()
        strip(body)
        taken.append(time.perf_counter() - began)
    return StripSpeed(name, len(body), statistics.median(taken), _STRIPS)
