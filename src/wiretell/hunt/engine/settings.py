"""How much of the machine an engine takes."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_SHARE: Final = 0.6
_MOST_MB: Final = 6144
_LEAST_MB: Final = 512
_CGROUP: Final = Path("/sys/fs/cgroup/memory.max")
"""What a container may take (cgroup v2); `max` where nothing limits it."""


def memory_mb(wanted: int | None) -> int:
    """Return the megabytes (2^20 bytes) an engine may take: as wanted, else 60 % of the machine's, at most 6144."""
    if wanted is not None:
        return max(1, wanted)
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):  # no such file, or `max`
        total = min(total, int(_CGROUP.read_text()))
    return max(_LEAST_MB, min(_MOST_MB, int(total * _SHARE) >> 20))


def threads(wanted: int | None) -> int:
    """Return how many threads an engine may run: those wanted, else as many processors as this process may use."""
    return max(1, wanted or len(os.sched_getaffinity(0)))
