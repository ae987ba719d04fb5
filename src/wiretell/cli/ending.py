"""Ending when told to, with everything that was started."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


@contextmanager
def importing() -> Iterator[None]:
    """Have Ctrl-C end imports: compiled modules make something else of it, or of what it left half done.

    :raises KeyboardInterrupt: if it came, whatever became of it.
    """
    if threading.current_thread() is not threading.main_thread() or (
        signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        yield  # whose handler it is knows what to do
        return
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        came.append(number)
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    except Exception:
        if came:
            raise KeyboardInterrupt from None
        raise
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if came:  # and was passed over
        raise KeyboardInterrupt
