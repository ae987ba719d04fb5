"""What a gateway says of itself at its start and in `--check-config`: where it listens, what it does, what is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from wiretell.errors import FormatError
from wiretell.gateway.config import GatewaySettings
from wiretell.gateway.config.values import Route, Upstream
from wiretell.gateway.door.watching import told
from wiretell.gateway.routing import choose
from wiretell.gateway.translate import Loss, known_losses
from wiretell.model.exchange import WireFormat
from wiretell.model.policy import Policy

_CLIENTS: Final[tuple[WireFormat, ...]] = ("anthropic-messages", "openai-responses", "openai-chat")
"""Protocols that are translated, where a route asks for it."""


@dataclass(frozen=True, slots=True)
class RouteLosses:
    """What a translation is known to lose on one route."""

    to: str
    """The route's."""
    client: WireFormat
    """What the client speaks."""
    wire: WireFormat
    """What the upstream gets."""
    losses: tuple[Loss, ...]


def summary(settings: GatewaySettings, policy: Policy) -> list[str]:
    """Return what a gateway does, a phrase each."""
    rules = f"policy {settings.policy} ({told(policy)})"
    phrases = [
        f"log {settings.log}" if settings.log else "no log",
        rules if settings.policy else "no policy",
        f"upstreams {', '.join(_upstream(each, settings) for each in settings.upstreams)}",
    ]
    if settings.users:
        phrases.append(counted(len(settings.users), "user"))
    if settings.strip_marks:
        phrases.append(f"strips marks of {', '.join(settings.strip_marks)}")
    if settings.context:
        phrases.append(counted(len(settings.context), "context rule"))
    if settings.routes:
        phrases.append(f"routes to {', '.join(route.to for route in settings.routes)}{_lost(settings)}")
    if settings.pins:
        phrases.append(f"pins of {', '.join(path.name for path in settings.pins)}")
    return phrases


def counted(number: int, name: str) -> str:
    """Return `1 rule`, `2 rules`."""
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def route_losses(settings: GatewaySettings) -> list[RouteLosses]:
    """Return what translations lose, for each route and each protocol that a client may speak which its upstream does
    not. A route's conditions cannot tell which protocol comes, so all are told."""
    found = [each for route in settings.routes for each in _of_route(route, settings)]
    return list(dict.fromkeys(found))


def _of_route(route: Route, settings: GatewaySettings) -> Iterator[RouteLosses]:
    anyhow = Route(route.to)
    for client in _CLIENTS:
        try:
            routed = choose((anyhow,), settings.upstreams, protocol=client, model="", body_bytes=0, headers=())
        except FormatError:
            continue  # nothing is translated: such a request is refused
        if routed.wire != client:
            yield RouteLosses(route.to, client, routed.wire, known_losses(client, routed.wire))


def _lost(settings: GatewaySettings) -> str:
    lost = {(each.client, each.wire, loss.path) for each in route_losses(settings) for loss in each.losses}
    return f" (translation loses {counted(len(lost), 'field')}, see --check-config)" if lost else ""


def _upstream(upstream: Upstream, settings: GatewaySettings) -> str:
    told = " (own key)" if upstream.key else " (users' own keys pass through)" if settings.users else ""
    return f"{upstream.name} {upstream.base_url}{told}"
