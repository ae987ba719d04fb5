"""The time zone, as the agent's runtime tells it: names that mean the same may be told as one.

The scheme compares what `Intl.DateTimeFormat().resolvedOptions().timeZone` (ECMA-402) says. A runtime replaces some
names by others, so `PRC` can count where `Asia/Hong_Kong` does not. Which ones, was measured: see the data file.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from wiretell.errors import UsageError

COUNTED: Final = ("Asia/Shanghai", "Asia/Urumqi")
"""The two names for which `cnTZ` fires; exactly these."""


class Zones(msgspec.Struct, frozen=True):
    """Names that runtimes tell as others, as far as they lead to one that counts."""

    source: str
    """How that was measured."""
    runtimes: Mapping[str, Mapping[str, str]]
    """Runtime -> name that is set -> name that is told."""


@cache
def zones() -> Zones:
    """Return what was measured."""
    raw = files("wiretell.marks.date_line").joinpath("data/zones.json").read_bytes()
    return msgspec.json.decode(raw, type=Zones)


def told_zone(zone: str, runtime: str = "node") -> str:
    """Return the name that a runtime tells for a zone that is set; of names that lead to none that counts, itself.

    :raises UsageError: for a runtime that was not measured.
    """
    known = zones().runtimes
    if runtime not in known:
        raise UsageError(f"Nobody measured what {runtime!r} tells; there are {', '.join(known)}.")
    return known[runtime].get(zone, zone)
