"""The parts of the benchmark. Each makes its logs, hunts in them by the command, and removes them."""

from __future__ import annotations

import contextlib
import math
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import duckdb

from wiretell.bench.hunt import truth
from wiretell.bench.hunt.baselines import baselines
from wiretell.bench.hunt.running import Run, run
from wiretell.bench.hunt.scoring import Score, found, score
from wiretell.report.progress import Progress
from wiretell.simulation.run import simulate
from wiretell.simulation.settings import STEALTHS, Settings, preset

SIZES: Final = (5, 20, 50, 500)
"""Accounts of the campaigns of a quality log; with the three kinds, twelve campaigns."""
_ITS_OWN: Final = ("wall_s", "engine", "started", "command")
"""Of a document: what may differ between two runs that say the same."""
EARLY: Final = 0.05
"""Share of the reported case's exchanges by which it is to be found."""
COLUMNS: Final = ("payment", "ip", "header_tuple", "template", "prefix_blocks", "account_created", "client", "tz")


@dataclass(frozen=True, slots=True)
class Judged:
    """One log, hunted in."""

    what: str
    seed: int
    rows: int
    wall_s: float
    peak_bytes: int
    score: Score
    keys: tuple[int, int]
    """Shared keys that are there, and those in review as such."""
    told: float
    """Of accounts with a tier, the share with two independent kinds and a score without each."""
    others: Mapping[str, Score]
    """Trivial rules on the same log."""
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a log of one size costs."""

    rows: int
    wall_s: float
    peak_bytes: int


@contextlib.contextmanager
def made(settings: Settings, scratch: Path | None, progress: Progress) -> Iterator[Path]:
    """Give the folder of a simulated log, for a while."""
    folder = Path(tempfile.mkdtemp(prefix="wiretell-bench-", dir=scratch))
    try:
        progress.phase(f"making a log of {settings.days} days", settings.days)
        simulate(settings, folder / "world", lambda _done, _of: progress.advance())
        yield folder / "world"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def judged(what: str, settings: Settings, world: Path, *, days: Sequence[Path] = (), compare: bool = False) -> Judged:
    """Hunt in a simulated log, or in some days of it, and compare with its truth."""
    ran = run(days or [world / "log"], world)
    labels = truth.read(world)
    others = baselines(world / "log") if compare else {}
    return Judged(
        what=what,
        seed=settings.seed,
        rows=ran.document["rows"],
        wall_s=ran.wall_s,
        peak_bytes=ran.peak_bytes,
        score=score(found(ran.document), labels),
        keys=_keys(ran.document, labels),
        told=_told(ran.document),
        others={name: score(said, labels) for name, said in others.items()},
        document=ran.document,
    )


def _keys(document: Mapping[str, Any], labels: truth.Truth) -> tuple[int, int]:
    sold = frozenset().union(*(one.accounts for one in labels.operators if one.kind == "shared-key"))
    said = {
        account
        for one in document["campaigns"]
        if one["kind"] == "shared-key" and one["tier"] == "review"
        for account in one["accounts"]
    }
    return len(sold), len(sold & said)


def _told(document: Mapping[str, Any]) -> float:
    accounts = document["accounts"]
    whole = [
        one
        for one in accounts
        if len({kind["kind"] for kind in one["evidence"] if kind["bits"] > 0}) > 1
        and {kind["kind"] for kind in one["evidence"] if kind["bits"] > 0} <= set(one["without"])
    ]
    return len(whole) / len(accounts) if accounts else math.nan


def quality(seeds: Sequence[int], accounts: int, scratch: Path | None, progress: Progress) -> Iterator[Judged]:
    """Twelve campaigns of one level of stealth among honest accounts, for each level and seed."""
    for seed in seeds:
        for level in STEALTHS:
            settings = preset(
                "mixed", stealth=(level,), sizes=SIZES, campaigns=12, accounts=accounts, seed=seed * 10 + int(level[1])
            )
            with made(settings, scratch, progress) as world:
                yield judged(level, settings, world, compare=True)


def honest(seeds: Sequence[int], accounts: int, scratch: Path | None, progress: Progress) -> Iterator[Judged]:
    """Nobody to find."""
    for seed in seeds:
        settings = preset("honest", accounts=accounts, seed=seed)
        with made(settings, scratch, progress) as world:
            yield judged("honest", settings, world)


def framed(seeds: Sequence[int], accounts: int, scratch: Path | None, progress: Progress) -> Iterator[Judged]:
    """Campaigns that copy headers, prompts and networks of innocent groups."""
    for seed in seeds:
        settings = preset("mixed", frame=True, sizes=SIZES, campaigns=12, accounts=accounts, seed=seed)
        with made(settings, scratch, progress) as world:
            yield judged("framed", settings, world)


def lost(seed: int, accounts: int, scratch: Path | None, progress: Progress) -> Iterator[Judged]:
    """One log, each time without one column: what the others still find."""
    settings = preset("mixed", stealth=("S0", "S1", "S2"), sizes=SIZES, campaigns=12, accounts=accounts, seed=seed)
    for column in ("", *COLUMNS):
        dropped = replace(settings, drop_columns=(column,) if column else ())
        with made(dropped, scratch, progress) as world:
            yield judged(f"without {column}" if column else "whole", dropped, world)


def reported(seed: int, accounts: int, scratch: Path | None, progress: Progress) -> Iterator[Judged]:
    """The reported case: the days until a twentieth of its exchanges, then all of it."""
    settings = preset("reported", accounts=accounts, seed=seed)
    with made(settings, scratch, progress) as world:
        days = early_days(world)
        yield judged(f"first {len(days)} days", settings, world, days=days)
        yield judged("all", settings, world)


def early_days(world: Path) -> list[Path]:
    """Return the folders of the days at whose end at most a twentieth of the campaigns' exchanges had been."""
    with duckdb.connect() as db:
        log = db.read_parquet(f"{world}/log/*/*.parquet")  # named by their variables in the query
        bad = db.read_parquet(f"{world}/truth/accounts.parquet").filter("NOT honest")
        counts = db.sql(
            "SELECT ts::DATE::VARCHAR AS day, count(*) FROM log SEMI JOIN bad USING (account) GROUP BY 1 ORDER BY 1"
        ).fetchall()
        del log, bad
    whole, sofar, days = sum(n for _, n in counts), 0, []
    for day, n in counts:
        sofar += n
        if sofar > EARLY * whole:
            break
        days.append(world / "log" / day)
    return [day for day in sorted((world / "log").iterdir()) if days and day <= days[-1]]


def speed(rows: Sequence[int], seed: int, scratch: Path | None, progress: Progress) -> Iterator[Cost]:
    """Logs of several sizes, campaigns of one in a hundred accounts: the whole command."""
    for wanted in rows:
        settings = preset("mixed", accounts=max(100, round(wanted / 100)), prevalence=0.01, seed=seed)
        with made(settings, scratch, progress) as world:
            ran = run([world / "log"], world)
            yield Cost(ran.document["rows"], ran.wall_s, ran.peak_bytes)


def exponent(costs: Sequence[Cost]) -> float:
    """Return how time grows with rows: the slope in logarithms, from the smallest to the largest."""
    first, last = min(costs, key=_rows), max(costs, key=_rows)
    return math.log(last.wall_s / first.wall_s) / math.log(last.rows / first.rows) if first is not last else math.nan


def _rows(cost: Cost) -> int:
    return cost.rows


def increments(
    days: Sequence[int], accounts: int, seed: int, scratch: Path | None, progress: Progress
) -> Iterator[Cost]:
    """Hunt day by day with a state; of the named days, what the day's hunt took. `rows` is the day's number."""
    settings = preset("mixed", accounts=accounts, days=max(days), prevalence=0.01, seed=seed)
    with made(settings, scratch, progress) as world:
        for number, day in enumerate(sorted((world / "log").iterdir()), 1):
            ran = run([day], world, "--state", str(world / "state"), "--window", "30")
            if number in days:
                yield Cost(number, ran.wall_s, ran.peak_bytes)


def engines(accounts: int, seed: int, scratch: Path | None, progress: Progress) -> tuple[dict[str, Run], bool]:
    """Return the same hunt by both engines, and whether they say the same."""
    settings = preset("mixed", accounts=accounts, campaigns=12, sizes=(5, 20, 50), seed=seed)
    with made(settings, scratch, progress) as world:
        ran = {name: run([world / "log"], world, "--engine", name) for name in ("duckdb", "spark")}
    said = [_said(one.document) for one in ran.values()]
    return ran, said[0] == said[1]


def _said(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document without what may differ between two runs."""
    return {name: value for name, value in document.items() if name not in _ITS_OWN}
