"""What one run did outside itself, byte for byte.

All times (`*_s`) are seconds since the run began, on the monotonic clock of the lab. All bytes are as they crossed
the socket (after TLS, where there was TLS).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wiretell.model.world import World


@dataclass(frozen=True, slots=True)
class Request:
    """One request with its framing. For HTTP/1 `raw` rebuilds what crossed the socket."""

    protocol: str
    """`HTTP/1.0`, `HTTP/1.1` or `HTTP/2`."""
    method: str
    target: str
    """Request target as sent (latin-1): origin form, absolute form through a proxy, or authority form of CONNECT."""
    headers: tuple[tuple[bytes, bytes], ...]
    """Name and value as sent, in order; HTTP/2 pseudo-headers included."""
    body: bytes
    """After transfer decoding, before content decoding."""
    raw_head: bytes = b""
    """HTTP/1: from the request line to the blank line, both included. Empty for HTTP/2."""
    raw_body: bytes = b""
    """HTTP/1 chunked only: the body with its chunk lines and trailers. Empty where it would repeat `body`."""
    frames: tuple[int, ...] = ()
    """Sizes in bytes of the chunks (HTTP/1 chunked) or DATA frames (HTTP/2), in order."""

    @property
    def raw(self) -> bytes:
        """The bytes of an HTTP/1 request as received; of HTTP/2, where they do not stand in one place, the body."""
        return self.raw_head + (self.raw_body or self.body)

    def header(self, name: str) -> bytes | None:
        """Return the first value of a header, its name compared without case, or None."""
        wanted = name.lower().encode("latin-1")
        return next((value for key, value in self.headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and the response the lab gave."""

    connection: int
    """Index into `Capture.connections`."""
    request: Request
    started_s: float
    """When the first byte of the request arrived."""
    received_s: float
    """When its last byte arrived."""
    status: int
    """Status the lab answered with; 0 if the agent went away first."""
    response_head: tuple[tuple[bytes, bytes], ...] = ()
    response_body: bytes = b""
    kind: str = "side"
    """`model` for a request that asks a model for an answer, `model-aux` (count_tokens, models), `websocket`,
    `connect` (a proxy's CONNECT), `side` for everything else."""
    complete: bool = True
    """False where the agent closed the connection in the middle of the request."""


class Outcome(StrEnum):
    """How a connection ended, told by what it carried."""

    EXCHANGES = "exchanges"
    NO_BYTES = "no-bytes"
    HANDSHAKE_ONLY = "handshake-without-request"
    TLS_FAILED = "tls-failed"
    UNKNOWN = "unknown-protocol"
    DNS = "dns-over-tcp"


@dataclass(frozen=True, slots=True)
class Connection:
    """One TCP connection that reached the lab, or one tunnel inside it (CONNECT)."""

    at_s: float
    address: str
    """The address the agent dialled, before any redirection."""
    port: int
    name: str | None
    """The host name that was looked up for this address in this run, or that CONNECT named."""
    outcome: Outcome
    tls: str | None = None
    """Negotiated version (`TLSv1.3`), None for plain text."""
    sni: str | None = None
    alpn: tuple[str, ...] = ()
    """Protocols the client offered, in its order."""
    client_hello: bytes = b""
    """First TLS record as received."""
    first_bytes: bytes = b""
    """The beginning of what came, where it is no protocol the lab speaks (at most 4096 bytes)."""
    bytes_received: int = 0
    inside: int | None = None
    """Index of the connection whose CONNECT opened this tunnel."""
    closed_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Lookup:
    """One DNS question and the answer the lab gave."""

    at_s: float
    name: str
    rtype: str
    """`A`, `AAAA`, `HTTPS`, ..."""
    answer: str
    """Address, or empty where the lab answered that there is none."""
    transport: str
    """`udp`, `tcp`."""


@dataclass(frozen=True, slots=True)
class Datagram:
    """A packet that is no part of an accepted TCP connection: UDP to any port but 53, ICMP, a refused TCP attempt."""

    at_s: float
    protocol: str
    """`udp`, `tcp` (a SYN that nothing accepted), `icmp`, `icmpv6`, or the IP protocol number."""
    address: str
    port: int
    size: int
    """Bytes of payload."""
    payload: bytes = b""
    """The beginning of it (at most 2048 bytes)."""


@dataclass(frozen=True, slots=True)
class LeftFile:
    """A file in the agent's folders after the run that was not there before, or is changed."""

    path: str
    size: int
    mode: int
    sha256: str
    """Of the content, hex; of the link's target for a symbolic link; empty where there was no time to read it."""
    content: bytes = b""
    """Whole where it is at most 64 KiB, and all of the run's at most 4 MiB; else empty."""


@dataclass(frozen=True, slots=True)
class Process:
    """How the agent's process fared."""

    exit_code: int | None
    """None where a signal ended it."""
    signal: int | None
    timed_out: bool
    stdout: bytes
    """At most 1 MiB; `stdout_bytes` says how much there was."""
    stderr: bytes
    stdout_bytes: int
    stderr_bytes: int
    wall_s: float
    cpu_s: float
    """User and system time of the agent and the children it waited for."""
    killed: int = 0
    """Processes that were still alive when the agent's main process had ended, and were ended with the sandbox."""


@dataclass(frozen=True, slots=True)
class Capture:
    """All that one run did outside itself."""

    run: int
    """Number of the run in its audit, from 0, in the order in which runs were planned."""
    world: World
    purpose: str
    """`warm-up`, `calibration`, `array`, `sweep`, `isolate`, `flip`, `control`."""
    started: str
    """UTC, ISO 8601 with milliseconds and `Z`, of the lab's real clock."""
    process: Process
    exchanges: tuple[Exchange, ...] = ()
    connections: tuple[Connection, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    datagrams: tuple[Datagram, ...] = ()
    files: tuple[LeftFile, ...] = ()
    files_not_kept: int = 0
    """Files that were left and not read whole: too many, too large, too deep, or closed."""
    records_dropped: int = 0
    """Records that the sink did not keep, because the run sent too much. Not 0: the capture is not whole."""
    bytes_dropped: int = 0
    """Bytes of bodies that the sink did not keep, for the same reason."""
    leaks: int = 0
    """Packets seen on an interface other than the lab's loopback: 0, or the run is void."""
    worker: int = 0
    lab_cpu_s: float = 0.0
    """CPU seconds that the lab itself spent on this run: sink, sandbox set-up, collection."""

    @property
    def model_exchanges(self) -> tuple[Exchange, ...]:
        """The exchanges that asked a model for an answer, in order."""
        return tuple(e for e in self.exchanges if e.kind == "model")
