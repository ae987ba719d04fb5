"""Which request of one run is which request of another: the same method, host, path and turn play the same role."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from wiretell.capture.wire.content import decode_body
from wiretell.model.capture import Capture, Exchange, Request
from wiretell.model.world import World

BASE: Final = "base"
"""Stands for the host that `base_url` names in a world, or the vendor's own."""

UNNAMED: Final = "(unnamed)"
"""Stands for a host of which only the address is known."""

UNCOMPARED: Final = frozenset({"warm-up", "control"})
"""Purposes of runs that say nothing about the agent: other caches, other agents."""

_ID: Final = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{13,27}|[0-9a-fA-F]{16,}|\d{5,}|(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{24,}"
)

PROXY: Final = "proxy"
"""Stands for the host that `http_proxy` names in a world."""

HostOf: TypeAlias = Callable[[World], str]


def _none(_world: World) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Hosts:
    """How the hosts of a world are recognised."""

    base: HostOf
    """World -> host, without port, that `base_url` names there, or the official one."""
    official: str | None = None
    """The vendor's own host."""
    proxy: HostOf = _none
    """World -> host, without port, of the proxy that the world tells the agent to use; empty where it names none."""

    def kind(self, host: str, world: World) -> str:
        """Return `base` for the agent's own API host in this world, `proxy` for its proxy, else the host's name."""
        if host == self.official or _same(host, self.base(world)):
            return BASE
        return PROXY if host and host == self.proxy(world) else host


def _same(host: str, named: str) -> bool:
    return host == named or (_is_loopback(host) and _is_loopback(named))


def _is_loopback(host: str) -> bool:
    return host in ("127.0.0.1", "::1", "localhost") or host.endswith(".localhost")


@dataclass(frozen=True, slots=True, order=True)
class Role:
    """What makes requests of two runs comparable."""

    method: str
    host: str
    path: str
    """Without query; what looks like an id is `*` (the ids themselves are compared as text)."""
    nth: int
    """How many requests of the same method, host and path began before it in its run."""

    @property
    def label(self) -> str:
        """The request in words: `POST /v1/messages`, `GET api.example.com/flags #2`."""
        host = "" if self.host == BASE else self.host
        turn = f" #{self.nth + 1}" if self.nth else ""
        return f"{self.method} {host}{self.path}{turn}"


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One request as a run sent it."""

    exchange: Exchange
    host: str
    """As named in the request; empty where it names none."""
    path: str
    query: str | None
    absolute: bool
    """Whether the target names scheme and host, as to a proxy."""

    @property
    def request(self) -> Request:
        """The request itself."""
        return self.exchange.request

    @property
    def body(self) -> bytes:
        """The body with its content codings undone."""
        return _decoded(self.request)


@lru_cache(maxsize=2048)
def _decoded(request: Request) -> bytes:
    return decode_body(request).text_bytes


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """The runs of an audit, their requests sorted by role."""

    captures: Mapping[int, Capture]
    """By run, without warm-ups and controls."""
    roles: Mapping[Role, Mapping[int, Seen]]
    hosts: Hosts
    models: frozenset[str]
    """Labels of the requests that ask a model for an answer."""
    base: int
    """The run that others are told by: the first of the calibration."""

    @property
    def worlds(self) -> dict[int, World]:
        """Run -> world."""
        return {run: capture.world for run, capture in self.captures.items()}


def observe(captures: Iterable[Capture], *, hosts: Hosts) -> Observations:
    """Sort what the runs sent. Runs that an audit makes for itself (`UNCOMPARED`) are left out.

    Raises ValueError where no run is left, or two have one number.
    """
    kept = [capture for capture in captures if capture.purpose not in UNCOMPARED]
    by_run = {capture.run: capture for capture in kept}
    if not by_run or len(by_run) != len(kept):
        raise ValueError("runs to compare must be there, and have numbers of their own")
    roles: dict[Role, dict[int, Seen]] = {}
    for run, capture in by_run.items():
        for role, seen in _sorted(capture, hosts):
            roles.setdefault(role, {})[run] = seen
    calibration = [run for run, capture in by_run.items() if capture.purpose == "calibration"]
    models = {role.label for role, seen in roles.items() if any(one.exchange.kind == "model" for one in seen.values())}
    return Observations(by_run, roles, hosts, frozenset(models), min(calibration or by_run))


def _sorted(capture: Capture, hosts: Hosts) -> Iterable[tuple[Role, Seen]]:
    counts: dict[tuple[str, str, str], int] = {}
    for exchange in sorted(capture.exchanges, key=lambda exchange: exchange.started_s):
        if exchange.kind == "connect":
            continue  # a tunnel's name and address are compared with the other destinations
        seen = _seen(exchange)
        key = (exchange.request.method, hosts.kind(seen.host, capture.world), _ID.sub("*", seen.path))
        nth = counts.get(key, 0)
        counts[key] = nth + 1
        yield Role(*key, nth), seen


def _seen(exchange: Exchange) -> Seen:
    request = exchange.request
    absolute = "://" in request.target.partition("?")[0]
    parts = urlsplit(request.target) if absolute else None
    origin = request.target if parts is None else request.target.partition("://")[2].partition("/")[2]
    path, mark, query = origin.partition("?")
    named = request.header(":authority") or request.header("host")
    host = named.decode("latin-1") if named else (parts.netloc if parts else "")
    return Seen(exchange, _bare(host), path if parts is None else f"/{path}", query if mark else None, absolute)


def _bare(host: str) -> str:
    """Return a host without its port; an IPv6 address keeps its brackets off too."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()
