"""One folder: what in it is worth a look, where the walk goes on, and what it leaves out, by names alone.

Folders are listed and entries' status is looked at (`lstat`); no file is opened, no link to a folder is followed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from wiretell.fleet.walk import npm, plain
from wiretell.fleet.walk.names import Names
from wiretell.fleet.walk.parts import Look, Parts
from wiretell.fleet.walk.records import Kind, Record

_LOOKS: Final[Mapping[Kind, Look]] = MappingProxyType(
    {
        Kind.PLAIN: plain.plain,
        Kind.MODULES: npm.modules,
        Kind.SCOPE: npm.scope,
        Kind.STORE: npm.store,
        Kind.IN_STORE: npm.in_store,
        Kind.SITE: plain.site,
        Kind.LIBRARY: plain.library,
        Kind.EXTENSIONS: plain.extensions,
        Kind.COMMANDS: plain.commands,
        Kind.PROGRAMS: plain.programs,
        Kind.HOME: plain.home,
    }
)
_LOOKS_DEEP: Final[Mapping[Kind, Look]] = MappingProxyType(
    {
        Kind.PLAIN: plain.plain_deep,
        Kind.MODULES: npm.modules_deep,
        Kind.SCOPE: npm.scope_deep,
        Kind.STORE: npm.store_deep,
        Kind.IN_STORE: plain.plain_deep,
        Kind.SITE: plain.site_deep,
        Kind.LIBRARY: plain.plain_deep,
        Kind.EXTENSIONS: plain.extensions_deep,
        Kind.COMMANDS: plain.commands,
        Kind.PROGRAMS: plain.programs,
        Kind.HOME: plain.plain_deep,
    }
)


def read(path: bytes, kind: Kind, stamp: tuple[int, int, int, int], names: Names, *, deep: bool) -> Record:
    """List a folder.

    :param stamp: of the folder, taken before it is listed.
    :param deep: leave nothing out.
    :raises OSError: if it cannot be listed.
    """
    with os.scandir(path) as found:
        entries = list(found)
    parts = Parts(path)
    (_LOOKS_DEEP if deep else _LOOKS)[kind](parts, entries, names)
    return parts.record(kind, stamp, len(entries))
