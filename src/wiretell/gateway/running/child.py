"""Running the agent's program as if nobody stood between: its terminal, its signals, its exit code."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import shutil
import signal
import sys
from collections.abc import Mapping
from typing import Final

from wiretell.errors import UsageError
from wiretell.gateway.running.start import Start

_FORWARDED: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
_OF_TERMINAL: Final = (signal.SIGINT, signal.SIGQUIT)
"""Sent by a terminal to the agent too, which stands in the same process group."""
_PR_SET_DUMPABLE: Final = 4
_KILLED: Final = 128
"""Shells tell an end by signal N as 128 + N."""


def hide_memory() -> None:
    """Keep keys and bodies out of core dumps of this process, and from other processes of this user (ptrace, /proc).

    The agent is as it would be without: this ends with its start (prctl(2)), and limits, which it inherits, stay.
    """
    with contextlib.suppress(OSError, AttributeError):  # not Linux
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def program(name: str, environ: Mapping[str, str]) -> str:
    """Return the path of a program. :raises UsageError: if there is none."""
    found = shutil.which(name, path=environ.get("PATH"))
    if found is None:
        raise UsageError(f"There is no program `{name}` on PATH; install the agent, or give its path.")
    return found


async def run(start: Start) -> int:
    """Run it to its end; return its exit code. Standard input, output and error are those of this process.

    :raises UsageError: if it cannot be started.
    """
    path = program(start.words[0], start.env)
    signals = _Signals()
    try:
        try:
            process = await asyncio.create_subprocess_exec(path, *start.words[1:], env=start.env)
        except OSError as error:
            raise UsageError(f"`{start.words[0]}` cannot be started: {error.strerror or error}.") from None
        signals.lead_to(process.pid)
        code = await process.wait()
    finally:
        signals.restore()
    return code if code >= 0 else _KILLED - code


class _Signals:
    """Leads this process's signals to the agent while it runs; those that came before it started, too."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._pid: int | None = None
        self._early: list[int] = []
        # Ctrl-C in a terminal reaches the agent by itself; to send it again would count as a second one
        self._shared = _OF_TERMINAL if _has_terminal() else ()
        for number in (*_FORWARDED, *_OF_TERMINAL):
            self._loop.add_signal_handler(number, self._forward, number)

    def lead_to(self, pid: int) -> None:
        """Send what comes to this process, and what came."""
        self._pid = pid
        for number in self._early:
            self._forward(number)

    def _forward(self, number: int) -> None:
        if self._pid is None:
            self._early.append(number)
        elif number not in self._shared:
            try:
                os.kill(self._pid, number)
            except ProcessLookupError:  # it has just ended
                return

    def restore(self) -> None:
        """Let signals do what they did."""
        for number in (*_FORWARDED, *_OF_TERMINAL):
            self._loop.remove_signal_handler(number)


def _has_terminal() -> bool:
    """Whether a terminal sends its signals to this process."""
    try:
        return sys.stdin is not None and os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False
