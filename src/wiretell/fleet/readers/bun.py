"""Packages that bun installed, globally (`~/.bun/install/global`) or in projects. `bunx` is npm's reader's, with npx.

Layouts and `bun.lock`: https://bun.sh/docs/install/lockfile, https://bun.sh/docs/install/isolated. The binary lock file
of older versions, `bun.lockb`, is only asked for names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from wiretell.fleet import files
from wiretell.fleet.readers._javascript.installing import installs
from wiretell.fleet.readers._javascript.locks import behind
from wiretell.fleet.readers._javascript.tree import Found
from wiretell.fleet.readers.interface import Seen
from wiretell.fleet.walk.interface import Surroundings, Walked
from wiretell.model.fleet import Manager

_MANAGERS: Final = frozenset({Manager.BUN_GLOBAL, Manager.BUN_PROJECT})
_NOTED: Final = re.compile(rb'"(sha\d+-[A-Za-z0-9+/=]{1,200})"\]')


class Bun:
    """Reader of bun's packages."""

    name = "bun"

    def read(self, walked: Walked, around: Surroundings) -> Iterator[Seen]:
        """Yield what bun installed."""
        yield from installs(walked, around, _MANAGERS, _integrity)


def _integrity(found: Found) -> str:
    """Find it in the text, which has one package a line."""
    content = files.read(f"{found.place.top}/bun.lock", files.LOCK_MAX)
    if isinstance(content, bytes):
        for rest in behind(content, f'["{found.name}@{found.package.version}"', 20_000):
            if match := _NOTED.search(rest.partition(b"\n")[0]):
                return match[1].decode("ascii")
    return ""
