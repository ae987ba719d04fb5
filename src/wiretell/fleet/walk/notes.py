"""What a walk did not look at, as an inventory says it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Final

from wiretell.fleet.walk.records import Skip
from wiretell.model.fleet import NotExamined

LISTED: Final = 50
"""Closed folders that are named; of more, their number is told."""

_KEPT: Final = 100_000
"""Closed folders that are remembered until the end, for their order."""
_WORDS: Final = {
    Skip.PACKAGE: ("npm package", "npm packages"),
    Skip.PYTHON: ("Python package or library", "Python packages and libraries"),
    Skip.ENVIRONMENT: ("part of an environment", "parts of environments"),
    Skip.EXTENSION: ("editor extension", "editor extensions"),
    Skip.GIT: ("repository's own data", "repositories' own data"),
    Skip.CACHE: ("cache", "caches"),
    Skip.CONTAINER: ("store of containers", "stores of containers"),
}
_RULE: Final = "packages, extensions and environments are told by the names of their folders; --deep walks all of it"
_PLACES: Final = "an inventory walks the homes and the folders into which agents are installed"


class Blind:
    """Folders that could not be looked into."""

    def __init__(self) -> None:
        self._found: dict[bytes, str] = {}
        self._more = 0

    def add(self, path: bytes, why: str) -> None:
        """Note one."""
        if len(self._found) < _KEPT:
            self._found[path] = why
        else:
            self._more += 1

    def told(self) -> Iterator[NotExamined]:
        """Yield them in the order of paths, and how many more there are."""
        paths = sorted(self._found)
        for path in paths[:LISTED]:
            yield NotExamined(os.fsdecode(path), self._found[path])
        more = self._more + len(paths[LISTED:])
        if more:
            yield NotExamined(
                f"{more:,} more {'folder' if more == 1 else 'folders'}",
                "as those before: closed, elsewhere, or not readable",
            )


def skipped(counts: Sequence[int]) -> Iterator[NotExamined]:
    """Yield what was left out by rule, in one line; nothing where nothing was."""
    told = [f"{counts[skip]:,} {_WORDS[skip][counts[skip] > 1]}" for skip in Skip if counts[skip]]
    if told:
        yield NotExamined(f"interiors of {', '.join(told)}", _RULE)


def remembered(folders: int) -> NotExamined:
    """Return the line for what a walk that remembers cannot see."""
    return NotExamined(
        f"files written anew in place in {folders:,} {'folder' if folders == 1 else 'folders'} that did not change",
        "unchanged folders were not listed again, only what may be executed in them was looked at; --fresh lists all",
    )


def unseen(files: int) -> NotExamined:
    """Return the line for small programs of unchanged folders that were too many."""
    return NotExamined(
        f"{files:,} small {'program' if files == 1 else 'programs'} in folders that did not change",
        "so many were looked at again, in case they have grown, and no more; --fresh looks at all",
    )


def elsewhere(names: Sequence[str]) -> NotExamined:
    """Return the line for all that lies outside of where a walk began."""
    return NotExamined(f"folders other than {', '.join(names)}", _PLACES)


def reason(error: OSError) -> str:
    """Return why a folder is closed."""
    if isinstance(error, PermissionError):
        return "may not be read by this user"
    return f"cannot be read: {(error.strerror or 'unknown error').lower()}"
