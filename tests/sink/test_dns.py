from __future__ import annotations

import ipaddress
import socket

import dnslib
from hypothesis import example, given
from hypothesis import strategies as st

from tests.sink.conftest import LiveSink
from tests.sink.test_http import rest
from wiretell.lab.sink import names
from wiretell.lab.sink.dns import Answered, reply_to
from wiretell.lab.sink.names import Zone


def question(name: str, rtype: str = "A") -> bytes:
    return bytes(dnslib.DNSRecord.question(name, rtype).pack())


HEADER = question("a.test")[:12]


def addresses(packet: bytes) -> list[str]:
    return [str(rr.rdata) for rr in dnslib.DNSRecord.parse(packet).rr]


def test_every_name_has_an_address_of_its_own() -> None:
    zone, other = Zone(), Zone()
    hosts = [f"host-{n}.test" for n in range(2000)]
    found = [zone.address(name) for name in hosts]
    assert len(set(found)) == 2000
    assert all(ipaddress.ip_address(a) in ipaddress.ip_network("198.18.0.0/15") for a in found)
    assert not any(a.endswith((".0", ".255")) for a in found)
    assert zone.address("HOST-7.test.") == found[7]
    same = sum(other.address(name) == address for name, address in reversed(list(zip(hosts, found, strict=True))))
    assert same > 1900  # all but those that met another


def test_an_address_does_not_depend_on_the_python_or_the_run() -> None:
    assert Zone().address("api.anthropic.com") == Zone().address("API.Anthropic.Com") == "198.19.86.198"


def test_names_that_meet_get_addresses_of_their_own(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(names, "COUNT", 16)
    zone = Zone()
    assert len({zone.address(f"h{n}") for n in range(8)}) == 8


def test_local_names_are_local() -> None:
    zone = Zone()
    for name in ("localhost", "deepseek.localhost", "A.B.LocalHost."):
        assert zone.address(name) == "127.0.0.1"
    assert zone.address("notlocalhost") != "127.0.0.1"


def test_the_name_of_an_address_is_the_one_looked_up() -> None:
    zone = Zone()
    assert zone.name_of(zone.address("a.test")) is None
    assert zone.name_of(zone.look_up("a.test")) == "a.test"
    for name in ("localhost", "deepseek.localhost", "other.localhost"):
        zone.look_up(name)
    assert zone.name_of("127.0.0.1") == "other.localhost"
    assert zone.name_of("127.0.0.1", "DeepSeek.localhost") == "deepseek.localhost"


def test_kinds_of_questions() -> None:
    zone = Zone()
    got = reply_to(question("Api.Some.TEST"), zone)
    address = zone.address("api.some.test")
    assert got.answered == (Answered("Api.Some.TEST", "A", address),)
    assert addresses(got.packet) == [address]
    for rtype in ("AAAA", "HTTPS", "SVCB", "TXT", "MX"):
        got = reply_to(question("api.some.test", rtype), zone)
        assert got.answered == (Answered("api.some.test", rtype, ""),)
        record = dnslib.DNSRecord.parse(got.packet)
        assert (record.header.rcode, record.rr) == (dnslib.RCODE.NOERROR, [])
    got = reply_to(question("1.0.18.198.in-addr.arpa", "PTR"), zone)
    assert dnslib.DNSRecord.parse(got.packet).header.rcode == dnslib.RCODE.NXDOMAIN
    assert reply_to(question("a.test")[:-4] + b"\xff\x00\x00\x01", zone).answered[0].rtype == "TYPE65280"


def test_extended_questions_get_extended_answers() -> None:
    asked = dnslib.DNSRecord.question("a.test")
    asked.add_ar(dnslib.EDNS0(udp_len=4096, flags="do"))
    record = dnslib.DNSRecord.parse(reply_to(bytes(asked.pack()), Zone()).packet)
    assert [rr.rtype for rr in record.ar] == [dnslib.QTYPE.OPT]


def test_odd_names_are_kept_as_sent() -> None:
    labels = b"\x04a.b\\\x03\x00\xc3\xbc\x00"
    packet = question("x")[:12] + labels + b"\x00\x01\x00\x01"
    assert reply_to(packet, Zone()).answered[0].name == "a\\.b\\\\.\\000\\195\\188"


def test_answers_are_never_answered() -> None:
    packet = reply_to(question("a.test"), Zone()).packet
    assert reply_to(packet, Zone()) == reply_to(b"", Zone())


def test_other_operations_are_refused() -> None:
    asked = dnslib.DNSRecord.question("a.test")
    asked.header.opcode = dnslib.OPCODE.UPDATE
    got = reply_to(bytes(asked.pack()), Zone())
    assert (dnslib.DNSRecord.parse(got.packet).header.rcode, got.answered) == (dnslib.RCODE.NOTIMP, ())


@given(st.binary(max_size=80) | st.binary(max_size=60).map(HEADER.__add__))
@example(HEADER + b"\xc0\x0c\x00\x01\x00\x01")
def test_no_packet_breaks_it(packet: bytes) -> None:
    got = reply_to(packet, Zone())
    if got.packet:
        dnslib.DNSRecord.parse(got.packet)
        assert got.packet[:2] == packet[:2]


# --- through the sink


def test_udp_then_tcp_connection_bears_the_name(sink: LiveSink) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(10)
        for name, rtype in (("Localhost", "A"), ("api.test", "A"), ("api.test", "AAAA")):
            asker.sendto(question(name, rtype), ("127.0.0.1", sink.udp_port))
            _, sender = asker.recvfrom(4096)
            assert sender == ("127.0.0.1", sink.udp_port)
    sink.connect().close()
    log = sink.finish()
    told = [(x.name, x.rtype, x.answer, x.transport) for x in log.lookups]
    assert told[0] == ("Localhost", "A", "127.0.0.1", "udp")
    assert told[1][2] == Zone().address("api.test")
    assert told[2][1:] == ("AAAA", "", "udp")
    assert log.connections[0].name == "localhost"
    assert log.datagrams == ()


def test_an_answer_comes_from_the_address_that_was_asked(sink: LiveSink) -> None:
    """The socket is bound to one address here; 127.9.9.9 is answered by one that is bound to all."""
    from wiretell.lab.sink.sockets import answer_from, ask_for_addresses, asked_address

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server, socket.socket(socket.AF_INET, 2) as asker:
        server.bind(("0.0.0.0", 0))
        ask_for_addresses(server)
        asker.settimeout(10)
        asker.connect(("127.9.9.9", server.getsockname()[1]))
        asker.send(b"x")
        packet, control, _, sender = server.recvmsg(10, 256)
        assert asked_address(server.family, control) == "127.9.9.9"
        server.sendmsg([packet], answer_from(server.family, control), 0, sender)
        assert asker.recv(10) == b"x"  # a connected socket takes nothing from another address
    assert answer_from(socket.AF_INET, []) == []


def test_broken_packets_are_recorded(sink: LiveSink) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(10)
        for packet in (b"", b"\0", b"no dns at all, but long enough"):
            asker.sendto(packet, ("127.0.0.1", sink.udp_port))
    log = sink.finish()
    assert [(d.protocol, d.port, d.address, d.payload) for d in log.datagrams] == [
        ("udp", 53, "127.0.0.1", b""),
        ("udp", 53, "127.0.0.1", b"\0"),
        ("udp", 53, "127.0.0.1", b"no dns at all, but long enough"),
    ]
    assert log.faults == ()


def test_tcp(sink: LiveSink, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("wiretell.lab.sink.server.original_destination", lambda _: ("9.9.9.9", 53))
    one, two = question("a.test"), question("b.test", "AAAA")
    framed = len(one).to_bytes(2, "big") + one + len(two).to_bytes(2, "big") + two
    with sink.connect() as connection:
        for byte in framed:
            connection.sendall(bytes([byte]))
        connection.shutdown(socket.SHUT_WR)
        got = rest(connection)
    with sink.connect() as connection:
        connection.sendall(b"\x00\x05wrong" + b"more")
        connection.shutdown(socket.SHUT_WR)
        rest(connection)
    with sink.connect() as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert rest(connection).startswith(b"HTTP/1.1 404")
    log = sink.finish()
    assert addresses(got[2 : 2 + int.from_bytes(got[:2], "big")]) == [Zone().address("a.test")]
    assert [(x.name, x.rtype, x.transport) for x in log.lookups] == [("a.test", "A", "tcp"), ("b.test", "AAAA", "tcp")]
    assert [c.outcome.value for c in log.connections] == ["dns-over-tcp", "unknown-protocol", "exchanges"]
    assert log.connections[1].first_bytes == b"\x00\x05wrongmore"
    assert (log.connections[0].address, log.connections[0].port) == ("9.9.9.9", 53)
