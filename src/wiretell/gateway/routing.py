"""Which upstream a request goes to, and as which model. Pure.

The first `[[route]]` all of whose conditions hold is taken; without one, the first upstream that speaks the client's
protocol, and the model stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from wiretell.errors import FormatError
from wiretell.gateway.config.values import Route, Upstream
from wiretell.gateway.protocols.interface import Headers
from wiretell.model.exchange import WireFormat

BYTES_A_TOKEN: Final = 4
"""Of a request, by which `larger_than_tokens` and `smaller_than_tokens` are measured."""

KEEP_MODEL: Final = "*"
"""In place of a route's model."""


@dataclass(frozen=True, slots=True)
class Routed:
    """Where a request goes."""

    upstream: Upstream
    model: str
    """As it is to be sent."""
    wire: WireFormat
    """What is spoken there: the client's own protocol wherever the upstream knows it."""
    route: int | None = None
    """Index of the `[[route]]`; None: no route was needed."""


def choose(
    routes: Sequence[Route],
    upstreams: Sequence[Upstream],
    *,
    protocol: WireFormat,
    model: str,
    body_bytes: int,
    headers: Headers,
) -> Routed:
    """Return where a request of `body_bytes` (content coding undone) goes.

    Globs of models match by letter case, header values too; of a repeated header one value is enough.

    :raises FormatError: where no upstream is configured for it, to be answered with 404.
    """
    for index, route in enumerate(routes):
        if _holds(route, model, body_bytes, headers):
            return _along(route, index, upstreams, protocol, model)
    for upstream in upstreams:
        if protocol in upstream.protocols:
            return Routed(upstream, model, protocol)
    raise FormatError(
        f"No upstream of this gateway speaks {protocol}, and no route sends {model or 'this request'} elsewhere: "
        "add an [upstream.NAME] with that protocol, or a [[route]]."
    )


def _holds(route: Route, model: str, body_bytes: int, headers: Headers) -> bool:
    larger, smaller = route.larger_than_tokens, route.smaller_than_tokens
    return (
        (route.model is None or fnmatchcase(model, route.model))
        and (larger is None or body_bytes > larger * BYTES_A_TOKEN)
        and (smaller is None or body_bytes < smaller * BYTES_A_TOKEN)
        and all(_has(headers, name, glob) for name, glob in route.headers.items())
    )


def _has(headers: Headers, name: str, glob: str) -> bool:
    wanted = name.lower().encode()
    values = (value.decode("latin-1") for given, value in headers if given.lower() == wanted)
    return any(fnmatchcase(value, glob) for value in values)


def _along(route: Route, index: int, upstreams: Sequence[Upstream], protocol: WireFormat, model: str) -> Routed:
    name, _, wanted = route.to.partition("/")
    upstream = next((upstream for upstream in upstreams if upstream.name == name), None)
    if upstream is None:
        raise FormatError(f"Route {index} leads to {route.to}, but there is no [upstream.{name}].")
    wire = protocol if protocol in upstream.protocols else _translated(upstream, protocol)
    return Routed(upstream, model if wanted in {"", KEEP_MODEL} else wanted, wire, index)


def _translated(upstream: Upstream, protocol: WireFormat) -> WireFormat:
    """Return what to translate into: never Gemini, which is passed through only."""
    wire = next((wire for wire in upstream.protocols if wire != "gemini"), None)
    if wire is None or protocol == "gemini":
        raise FormatError(
            f"Upstream {upstream.name} does not speak {protocol}, and Gemini is not translated, only passed through: "
            "route this model to an upstream that speaks it."
        )
    return wire
