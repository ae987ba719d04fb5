"""Packages that pnpm installed, globally or in projects: real places in a store, reached by links.

Layouts: https://pnpm.io/symlinked-node-modules-structure. Up to pnpm 10 global packages are linked from
`global/5/.pnpm`; pnpm 11 and later give each a folder `global/v11/...` and one store of links for all.
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

_MANAGERS: Final = frozenset({Manager.PNPM_GLOBAL, Manager.PNPM_PROJECT})
_LOCKS: Final = ("node_modules/.pnpm/lock.yaml", ".pnpm/lock.yaml", "pnpm-lock.yaml")
_NOTED: Final = re.compile(rb"'?:\n +resolution: \{[^}\n]{0,400}?integrity: (sha\d+-[A-Za-z0-9+/=]{1,200})")


class Pnpm:
    """Reader of pnpm's packages."""

    name = "pnpm"

    def read(self, walked: Walked, around: Surroundings) -> Iterator[Seen]:
        """Yield what pnpm installed. What `pnpm dlx` keeps is npm's reader's, with npx."""
        yield from installs(walked, around, _MANAGERS, _integrity)


def _integrity(found: Found) -> str:
    for name in _LOCKS:
        content = files.read(f"{found.place.top}/{name}", files.LOCK_MAX)
        if isinstance(content, bytes):
            for rest in behind(content, f"{found.name}@{found.package.version}", 800):
                if match := _NOTED.match(rest):
                    return match[1].decode("ascii")
    return ""
