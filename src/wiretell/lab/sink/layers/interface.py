"""What a protocol layer is, and what it works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from wiretell.lab.sink.answers import Answer, Site, answer
from wiretell.lab.sink.answers.interface import path_of
from wiretell.lab.sink.authority import Authority
from wiretell.lab.sink.record import ConnectionRecord, Run
from wiretell.model.capture import Exchange, Request

MAX_DEPTH: Final = 4
"""Tunnels inside tunnels. Real clients use two at most: a proxy reached over TLS, and TLS to the host behind it."""


class Pipe(Protocol):
    """The way back to the agent. Both calls may come at any time, also after it is gone."""

    def send(self, data: bytes) -> None:
        """Send bytes."""

    def close(self) -> None:
        """Send no more after what was sent; what the agent still sends is received nevertheless."""


class Layer(Protocol):
    """One protocol on one connection."""

    def receive(self, data: bytes) -> None:
        """Take bytes that the agent sent."""

    def end(self) -> None:
        """The agent sends no more, or the run is over: record what stands unfinished. Called once, and last."""


class Timer(Protocol):
    """A call to come."""

    def cancel(self) -> None:
        """Call it off."""


@dataclass(slots=True)
class Peer:
    """One connection, or one tunnel in it, with all that its layers share."""

    run: Run
    record: ConnectionRecord
    authority: Authority
    official_hosts: frozenset[str]
    later: Callable[[float, Callable[[], None]], Timer]
    open_tunnel: Callable[[Pipe, Peer], Layer]
    depth: int = 0
    _hosts: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._hosts = (self.run.base_host.lower(), *self.official_hosts)

    def inner(self, record: ConnectionRecord) -> Peer:
        """Return the peer of a tunnel inside this one."""
        return Peer(
            self.run, record, self.authority, self.official_hosts, self.later, self.open_tunnel, self.depth + 1
        )  # fmt: skip

    def answer(self, request: Request, host: str) -> Answer:
        """Return the answer to a request. `host` may have a port."""
        return answer(request, self.site(request, host))

    def site(self, request: Request, host: str) -> Site:
        """Return where a request arrived; without a host of its own, where the connection went."""
        name = host_without_port(host).lower() or self.record.sni or self.record.name or self.record.address
        return Site(name, name in self._hosts, self.run.ordinal(request.method, path_of(request)))

    def record_exchange(
        self, request: Request, started_s: float, answer: Answer | None, head: tuple[tuple[bytes, bytes], ...] = ()
    ) -> None:
        """Keep a request whose last byte has just arrived, and what was answered with which head (None: nothing)."""
        self.run.add_exchange(
            Exchange(
                connection=self.record.index,
                request=request,
                started_s=started_s,
                received_s=self.run.now(),
                status=answer.status if answer else 0,
                response_head=head,
                response_body=answer.body if answer else b"",
                kind=answer.kind if answer else _kind(request),
            )
        )

    def record_cut_off(self, request: Request, started_s: float, status: int = 0) -> None:
        """Keep a request that did not arrive whole."""
        kind = _kind(request)
        now = self.run.now()
        self.run.add_exchange(
            Exchange(self.record.index, request, started_s, now, status, kind=kind, complete=False)
        )  # fmt: skip


def _kind(request: Request) -> str:
    """Return the kind of a request that is not answered."""
    if request.method in ("CONNECT", "WS"):
        return "connect" if request.method == "CONNECT" else "websocket"
    return answer(request, Site("", serves_model=False, ordinal=0)).kind


def host_without_port(authority: str) -> str:
    """Return the host of `host:port`, `[v6]:port` or a bare host."""
    authority = authority.rpartition("@")[2]
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority if authority.count(":") > 1 else authority.partition(":")[0]
