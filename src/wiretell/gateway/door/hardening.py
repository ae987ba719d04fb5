"""What is done to the gateway's own process: no secret in a core dump, and a collector that seldom looks."""

from __future__ import annotations

import ctypes
import gc
import resource
from typing import Final

_PR_SET_DUMPABLE: Final = 4
_GENERATIONS: Final = (50_000, 20, 50)
"""Objects until the collector looks: a request makes few cycles, and the default looks every 700."""


def no_core_dumps() -> None:
    """Keep keys and bodies out of core dumps, and out of reach of other processes of this user (ptrace, /proc)."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    except (OSError, AttributeError):  # not Linux: the limit alone
        return


def seldom_collect() -> None:
    """Let the collector pass over what stays, once everything is loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GENERATIONS)
