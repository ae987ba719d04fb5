"""Regular files under a folder, in order, and what is not one."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from wiretell.errors import UsageError
from wiretell.model.findings import NotExamined
from wiretell.scan.unpack.names import shown

_NAMED: Final = 3


@dataclass(slots=True)
class Walk:
    """One walk through a folder, or over a single file. Iterate `files` to the end, then ask for `left_out`."""

    root: Path
    _kinds: dict[str, list[str]] = field(default_factory=dict)
    _failed: list[NotExamined] = field(default_factory=list)

    def files(self) -> Iterator[tuple[str, str]]:
        """Give (file, its name inside the root), sorted by name. Links are not followed, except `root` itself.

        Raises UsageError where there is nothing at `root`, or no regular file in it.
        """
        mode = _mode(self.root)
        if stat.S_ISREG(mode):
            yield os.path.realpath(self.root), shown(self.root.name)
            return
        if not stat.S_ISDIR(mode):
            raise UsageError(f"{self.root} is a special file: nothing to scan; name a file or a folder.")
        count = 0
        for path in self._below(str(self.root)):
            count += 1
            yield path, self._name(path)
        if not count and not self._failed:
            raise UsageError(f"{self.root} holds no file: nothing to scan; name another folder.")

    def _below(self, top: str) -> Iterator[str]:
        """Walk without recursion: a tree may be deeper than Python's stack."""
        ahead = [top]
        while ahead:
            here = ahead.pop()
            try:
                with os.scandir(here) as entries:
                    found = sorted(entries, key=lambda entry: entry.name)
            except OSError as error:
                self._failed.append(NotExamined(f"the folder {self._name(here)}", f"{error.strerror}"))
                continue
            folders = []
            for entry in found:
                if entry.is_symlink():
                    self._count("links, which are not followed", entry.path)
                elif entry.is_dir():
                    folders.append(entry.path)
                elif entry.is_file():
                    yield entry.path
                else:
                    self._count("sockets, pipes and devices, which are not read", entry.path)
            ahead += reversed(folders)

    def left_out(self) -> Iterator[NotExamined]:
        """Say what was no regular file, and which folders could not be read."""
        yield from self._failed
        for kind, names in self._kinds.items():
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            yield NotExamined(", ".join(names[:_NAMED]) + more, kind)

    def _count(self, kind: str, path: str) -> None:
        self._kinds.setdefault(kind, []).append(self._name(path))

    def _name(self, path: str) -> str:
        return shown(path[len(str(self.root)) :].lstrip("/")) or "."


def _mode(root: Path) -> int:
    try:
        return root.stat().st_mode
    except OSError as error:
        raise UsageError(f"{root} cannot be read ({error.strerror}); name a file or a folder.") from error


def sizes(root: Path) -> int:
    """Return how many bytes the files at or under `root` have, as far as that can be told. Raises nothing."""
    total, ahead = 0, [str(root)]
    while ahead:
        here = ahead.pop()
        with contextlib.suppress(OSError, ValueError):
            status = os.stat(here)  # noqa: PTH116
            if stat.S_ISREG(status.st_mode):
                total += status.st_size
            elif stat.S_ISDIR(status.st_mode):
                with os.scandir(here) as entries:
                    ahead += [entry.path for entry in entries if not entry.is_symlink()]
    return total
