"""A hunt as a command of its own: what it says, how long it took, how much memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wiretell.errors import InternalError

_LOOK_S: Final = 0.05
_FINE: Final = (0, 1, 3)


@dataclass(frozen=True, slots=True)
class Run:
    """One hunt, from the start of the command to its end."""

    document: dict[str, Any]
    wall_s: float
    peak_bytes: int
    """Most memory that the processes held at once; of Spark, Java's included."""

    @property
    def rows_per_second(self) -> float:
        """Rows of the log by the whole command's time."""
        return float(self.document["rows"]) / self.wall_s


def run(logs: Sequence[Path], folder: Path, *options: str) -> Run:
    """Hunt in these logs; `folder` holds the result for a moment.

    :raises InternalError: where it ends with an error.
    """
    output = folder / "hunt.json"
    command = [sys.executable, "-m", "wiretell.cli", "hunt", *map(str, logs), "--format", "json"]
    started = time.monotonic()
    process = subprocess.Popen(
        [*command, "--output", str(output), *options], stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
    )
    peak = 0
    try:
        while process.poll() is None:
            peak = max(peak, sum(map(_held, _family(process.pid))))
            time.sleep(_LOOK_S)
    finally:
        process.kill()
    wall_s = time.monotonic() - started
    said = process.stderr.read() if process.stderr else ""
    if process.wait() not in _FINE:
        raise InternalError(f"a hunt of the benchmark failed: {said.strip()[-300:]}")
    document = json.loads(output.read_bytes())
    output.unlink()
    return Run(document, wall_s, peak)


def _family(pid: int) -> list[int]:
    """Return a process and all that it started; those that have ended meanwhile are left out."""
    found = [pid]
    try:
        told = [task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return found
    return found + [one for text in told for child in text.split() for one in _family(int(child))]


def _held(pid: int) -> int:
    """Return the resident memory of a process, in bytes; 0 once it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), 0)
