"""What the sink knows of the run that is going on; at its end, the values that the capture is made of."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from wiretell.lab.sink.names import Zone
from wiretell.model.capture import Connection, Datagram, Exchange, Lookup, Outcome

MAX_RUN_BYTES: Final = 64 << 20
"""Kept of one run, all records together. What comes after is counted and dropped."""
RECORD_BYTES: Final = 1024
"""What one record is taken to cost beside its payload."""
MAX_FIRST_BYTES: Final = 4096
MAX_DATAGRAM_BYTES: Final = 2048


@dataclass(frozen=True, slots=True)
class SinkLog:
    """All that one run sent to the sink. Times are in seconds since the run began."""

    exchanges: tuple[Exchange, ...]
    """In the order in which their requests were complete; those cut off come last."""
    connections: tuple[Connection, ...]
    """In the order in which they were accepted."""
    lookups: tuple[Lookup, ...]
    datagrams: tuple[Datagram, ...] = ()
    """Packets to UDP port 53 that are no DNS questions."""
    dropped: int = 0
    """Records that were not kept, because the run had sent too much. Not 0: the log is not whole."""
    dropped_bytes: int = 0
    faults: tuple[str, ...] = ()
    """Our own failures, as tracebacks. Not empty: the log may not be whole."""


@dataclass(slots=True)
class ConnectionRecord:
    """A connection while it is open; `Connection` says what the fields mean."""

    index: int
    at_s: float
    address: str
    port: int
    name: str | None
    inside: int | None = None
    outcome: Outcome = Outcome.NO_BYTES
    tls: str | None = None
    sni: str | None = None
    alpn: tuple[str, ...] = ()
    client_hello: bytes = b""
    first_bytes: bytes = b""
    bytes_received: int = 0
    closed_s: float = 0.0

    def unknown(self, data: bytes) -> None:
        """Keep the beginning of bytes that no protocol explains. A connection that carried exchanges stays one."""
        if self.outcome is not Outcome.EXCHANGES:
            self.outcome = Outcome.UNKNOWN
        self.first_bytes = (self.first_bytes + data[:MAX_FIRST_BYTES])[:MAX_FIRST_BYTES]

    def value(self) -> Connection:
        """Return it as it will be stored."""
        return Connection(
            at_s=self.at_s,
            address=self.address,
            port=self.port,
            name=self.name,
            outcome=self.outcome,
            tls=self.tls,
            sni=self.sni,
            alpn=self.alpn,
            client_hello=self.client_hello,
            first_bytes=self.first_bytes,
            bytes_received=self.bytes_received,
            inside=self.inside,
            closed_s=self.closed_s,
        )


@dataclass(slots=True)
class Run:
    """The run that is going on: its clock, its names, and what it sent so far."""

    started_monotonic: float
    base_host: str
    zone: Zone = field(default_factory=Zone)
    connections: list[ConnectionRecord] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    lookups: list[Lookup] = field(default_factory=list)
    datagrams: list[Datagram] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    dropped: int = 0
    dropped_bytes: int = 0
    _left: int = MAX_RUN_BYTES
    _seen: Counter[tuple[str, str]] = field(default_factory=Counter)

    def now(self) -> float:
        """Return the seconds since the run began."""
        return time.monotonic() - self.started_monotonic

    def ordinal(self, method: str, path: str) -> int:
        """Return how often this was called with the same arguments before."""
        self._seen[method, path] += 1
        return self._seen[method, path] - 1

    def take(self, size: int) -> bool:
        """Make room for `size` bytes that arrived, or count them as dropped and return False."""
        if self._left < size:
            self._left = 0
            self.dropped_bytes += size
            return False
        self._left -= size
        return True

    def connect(self, address: str, port: int, name: str | None, inside: int | None = None) -> ConnectionRecord | None:
        """Begin the record of a connection; None where there is no room for one."""
        if not self._room():
            return None
        record = ConnectionRecord(len(self.connections), self.now(), address, port, name, inside)
        self.connections.append(record)
        return record

    def add_exchange(self, exchange: Exchange) -> None:
        """Keep an exchange."""
        if self._room():
            self.exchanges.append(exchange)
            self.connections[exchange.connection].outcome = Outcome.EXCHANGES

    def add_lookup(self, lookup: Lookup) -> None:
        """Keep a lookup."""
        if self._room():
            self.lookups.append(lookup)

    def add_datagram(self, datagram: Datagram) -> None:
        """Keep a datagram."""
        if self._room():
            self.datagrams.append(datagram)

    def log(self) -> SinkLog:
        """Return all records as values."""
        return SinkLog(
            exchanges=tuple(self.exchanges),
            connections=tuple(record.value() for record in self.connections),
            lookups=tuple(self.lookups),
            datagrams=tuple(self.datagrams),
            dropped=self.dropped,
            dropped_bytes=self.dropped_bytes,
            faults=tuple(self.faults),
        )

    def _room(self) -> bool:
        if self._left >= RECORD_BYTES:
            self._left -= RECORD_BYTES
            return True
        self.dropped += 1
        return False
