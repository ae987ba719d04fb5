"""What the user names, as sources: a glob is expanded, a folder is read whole.

Of a folder every file is a source, in the order of the names, folder by folder; a saved audit in it is one source. What
is left out is said: hidden files and folders, links that lead out of the folder, what is no file, and of a gateway's
log what stands in its tables as well: its store, and its ledger, which lists marks that were taken out.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wiretell.errors import UsageError
from wiretell.logs.opening import STANDARD_INPUT
from wiretell.logs.sources import captures

_STORE: Final = "store"
_STORE_MARKER: Final = "wiretell-store.json"
_LEDGER: Final = "ledger.jsonl"
_NAMED: Final = 3
"""Of what is left out; the others are counted."""


@dataclass(frozen=True, slots=True)
class Named:
    """What is to be read."""

    paths: tuple[str, ...]
    """As the user named them, globs expanded."""
    sources: tuple[str, ...]
    """Files, saved audits, standard input; a folder in which no file is to be read stands for itself."""
    skipped: tuple[tuple[str, str], ...] = ()
    """Folders, and what in them was left out, and why: one sentence each."""


def expanded(paths: Sequence[str]) -> tuple[str, ...]:
    """Expand globs as a shell does; `**` is any depth. A path that is there is no glob.

    :raises UsageError: for a glob that matches nothing.
    """
    found: list[str] = []
    for path in paths:
        if path == STANDARD_INPUT or not glob.has_magic(path) or "\0" in path or os.path.lexists(path):
            found.append(path)
        else:
            found += _matches(path)
    return tuple(found)


def _matches(pattern: str) -> list[str]:
    every = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute pattern
    if not every:
        raise UsageError(f"{pattern} matches nothing; name a file, a folder or a glob that does.")
    folders = {path.rstrip("/") for path in every if Path(path).is_dir()}  # `**` matches what is in them as well
    return [path for path in every if folders.isdisjoint(map(str, Path(path).parents))]


def sources_of(paths: Sequence[str]) -> Named:
    """Go through every folder. `paths` are as `expanded` returns them, and there."""
    sources: list[str] = []
    skipped: list[tuple[str, str]] = []
    for path in paths:
        if path == STANDARD_INPUT or not Path(path).is_dir() or captures.is_store(Path(path)):
            sources.append(path)
        else:
            walk = _Walk(path)
            sources += walk.sources or [path]
            skipped += [(path, why) for why in walk.sentences()]
    return Named(tuple(paths), tuple(sources), tuple(skipped))


def _is_of_gateway(path: Path) -> bool:
    """Whether a path is the store of a gateway's log, or the ledger beside one."""
    if path.name not in (_STORE, _LEDGER):
        return False
    store = path if path.name == _STORE else path.with_name(_STORE)
    return os.path.isfile(store / _STORE_MARKER)  # noqa: PTH113 - raises nothing for what is closed


class _Walk:
    """A folder and all below it, without recursion: a tree may be deeper than a stack."""

    def __init__(self, root: str) -> None:
        self._root = Path(root).resolve()
        self.sources: list[str] = []
        self._hidden: list[str] = []
        self._links: list[str] = []
        self._others: list[str] = []
        self._closed: list[str] = []
        self._of_gateway: list[str] = []
        waiting = [root]
        while waiting:
            at = waiting.pop()
            waiting += reversed([folder for entry in self._entries(at) if (folder := self._take(entry))])

    def _entries(self, folder: str) -> Iterator[os.DirEntry[str]]:
        """Go through a folder in the order of the names, files before folders."""
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: (entry.is_dir(), entry.name))
        except OSError:
            self._closed.append(folder)
            return
        yield from entries

    def _take(self, entry: os.DirEntry[str]) -> str:
        """Take an entry; return its path if it is a folder to go through."""
        if entry.name.startswith("."):
            self._hidden.append(entry.path)
        elif entry.is_symlink() and not self._leads_to_a_file_inside(entry):
            self._links.append(entry.path)
        elif _is_of_gateway(Path(entry.path)):
            self._of_gateway.append(entry.path)
        elif entry.is_dir():
            if not captures.is_store(Path(entry.path)):
                return entry.path
            self.sources.append(entry.path)
        elif entry.is_file():
            self.sources.append(entry.path)
        else:
            self._others.append(entry.path)
        return ""

    def _leads_to_a_file_inside(self, entry: os.DirEntry[str]) -> bool:
        """Whether a link leads to a file of this folder that is hidden otherwise: any other is read by its own name."""
        try:
            inside = Path(entry.path).resolve(strict=True).relative_to(self._root)
        except (OSError, ValueError, RuntimeError):  # broken, out of the folder, in a circle
            return False
        return entry.is_file() and any(part.startswith(".") for part in inside.parts)

    def sentences(self) -> Iterator[str]:
        """Say what was left out."""
        for paths, why in (
            (self._hidden, "hidden: not read; name it to have it read"),
            (self._links, "a link out of the folder, or to what is read anyway: not followed"),
            (self._others, "neither file nor folder: not read"),
            (self._closed, "a folder that cannot be listed: not read"),
            (self._of_gateway, "a gateway's own records: its tables are read in their stead"),
        ):
            if paths:
                yield f"{why} ({self._listed(paths)})"

    def _listed(self, paths: Sequence[str]) -> str:
        names = [str(Path(path).name) for path in paths[:_NAMED]]
        others = len(paths) - len(names)
        return ", ".join(names) + (f" and {others:,} {'other' if others == 1 else 'others'}" if others else "")
