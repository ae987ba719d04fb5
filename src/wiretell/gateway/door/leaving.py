"""A client that leaves ends what is done for it, and nothing that must be done anyway."""

from __future__ import annotations

import asyncio
from types import TracebackType

from wiretell.gateway.door.server import ClientLeftError, Cycle


class ended_by_leaving:  # noqa: N801 - reads as a with-statement
    """While it lasts, the client's leaving breaks off whatever is waited for. :raises ClientLeftError: then.

    It works as `asyncio.timeout` does: the task is cancelled, and here the cancellation becomes the error.
    """

    def __init__(self, cycle: Cycle) -> None:
        self._cycle = cycle
        self._left = False

    def __enter__(self) -> None:
        if self._cycle.disconnected:
            raise ClientLeftError
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cycle.on_left = self._leave

    def _leave(self) -> None:
        self._left = True
        self._task.cancel()

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self._cycle.on_left = None
        if self._left and self._task.uncancel() == 0 and kind is asyncio.CancelledError:
            raise ClientLeftError from None
