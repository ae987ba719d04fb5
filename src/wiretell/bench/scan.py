"""Speed of the scan, beside tools that merely find base64 runs in the same file, in the same run.

The tools do less: they print or count runs. wiretell's native pass goes from raw bytes to decoded, scored lists. All
are child processes, warm page cache, one after the other in rounds, so that a machine whose speed drifts treats all
alike.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from wiretell.errors import InternalError

MIB: Final = 1 << 20
RUN: Final = "[A-Za-z0-9+/=]{24,}"
"""What the tools look for: base64 runs of 24 characters and more."""

_YARA: Final = """
import pathlib, sys, yara_x
rules = yara_x.compile('rule r { strings: $a = /[A-Za-z0-9+\\\\/=]{24,}/ condition: #a > 0 }')
print(len(rules.scan(pathlib.Path(sys.argv[1]).read_bytes()).matching_rules))
"""
_NATIVE: Final = """
import json, pathlib, sys, time
from wiretell import scan
path = pathlib.Path(sys.argv[1])
scan.warm_up()
began = time.perf_counter()
lists = scan.native_pass(path)
print(json.dumps({"s": time.perf_counter() - began, "hidden": sum(found.hidden for found in lists)}))
"""


class Progress(Protocol):
    """What a measurement tells about how far it is."""

    def phase(self, name: str, total: int) -> None:
        """Begin a phase of `total` steps."""

    def advance(self, n: int = 1, note: str = "") -> None:
        """Count steps as done."""

    def note(self, text: str) -> None:
        """Say something that stays."""


@dataclass(frozen=True, slots=True)
class Timing:
    """One way to go over the file."""

    name: str
    wall_s: tuple[float, ...]
    """Of the whole process, one a round."""
    inner_s: tuple[float, ...]
    """Of the pass alone, where the process says it: without starting Python and loading compiled code."""
    max_rss: int
    """Bytes, the largest of all rounds; pages of the mapped file included."""
    said: str = ""
    """What it found, of the last round."""

    @property
    def median_s(self) -> float:
        """Median of the pass, or of the process where that is all there is."""
        return statistics.median(self.inner_s or self.wall_s)


@dataclass(frozen=True, slots=True)
class ScanSpeed:
    """All ways over one file."""

    target: str
    size: int
    rounds: int
    timings: tuple[Timing, ...]
    missing: tuple[str, ...]
    """Tools that are not on this machine."""

    def mb_per_s(self, timing: Timing) -> float:
        """Return throughput in megabytes (10^6) a second."""
        return self.size / 1e6 / timing.median_s


@dataclass(frozen=True, slots=True)
class _Way:
    name: str
    command: Sequence[str]
    inner: bool = False
    """It prints JSON with the seconds of the pass."""


def measure(target: str, path: Path, rounds: int, progress: Progress) -> ScanSpeed:
    """Time every way over `path`, `rounds` times in turn, after one round to warm up."""
    ways, missing = _ways(path)
    progress.phase("bench", (rounds + 1) * len(ways))
    taken: dict[str, list[tuple[float, float | None, int, str]]] = {way.name: [] for way in ways}
    for number in range(rounds + 1):
        for way in ways:
            one = _run(way)
            progress.advance(1, way.name)
            if number:
                taken[way.name].append(one)
    timings = tuple(_timing(name, rows) for name, rows in taken.items())
    return ScanSpeed(target, path.stat().st_size, rounds, timings, missing)


def _ways(path: Path) -> tuple[list[_Way], tuple[str, ...]]:
    file = str(path)
    counted = f"LC_ALL=C strings -n 24 '{file}' | LC_ALL=C grep -cE '{RUN}'"
    ways = [
        _Way("wiretell: native pass", (sys.executable, "-c", _NATIVE, file), inner=True),
        _Way("wiretell: whole scan", (sys.executable, "-m", "wiretell.cli", "scan", file, "--format", "json")),
    ]
    missing = []
    for tool, command in (
        ("rg", ("rg", "-a", "-o", "-c", RUN, file)),
        ("grep", ("env", "LC_ALL=C", "grep", "-a", "-o", "-E", RUN, file)),
        ("strings", ("sh", "-c", counted)),
    ):
        if shutil.which(tool):
            ways.append(_Way("strings | grep" if tool == "strings" else tool, command))
        else:
            missing.append(tool)
    try:
        import yara_x  # noqa: F401 - only whether it is here
    except ImportError:
        missing.append("yara-x")
    else:
        ways.append(_Way("yara-x", (sys.executable, "-c", _YARA, file)))
    return ways, tuple(missing)


def _run(way: _Way) -> tuple[float, float | None, int, str]:
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
    return wall, inner, usage.ru_maxrss * 1024, _said(way, out)


def _said(way: _Way, out: bytes) -> str:
    if way.name.startswith("wiretell"):
        return f"{json.loads(out)['hidden']} hidden lists"
    return f"{out.count(10)} lines" if way.name == "grep" else out[:40].decode(errors="replace").strip()


def _timing(name: str, rows: Iterable[tuple[float, float | None, int, str]]) -> Timing:
    taken = list(rows)
    inner = tuple(row[1] for row in taken if row[1] is not None)
    return Timing(name, tuple(row[0] for row in taken), inner, max(row[2] for row in taken), taken[-1][3])
