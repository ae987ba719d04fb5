"""What is asked of the kernel: where a connection was going, and from which address to answer a datagram."""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from wiretell.errors import NotSealedError

DNS_PORT: Final = 53
BACKLOG: Final = 1024
MAX_PACKET: Final = 65535

# From <linux/netfilter_ipv4.h> and <linux/in.h>; Python's socket module has no names for them.
_SO_ORIGINAL_DST: Final = 80
_SOL_IPV6: Final = 41
_IP_PKTINFO: Final = 8
_IPV6_FREEBIND: Final = 78
_IPV4_ADDRESS = struct.Struct("!2xH4s8x")
"""struct sockaddr_in without its family."""
_IPV6_ADDRESS = struct.Struct("!2xH4x16s4x")
_IPV4_PKTINFO = struct.Struct("=I4s4s")
"""struct in_pktinfo: interface, the local address to answer from, the address in the packet's header."""
_IPV6_PKTINFO = struct.Struct("=16sI")


def original_destination(connection: socket.socket) -> tuple[str, int]:
    """Return the address and port that the client dialled, before any redirection by the packet filter."""
    v6 = connection.family == socket.AF_INET6
    level, layout = (_SOL_IPV6, _IPV6_ADDRESS) if v6 else (socket.SOL_IP, _IPV4_ADDRESS)
    try:
        port, packed = layout.unpack(connection.getsockopt(level, _SO_ORIGINAL_DST, layout.size))
        return plain_address(socket.inet_ntop(connection.family, packed)), port
    except (OSError, struct.error):  # not redirected, or no connection tracking here
        name = connection.getsockname()
        return plain_address(name[0]), name[1]


def plain_address(address: str) -> str:
    """Return an IPv4 address that is written as an IPv6 one in its own form, without an interface."""
    return address.partition("%")[0].removeprefix("::ffff:")


def tcp_listeners(port: int, *, everywhere: bool = False) -> list[socket.socket]:
    """Listen on one port of both loopback addresses (0: any that is free), or of all; IPv6 only where there is any.

    Loopback is enough behind a redirection: that is where the kernel redirects local connections to.
    """
    first = _bound(socket.AF_INET, socket.SOCK_STREAM, "0.0.0.0" if everywhere else "127.0.0.1", port)  # noqa: S104
    port = first.getsockname()[1]
    listeners = [first]
    if socket.has_ipv6:
        with suppress(OSError):
            listeners.append(_bound(socket.AF_INET6, socket.SOCK_STREAM, "::" if everywhere else "::1", port))
    for listener in listeners:
        listener.listen(BACKLOG)
    return listeners


def dns_sockets() -> list[socket.socket]:
    """Bind UDP port 53 of all addresses: whichever the agent asks is answered.

    Errors: NotSealedError where the port cannot be had.
    """
    try:
        sockets = [_bound(socket.AF_INET, socket.SOCK_DGRAM, "0.0.0.0", DNS_PORT)]  # noqa: S104
    except OSError as error:
        raise NotSealedError(f"The lab cannot serve DNS on UDP port 53: {error.strerror}.") from error
    if socket.has_ipv6:
        with suppress(OSError):
            sockets.append(_bound(socket.AF_INET6, socket.SOCK_DGRAM, "::", DNS_PORT))
    return sockets


def ask_for_addresses(datagrams: socket.socket) -> None:
    """Have the kernel say with each datagram to which address it was sent."""
    if datagrams.family == socket.AF_INET6:
        datagrams.setsockopt(_SOL_IPV6, socket.IPV6_RECVPKTINFO, 1)
        # In the lab an address is local by a route, which IPv6 does not take for leave to answer from it.
        datagrams.setsockopt(_SOL_IPV6, _IPV6_FREEBIND, 1)
    else:
        datagrams.setsockopt(socket.SOL_IP, _IP_PKTINFO, 1)


def answer_from(family: int, received: Sequence[tuple[int, int, bytes]]) -> list[tuple[int, int, bytes]]:
    """Turn the control data of a datagram into those of its answer, which must come from the address asked."""
    for level, kind, data in received:
        if family == socket.AF_INET and (level, kind) == (socket.SOL_IP, _IP_PKTINFO):
            return [(level, kind, _IPV4_PKTINFO.pack(0, data[8:12], bytes(4)))]
        if family == socket.AF_INET6 and (level, kind) == (_SOL_IPV6, socket.IPV6_PKTINFO):
            return [(level, kind, data)]
    return []


def asked_address(family: int, received: Sequence[tuple[int, int, bytes]]) -> str:
    """Return the address that a datagram was sent to, or an empty string."""
    for level, kind, data in received:
        if family == socket.AF_INET and (level, kind) == (socket.SOL_IP, _IP_PKTINFO):
            return socket.inet_ntop(socket.AF_INET, data[8:12])
        if family == socket.AF_INET6 and (level, kind) == (_SOL_IPV6, socket.IPV6_PKTINFO):
            return plain_address(socket.inet_ntop(socket.AF_INET6, data[:16]))
    return ""


def _bound(family: int, kind: int, address: str, port: int) -> socket.socket:
    bound = socket.socket(family, kind | socket.SOCK_CLOEXEC)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((address, port))
    except OSError:
        bound.close()
        raise
    return bound
