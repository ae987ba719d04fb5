"""The one pass over the machine's files.

    starts -> a folder: same as remembered? its record : list it -> hits, and the folders to go on with

Links to folders are never followed (where a walk begins excepted), file systems mounted inside are not entered, and a
folder that was seen already under another path (a bind mount) is not entered again. What is left out is told.

What a walk that remembers (`cache`) cannot see: a small file that could not be executed and was written anew in place
as a program, in a folder in which nothing else changed; it says so. Large files, those that may be executed and those
with the name of a command are looked at each time, and every reader reads its files anew.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

import msgspec

from wiretell.fleet import rooted
from wiretell.fleet.walk import listing, notes, starts
from wiretell.fleet.walk.interface import Hit, Mark, Surroundings, Walked, Wanted
from wiretell.fleet.walk.memory import Memory
from wiretell.fleet.walk.names import Names
from wiretell.fleet.walk.parts import has_grown, is_program
from wiretell.fleet.walk.records import MARKS, SKIPS, Kind, Record
from wiretell.fleet.walk.starts import Start
from wiretell.model.fleet import Examined

LOOKED_AGAIN: Final = 50_000
"""Small programs in unchanged folders that are looked at again, at 2 µs each."""
_TOLD_EVERY: Final = 512
"""Folders between two words about progress."""

Stamp = tuple[int, int, int, int]


class Progress(Protocol):
    """What a walk tells about how far it is."""

    def status(self, text: str) -> None:
        """Say for a moment what is going on."""


def walk(
    around: Surroundings, wanted: Wanted, *, cache: Path | None, deep: bool = False, progress: Progress | None = None
) -> Walked:
    """Look through homes and system folders for names of agents. Nothing is opened but folders.

    :param cache: folder in which walks are remembered; None looks at everything anew and writes nothing.
    :param deep: look into packages, extensions, repositories and caches as well.
    """
    with rooted.within(around.root):
        begin = starts.of(around)
        one = _Walk(Names.of(wanted), Memory.of(cache, wanted, around, deep=deep), begin, progress, deep=deep)
        for start in begin:
            one.begin(start)
        one.memory.save()
        return one.walked()


class _Walk:
    """What a walk has seen so far."""

    def __init__(
        self, names: Names, memory: Memory, begin: tuple[Start, ...], progress: Progress | None, *, deep: bool
    ) -> None:
        self.names = names
        self.memory = memory
        self.deep = deep
        self._progress = progress
        self._begins = frozenset(start.path for start in begin)
        self._walked = starts.real(begin)
        self._blind = notes.Blind()
        self._seen: set[tuple[int, int]] = set()
        self._hits: list[Hit] = []
        self._modules: list[Hit] = []
        self._skipped = [0] * SKIPS
        self._folders = 0
        self._entries = 0
        self._remembered = 0
        self._small = 0
        self._examined: list[Examined] = []

    def begin(self, start: Start) -> None:
        """Walk one folder and all in it."""
        try:
            info = os.stat(start.path)  # bytes
        except FileNotFoundError:
            if start.required:
                self._blind.add(start.path, "is not there")
            return
        except OSError as error:
            self._blind.add(start.path, notes.reason(error))
            return
        if not stat.S_ISDIR(info.st_mode) or (info.st_dev, info.st_ino) in self._seen:
            return  # `/bin` is `/usr/bin`
        before = self._entries
        self._down(start, info)
        self._examined.append(Examined(start.name, self._entries - before))

    def walked(self) -> Walked:
        """Return what was seen."""
        self._hits.extend(_modules(self._hits))
        told = [*self._blind.told(), *notes.skipped(self._skipped)]
        if self._remembered:
            told.append(notes.remembered(self._remembered))
        if self._small > LOOKED_AGAIN:
            told.append(notes.unseen(self._small - LOOKED_AGAIN))
        if names := [each.what for each in self._examined]:
            told.append(notes.elsewhere(names))
        return Walked(
            hits=tuple(sorted(self._hits, key=lambda hit: (hit.path, hit.mark))),
            entries=self._entries,
            examined=tuple(self._examined),
            not_examined=tuple(told),
            modules=tuple(self._modules),
        )

    def _down(self, start: Start, info: os.stat_result) -> None:
        todo: list[tuple[bytes, int]] = []
        self._folder(start.path, start.kind, info, start, todo)
        device, begins = info.st_dev, self._begins
        while todo:
            path, kind = todo.pop()
            if path in begins:
                continue  # walked by itself
            try:
                info = os.lstat(path)
            except FileNotFoundError:  # gone meanwhile
                continue
            except OSError as error:
                self._blind.add(path, notes.reason(error))
                continue
            if not stat.S_ISDIR(info.st_mode):
                continue
            if info.st_dev != device:
                self._blind.add(path, "another file system is mounted there")
                continue
            self._folder(path, kind, info, start, todo)

    def _folder(
        self, path: bytes, kind: int, info: os.stat_result, start: Start, todo: list[tuple[bytes, int]]
    ) -> None:
        place = (info.st_dev, info.st_ino)
        if place in self._seen:
            self._blind.add(path, "is a folder that was looked through under another path")
            return
        self._seen.add(place)
        stamp = (*place, info.st_mtime_ns, info.st_ctime_ns)
        record = self.memory.earlier.get(path)
        if record is None or record.stamp != stamp or record.kind != kind:
            found = self._list(path, Kind(kind), stamp)
            if found is None:
                return
            record = found
        else:
            self._again(record, start)
        self.memory.keep(record)
        self._take(record, start)
        _go_on(record, todo)

    def _again(self, record: Record, start: Start) -> None:
        """Look at the small programs of a folder that did not change: a file grows without its folder telling."""
        self._remembered += 1
        left = max(0, LOOKED_AGAIN - self._small)
        self._small += len(record.small)
        for name in record.small[:left]:
            path = _join(record.path, name)
            if has_grown(path):
                self._hits.append(Hit(Mark.PROGRAM, os.fsdecode(path), start.home))

    def _list(self, path: bytes, kind: Kind, stamp: Stamp) -> Record | None:
        try:
            record = listing.read(path, kind, stamp, self.names, deep=self.deep)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._blind.add(path, notes.reason(error))
            return None
        if record.closed:
            self._blind.add(path, f"{record.closed:,} of {record.entries:,} entries may not be looked at by this user")
        return msgspec.structs.replace(record, links=self._outside(record)) if record.links else record

    def _outside(self, record: Record) -> tuple[bytes, ...]:
        """Return the links that lead to where no walk goes; the others hide nothing."""
        paths = {name: rooted.real(_join(record.path, name)) + b"/" for name in record.links}
        return tuple(name for name, real in paths.items() if not real.startswith(self._walked))

    def _take(self, record: Record, start: Start) -> None:
        self._entries += record.entries
        self._folders += 1
        if record.kind == Kind.MODULES and b"/node_modules/" not in record.path:
            self._modules.append(Hit(Mark.NODE_MODULES, os.fsdecode(record.path), start.home))
        for place, name in record.hits:
            self._hits.append(Hit(MARKS[place], os.fsdecode(_join(record.path, name)), start.home))
        for name in record.programs:
            path = _join(record.path, name)
            if is_program(path):
                self._hits.append(Hit(Mark.PROGRAM, os.fsdecode(path), start.home))
        for name in record.links:
            self._blind.add(_join(record.path, name), "leads to a folder outside of what is walked")
        for skip, count in enumerate(record.skipped):
            self._skipped[skip] += count
        if self._progress is not None and not self._folders % _TOLD_EVERY:
            self._progress.status(os.fsdecode(record.path))


def _go_on(record: Record, todo: list[tuple[bytes, int]]) -> None:
    """Add the folders in which the walk goes on."""
    base = record.path if record.path.endswith(b"/") else record.path + b"/"
    if record.folders:
        todo.extend([(base + name, 0) for name in record.folders])  # Kind.PLAIN
    for kind, name in record.others:
        todo.append((base + name, kind))
    if record.packages:
        todo.extend((base + name + b"/node_modules", Kind.MODULES) for name in _nesting(record))


def _nesting(record: Record) -> Iterator[bytes]:
    """Yield the packages that have packages of their own. One question a package, relative to the open folder: it is
    the walk's most frequent by far."""
    try:
        folder = os.open(record.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:  # gone meanwhile, or it may be entered but not read
        return
    try:
        for name in record.packages:
            if os.access(name + b"/node_modules", os.F_OK, dir_fd=folder):
                yield name
    finally:
        os.close(folder)


def _modules(hits: list[Hit]) -> Iterator[Hit]:
    """Yield the `node_modules` folders that hold known packages; of pnpm's store, the one around it."""
    seen = set()
    for hit in hits:
        if hit.mark is not Mark.NODE_PACKAGE:
            continue
        folder = f"{hit.path.rpartition('/node_modules/')[0]}/node_modules"
        outer = hit.path.rfind("/node_modules/.pnpm/")
        if outer >= 0:
            folder = hit.path[:outer] + "/node_modules"
        if folder not in seen:
            seen.add(folder)
            yield Hit(Mark.NODE_MODULES, folder, hit.home)


def _join(folder: bytes, name: bytes) -> bytes:
    return folder + name if folder.endswith(b"/") else folder + b"/" + name
