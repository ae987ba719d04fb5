"""Speed of the scan, beside tools that merely find base64 runs in the same file, in the same run.

The tools do less: they print or count runs. wiretell's native pass goes from raw bytes to decoded, scored lists.
"""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wiretell.bench.ways import Progress, Timing, Way, time_all

RUN: Final = "[A-Za-z0-9+/=]{24,}"
"""What the tools look for: base64 runs of 24 characters and more."""

_YARA: Final = """
import pathlib, sys, yara_x
rules = yara_x.compile('rule r { strings: $a = /[A-Za-z0-9+\\\\/=]{24,}/ condition: #a > 0 }')
print(len(rules.scan(pathlib.Path(sys.argv[1]).read_bytes()).matching_rules))
"""
_NATIVE: Final = """
import json, pathlib, sys, time
from wiretell import scan
path = pathlib.Path(sys.argv[1])
scan.warm_up()
began = time.perf_counter()
lists = scan.native_pass(path)
print(json.dumps({"s": time.perf_counter() - began, "hidden": sum(found.hidden for found in lists)}))
"""


@dataclass(frozen=True, slots=True)
class ScanSpeed:
    """All ways over one file."""

    target: str
    size: int
    rounds: int
    timings: tuple[Timing, ...]
    missing: tuple[str, ...]
    """Tools that are not on this machine."""


def measure(target: str, path: Path, rounds: int, progress: Progress) -> ScanSpeed:
    """Time every way over `path`, `rounds` times in turn."""
    ways, missing = _ways(path)
    return ScanSpeed(target, path.stat().st_size, rounds, time_all(ways, rounds, progress), missing)


def _ways(path: Path) -> tuple[list[Way], tuple[str, ...]]:
    file = str(path)
    counted = f"LC_ALL=C strings -n 24 '{file}' | LC_ALL=C grep -cE '{RUN}'"
    whole = (sys.executable, "-m", "wiretell.cli", "scan", file, "--format", "json")
    ways = [
        Way("wiretell: native pass", (sys.executable, "-c", _NATIVE, file), _hidden, inner=True),
        Way("wiretell: whole scan", whole, _hidden),
    ]
    missing = []
    for tool, command in (
        ("rg", ("rg", "-a", "-o", "-c", RUN, file)),
        ("grep", ("env", "LC_ALL=C", "grep", "-a", "-o", "-E", RUN, file)),
        ("strings", ("sh", "-c", counted)),
    ):
        if shutil.which(tool):
            ways.append(
                Way("strings | grep" if tool == "strings" else tool, command, _lines if tool == "grep" else _first)
            )
        else:
            missing.append(tool)
    try:
        import yara_x  # noqa: F401 - only whether it is here
    except ImportError:
        missing.append("yara-x")
    else:
        ways.append(Way("yara-x", (sys.executable, "-c", _YARA, file), _first))
    return ways, tuple(missing)


def _hidden(out: bytes) -> str:
    return f"{json.loads(out)['hidden']} hidden lists"


def _lines(out: bytes) -> str:
    return f"{out.count(10)} lines"


def _first(out: bytes) -> str:
    return out[:40].decode(errors="replace").strip()
