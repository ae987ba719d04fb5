"""Reading packets of the lab's loopback."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from wiretell.lab.sandbox.packets import _PROGRAM, _assemble, parse_packet

IPV4 = bytes([0x45, 0, 0, 0, 0, 0, 0, 0, 64])
IPV6 = bytes([0x60, 0, 0, 0, 0, 0])


def ipv4(protocol: int, rest: bytes) -> bytes:
    return IPV4 + bytes([protocol, 0, 0, 10, 0, 0, 1, 203, 0, 113, 9]) + rest


def ipv6(header: int, rest: bytes) -> bytes:
    return IPV6 + bytes([header, 64]) + bytes(16) + bytes.fromhex("20010db8000000000000000000000009") + rest


def test_a_udp_datagram_keeps_its_target_and_payload() -> None:
    seen = parse_packet(ipv4(17, struct.pack(">HHHH", 40000, 443, 13, 0) + b"hello"), 1.5)
    assert seen is not None
    assert (seen.protocol, seen.address, seen.port, seen.payload, seen.size) == ("udp", "203.0.113.9", 443, b"hello", 5)


def test_ipv6_is_read_too() -> None:
    seen = parse_packet(ipv6(6, struct.pack(">HHIIHHHH", 40000, 9999, 0, 0, 0x5002, 0, 0, 0)), 0.0)
    assert seen is not None
    assert (seen.protocol, seen.address, seen.port) == ("tcp", "2001:db8::9", 9999)


def test_what_the_kernel_says_by_itself_is_left_out() -> None:
    assert parse_packet(ipv4(1, bytes([3, 3, 0, 0])), 0.0) is None
    assert parse_packet(ipv6(58, bytes([135, 0, 0, 0])), 0.0) is None


def test_a_ping_and_an_odd_protocol_are_kept() -> None:
    ping = parse_packet(ipv4(1, bytes([8, 0, 0, 0])), 0.0)
    odd = parse_packet(ipv4(132, b"sctp"), 0.0)
    assert ping is not None and ping.protocol == "icmp"
    assert odd is not None and (odd.protocol, odd.payload) == ("132", b"sctp")


@given(st.binary(max_size=80))
def test_garbage_never_raises(packet: bytes) -> None:
    parse_packet(packet, 0.0)


def test_every_jump_of_the_kernel_filter_stays_inside() -> None:
    program = _assemble()
    assert len(program) == 8 * len(_PROGRAM)
    for at in range(len(_PROGRAM)):
        _, yes, no, _ = struct.unpack_from("=HBBI", program, 8 * at)
        assert at + 1 + max(yes, no) < len(_PROGRAM) or at == len(_PROGRAM) - 1
