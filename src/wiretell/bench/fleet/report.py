"""A report of many machines as a command, beside `cat` of the same files, and whether it counts right."""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wiretell.bench.fleet import company as companies
from wiretell.bench.fleet.commands import HEADING, Spent, Timed, Way, in_turns, run
from wiretell.bench.fleet.company import BAN_DAY, BANNED, LAST_DAY, Company, Truth
from wiretell.bench.ways import MIB, Progress

MOST_DAYS: Final = 30
"""As many as a report shows over time."""
_STEP: Final = 1000
_PACKING: Final = 6
"""gzip's own default."""
_POLICY: Final = f"""schema = 1
timezone = "UTC"
[[rule]]
id = "banned"
effect = "ban"
product = "{BANNED}"
from = {BAN_DAY}
reason = "Hidden channel"
[[rule]]
id = "soon"
effect = "ban"
product = "codex"
versions = "<0.100"
from = 2026-08-01
reason = "Not maintained"
[[rule]]
id = "others"
effect = "allow"
product = "*"
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured on one company."""

    machines: int
    files_bytes: int
    """Of the files, one a machine."""
    lines_bytes: int
    """Of the same packed, one a line."""
    days: int
    days_bytes: int
    """Of a file of lines, not packed, with an inventory a day; 0: none."""
    built_s: float
    timed: tuple[Timed, ...]
    wrong: tuple[str, ...]
    """Counts that are not those of the company, in words."""


def measure(machines: int, days: int, rounds: int, progress: Progress) -> Measured:
    """Make a company's inventories, measure on them, and take them away again.

    :raises InternalError: where a command fails.
    """
    with tempfile.TemporaryDirectory(prefix="wiretell-bench-fleet-") as scratch:
        bench = _Bench(Path(scratch), machines, days, progress)
        began = time.perf_counter()
        bench.build()
        return bench.measured(rounds, time.perf_counter() - began)


class _Bench:
    """The commands on one company."""

    def __init__(self, scratch: Path, machines: int, days: int, progress: Progress) -> None:
        self._today, self._history = Company(machines), Company(machines, days)
        self._progress = progress
        self._files, self._lines = scratch / "inventories", scratch / "lines.ndjson.gz"
        self._days, self._policy, self._output = scratch / "days.ndjson", scratch / "policy.toml", scratch / "report"
        self._wrong: dict[str, None] = {}

    def build(self) -> None:
        """Write everything that is read."""
        machines, days = self._today.machines, self._history.days
        self._progress.phase("making inventories", machines * (2 + (days if days > 1 else 0)))
        self._policy.write_text(_POLICY)
        self._files.mkdir()
        self._count(companies.write(self._today, self._files))
        with gzip.open(self._lines, "wb", _PACKING) as packed:
            self._count(packed.write(line) for line in companies.lines(self._today))
        if days > 1:
            with self._days.open("wb") as file:
                self._count(file.write(line) for line in companies.lines(self._history))

    def _count(self, written: Iterator[int]) -> None:
        for nth, _ in enumerate(written, 1):
            if nth % _STEP == 0:
                self._progress.advance(_STEP)

    def measured(self, rounds: int, built_s: float) -> Measured:
        """Run every command in each round; the first round warms up and is not counted."""
        today = companies.truth(self._today)
        ways: dict[str, Way] = {
            "cat FILES": lambda: run(["find", str(self._files), "-type", "f", "-exec", "cat", "{}", "+"], {}, None),
            "report FILES, as JSON": lambda: self._report(self._files, "json", today),
            "report FILES, as a page": lambda: self._report(self._files, "html", None),
            "report LINES.gz, as JSON": lambda: self._report(self._lines, "json", today),
        }
        if self._history.days > 1:
            history = companies.truth(self._history)
            ways[f"report LINES of {self._history.days} days"] = lambda: self._report(self._days, "json", history)
        timed = in_turns(ways, rounds, 1, self._progress)
        return Measured(
            self._today.machines,
            sum(path.stat().st_size for path in self._files.rglob("*.json")),
            self._lines.stat().st_size,
            self._history.days,
            self._days.stat().st_size if self._days.exists() else 0,
            built_s,
            timed,
            tuple(self._wrong),
        )

    def _report(self, path: Path, form: str, truth: Truth | None) -> Spent:
        command = [sys.executable, "-m", "wiretell.cli", "fleet", "report", str(path), "--policy", str(self._policy)]
        spent = run([*command, "--on", str(LAST_DAY), "--format", form, "--output", str(self._output)], {}, None)
        if truth:
            self._wrong |= dict.fromkeys(wrong(json.loads(self._output.read_bytes()), truth))
        return spent


def wrong(document: Mapping[str, Any], truth: Truth) -> Iterator[str]:
    """Yield in words which counts of a report are not those of the company."""
    versions: defaultdict[tuple[str, str], int] = defaultdict(int)
    for each in document["versions"]:
        if not each.get("model"):
            versions[each["product"], each["version"]] += each["machines"]
    days = {each["day"]: each["banned"] for each in document["days"]}
    pairs = (
        ("machines", document["machines"], truth.machines),
        ("inventories", document["inventories"], truth.inventories),
        ("machines by team", {each["name"]: each["machines"] for each in document["teams"]}, dict(truth.teams)),
        ("machines by version", dict(versions), dict(truth.versions)),
        ("banned machines", sum(each["banned"] for each in document["teams"]), truth.days[str(LAST_DAY)]),
        (
            "banned machines by day",
            days,
            {day: count if day >= str(BAN_DAY) else 0 for day, count in truth.days.items()},
        ),
    )
    for name, told, true in pairs:
        if told != true:
            yield f"{name}: {_first(told, true)}"


def _first(told: Any, true: Any) -> str:
    """Return where two counts differ first."""
    if not isinstance(told, dict):
        return f"{told:,} instead of {true:,}"
    key = next(key for key in sorted({*told, *true}) if told.get(key) != true.get(key))
    return f"{key}: {told.get(key)} instead of {true.get(key)}"


def rows(measured: Measured) -> Iterator[str]:
    """Yield the lines of the text report."""
    sizes = f"{measured.files_bytes / MIB:,.0f} MiB in files, {measured.lines_bytes / MIB:,.1f} MiB as packed lines"
    if measured.days_bytes:
        sizes += f", {measured.days_bytes / MIB:,.0f} MiB as lines of {measured.days} days"
    yield f"Report of {measured.machines:,} machines: {sizes} (made in {measured.built_s:.0f} s)"
    yield f"{HEADING}{'MiB':>8}"
    yield from (f"{one.row}{one.max_rss / MIB:>8,.0f}" for one in measured.timed)
    yield "  MiB: of the largest process; page cache warm"
    yield "  counts are those of the company" if not measured.wrong else "  COUNTS THAT ARE WRONG"
    yield from (f"    WRONG: {each}" for each in measured.wrong)
