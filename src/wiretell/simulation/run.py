"""Settings -> world -> log and truth: the generator on one screen."""

from __future__ import annotations

import contextlib
import multiprocessing
import shutil
import signal
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from wiretell.errors import UsageError
from wiretell.simulation import arrow, clients, day, frame, honest, operators, truth
from wiretell.simulation.day import Counted
from wiretell.simulation.draw import DAY_US, generator
from wiretell.simulation.settings import Settings, check, honest_accounts
from wiretell.simulation.world import BAD, GREY, HARD, SUBGROUPS, Making, World

Progress = Callable[[int, int], None]
"""Told days done and days in all."""

_LAUNCH: Final = 0.4
"""Part of the time after which the new model comes."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What was written."""

    log: Path
    rows: int
    accounts: int
    honest: int
    bad: int
    grey: int
    hard: float
    """Share of the honest accounts that look like a campaign in some way."""
    operators: tuple[dict[str, Any], ...]
    """As in `operators.json`."""


def simulate(settings: Settings, output: Path, progress: Progress | None = None) -> Summary:
    """Make a world and write its log and truth to a folder that is empty or not there: both whole, or nothing.

    :raises UsageError: if the settings cannot be simulated, or the folder cannot be written to.
    """
    check(settings)
    _check_columns(settings)
    try:
        _refuse_full(output)
        with _folder(output) as aside:
            made = _simulate(settings, aside, progress or (lambda _done, _all: None))
            for name in ("truth", "log"):
                (aside / name).rename(output / name)
        return replace(made, log=output / "log")
    except OSError as error:
        raise UsageError(f"{output} cannot be written to: {error.strerror or error}; name another folder.") from None


def world_of(settings: Settings) -> World:
    """Return the world: everybody in it, and what they own, before the first exchange."""
    first = date.fromisoformat(settings.start)
    start = (first - date(1970, 1, 1)).days * DAY_US
    salt = int(generator(settings.seed, "salt").integers(1, 2**62))
    launch = start + int(settings.days * _LAUNCH * DAY_US) + 15 * 3_600_000_000
    made = Making(settings, start, salt, clients.releases(settings.seed, start, settings.days), launch)
    honest.populate(made, honest_accounts(settings))
    campaigns = operators.recruit(made)
    accounts, faces, places = made.made()
    world = World(settings, start, salt, accounts, faces, places, made.releases, launch, campaigns)
    return frame.framed(world) if settings.frame else world


def _check_columns(settings: Settings) -> None:
    unknown = [name for name in settings.drop_columns if name not in arrow.NAMES]
    needed = [name for name in settings.drop_columns if name in ("exchange_id", "ts", "account")]
    if unknown:
        raise UsageError(f"The log has no column {unknown[0]}; it has {', '.join(arrow.NAMES)}.")
    if needed:
        raise UsageError(f"A log without the column {needed[0]} is none; leave out another one.")


def _refuse_full(output: Path) -> None:
    if output.is_dir() and any(output.iterdir()):
        raise UsageError(f"{output} is not empty; name a new folder.")


@contextlib.contextmanager
def _folder(output: Path) -> Iterator[Path]:
    """Give a hidden folder within the output, which goes in the end; what fails takes all that was made with it."""
    made = [folder for folder in (output, *output.parents) if not folder.exists()]
    try:
        output.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".making-", dir=output))
        try:
            yield aside
        except BaseException:
            for name in ("truth", "log"):
                shutil.rmtree(output / name, ignore_errors=True)
            raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except BaseException:
        with contextlib.suppress(OSError):  # somebody else's file in it
            for folder in made:
                folder.rmdir()
        raise


def _simulate(settings: Settings, output: Path, progress: Progress) -> Summary:
    world = world_of(settings)
    log = output / "log"
    days: list[Counted] = []
    with contextlib.closing(
        _days(world, log, settings.workers)
    ) as written_days:  # none of them writes on after a fault
        for counted in written_days:
            days.append(counted)
            progress(len(days), settings.days)
    written = truth.write(world, days, output / "truth")
    label, subgroup = world.accounts.label, world.accounts.subgroup
    looks = [SUBGROUPS.index(name) for name in HARD]
    fair = label == 0
    hard = sum(int((subgroup[fair] == number).sum()) for number in looks)
    return Summary(
        log,
        sum(counted.rows for counted in days),
        len(label),
        int(fair.sum()),
        int((label == BAD).sum()),
        int((label == GREY).sum()),
        hard / max(int(fair.sum()), 1),
        tuple(written),
    )


_WORLD: World | None = None
"""In a worker: the world of the process that forked it."""


def _day(number: int, log: Path) -> Counted:
    assert _WORLD is not None
    return day.write(_WORLD, number, log)


def _obey() -> None:
    """Have a worker leave Ctrl-C to its parent, which ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _days(world: World, log: Path, workers: int) -> Any:
    """Write all days, in as many processes as wanted; go through what each wrote, in order."""
    global _WORLD
    if workers <= 1:
        yield from (day.write(world, number, log) for number in range(world.settings.days))
        return
    _WORLD = world  # forked, not sent: a world of millions of accounts is large
    context = multiprocessing.get_context("fork")
    others = set(multiprocessing.active_children())
    try:
        with ProcessPoolExecutor(workers, mp_context=context, initializer=_obey) as pool:
            try:
                waiting = deque(pool.submit(_day, number, log) for number in range(world.settings.days))
                while waiting:
                    yield waiting.popleft().result()
            except BaseException:
                for child in set(multiprocessing.active_children()) - others:
                    child.terminate()  # or the pool waits for days that nobody wants
                raise
    finally:
        _WORLD = None
