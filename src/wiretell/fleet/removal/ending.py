"""Ends a process, and no other that came to its number since (pidfd_open(2))."""

from __future__ import annotations

import datetime as dt
import os
import select
import signal
import time
from pathlib import Path
from typing import Final

_PATIENCE_S: Final = 5.0
"""How long a process may take to end by itself: agents write their sessions."""
_KILLED_S: Final = 5.0
_SLACK_S: Final = 2.0
"""A start is told to the second, counted from a time of boot that the kernel computes anew at each look."""


def end(pid: int, started: str, own: frozenset[int], patience_s: float = _PATIENCE_S) -> str:
    """Ask a process to end (SIGTERM), and after `patience_s` make it (SIGKILL). Return what came of it, in words.

    `started`: its start as the inventory has it; a process with another start is another one and is left alone.
    `own`: processes that are never ended.
    :raises OSError: where this user may not end it, or it cannot be ended.
    """
    if pid in own or pid <= 1:
        raise OSError("wiretell runs in it")
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return "it had ended by itself"
    try:
        if not _is_same(pid, started):
            return "it had ended by itself; the number is another process's now"
        return _end(handle, patience_s)
    finally:
        os.close(handle)


def _end(handle: int, patience_s: float) -> str:
    try:
        signal.pidfd_send_signal(handle, signal.SIGTERM)
        if _has_ended(handle, patience_s):
            return ""
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    except ProcessLookupError:
        return ""
    if not _has_ended(handle, _KILLED_S):
        raise OSError("it does not end, even when killed: the system holds it")
    return f"it did not end within {patience_s:g} s and was killed"


def _has_ended(handle: int, within_s: float) -> bool:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(within_s * 1000))


def _is_same(pid: int, started: str) -> bool:
    try:
        then = dt.datetime.fromisoformat(started).timestamp()
        return abs(started_at(pid) - then) <= _SLACK_S
    except (OSError, ValueError, IndexError):
        return False


def started_at(pid: int) -> float:
    """Return when a process started, in seconds since the epoch (proc_pid_stat(5), field 22).

    :raises OSError: where there is none.
    """
    fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    since_boot = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + since_boot
