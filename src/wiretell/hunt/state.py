# ruff: noqa: S608 - what is put into statements are names and numbers of ours, never data of a log
"""`--state DIR`: roll-ups of what has been read, so that a day costs what it brings and what the window holds.

```
DIR/manifest.json           which increments there are, and of which files
DIR/increment-000007/       roll-ups of the files that were new at one time, a folder of the log each
    attribute presence talk able                    by day
    phrase spell                                    texts and conversations; after a week those of two accounts only
```

Texts stand in it as the log has them, since an engine's hashes are its own: a state made with one engine can be read
with the other. Agreed groups and thresholds are applied to roll-ups, so they may change from day to day.

A hunt over a window gives the same `Tables` as one that reads all its days at once, with three exceptions. A text or
conversation whose accounts all used it more than a week apart is no token any more. Rows that come late, for a day
that has been read, are added; where they go on with a conversation of that hour or day, it counts twice
(`chains`, `peak_chains`, and `single_turns`, are at most so many). `created` and organisation are of the window alone.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from wiretell.errors import InconclusiveError, UsageError
from wiretell.hunt import manifest as manifests
from wiretell.hunt.engine.interface import Engine
from wiretell.hunt.log.interface import Log
from wiretell.hunt.manifest import Increment, Manifest, Seen
from wiretell.hunt.rollup import make, numbers
from wiretell.hunt.rule import Rule
from wiretell.hunt.statements import Progress, Statements, quiet

THIN_AFTER_DAYS: Final = 7
"""Then texts and conversations of one account alone are let go: they are nine tenths of a day's roll-ups."""
_DAILY: Final = ("attribute", "presence", "talk", "able")
_LONG: Final = ("phrase", "spell")
_COMPACTED: Final = re.compile(r"day-.*\.parquet")
"""A day's parts, put together by a gateway (docs/formats/exchange-log.md)."""


def add(
    engine: Engine,
    folder: Path,
    log: Log,
    rule: Rule,
    progress: Progress = quiet,
    read: Callable[[Log], None] | None = None,
) -> int:
    """Roll up the files of a log that the state does not hold yet. Return the rows that were new.

    Files of one folder become an increment, which is there as a whole or not at all; an interrupted one is done again.
    A file that has changed, and parts of a day that a gateway has put together, take the place of what was read.

    `read`: makes the view `exchange` over a log, in place of `engine.read`.

    :raises UsageError: if the folder is another's, of another rule, in use, or lacks files it needs again.
    """
    rows = 0
    with manifests.held(folder):
        manifest = manifests.load(folder, rule)
        manifests.sweep(folder, manifest)
        manifest, fresh = _fresh(manifest, log)
        for files in _by_folder(fresh):
            progress(f"reading {files[0].parent.name}")
            (read or engine.read)(_only(log, files))
            increment = _increment(engine, folder, manifest, files, rule, progress)
            manifest = replace_increments(manifest, [*manifest.increments, *([increment] if increment.rows else [])])
            manifests.save(folder, manifest)
            rows += increment.rows
        manifest = _thinned(engine, folder, manifest, rule, progress)
        manifests.save(folder, manifest)
        manifests.sweep(folder, manifest)
    return rows


def window(engine: Engine, folder: Path, rule: Rule, days: int, progress: Progress = quiet) -> int:
    """Make the roll-ups of the newest `days` days, as `roll` makes them of a log. Return the first of these days.

    Increments that are older are removed from the state.

    :raises InconclusiveError: if the state holds nothing.
    """
    with manifests.held(folder):
        manifest = manifests.load(folder, rule)
        if not manifest.increments:
            raise InconclusiveError(f"The state in {folder} holds no rows; nothing can be said.")
        after = max(each.last_day for each in manifest.increments) - days
        manifest = replace_increments(manifest, [each for each in manifest.increments if each.last_day > after])
        manifests.save(folder, manifest)
        manifests.sweep(folder, manifest)
        progress(f"{days} days of the state")
        _add_up(Statements(engine), folder, manifest.increments, rule, after)
    return after + 1


def replace_increments(manifest: Manifest, increments: Iterable[Increment]) -> Manifest:
    """Return the manifest with these increments in place of its own."""
    return msgspec.structs.replace(manifest, increments=tuple(increments))


def _fresh(manifest: Manifest, log: Log) -> tuple[Manifest, list[Seen]]:
    """Return the manifest without what has been replaced, and the files that must be read."""
    now = {one.path: one for one in map(manifests.seen, log.files)}
    withdrawn = [each for each in manifest.increments if _is_replaced(each, now)]
    again = {one.path for each in withdrawn for one in each.files}
    for path in again - now.keys():
        if Path(path).exists():
            raise UsageError(f"Files beside {path} have changed since they were read; name it again, with them.")
    known = {one for each in manifest.increments if each not in withdrawn for one in each.files}
    kept = [each for each in manifest.increments if each not in withdrawn]
    return replace_increments(manifest, kept), [one for one in now.values() if one not in known]


def _is_replaced(increment: Increment, now: dict[str, Seen]) -> bool:
    """Whether a file of it has other contents now, or was put together with others into a file that is new."""
    if any(now.get(one.path, one) != one for one in increment.files):
        return True
    together = {str(Path(path).parent) for path in now if _COMPACTED.fullmatch(Path(path).name)}
    old = {one.path for one in increment.files}
    return any(str(Path(path).parent) in together and path not in now and not Path(path).exists() for path in old)


def _by_folder(files: Sequence[Seen]) -> list[list[Path]]:
    grouped: dict[Path, list[Path]] = {}
    for one in sorted(files, key=lambda one: one.path):
        grouped.setdefault(Path(one.path).parent, []).append(Path(one.path))
    return list(grouped.values())


def _only(log: Log, files: Sequence[Path]) -> Log:
    """Return the log with these files alone."""
    wanted = set(files)
    parts = (replace(part, files=tuple(file for file in part.files if file.absolute() in wanted)) for part in log.parts)
    return replace(log, files=tuple(files), parts=tuple(part for part in parts if part.files))


def _increment(
    engine: Engine, folder: Path, manifest: Manifest, files: Sequence[Path], rule: Rule, progress: Progress
) -> Increment:
    """Roll up the view `exchange` and write it down; the manifest does not know of it yet."""
    run = Statements(engine)
    make(run, rule, progress, day="day", key="")
    number = 1 + max((int(each.id.rpartition("-")[2]) for each in manifest.increments), default=0)
    place = folder / f"increment-{number:06d}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for name in (*_DAILY, *_LONG):
        engine.save(f"SELECT * FROM {name}", place / f"{name}.parquet")
    told = engine.fetch("SELECT MIN(day) AS a, MAX(day) AS b, SUM(n) AS n FROM attribute").to_pylist()[0]
    seen = tuple(map(manifests.seen, files))
    return Increment(place.name, seen, told["a"] or 0, told["b"] or 0, told["n"] or 0)


def _paths(folder: Path, increments: Iterable[Increment], name: str) -> list[Path]:
    return [
        folder / each.id / f"{'thin-' if each.is_thinned and name in _LONG else ''}{name}.parquet"
        for each in increments
    ]


def _add_up(run: Statements, folder: Path, increments: Sequence[Increment], rule: Rule, after: int) -> None:
    for name in (*_DAILY, *_LONG):
        run.engine.load(f"old_{name}", _paths(folder, increments, name))
    columns = ", ".join(
        f"CASE WHEN t{band} IS NOT NULL THEN {run.hash}(t{band}) END AS t{band}" for band in numbers(rule)
    )
    run.step("60-attribute-window", "attribute", after=after)
    run.step("02-address")
    for step in ("61-spell-window", "62-presence-window", "63-talk-window", "65-able-window"):
        run.step(step, step.split("-")[1], after=after)
    run.step("64-phrase-window", "phrase", after=after, bands=columns)
    run.view("phrase_text", "SELECT * FROM old_phrase")
    run.view("chain_text", f"SELECT {run.hash}(c) AS token, c AS name FROM old_spell WHERE c IS NOT NULL")


def _thinned(engine: Engine, folder: Path, manifest: Manifest, rule: Rule, progress: Progress) -> Manifest:
    """Thin the increments that have become a week old."""
    newest = max((each.last_day for each in manifest.increments), default=0)
    increments = list(manifest.increments)
    for at, each in enumerate(increments):
        if not each.is_thinned and each.last_day < newest - THIN_AFTER_DAYS:
            progress(f"thinning {each.id}")
            _thin(Statements(engine), folder, each, _near(each, manifest.increments), rule)
            increments[at] = msgspec.structs.replace(each, is_thinned=True)
    thinned = replace_increments(manifest, increments)
    manifests.save(folder, thinned)
    for before, each in zip(manifest.increments, increments, strict=True):
        if each.is_thinned and not before.is_thinned:
            for path in _paths(folder, [before], _LONG[0]) + _paths(folder, [before], _LONG[1]):
                path.unlink()
    return thinned


def _near(increment: Increment, among: Iterable[Increment]) -> list[Increment]:
    """Return the increments within a week of one, itself too; those already thinned hold what is shared."""
    return [
        each
        for each in among
        if each.first_day <= increment.last_day + THIN_AFTER_DAYS
        and each.last_day >= increment.first_day - THIN_AFTER_DAYS
    ]


def _thin(run: Statements, folder: Path, increment: Increment, near: Sequence[Increment], rule: Rule) -> None:
    for name in _LONG:
        run.engine.load(f"thin_{name}", _paths(folder, [increment], name))
        run.engine.load(f"near_{name}", _paths(folder, near, name))
    for band in numbers(rule):
        column = f"t{band}"
        run.table(
            f"repeated{band}",
            f"SELECT {column} AS t FROM near_phrase WHERE {column} IS NOT NULL "
            f"GROUP BY {column} HAVING MIN(a) <> MAX(a)",
        )
    among = "t{0} IN (SELECT t FROM repeated{0})"
    run.step(
        "70-phrase-thin",
        "thin",
        bands=", ".join(f"CASE WHEN {among.format(band)} THEN t{band} END AS t{band}" for band in numbers(rule)),
        any_band=" OR ".join(among.format(band) for band in numbers(rule)),
    )
    run.engine.save("SELECT * FROM thin", folder / increment.id / "thin-phrase.parquet")
    run.step("71-spell-thin", "thin")
    run.engine.save("SELECT * FROM thin", folder / increment.id / "thin-spell.parquet")
