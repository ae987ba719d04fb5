"""An inventory, on one screen: one walk, every reader, programs of no known installer, hashes, what runs."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from wiretell.fleet import rooted, surroundings
from wiretell.fleet.catalogue import wanted
from wiretell.fleet.containment import contained
from wiretell.fleet.programs.confirming import all_confirmed
from wiretell.fleet.programs.hashing import Digests
from wiretell.fleet.progress import Progress
from wiretell.fleet.readers import starters
from wiretell.fleet.readers.binaries import Binaries
from wiretell.fleet.readers.debian import Debian
from wiretell.fleet.readers.every import readers
from wiretell.fleet.readers.interface import Seen
from wiretell.fleet.readers.processes import Processes
from wiretell.fleet.readers.renamed import with_renamed
from wiretell.fleet.settings import SETTINGS_ENDS
from wiretell.fleet.walk.interface import Surroundings, Walked
from wiretell.fleet.walk.walking import walk
from wiretell.model.fleet import Examined, Install, Inventory, NotExamined, Process, Setting

F = TypeVar("F", Install, Process, Setting)


@dataclass(frozen=True, slots=True)
class TakeOptions:
    """How an inventory is taken."""

    around: Surroundings
    cache: Path | None = None
    """Folder that keeps what a walk and hashes have found, so that the next time costs what has changed; None: nothing
    is remembered, and all is looked at."""
    deep: bool = False
    """Whether the interior of packages is walked too."""
    team: str = ""


@dataclass(slots=True)
class _Found:
    installs: list[Install] = field(default_factory=list)
    processes: list[Process] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    examined: list[Examined] = field(default_factory=list)
    not_examined: list[NotExamined] = field(default_factory=list)

    def add(self, seen: Iterable[Seen]) -> None:
        """Sort what a reader yields into its list."""
        for item in seen:
            match item:
                case Install():
                    self.installs.append(item)
                case Process():
                    self.processes.append(item)
                case Setting():
                    self.settings.append(item)
                case Examined():
                    self.examined.append(item)
                case NotExamined():
                    self.not_examined.append(item)


def take(options: TakeOptions, progress: Progress) -> Inventory:
    """Take an inventory: read, never write but for the cache, never run what is found, never send.

    Whatever lies on the machine, it ends: what cannot be read stands in `not_examined`.
    """
    with rooted.within(options.around.root):
        return _taken(options, progress)


def _taken(options: TakeOptions, progress: Progress) -> Inventory:
    started, began = dt.datetime.now(dt.UTC), time.monotonic()
    around, digests, found = options.around, Digests(options.cache), _Found()
    walked = walk(around, wanted(SETTINGS_ENDS), cache=options.cache, deep=options.deep, progress=progress)
    walked = with_renamed(walked, digests)
    found.examined += walked.examined
    found.not_examined += (*surroundings.others(around), *walked.not_examined)
    asked = readers(digests)
    progress.phase("reading what was found", len(asked) + 3)
    for reader in asked:
        found.add(reader.read(walked, around))
        progress.advance()
    _contain(found, around)
    _adopt(found, walked, around, 0)
    others = len(found.installs)
    found.add(Binaries(digests).read(walked, around, _owned(found.installs)))
    _adopt(found, walked, around, others)
    found.installs = list(Debian().adopt(found.installs, around))
    _contain(found, around)
    progress.advance()
    held, found.installs = found.installs, []
    found.add(all_confirmed(held, digests))
    found.installs = list(_hashed(found, digests))
    progress.advance()
    found.add(Processes().read(walked, around, found.installs, digests))
    found.add(_theirs(found, around))
    digests.save()
    return Inventory(
        machine=surroundings.machine(around, options.team),
        taken=started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        installs=_ordered(found.installs),
        processes=tuple(sorted(found.processes, key=lambda each: (each.product, each.pid))),
        settings=_ordered(found.settings),
        examined=tuple(found.examined),
        not_examined=tuple(dict.fromkeys(found.not_examined)),
        files=walked.entries,
        wall_s=time.monotonic() - began,
    )


def _theirs(found: _Found, around: Surroundings) -> Iterator[NotExamined]:
    """Leave out what others run, where homes were asked for by name: nobody asked for theirs to be judged, or ended."""
    if not around.named:
        return
    users = {home.user for home in around.homes}
    others = [process for process in found.processes if process.user not in users]
    found.processes = [process for process in found.processes if process.user in users]
    if others:
        what = f"{len(others):,} running {'process' if len(others) == 1 else 'processes'} of other users"
        yield NotExamined(what, "homes were asked for by name, and these are none of their users'")


def _owned(installs: Iterable[Install]) -> frozenset[str]:
    return frozenset(path for each in installs for path in (each.path, each.hashed, *each.also, *each.commands) if path)


def _adopt(found: _Found, walked: Walked, around: Surroundings, first: int) -> None:
    """Give the installs from `first` on the links and scripts that start them."""
    taken, asking = found.installs[:first], found.installs[first:]
    found.installs = taken
    found.add(starters.adopt(asking, walked, around, taken))


def _contain(found: _Found, around: Surroundings) -> None:
    """Keep of each install what lies where it lies."""
    installs, found.installs = found.installs, []
    found.add(contained(installs, around))


def _hashed(found: _Found, digests: Digests) -> Iterator[Install]:
    """Yield the installs with the hashes that they have asked for."""
    for install in found.installs:
        if not install.hashed or install.sha256:
            yield install
            continue
        try:
            yield replace(install, sha256=digests.sha256(install.hashed))
        except OSError as error:
            found.not_examined.append(NotExamined(f"hash of {install.hashed}", error.strerror or str(error)))
            yield install


def _ordered(items: Iterable[F]) -> tuple[F, ...]:
    """Order findings by product and place; what two readers found under one id is there once."""
    once = {item.id: item for item in items}
    return tuple(sorted(once.values(), key=lambda each: (each.product, getattr(each, "path", ""), each.id)))
