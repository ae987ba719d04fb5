from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.sink.conftest import LiveSink
from tests.sink.test_http import exchange
from wiretell.lab.sink import Authority
from wiretell.model.capture import Outcome

GET = b"GET /v1/models HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def context_for(sink: LiveSink) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=sink.authority.pem.decode())
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def leaf_of(connection: ssl.SSLSocket) -> x509.Certificate:
    der = connection.getpeercert(binary_form=True)
    assert der is not None
    return x509.load_der_x509_certificate(der)


def test_certificates_are_as_strict_clients_want_them(sink: LiveSink) -> None:
    with context_for(sink).wrap_socket(sink.connect(), server_hostname="api.some-host.test") as connection:
        leaf = leaf_of(connection)
    extensions = leaf.extensions
    ca = x509.load_pem_x509_certificate(sink.authority.pem)
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["api.some-host.test"]
    issuer_id = extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    assert issuer_id == ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    assert ExtendedKeyUsageOID.SERVER_AUTH in extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert ca.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    assert ca.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert (leaf.not_valid_before_utc.year, leaf.not_valid_after_utc.year) == (2000, 2090)
    assert extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest


def test_a_client_without_a_server_name_is_served_by_address(sink: LiveSink) -> None:
    with context_for(sink).wrap_socket(sink.connect(), server_hostname="127.0.0.1") as connection:
        connection.sendall(GET)
        assert connection.recv(10) == b"HTTP/1.1 2"
    (record,) = sink.finish().connections
    assert (record.sni, record.outcome) == (None, Outcome.EXCHANGES)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_that_refuses_the_certificate_leaves_a_trace(sink: LiveSink, version: ssl.TLSVersion) -> None:
    context = ssl.create_default_context()
    context.maximum_version = version
    with pytest.raises(ssl.SSLCertVerificationError):
        context.wrap_socket(sink.connect(), server_hostname="a.test")
    (record,) = sink.finish().connections
    assert record.outcome is Outcome.TLS_FAILED
    assert record.sni == "a.test"
    assert record.client_hello


def test_a_handshake_without_request(sink: LiveSink) -> None:
    context_for(sink).wrap_socket(sink.connect(), server_hostname="a.test").close()
    (record,) = sink.finish().connections
    assert (record.outcome, record.tls, record.bytes_received) == (Outcome.HANDSHAKE_ONLY, "TLSv1.3", 0)


def test_a_hello_in_small_pieces_and_in_several_records(sink: LiveSink) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context_for(sink).wrap_bio(incoming, outgoing, server_hostname="pieces.test")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    hello = outgoing.read()
    message = hello[5:]
    split = hello[:3] + (100).to_bytes(2, "big") + message[:100]
    split += hello[:3] + (len(message) - 100).to_bytes(2, "big") + message[100:]
    with sink.connect() as connection:
        for at in range(0, len(split), 50):
            connection.sendall(split[at : at + 50])
        while True:
            incoming.write(connection.recv(65536))
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                pass
        connection.sendall(outgoing.read())
    (record,) = sink.finish().connections
    assert (record.sni, record.outcome) == ("pieces.test", Outcome.HANDSHAKE_ONLY)
    assert record.client_hello == split[:105]


def test_no_tls_at_all_after_the_first_byte(sink: LiveSink) -> None:
    for data in (b"\x16\x03\x01\x00\x05hello", b"\x16\x03\x01\x00\x00", b"\x16\x03\x01\xff\xff" + b"z" * 20000):
        with sink.connect() as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            try:
                while connection.recv(65536):
                    pass
            except ConnectionResetError:
                pass
    with sink.connect() as connection:
        connection.sendall(b"\x16\x99 is something else")
    log = sink.finish()
    assert [c.outcome for c in log.connections] == [Outcome.TLS_FAILED] * 3 + [Outcome.UNKNOWN]
    assert log.faults == ()


def test_workers_of_one_audit_share_an_authority(authority: Authority) -> None:
    other = Authority.from_secret(authority.secret)
    assert other.pem == authority.pem
    assert b"PRIVATE" not in authority.pem
    assert other.leaf_context("a.test") is other.leaf_context("a.test")


def test_names_no_certificate_can_hold(authority: Authority) -> None:
    for name in ("", "ü.test", "a" * 300, "*", "fe80::1%lo", "a b"):
        assert isinstance(authority.leaf_context(name), ssl.SSLContext)


# --- the sink as a proxy


def tunnel(connection: socket.socket, authority: bytes) -> None:
    connection.sendall(b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n\r\n" % (authority, authority))
    assert connection.recv(4096) == b"HTTP/1.1 200 OK\r\n\r\n"


def test_tls_inside_a_tunnel(sink: LiveSink) -> None:
    connection = sink.connect()
    tunnel(connection, b"api.far.test:443")
    with context_for(sink).wrap_socket(connection, server_hostname="api.far.test") as secure:
        secure.sendall(b"POST /v1/messages HTTP/1.1\r\nHost: api.far.test\r\nContent-Length: 2\r\n\r\n{}")
        assert secure.recv(4096).startswith(b"HTTP/1.1 200 OK")
    log = sink.finish()
    outer, inner = log.connections
    assert [(e.kind, e.connection, e.status) for e in log.exchanges] == [("connect", 0, 200), ("model", 1, 200)]
    assert (outer.inside, outer.tls, outer.outcome) == (None, None, Outcome.EXCHANGES)
    assert (inner.inside, inner.tls, inner.outcome) == (0, "TLSv1.3", Outcome.EXCHANGES)
    assert (inner.name, inner.port, inner.sni) == ("api.far.test", 443, "api.far.test")
    assert inner.address.startswith("198.1")
    assert outer.bytes_received > inner.bytes_received > 0


def test_plain_text_in_a_tunnel_in_one_piece_with_its_connect(sink: LiveSink) -> None:
    with sink.connect() as connection:
        got = exchange(connection, b"CONNECT [2001:db8::1]:80 HTTP/1.1\r\nHost: x\r\n\r\n" + GET)
    assert b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK" in got
    log = sink.finish()
    assert [(c.address, c.name, c.port) for c in log.connections[1:]] == [("2001:db8::1", None, 80)]


def test_tunnels_that_nobody_can_open(sink: LiveSink) -> None:
    for target in (b"host", b":443", b"host:", b"host:70000", b"/path", b"host:-1"):
        with sink.connect() as connection:
            assert exchange(connection, b"CONNECT %b HTTP/1.1\r\n\r\n" % target).startswith(b"HTTP/1.1 400")
    with sink.connect() as connection:
        got = exchange(connection, b"CONNECT a:1 HTTP/1.1\r\n\r\n" * 2000)
    assert got.count(b"200 OK") == 4
    log = sink.finish()
    assert {e.kind for e in log.exchanges} == {"connect"}
    assert len(log.connections) == 7 + 4
    assert log.faults == ()


def test_an_absolute_target_is_answered_as_by_a_proxy(sink: LiveSink) -> None:
    with sink.connect() as connection:
        request = b"POST http://api.far.test/v1/responses HTTP/1.1\r\nHost: api.far.test\r\nContent-Length: 2\r\n"
        assert b'"object":"response"' in exchange(connection, request + b"Connection: close\r\n\r\n{}")
    (kept,) = sink.finish().exchanges
    assert (kept.kind, kept.request.target) == ("model", "http://api.far.test/v1/responses")


# --- real clients of another kind

FETCH = """
const stream = {method: 'POST', headers: {'X-Case': 'Kept', 'content-type': 'application/json'},
                body: JSON.stringify({model: 'm', stream: true, a: 'Today\\u02bcs'})};
const base = `https://localhost:${process.argv[1]}`;
const first = await (await fetch(`${base}/v1/messages`, stream)).text();
const second = await (await fetch(`${base}/v1/responses`, {...stream, body: new Blob([stream.body]).stream(),
                                                             duplex: 'half'})).text();
if (!first.includes('message_stop') || !second.includes('response.completed')) process.exit(3);
process.exit(0);
"""


def test_node(sink: LiveSink, tmp_path: Path) -> None:
    node = Path(sys.executable).parent / "node"
    if not node.exists():
        pytest.skip("the Node wheel is not installed")
    ca = tmp_path / "ca.pem"
    ca.write_bytes(sink.authority.pem)
    env = {"NODE_EXTRA_CA_CERTS": str(ca), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    command = [str(node), "--input-type=module", "-e", FETCH, str(sink.port)]
    done = subprocess.run(command, env=env, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    log = sink.finish()
    fixed, streamed = log.exchanges
    assert [e.kind for e in log.exchanges] == ["model", "model"]
    assert fixed.request.body == streamed.request.body == '{"model":"m","stream":true,"a":"Todayʼs"}'.encode()
    assert sum(streamed.request.frames) == len(streamed.request.body)
    assert {c.sni for c in log.connections} == {"localhost"}
    assert log.faults == ()


def test_a_waiting_client_of_the_other_kind_is_let_go(sink: LiveSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wiretell.lab.sink.layers.sniff.SILENCE_S", 0.05)
    started = time.monotonic()
    with sink.connect() as connection:
        assert connection.recv(1) == b""
    assert time.monotonic() - started < 5
    (record,) = sink.finish().connections
    assert (record.outcome, record.bytes_received) == (Outcome.NO_BYTES, 0)
