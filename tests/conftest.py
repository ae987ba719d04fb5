"""Tests marked `lab` need unprivileged namespaces. Where there are none they are skipped aloud, never passed.

`WIRETELL_REQUIRE_LAB=1` (set in CI) turns the skip into a failure.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import hypothesis
import pytest

PROBE = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def check(what, code):
    if code != 0:
        sys.exit(what + ": " + os.strerror(ctypes.get_errno()))
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    check("prctl", libc.prctl(4, 1, 0, 0, 0))  # PR_SET_DUMPABLE: lets us write our own uid_map after setuid
uid, gid = os.geteuid(), os.getegid()
check("unshare", libc.unshare(0x10000000 | 0x40000000 | 0x00020000))  # CLONE_NEWUSER, NEWNET, NEWNS
for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
    with open("/proc/self/" + name, "w") as file:
        file.write(text)
check("mount", libc.mount(b"none", b"/", None, 0x44000, None))  # MS_REC | MS_PRIVATE
"""
"""What the lab does first, as an ordinary user. AppArmor may grant the namespace and still refuse the mount."""

BYTECODE = Path(__file__).parent.parent / "build" / "bytecode"
LAB = "mark.lab"
"""What stands in every module that holds tests of the lab."""

_skipped: list[str] = []

if sys.dont_write_bytecode:
    # Who wants no bytecode beside the sources still need not have every process that tests start compile them anew.
    sys.dont_write_bytecode, sys.pycache_prefix = False, str(BYTECODE)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(BYTECODE)

if (usual := hypothesis.settings()).deadline is not None:  # its profile for CI has none
    # An example may take 200 ms, which one does now and then on a machine that is busy with other tests.
    hypothesis.settings.register_profile("busy", usual, deadline=2000)
    hypothesis.settings.load_profile("busy")


def pytest_xdist_auto_num_workers() -> int:
    """One process more than cores for `-n auto`: half of a test's time here is waiting, for time-outs and processes."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave modules without tests of the lab unread where only those are asked for: reading all takes 20 seconds."""
    asked = str(config.option.markexpr)
    if "lab" not in asked.split(" and ") or " or " in asked or collection_path.suffix != ".py":
        return None
    return LAB not in collection_path.read_text(encoding="utf-8") or None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Raise UsageError for a test of the lab that `pytest_ignore_collect` would not find."""
    for path in {item.path for item in items if item.get_closest_marker("lab")}:
        if LAB not in path.read_text(encoding="utf-8"):
            raise pytest.UsageError(f"{path} holds tests of the lab without naming {LAB}: nobody would run them.")


@functools.cache
def why_no_lab() -> str | None:
    """Return why no sandbox can be built here, or None where it can (by namespaces, or by bubblewrap's own profile)."""
    if not sys.platform.startswith("linux"):
        return f"the lab needs Linux namespaces; this is {sys.platform}"
    probe = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, timeout=30, check=False)
    if probe.returncode == 0 or shutil.which("bwrap"):
        return None
    return f"no unprivileged namespaces here ({probe.stderr.strip().splitlines()[-1:]}): nothing was audited"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or fail where the lab is required."""
    if item.get_closest_marker("lab") is None or (reason := why_no_lab()) is None:
        return
    if os.environ.get("WIRETELL_REQUIRE_LAB") == "1":
        pytest.fail(f"WIRETELL_REQUIRE_LAB is set, but {reason}", pytrace=False)
    _skipped.append(item.nodeid)
    pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in capitals what was not tested."""
    if _skipped:
        terminalreporter.section("LAB TESTS NOT RUN", sep="!", red=True, bold=True)
        terminalreporter.write_line(f"{len(_skipped)} tests that need the sandbox were skipped: {why_no_lab()}")
