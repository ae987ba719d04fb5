"""The lab's network: one loopback in which every address is local and every TCP port leads to the sink.

Runs inside a fresh network namespace, as its owner. Nothing leaves: there is no other interface.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from pyroute2 import IPRoute
from pyroute2.nftables.expressions import genex, verdict
from pyroute2.nftables.main import NFTables

_LOOPBACK_INDEX: Final = 1
_TABLE_LOCAL: Final = 255
_SCOPE_HOST: Final = 254
_ACCEPT: Final = 1
_TCP: Final = 6
_META_L4PROTO: Final = 16
_NETWORK_HEADER: Final = 1
_TRANSPORT_HEADER: Final = 2
_NOT_EQUAL: Final = 1
_DNAT_PRIORITY: Final = -100

Expression = dict[str, Any]


def build(sink_port: int, loopback_ports: Iterable[int]) -> None:
    """Make every address local and lead TCP to `sink_port`.

    On loopback addresses only `loopback_ports` are led to the sink: agents talk to servers of their own there.
    """
    # pyroute2 drives an event loop of its own; the sink's is made after this one is closed.
    ports = sorted(set(loopback_ports))
    with IPRoute() as route:
        route.link("set", index=_LOOPBACK_INDEX, state="up")
        route.route("add", type="local", dst="0.0.0.0/0", oif=_LOOPBACK_INDEX, table=_TABLE_LOCAL, scope=_SCOPE_HOST)
        if has_ipv6():
            route.route(
                "add", family=socket.AF_INET6, type="local", dst="::/0", oif=_LOOPBACK_INDEX, table=_TABLE_LOCAL
            )
    for family in (socket.AF_INET, *([socket.AF_INET6] if has_ipv6() else [])):
        _redirect(family, sink_port, ports)
    with contextlib.suppress(OSError):  # ended connections are not to tell later runs of earlier ones
        Path("/proc/sys/net/ipv4/tcp_max_tw_buckets").write_text("0")
    asyncio.set_event_loop(None)


def has_ipv6() -> bool:
    """Whether this kernel speaks IPv6; where it does not, an agent cannot either."""
    return Path("/proc/net/if_inet6").exists()


def interfaces() -> tuple[str, ...]:
    """Return the names of this namespace's interfaces: `lo` alone, or the run is not sealed."""
    return tuple(name for _, name in socket.if_nameindex())


def _redirect(family: int, sink_port: int, loopback_ports: Sequence[int]) -> None:
    with NFTables(nfgen_family=family) as nft:
        nft.table("add", name="lab")
        nft.chain("add", table="lab", name="out", hook="output", type="nat", policy=_ACCEPT, priority=_DNAT_PRIORITY)
        for expressions in _rules(family, sink_port, loopback_ports):
            nft.rule("add", table="lab", chain="out", expressions=(expressions,))


def _rules(family: int, sink_port: int, loopback_ports: Sequence[int]) -> list[list[Expression]]:
    loopback = _to_loopback(family)
    served = [[*loopback, *_tcp(), *_port(port), *_to_port(sink_port)] for port in loopback_ports]
    own = [*loopback, *verdict(_ACCEPT)]
    rest = [*_tcp(), *_port(sink_port, _NOT_EQUAL), *_to_port(sink_port)]
    return [*served, own, rest]


def _compare(data: bytes, operator: int = 0) -> Expression:
    value = {"attrs": [("NFTA_DATA_VALUE", data)]}
    expression: Expression = genex("cmp", {"sreg": 1, "op": operator, "data": value})
    return expression


def _load(base: int, offset: int, length: int) -> Expression:
    expression: Expression = genex("payload", {"dreg": 1, "base": base, "offset": offset, "len": length})
    return expression


def _tcp() -> list[Expression]:
    return [genex("meta", {"key": _META_L4PROTO, "dreg": 1}), _compare(bytes([_TCP]))]


def _port(port: int, operator: int = 0) -> list[Expression]:
    return [_load(_TRANSPORT_HEADER, 2, 2), _compare(struct.pack(">H", port), operator)]


def _to_loopback(family: int) -> list[Expression]:
    if family == socket.AF_INET:  # 127.0.0.0/8: the first byte of the destination
        return [_load(_NETWORK_HEADER, 16, 1), _compare(b"\x7f")]
    return [_load(_NETWORK_HEADER, 24, 16), _compare(socket.inet_pton(socket.AF_INET6, "::1"))]


def _to_port(port: int) -> list[Expression]:
    value = {"attrs": [("NFTA_DATA_VALUE", struct.pack(">H", port))]}
    flags = {"NF_NAT_RANGE_PROTO_SPECIFIED"}
    return [genex("immediate", {"dreg": 1, "data": value}), genex("redir", {"reg_proto_min": 1, "flags": flags})]
