"""A recorder for `log = false`: nothing is kept."""

from __future__ import annotations

from wiretell.gateway.log.interface import Closing, LogState, Opening, Recorder


class Unrecorded(Recorder):
    """Takes everything and keeps nothing."""

    async def start(self) -> None:
        """Nothing is started."""

    def begin(self, opening: Opening) -> None:
        """Forget it."""

    def part(self, exchange_id: str, data: bytes) -> None:
        """Forget it."""

    async def end(self, closing: Closing) -> None:
        """Forget it."""

    def state(self) -> LogState:
        """Say that there is none."""
        return LogState(fields={"log": "off"})

    async def stop(self) -> None:
        """Nothing runs."""
