"""An inventory as a command, beside `find` on the same home.

`wiretell fleet inventory` walks the home and the machine's system folders, reads what it finds, hashes it and looks at
what runs; `find` walks the home and prints.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wiretell.bench.fleet import home as homes
from wiretell.bench.fleet.commands import HEADING, Spent, Timed, Way, cold, in_turns, run
from wiretell.bench.ways import Progress

CHANGED: Final = 5
"""Projects in which something changes between one inventory and the next."""
_DROPPED_ROUNDS: Final = 3
"""With the page cache dropped: slow, and everybody on the machine waits."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured on one home."""

    files: int
    folders: int
    projects: int
    built_s: float
    timed: tuple[Timed, ...]
    dropped: tuple[Timed, ...]
    """The same with an empty page cache; none where nobody asked for it."""
    planted: int
    missing: tuple[str, ...]
    """Agents that were planted and that an inventory did not find: `product (manager)`, and in which one."""
    same: bool
    """Whether inventories that remember found what those found that do not."""


def measure(projects: int, files: int, rounds: int, progress: Progress, *, drop: bool = False) -> Measured:
    """Make a home, measure on it, and take it away again. `drop`: measure with an emptied page cache too.

    :raises InternalError: where a command fails.
    """
    with tempfile.TemporaryDirectory(prefix="wiretell-bench-fleet-") as scratch:
        began = time.perf_counter()
        progress.phase("making a home", projects)
        made = homes.Home(Path(scratch) / "home")
        for project in homes.fill(made, projects, files):
            progress.advance(1, project.name)
        built_s = time.perf_counter() - began
        return _Bench(made, Path(scratch), rounds, progress).measured(built_s, drop=drop)


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

    def measured(self, built_s: float, *, drop: bool) -> Measured:
        """Run every command in each round; the first round warms up and is not counted."""
        ways: Mapping[str, Way] = {
            "find HOME": lambda: self._find(),
            "find HOME -type d -name node_modules": lambda: self._find("-type", "d", "-name", "node_modules"),
            "inventory, first": self._first,
            "inventory, again": self._again,
            f"inventory, {CHANGED} projects changed": self._changed,
        }
        timed = in_turns(ways, self._rounds, 1, self._progress)
        dropped: tuple[Timed, ...] = ()
        if drop:
            emptied = {name: cold(ways[name]) for name in ("find HOME", "inventory, first", "inventory, again")}
            dropped = in_turns(emptied, min(self._rounds, _DROPPED_ROUNDS), 0, self._progress)
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

    def _find(self, *words: str) -> Spent:
        return run(["find", str(self.home.path), *words], {}, None)

    def _first(self) -> Spent:
        """Nothing is remembered: what this one remembers is for the next."""
        shutil.rmtree(self._cache, ignore_errors=True)
        return self._inventory("first")

    def _again(self) -> Spent:
        return self._inventory("again")

    def _changed(self) -> Spent:
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

    def _inventory(self, name: str) -> Spent:
        output = self._scratch / "inventory.json"
        command = [sys.executable, "-m", "wiretell.cli", "fleet", "inventory", "--home", str(self.home.path)]
        spent = run([*command, "--format", "json"], {"XDG_CACHE_HOME": str(self._cache)}, output)
        there = _installs(json.loads(output.read_bytes()), self.home.path)
        self._seen.add(there)
        self._missing |= {f"{product} ({how}), {name}" for product, how in self.home.planted - there}
        return spent


def _installs(document: Mapping[str, Any], home: Path) -> frozenset[tuple[str, str]]:
    """Return product and manager of what lies in the home."""
    return frozenset(
        (each["product"], each["manager"]) for each in document["installs"] if each["path"].startswith(f"{home}/")
    )


def rows(measured: Measured) -> Iterator[str]:
    """Yield the lines of the text report."""
    yield (
        f"Inventory of a home: {measured.files:,} files in {measured.folders:,} folders, {measured.projects} projects "
        f"(made in {measured.built_s:.0f} s)"
    )
    yield HEADING
    yield from (one.row for one in measured.timed)
    if measured.dropped:
        yield "  page cache emptied before each"
        yield from (one.row for one in measured.dropped)
    else:
        yield "  page cache warm; --drop-caches empties it"
    found = measured.planted - len({each.rpartition(",")[0] for each in measured.missing})
    yield f"  planted agents found: {found} of {measured.planted}"
    yield from (f"    MISSING: {each}" for each in measured.missing)
    if not measured.same:
        yield "    NOT THE SAME: inventories that remember found something else than those that do not"
