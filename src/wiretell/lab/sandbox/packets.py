"""A tap on the lab's loopback: what an agent tried beside the TCP connections that reached the sink.

Sees every UDP datagram, ICMP message, odd protocol and TCP attempt of the namespace, IPv4 and IPv6. A classic BPF
program in the kernel drops the bulk (packets of running TCP connections) before it costs.
"""

from __future__ import annotations

import contextlib
import ctypes
import ipaddress
import socket
import struct
import time
from pathlib import Path
from typing import Final

from wiretell.model.capture import Datagram

_ETH_P_ALL: Final = 0x0003
_SO_ATTACH_FILTER: Final = 26
_SO_RCVBUFFORCE: Final = 33
_SOL_PACKET: Final = 263
_PACKET_STATISTICS: Final = 6
_BUFFER_BYTES: Final = 32 << 20
_KEEP_PAYLOAD: Final = 2048
_MAX_PACKETS: Final = 5000
_DNS: Final = 53
_TCP, _UDP, _ICMP, _ICMPV6 = 6, 17, 1, 58
_NAMES: Final = {_TCP: "tcp", _UDP: "udp", _ICMP: "icmp", _ICMPV6: "icmpv6"}
_ICMP_UNREACHABLE: Final = {_ICMP: 3, _ICMPV6: 1}
_NEIGHBOUR_DISCOVERY: Final = range(130, 144)

_PACKET_TYPE: Final = 0xFFFFF004  # SKF_AD_OFF + SKF_AD_PKTTYPE
_SYN, _ACK = 0x02, 0x10

# Label, code, label if true, label if false, value. Loads are relative to the network header (SOCK_DGRAM).
_PROGRAM: Final = (
    ("", 0x20, "", "", _PACKET_TYPE),
    ("", 0x15, "received", "drop", 0),  # loopback shows each packet twice: sent and received
    ("received", 0x30, "", "", 0),
    ("", 0x74, "", "", 4),  # IP version
    ("", 0x15, "ipv4", "other", 4),
    ("ipv4", 0x30, "", "", 9),  # protocol
    ("", 0xB1, "", "", 0),  # X = length of the header
    ("", 0x15, "tcp", "not-tcp", _TCP),
    ("not-tcp", 0x15, "accept", "accept", _UDP),
    ("other", 0x15, "ipv6", "drop", 6),
    ("ipv6", 0x30, "", "", 6),  # next header
    ("", 0x01, "", "", 40),  # X = length of the header
    ("", 0x15, "tcp", "not-tcp6", _TCP),
    ("not-tcp6", 0x15, "accept", "accept", _UDP),
    ("tcp", 0x50, "", "", 13),  # flags
    ("", 0x54, "", "", _SYN | _ACK),
    ("", 0x15, "accept", "drop", _SYN),
    ("drop", 0x06, "", "", 0),
    ("accept", 0x06, "", "", 0xFFFF),
)


def _assemble() -> bytes:
    places = {label: i for i, (label, *_) in enumerate(_PROGRAM) if label}
    steps = []
    for i, (_, code, yes, no, value) in enumerate(_PROGRAM):
        jumps = [places[label] - i - 1 if label else 0 for label in (yes, no)]
        steps.append(struct.pack("=HBBI", code, *jumps, value))
    return b"".join(steps)


class PacketTap:
    """A raw socket on `lo`, to be emptied while a run goes on. Needs CAP_NET_RAW in the namespace."""

    def __init__(self, sink_port: int) -> None:
        self._sink_port = sink_port
        self._began = 0.0
        self._found: list[Datagram] = []
        self._lost = 0
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        _attach(self._socket)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
        except OSError:  # no leave to exceed the machine's limit; what does not fit is counted
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        self._socket.bind(("lo", _ETH_P_ALL))
        self._socket.setblocking(False)

    def fileno(self) -> int:
        """The socket's number, for an event loop that calls `drain` when there is something to read."""
        return self._socket.fileno()

    def begin(self, began: float) -> None:
        """Forget what came before; times count from `began` (monotonic clock)."""
        self.drain()
        self._kernel_losses()
        self._began, self._found, self._lost = began, [], 0

    def drain(self) -> None:
        """Read everything that is there."""
        at_s = time.monotonic() - self._began
        with contextlib.suppress(BlockingIOError):
            while True:
                datagram = parse_packet(self._socket.recv(65536), at_s)
                if datagram is None or (datagram.protocol == "tcp" and datagram.port == self._sink_port):
                    continue
                if len(self._found) < _MAX_PACKETS:
                    self._found.append(datagram)
                else:
                    self._lost += 1

    def take(self) -> tuple[tuple[Datagram, ...], int]:
        """Return what was seen since `begin`, and how many packets were not kept."""
        self.drain()
        return tuple(self._found), self._lost + self._kernel_losses()

    def _kernel_losses(self) -> int:
        """Packets that found the socket's buffer full since the last call (PACKET_STATISTICS of packet(7))."""
        _, dropped = struct.unpack("II", self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))
        return int(dropped)


def losses_of_the_kernel() -> int:
    """Return how many datagrams and connections this network namespace turned away for want of room, ever.

    From RFC 4113 and Linux counters: datagrams for full buffers, connections for full listening queues.
    """
    wanted = {("Udp:", "RcvbufErrors"), ("TcpExt:", "ListenDrops")}
    total = 0
    for name in ("snmp", "netstat"):
        lines = [line.split() for line in Path("/proc/self/net", name).read_text().splitlines()]
        for names, values in zip(lines[::2], lines[1::2], strict=False):
            total += sum(int(v) for n, v in zip(names, values, strict=False) if (names[0], n) in wanted)
    snmp6 = Path("/proc/self/net/snmp6")
    if snmp6.exists():
        rows = (line.split() for line in snmp6.read_text().splitlines())
        total += sum(int(value) for name, value in rows if name == "Udp6RcvbufErrors")
    return total


def parse_packet(packet: bytes, at_s: float) -> Datagram | None:
    """Read an IP packet; None for what the kernel itself says (unreachable, neighbour discovery) and for garbage."""
    try:
        if packet[0] >> 4 == 4:
            protocol, start = packet[9], 4 * (packet[0] & 15)
            address = socket.inet_ntop(socket.AF_INET, packet[16:20])
        else:
            protocol, start = packet[6], 40
            address = socket.inet_ntop(socket.AF_INET6, packet[24:40])
        return _transport(protocol, address, packet[start:], at_s)
    except (IndexError, ValueError, struct.error):
        return None


def _transport(protocol: int, address: str, rest: bytes, at_s: float) -> Datagram | None:
    name = _NAMES.get(protocol, str(protocol))
    if protocol in (_TCP, _UDP):
        source, port = struct.unpack_from(">HH", rest)
        if protocol == _UDP and (source == _DNS or (port == _DNS and not ipaddress.ip_address(address).is_multicast)):
            return None  # the sink logs questions and answers; nobody answers what goes to a group
        payload = rest[8:] if protocol == _UDP else b""
        return Datagram(at_s, name, address, port, len(payload), payload[:_KEEP_PAYLOAD])
    if rest[0] == _ICMP_UNREACHABLE.get(protocol) or (protocol == _ICMPV6 and rest[0] in _NEIGHBOUR_DISCOVERY):
        return None
    return Datagram(at_s, name, address, 0, len(rest), rest[:_KEEP_PAYLOAD])


def _attach(tap: socket.socket) -> None:
    program = _assemble()
    buffer = ctypes.create_string_buffer(program, len(program))
    pointer = struct.pack("HxxxxxxP", len(_PROGRAM), ctypes.addressof(buffer))
    tap.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, pointer)
