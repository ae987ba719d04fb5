"""What the page shows, and where it gets it: narrow views of the door, the log and the counters."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from wiretell.gateway.counters.interface import Standing
from wiretell.gateway.log.interface import LogState
from wiretell.gateway.log.reader import Stored
from wiretell.gateway.telemetry.spans import SpansState
from wiretell.model.exchange import LedgerEntry, Row
from wiretell.model.policy import Policy

Scope = MutableMapping[str, Any]
"""Of ASGI (https://asgi.readthedocs.io), as `Receive` and `Send`."""
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Live(Protocol):
    """The door's feed of exchanges."""

    def recent(self) -> Sequence[Row]:
        """Return the last exchanges, those that run among them, the oldest first."""
        ...

    def subscribe(self) -> AsyncIterator[Row]:
        """Give each exchange when it begins (`status` 0, `duration_us` 0) and when it has ended."""
        ...


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the page gets what it shows."""

    live: Live
    state: Callable[[], LogState]
    standings: Callable[[], Awaitable[Sequence[Standing]]]
    """All counters: `Counters.all`."""
    policy: Callable[[], Policy]
    """The one that holds now."""
    exchange: Callable[[str], Stored | None]
    """Look one up by its id. May block; is called in a thread.

    None or `UsageError`: not there. Another `WiretellError`: it cannot be read.
    """
    ledger: Callable[[], Sequence[LedgerEntry]]
    """The last entries, the newest first. May block; is called in a thread."""
    spans: Callable[[], SpansState | None] = lambda: None
    """How sending spans to a collector goes; None: none are sent."""
    about: tuple[tuple[str, str], ...] = ()
    """What the gateway is set to do, as name and value: shown as given."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks."""

    name: str | None
    """Of the `[[user]]`; None on keyless loopback."""
    groups: tuple[str, ...] = ()
    sees_all: bool = False

    def may_see(self, row: Row) -> bool:
        """Whether an exchange is this viewer's to see."""
        return self.sees_all or (self.name is not None and row.user == self.name)

    def may_see_budget(self, who: str) -> bool:
        """Whether a budget is of this viewer: their own, or of a group they are in."""
        return self.sees_all or who == f"user:{self.name}" or who in {f"group:{group}" for group in self.groups}
