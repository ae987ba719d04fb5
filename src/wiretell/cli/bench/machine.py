"""What every measurement is headed with: the day, and the machine's size."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

_GIB = 1 << 30


def heading() -> str:
    """Return the first line of a report."""
    return f"{dt.datetime.now(dt.UTC).date()}, {machine()}"


def as_json(**measured: Any) -> str:
    """Return a report as JSON, `wiretell/bench/1`."""
    head = {"schema": "wiretell/bench/1", "date": dt.datetime.now(dt.UTC).date().isoformat(), "machine": machine()}
    return json.dumps(head | measured, indent=2)


def machine() -> str:
    """Return cores, processor, memory and kernel."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        "unknown processor",
    )
    return f"{len(os.sched_getaffinity(0))} cores of {model}, {memory:.0f} GiB, Linux {os.uname().release}"
