"""Two tables for the report: the model request's fixed texts, and the hosts that were reached for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from wiretell.capture.wire.json_tree import String, walk
from wiretell.compare.body import documents
from wiretell.compare.differences import Comparison
from wiretell.compare.roles import Observations
from wiretell.model.capture import Capture, Connection, Outcome
from wiretell.model.findings import Destination, TemplateText, Where
from wiretell.model.world import OFFICIAL

_SHORTEST: Final = 24
"""Characters from which a string is a text rather than a value."""


def template(comparison: Comparison) -> tuple[TemplateText, ...]:
    """Return the texts of the first model request in the calibrated world, with the spans that vary in any run."""
    base = comparison.observations.base
    for role, requests in comparison.observations.roles.items():
        seen = requests.get(base)
        if seen is not None and seen.exchange.kind == "model":
            spans = {where.path: found for where, found in comparison.varying.items() if _is_body(where, role.label)}
            return tuple(_text(path, text, spans) for path, text in _texts(seen.body).items())
    return ()


def _is_body(where: Where, request: str) -> bool:
    return (where.request, where.part) == (request, "body")


def _texts(body: bytes) -> dict[str, str]:
    found = documents(body) or ()
    return {
        leaf.path: leaf.node.value
        for document in found[:1]
        for leaf in walk(document)
        if isinstance(leaf.node, String) and len(leaf.node.value) >= _SHORTEST
    }


def _text(path: str, text: str, varying: Mapping[str, Sequence[tuple[int, int]]]) -> TemplateText:
    inside = any(other.startswith(f"{path}#") for other in varying)
    spans = [(0, len(text))] if inside else _merged(varying.get(path, ()))
    fixed = "".join(text[start:end] for start, end in _gaps(spans, len(text)))
    digest = hashlib.sha256(fixed.encode("utf-8", "surrogatepass")).hexdigest()
    return TemplateText(path, digest, tuple(spans))


def _gaps(spans: Sequence[tuple[int, int]], length: int) -> Iterable[tuple[int, int]]:
    starts = [0, *(end for _, end in spans)]
    return zip(starts, [*(start for start, _ in spans), length], strict=True)


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def destinations(observations: Observations) -> tuple[Destination, ...]:
    """Return every host that any run reached for; the hosts of custom base URLs are one, named by the first."""
    rows: dict[tuple[str, int, str], _Row] = {}
    for run, capture in observations.captures.items():
        looked_up = {lookup.name.rstrip(".").lower() for lookup in capture.lookups}
        for name in looked_up - {connection.name or "" for connection in capture.connections}:
            _row(rows, observations, capture, name, 53, "dns").add(run, "", True, 0, 0)
        for index, connection in enumerate(capture.connections):
            name = (connection.sni or connection.name or connection.address).lower()
            count = sum(exchange.connection == index for exchange in capture.exchanges)
            row = _row(rows, observations, capture, name, connection.port, _protocol(connection))
            row.add(run, connection.address, name in looked_up, count, connection.bytes_received)
        for datagram in capture.datagrams:
            row = _row(rows, observations, capture, datagram.address, datagram.port, datagram.protocol)
            row.add(run, datagram.address, False, 0, datagram.size)
    return tuple(row.destination(observations) for _, row in sorted(rows.items()))


def _protocol(connection: Connection) -> str:
    if connection.outcome is Outcome.DNS:
        return "dns"
    if connection.tls or connection.client_hello:
        return "https"
    return "http" if connection.outcome is Outcome.EXCHANGES else "tcp"


def _row(
    rows: dict[tuple[str, int, str], _Row],
    observations: Observations,
    capture: Capture,
    name: str,
    port: int,
    protocol: str,
) -> _Row:
    custom = capture.world.get("base_url", OFFICIAL) != OFFICIAL
    is_base = custom and name == observations.hosts.base(capture.world)
    key = ("(base_url)", 0, "") if is_base else (name, port, protocol)
    return rows.setdefault(key, _Row(name, port, protocol))


class _Row:
    def __init__(self, name: str, port: int, protocol: str) -> None:
        self._name, self._port, self._protocol = name, port, protocol
        self._address = ""
        self._looked_up = False
        self._requests = self._bytes = 0
        self._runs: set[int] = set()

    def add(self, run: int, address: str, looked_up: bool, requests: int, size: int) -> None:
        self._address = self._address or address
        self._looked_up |= looked_up
        self._requests += requests
        self._bytes += size
        self._runs.add(run)

    def destination(self, observations: Observations) -> Destination:
        return Destination(
            name=self._name,
            address=self._address,
            port=self._port,
            protocol=self._protocol,
            looked_up=self._looked_up,
            requests=self._requests,
            bytes=self._bytes,
            when=self._when(observations),
        )

    def _when(self, observations: Observations) -> str:
        worlds = observations.worlds
        official = {run for run, world in worlds.items() if world.get("base_url", OFFICIAL) == OFFICIAL}
        if self._runs == set(worlds):
            return "always"
        if official and self._runs == official:
            return "official"
        return "custom" if self._runs == set(worlds) - official else "some runs"
