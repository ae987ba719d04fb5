"""An inventory as a command, beside `find` on the same home: in turns, so that a machine whose speed drifts treats all
alike.

`wiretell fleet inventory` walks the home and the machine's system folders, reads what it finds, hashes it and looks at
what runs; `find` walks the home and prints.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wiretell.bench.fleet import home as homes
from wiretell.bench.ways import Progress
from wiretell.errors import InternalError

CHANGED: Final = 5
"""Projects in which something changes between one inventory and the next."""
_DROP: Final = Path("/proc/sys/vm/drop_caches")
_DROPPED_ROUNDS: Final = 3
"""With the page cache dropped: slow, and everybody on the machine waits."""


@dataclass(frozen=True, slots=True)
class Timed:
    """One command, all rounds."""

    name: str
    wall_s: tuple[float, ...]

    @property
    def median_s(self) -> float:
        """Of the whole command, from its start to its end."""
        return statistics.median(self.wall_s)


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured on one home."""

    files: int
    folders: int
    projects: int
    built_s: float
    timed: tuple[Timed, ...]
    dropped: tuple[Timed, ...]
    """The same with an empty page cache; none where this user may not empty it."""
    planted: int
    missing: tuple[str, ...]
    """Agents that were planted and that an inventory did not find: `product (manager)`, and in which one."""
    same: bool
    """Whether inventories that remember found what those found that do not."""


def measure(projects: int, files: int, rounds: int, progress: Progress) -> Measured:
    """Make a home, measure on it, and take it away again.

    :raises InternalError: where a command fails.
    """
    with tempfile.TemporaryDirectory(prefix="wiretell-bench-fleet-") as scratch:
        began = time.perf_counter()
        progress.phase("making a home", projects)
        made = homes.Home(Path(scratch) / "home")
        for project in homes.fill(made, projects, files):
            progress.advance(1, project.name)
        built_s = time.perf_counter() - began
        return _Bench(made, Path(scratch), rounds, progress).measured(built_s)


class _Bench:
    """The commands on one home."""

    def __init__(self, home: homes.Home, scratch: Path, rounds: int, progress: Progress) -> None:
        self.home = home
        self._scratch = scratch
        self._rounds = rounds
        self._progress = progress
        self._missing: set[str] = set()
        self._seen: set[frozenset[tuple[str, str]]] = set()
        self._changes = 0

    def measured(self, built_s: float) -> Measured:
        """Run every command in each round; the first round warms up and is not counted."""
        ways: Mapping[str, Callable[[], float]] = {
            "find HOME": lambda: self._find(),
            "find HOME -type d -name node_modules": lambda: self._find("-type", "d", "-name", "node_modules"),
            "inventory, first": self._first,
            "inventory, again": self._again,
            f"inventory, {CHANGED} projects changed": self._changed,
        }
        timed = self._timed(ways, self._rounds, warm_up=1)
        dropped: tuple[Timed, ...] = ()
        if os.access(_DROP, os.W_OK):
            cold = {name: _cold(ways[name]) for name in ("find HOME", "inventory, first", "inventory, again")}
            dropped = self._timed(cold, min(self._rounds, _DROPPED_ROUNDS), warm_up=0)
        return Measured(
            self.home.files,
            self.home.folders,
            len(self.home.projects),
            built_s,
            timed,
            dropped,
            len(self.home.planted),
            tuple(sorted(self._missing)),
            len(self._seen) == 1,
        )

    def _timed(self, ways: Mapping[str, Callable[[], float]], rounds: int, warm_up: int) -> tuple[Timed, ...]:
        runs: dict[str, list[float]] = {name: [] for name in ways}
        self._progress.phase("measuring", (rounds + warm_up) * len(ways))
        for number in range(rounds + warm_up):
            for name, way in ways.items():
                wall_s = way()
                self._progress.advance(1, name)
                if number >= warm_up:
                    runs[name].append(wall_s)
        return tuple(Timed(name, tuple(walls)) for name, walls in runs.items())

    def _find(self, *words: str) -> float:
        return _run(["find", str(self.home.path), *words], {}, None)

    def _first(self) -> float:
        """Nothing is remembered: what this one remembers is for the next."""
        shutil.rmtree(self._cache, ignore_errors=True)
        return self._inventory("first")

    def _again(self) -> float:
        return self._inventory("again")

    def _changed(self) -> float:
        self._changes += 1
        step = max(1, len(self.home.projects) // CHANGED)
        for folder in self.home.projects[::step][:CHANGED]:
            (folder / f"changed-{self._changes}.ts").write_bytes(b"0\n")
            modules = folder / "node_modules"
            if modules.is_dir():
                (modules / f"added-{self._changes}").mkdir()
        return self._inventory("changed")

    @property
    def _cache(self) -> Path:
        return self._scratch / "cache"

    def _inventory(self, name: str) -> float:
        output = self._scratch / "inventory.json"
        command = [sys.executable, "-m", "wiretell.cli", "fleet", "inventory", "--home", str(self.home.path)]
        spent = _run([*command, "--format", "json"], {"XDG_CACHE_HOME": str(self._cache)}, output)
        there = _installs(json.loads(output.read_bytes()), self.home.path)
        self._seen.add(there)
        self._missing |= {f"{product} ({how}), {name}" for product, how in self.home.planted - there}
        return spent


def _installs(document: Mapping[str, Any], home: Path) -> frozenset[tuple[str, str]]:
    """Return product and manager of what lies in the home."""
    return frozenset(
        (each["product"], each["manager"]) for each in document["installs"] if each["path"].startswith(f"{home}/")
    )


def _cold(way: Callable[[], float]) -> Callable[[], float]:
    def run() -> float:
        os.sync()
        _DROP.write_text("3\n")
        return way()

    return run


def _run(command: Sequence[str], environment: Mapping[str, str], output: Path | None) -> float:
    """Return the wall seconds of a command.

    :raises InternalError: if it fails.
    """
    with (output or Path(os.devnull)).open("wb") as file, tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=said, env=os.environ | environment
        )
        try:
            process.wait()
            wall_s = time.perf_counter() - began
        finally:
            if process.poll() is None:  # interrupted
                process.kill()
                process.wait()
        if process.returncode:
            raise InternalError(f"{' '.join(command[:5])} of the benchmark failed: {_end(said)}")
    return wall_s


def _end(said: Any) -> str:
    said.seek(0)
    return str(said.read()[-300:].decode("utf-8", "replace").strip())


def rows(measured: Measured) -> Iterator[str]:
    """Yield the lines of the text report."""
    yield (
        f"Inventory of a home: {measured.files:,} files in {measured.folders:,} folders, {measured.projects} projects "
        f"(made in {measured.built_s:.0f} s)"
    )
    yield f"  {'whole commands, medians':<40}{'s':>8}{'from':>8}{'to':>8}"
    yield from map(_row, measured.timed)
    if measured.dropped:
        yield "  page cache emptied before each"
        yield from map(_row, measured.dropped)
    else:
        yield "  page cache warm; this user may not empty it"
    found = measured.planted - len({each.rpartition(",")[0] for each in measured.missing})
    yield f"  planted agents found: {found} of {measured.planted}"
    yield from (f"    MISSING: {each}" for each in measured.missing)
    if not measured.same:
        yield "    NOT THE SAME: inventories that remember found something else than those that do not"


def _row(one: Timed) -> str:
    low, high = min(one.wall_s), max(one.wall_s)
    return f"  {one.name:<40}{one.median_s:>8.2f}{low:>8.2f}{high:>8.2f}"
