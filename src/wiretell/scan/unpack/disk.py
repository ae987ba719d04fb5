"""Regular files under a folder, in order, and what is not one."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from wiretell.errors import UsageError
from wiretell.model.findings import NotExamined

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


def shown(name: str) -> str:
    """Return a file's name as text that can be written anywhere: bytes that are no UTF-8 as `\\xNN`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
