"""Ending when told to, with everything that was started."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType


class ending_on_terminate:  # noqa: N801 - reads as a with-statement
    """While it lasts, a polite request to end (SIGTERM, SIGHUP) unwinds like Ctrl-C, so that every sandbox ends."""

    def __enter__(self) -> None:
        self._old: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}
        for number in (signal.SIGTERM, signal.SIGHUP):
            self._old[number] = signal.signal(number, self._interrupt)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)

    @staticmethod
    def _interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt
