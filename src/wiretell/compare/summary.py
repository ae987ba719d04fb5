"""Two tables for the report: the model request's fixed texts, and the hosts that were reached for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from wiretell.capture.wire.json_tree import String, walk
from wiretell.compare.body import documents
from wiretell.compare.differences import Comparison
from wiretell.compare.roles import BASE, PROXY, Observations
from wiretell.model.capture import Capture, Connection, Outcome
from wiretell.model.findings import Destination, FixedText, TemplateText, Where
from wiretell.model.world import OFFICIAL, World

_SHORTEST: Final = 24
"""Characters from which a string is a text rather than a value."""

_ANCHOR: Final = 16
"""Characters of a fixed piece that a template names: enough to find it by, and no more of the vendor's text."""

BASE_HOSTS: Final = "(base_url)"
"""Names the one row for all hosts of custom base URLs: a row each would repeat the list of levels."""

PROXY_HOSTS: Final = "(http_proxy)"
"""Names the one row for all proxies that worlds tell the agent to use."""


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
    pieces = [text[start:end] for start, end in _gaps(spans, len(text))]
    described = tuple(FixedText(piece[:_ANCHOR], len(piece), _digest(piece)) for piece in pieces) if spans else ()
    return TemplateText(path, _digest("".join(pieces)), tuple(spans), described)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


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
    """Return every host that any run reached for, by name; the hosts that one fact names in its levels are one row."""
    rows: dict[_Key, _Row] = {}
    for run, capture in observations.captures.items():
        looked_up = {lookup.name.rstrip(".").lower() for lookup in capture.lookups}
        for name in looked_up - {connection.name or "" for connection in capture.connections}:
            key = _key(observations, capture, name, 53, "dns")
            rows.setdefault(key, _Row()).add(run, "dns", "", True, 0, 0)
        for index, connection in enumerate(capture.connections):
            name = (connection.sni or connection.name or connection.address).lower()
            count = sum(exchange.connection == index for exchange in capture.exchanges)
            protocol = _protocol(connection)
            row = rows.setdefault(_key(observations, capture, name, connection.port, protocol), _Row())
            row.add(run, protocol, connection.address, name in looked_up, count, connection.bytes_received)
        for datagram in capture.datagrams:
            row = rows.setdefault((datagram.address, datagram.port, datagram.protocol), _Row())
            row.add(run, datagram.protocol, datagram.address, False, 0, datagram.size)
    return tuple(row.destination(key, observations) for key, row in sorted(rows.items()))


def _protocol(connection: Connection) -> str:
    if connection.outcome is Outcome.DNS:
        return "dns"
    if connection.tls or connection.client_hello:
        return "https"
    return "http" if connection.outcome is Outcome.EXCHANGES else "tcp"


_Key: TypeAlias = tuple[str, int, str]
"""Name, port and protocol of a row; 0 and nothing where the row holds several hosts."""


def _key(observations: Observations, capture: Capture, name: str, port: int, protocol: str) -> _Key:
    kind = observations.hosts.kind(name, capture.world)
    if kind == BASE and name != observations.hosts.official and not _is_official(capture.world):
        return (BASE_HOSTS, 0, "")
    return (PROXY_HOSTS, 0, "") if kind == PROXY else (name, port, protocol)


def _is_official(world: World) -> bool:
    return world.get("base_url", OFFICIAL) == OFFICIAL


class _Row:
    """What one row adds up to."""

    def __init__(self) -> None:
        self._protocols: set[str] = set()
        self._addresses: set[str] = set()
        self._looked_up = False
        self._requests = self._bytes = 0
        self._runs: set[int] = set()

    def add(self, run: int, protocol: str, address: str, looked_up: bool, requests: int, size: int) -> None:
        self._protocols.add(protocol)
        self._addresses.add(address)
        self._looked_up |= looked_up
        self._requests += requests
        self._bytes += size
        self._runs.add(run)

    def destination(self, key: _Key, observations: Observations) -> Destination:
        name, port, _ = key
        addresses = sorted(self._addresses - {""})
        several = name in (BASE_HOSTS, PROXY_HOSTS) and len(addresses) > 1
        return Destination(
            name=name,
            address="" if several else next(iter(addresses), ""),
            port=port,
            protocol=", ".join(sorted(self._protocols)),
            looked_up=self._looked_up,
            requests=self._requests,
            bytes=self._bytes,
            when=self._when(name, observations),
        )

    def _when(self, name: str, observations: Observations) -> str:
        """Say at which levels of `base_url` it was reached; one that is not the agent's own API, in all such runs."""
        if name == BASE_HOSTS:
            return "custom"
        worlds = observations.worlds
        official = {run for run, world in worlds.items() if _is_official(world)}
        custom = set(worlds) - official
        if self._runs == set(worlds):
            return "always"
        if name == observations.hosts.official:
            return "official" if self._runs <= official else "custom" if self._runs <= custom else "some runs"
        return "official" if self._runs == official else "custom" if self._runs == custom else "some runs"
