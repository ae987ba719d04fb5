"""What is compared besides heads and bodies: which requests there are, destinations, handshakes, how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields

from wiretell.capture.wire.tls import parse_client_hello
from wiretell.compare.body import compare_bodies
from wiretell.compare.features import Collector
from wiretell.compare.roles import BASE, PROXY, UNNAMED, Observations, Role, Seen
from wiretell.model.capture import Capture, Connection, Outcome
from wiretell.model.difference import Layer
from wiretell.model.findings import Where


def compare_requests(out: Collector, observations: Observations) -> None:
    """Compare which requests each run sent."""
    for role, requests in observations.roles.items():
        out.add_presence(Where(role.label, "run", "request"), observations.captures, requests)


def compare_chunks(out: Collector, role: Role, requests: Mapping[int, Seen]) -> None:
    """Compare how bodies were cut: the sizes of all pieces but the last, each size once, for bodies grow."""
    sizes = {run: tuple(sorted(set(seen.request.frames[:-1]))) for run, seen in requests.items()}
    shown = {run: ", ".join(map(str, found)) or "one piece" for run, found in sizes.items()}
    out.add(Where(role.label, "connection", "chunk sizes"), Layer.CHUNKS, sizes, shown)


def compare_destinations(out: Collector, observations: Observations) -> None:
    """Compare the hosts that runs looked up or dialled, but for those that the world itself names: API host, proxy."""
    reached = {
        run: dict.fromkeys(_destinations(capture, observations)) for run, capture in observations.captures.items()
    }
    for name in dict.fromkeys(name for group in reached.values() for name in group):
        having = {run: group for run, group in reached.items() if name in group}
        symbols = {run: run in having for run in reached}
        shown = {run: name if there else "(not reached for)" for run, there in symbols.items()}
        out.add(Where("", "connection", name), Layer.DESTINATION, symbols, shown)


def _destinations(capture: Capture, observations: Observations) -> Iterable[str]:
    kind = observations.hosts.kind
    for lookup in capture.lookups:
        host = kind(lookup.name.rstrip(".").lower(), capture.world)
        if host not in (BASE, PROXY):
            yield f"dns {host}"
    for connection in capture.connections:
        host = kind((connection.sni or connection.name or connection.address).lower(), capture.world)
        if host not in (BASE, PROXY):
            yield f"tcp {host}:{connection.port}"
    for datagram in capture.datagrams:
        yield f"{datagram.protocol} {datagram.address}:{datagram.port}"


def compare_payloads(out: Collector, observations: Observations) -> None:
    """Compare what was sent by other means than requests: datagrams, and connections in no protocol the lab speaks."""
    payloads: dict[str, dict[int, bytes]] = {}
    for run, capture in observations.captures.items():
        counts: dict[str, int] = {}
        for label, payload in _payloads(capture, observations):
            counts[label] = counts.get(label, 0) + 1
            turn = f" #{counts[label]}" if counts[label] > 1 else ""
            payloads.setdefault(label + turn, {})[run] = payload
    for label, by_run in payloads.items():
        out.add_presence(Where(label, "run", "request"), observations.captures, by_run)
        compare_bodies(out, Where(label, "body", ""), by_run)


def _payloads(capture: Capture, observations: Observations) -> Iterable[tuple[str, bytes]]:
    for datagram in capture.datagrams:
        yield f"{datagram.protocol.upper()} {datagram.address}:{datagram.port}", datagram.payload
    for connection in capture.connections:
        if connection.outcome is Outcome.UNKNOWN:
            host = observations.hosts.kind(
                (connection.sni or connection.name or connection.address).lower(), capture.world
            )
            yield f"TCP {host}:{connection.port}", connection.first_bytes


def compare_handshakes(out: Collector, observations: Observations) -> None:
    """Compare the first TLS handshake with each host, field by field; GREASE values and keys are random by design."""
    hellos: dict[str, dict[int, Connection]] = {}
    for run, capture in observations.captures.items():
        for connection in capture.connections:
            if connection.client_hello:
                host = observations.hosts.kind((connection.sni or UNNAMED).lower(), capture.world)
                hellos.setdefault(host, {}).setdefault(run, connection)
    for host, connections in hellos.items():
        parsed = {run: hello for run, c in connections.items() if (hello := parse_client_hello(c.client_hello))}
        marked = {run: hello.marked() for run, hello in parsed.items()}
        for part in [part.name for part in fields(next(iter(marked.values())))] if marked else ():
            if part != "sni":
                values = {run: getattr(hello, part) for run, hello in marked.items()}
                out.add(Where(f"TLS {host}", "connection", part.replace("_", " ")), Layer.HANDSHAKE, values)


def compare_outcomes(out: Collector, observations: Observations) -> None:
    """Compare how runs ended."""
    codes = {run: capture.process.exit_code for run, capture in observations.captures.items()}
    out.add(Where("", "run", "exit code"), Layer.OUTCOME, codes)
