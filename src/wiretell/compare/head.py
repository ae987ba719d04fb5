"""Heads compared: target, header names, their order and spelling, and each value.

HTTP/2 spells every name in lower case and has other framing headers (RFC 9113, 8.2), so order and spelling are compared
only among requests of one protocol.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

from wiretell.compare.features import Collector, compare_text
from wiretell.compare.roles import Role, Seen
from wiretell.model.difference import Layer
from wiretell.model.findings import Where

ADDRESS: Final = frozenset({"host", ":authority"})
"""Say where a request goes; that they follow the base URL is what they are for."""

_FRAMING: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "http2-settings"})
_TARGET: Final = frozenset({":method", ":path", ":scheme"})
"""Stand in the request line of HTTP/1."""


def compare_heads(out: Collector, role: Role, requests: Mapping[int, Seen]) -> None:
    """Compare the heads of one role's requests (run -> request)."""
    where = Where(role.label, "head", "")
    _compare_targets(out, where, requests)
    names = {run: _names(seen) for run, seen in requests.items()}
    for protocol in sorted({seen.request.protocol for seen in requests.values()}):
        runs = [run for run, seen in requests.items() if seen.request.protocol == protocol]
        _compare_order(out, where, {run: names[run] for run in runs}, protocol)
    _compare_presence(out, where, requests, names)
    _compare_values(out, where, requests, names)


def _text(value: bytes) -> str:
    """Decode a header's value: UTF-8, or else byte by byte."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _at(where: Where, name: str) -> Where:
    return Where(where.request, where.part, name)


def _names(seen: Seen) -> dict[tuple[str, int], tuple[bytes, bytes]]:
    """Return headers by lower-case name and how many of the same name stand before them."""
    found: dict[tuple[str, int], tuple[bytes, bytes]] = {}
    for name, value in seen.request.headers:
        lower = name.decode("latin-1").lower()
        if lower in _TARGET:
            continue
        lower = "host" if lower in ADDRESS else lower
        nth = 0
        while (lower, nth) in found:
            nth += 1
        found[lower, nth] = (name, value)
    return found


def _compare_order(
    out: Collector, where: Where, names: Mapping[int, Mapping[tuple[str, int], tuple[bytes, bytes]]], protocol: str
) -> None:
    common = set.intersection(*(set(group) for group in names.values()))
    order = {run: tuple(key for key in group if key in common) for run, group in names.items()}
    shown = {run: ", ".join(name for name, _ in keys) for run, keys in order.items()}
    out.add(_at(where, "order of headers"), Layer.ORDER, order, shown)
    if protocol.startswith("HTTP/1"):
        for key in sorted(common):
            spelled = {run: group[key][0].decode("latin-1") for run, group in names.items()}
            out.add(_at(where, key[0]), Layer.CASE, spelled)


def _compare_presence(
    out: Collector,
    where: Where,
    requests: Mapping[int, Seen],
    names: Mapping[int, Mapping[tuple[str, int], tuple[bytes, bytes]]],
) -> None:
    protocols = {seen.request.protocol for seen in requests.values()}
    for name, nth in _union(names.values()):
        if name in ADDRESS or name == "content-length" or (name in _FRAMING and len(protocols) > 1):
            continue
        having = {run: group for run, group in names.items() if (name, nth) in group}
        out.add_presence(_at(where, _numbered(name, nth)), names, having)


def _union(groups: Iterable[Mapping[tuple[str, int], object]]) -> list[tuple[str, int]]:
    return list(dict.fromkeys(key for group in groups for key in group))


def _numbered(name: str, nth: int) -> str:
    return f"{name} #{nth + 1}" if nth else name


def _compare_values(
    out: Collector,
    where: Where,
    requests: Mapping[int, Seen],
    names: Mapping[int, Mapping[tuple[str, int], tuple[bytes, bytes]]],
) -> None:
    for name, nth in _union(names.values()):
        values = {run: _text(group[name, nth][1]) for run, group in names.items() if (name, nth) in group}
        if name in ADDRESS:
            continue
        if name == "content-length":
            # That it tells the length of the body follows from the body; anything else is the agent's.
            values = {run: value for run, value in values.items() if value != str(len(requests[run].request.body))}
        if values:
            compare_text(out, _at(where, _numbered(name, nth)), values)


def _compare_targets(out: Collector, where: Where, requests: Mapping[int, Seen]) -> None:
    compare_text(out, _at(where, "path"), {run: seen.path for run, seen in requests.items()})
    out.add(
        _at(where, "form of target"),
        Layer.KIND,
        {run: "absolute" if seen.absolute else "origin" for run, seen in requests.items()},
    )
    queries = {run: _parameters(seen.query) for run, seen in requests.items()}
    common = set.intersection(*(set(group) for group in queries.values()))
    order = {run: tuple(key for key in group if key in common) for run, group in queries.items()}
    shown = {run: "&".join(name for name, _ in keys) for run, keys in order.items()}
    out.add(_at(where, "order of parameters"), Layer.ORDER, order, shown)
    for name, nth in _union(queries.values()):
        having = {run: group[name, nth] for run, group in queries.items() if (name, nth) in group}
        place = _at(where, f"?{_numbered(name, nth)}")
        out.add_presence(place, queries, having)
        if len({unquote_to_bytes(value) for _, value in having.values()}) > 1:
            compare_text(out, place, {run: value for run, (_, value) in having.items()})
        else:
            out.add(place, Layer.ESCAPE, having, {run: "=".join(pair) for run, pair in having.items()})


def _parameters(query: str | None) -> dict[tuple[str, int], tuple[str, str]]:
    """Return parameters as sent, by decoded name and how many of the same name stand before them."""
    found: dict[tuple[str, int], tuple[str, str]] = {}
    for part in (query or "").split("&") if query else ():
        name, _, value = part.partition("=")
        decoded = unquote_to_bytes(name).decode("latin-1")
        nth = 0
        while (decoded, nth) in found:
            nth += 1
        found[decoded, nth] = (name, value)
    return found
