"""Packages that yarn installed: version 1 globally and in projects, version 2 and later in `node_modules` or as zips.

Layouts: https://classic.yarnpkg.com/en/docs/cli/global, https://yarnpkg.com/features/linkers. Plug'n'Play has no
`node_modules`: the zips are in `_javascript/zips.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from wiretell.fleet import files
from wiretell.fleet.readers._javascript import zips
from wiretell.fleet.readers._javascript.installing import installs
from wiretell.fleet.readers._javascript.locks import behind
from wiretell.fleet.readers._javascript.tree import Found
from wiretell.fleet.readers.interface import Seen
from wiretell.fleet.walk.interface import Surroundings, Walked
from wiretell.model.fleet import Install, Manager

_MANAGERS: Final = frozenset({Manager.YARN_GLOBAL, Manager.YARN_PROJECT})
_NOTED: Final = re.compile(
    rb'[^\n]{0,1000}:\n  version "([^"\n]{1,256})"\n(?:  resolved [^\n]{0,1000}\n)?'
    rb"  integrity (sha\d+-[A-Za-z0-9+/=]{1,200})"
)


class Yarn:
    """Reader of yarn's packages."""

    name = "yarn"

    def read(self, walked: Walked, around: Surroundings) -> Iterator[Seen]:
        """Yield what yarn installed. A zip that was unpacked to be run is one install with its folder."""
        unpacked = list(installs(walked, around, _MANAGERS, _integrity))
        installed = [item for item in unpacked if isinstance(item, Install)]
        yield from (item for item in unpacked if not isinstance(item, Install))
        yield from zips.read(walked, around, installed)


def _integrity(found: Found) -> str:
    """Find what version 1 noted; later versions note a checksum of their own zip instead."""
    content = files.read(f"{found.place.top}/yarn.lock", files.LOCK_MAX)
    if isinstance(content, bytes):
        for rest in behind(content, f"{found.name}@", 3000):
            match = _NOTED.match(rest)
            if match and match[1].decode("utf-8", "replace") == found.package.version:
                return match[2].decode("ascii")
    return ""
