"""What the door works with. `gateway.serve` puts it together; tests put fakes in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol as Interface

from wiretell.gateway.config.values import GatewaySettings
from wiretell.gateway.door.auth import Gatekeeper
from wiretell.gateway.door.budgets import Budgets
from wiretell.gateway.door.deciding import Deciding
from wiretell.gateway.door.identity import ExchangeIds, Hasher
from wiretell.gateway.door.live import Live
from wiretell.gateway.door.upstream import UpstreamClient
from wiretell.gateway.door.watching import PolicyWatch
from wiretell.gateway.edits import Editor
from wiretell.gateway.edits.pins import Pins
from wiretell.gateway.log.interface import Recorder
from wiretell.gateway.log.redaction import Redactor
from wiretell.model.exchange import Row


class Watcher(Interface):
    """Is told of every exchange that ended: spans, for example."""

    def finished(self, row: Row) -> None:
        """Take note of it. Returns at once."""
        ...


class Counted(Interface):
    """Numbers of all exchanges: `telemetry.Metrics`."""

    def began(self, protocol: str) -> None:
        """Count one that came; `finished` is owed for it."""
        ...

    def finished(self, row: Row) -> None:
        """Count one that ended."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that an exchange needs."""

    settings: GatewaySettings
    recorder: Recorder
    upstreams: UpstreamClient
    policy: PolicyWatch
    budgets: Budgets
    editor: Editor
    pins: Pins | None
    hasher: Hasher
    gate: Gatekeeper
    metrics: Counted
    watchers: tuple[Watcher, ...] = ()
    ids: ExchangeIds = field(default_factory=ExchangeIds)
    live: Live = field(default_factory=Live)
    redactor: Redactor = field(default_factory=Redactor)
    """For what rows say of contents; the recorder has its own, for the contents."""
    deciding: Deciding = field(default_factory=Deciding)
