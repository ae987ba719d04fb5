"""A ClientHello is read as OpenSSL writes it, and garbage is None."""

from __future__ import annotations

import ssl

from hypothesis import example, given
from hypothesis import strategies as st

from wiretell.capture.wire.tls import GREASE, ClientHello, is_grease, parse_client_hello


def hello(
    name: str | None = "api.example", alpn: tuple[str, ...] = ("h2", "http/1.1"), highest: int | None = None
) -> bytes:
    """What Python's own client sends first."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if highest is not None:
        context.maximum_version = ssl.TLSVersion(highest)
    sent = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), sent, server_hostname=name)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return sent.read()
    raise AssertionError


def parsed(data: bytes) -> ClientHello:
    found = parse_client_hello(data)
    assert found is not None
    return found


def vector(length_size: int, content: bytes) -> bytes:
    return len(content).to_bytes(length_size, "big") + content


def made(ciphers: bytes, extensions: list[tuple[int, bytes]]) -> bytes:
    """A hello of our own, for what OpenSSL does not send."""
    block = b"".join(number.to_bytes(2, "big") + vector(2, content) for number, content in extensions)
    body = b"\x03\x03" + bytes(32) + vector(1, b"") + vector(2, ciphers) + vector(1, b"\0") + vector(2, block)
    return b"\x16\x03\x01" + vector(2, b"\x01" + vector(3, body))


GREASED = made(
    bytes.fromhex("4a4a13011302"),
    [
        (0x1A1A, b""),
        (16, vector(2, vector(1, b"\xba\xba") + vector(1, b"h2"))),
        (10, vector(2, bytes.fromhex("dada001d"))),
        (43, vector(1, bytes.fromhex("6a6a0304"))),
        (51, vector(2, b"\xda\xda" + vector(2, b"\0") + b"\x00\x1d" + vector(2, bytes(32)))),
        (13, vector(2, bytes.fromhex("0403"))),
    ],
)


def test_a_real_hello() -> None:
    found = parsed(hello())
    assert found.sni == "api.example"
    assert found.alpn == ("h2", "http/1.1")
    assert 0x0304 in found.versions
    assert 0x1301 in found.cipher_suites
    assert {0, 10, 13, 16, 43, 51} <= set(found.extensions)
    assert 0x001D in found.supported_groups
    assert set(found.key_shares) <= set(found.supported_groups)
    assert 0x0403 in found.signature_algorithms
    assert not found.grease


def test_two_hellos_of_one_client_are_equal_and_of_two_are_not() -> None:
    assert parsed(hello()) == parsed(hello())
    assert parsed(hello()) != parsed(hello(alpn=("http/1.1",)))


def test_a_hello_without_names_and_of_an_older_version() -> None:
    found = parsed(hello(name=None, alpn=(), highest=ssl.TLSVersion.TLSv1_2))
    assert (found.sni, found.alpn, found.versions) == (None, (), (0x0303,))


def test_a_hello_without_extensions() -> None:
    bare = b"\x03\x01" + bytes(32) + vector(1, bytes(32)) + vector(2, b"\0\x2f") + vector(1, b"\0")
    found = parsed(b"\x16\x03\x01" + vector(2, b"\x01" + vector(3, bare)))
    assert (found.cipher_suites, found.extensions, found.versions) == ((0x2F,), (), (0x0301,))


def test_a_hello_in_several_records() -> None:
    whole = hello()
    content = whole[5:]
    pieces = [content[:1], content[1:7], content[7:]]
    assert parsed(b"".join(b"\x16\x03\x01" + vector(2, piece) for piece in pieces)) == parsed(whole)


def test_grease_is_marked() -> None:
    found = parsed(GREASED)
    assert found.grease
    assert found.cipher_suites[0] == 0x4A4A
    marked = found.marked()
    assert marked.cipher_suites == (GREASE, 0x1301, 0x1302)
    assert marked.extensions == (GREASE, 16, 10, 43, 51, 13)
    assert marked.alpn == ("GREASE", "h2")
    assert marked.supported_groups == marked.key_shares == (GREASE, 0x1D)
    assert marked.versions == (GREASE, 0x0304)
    assert not parsed(hello()).marked().grease


def test_there_are_sixteen_grease_values() -> None:
    assert [value for value in range(1 << 16) if is_grease(value)] == [n * 0x1010 + 0x0A0A for n in range(16)]


@given(st.binary(max_size=80))
@example(b"")
@example(b"GET / HTTP/1.1\r\n\r\n")
@example(b"\x16\x03\x01\x00\x00" * 9)
@example(b"\x16\x03\x01" + vector(2, b"\x02" + vector(3, b"")))
def test_garbage_is_none(data: bytes) -> None:
    assert parse_client_hello(data) is None


WHOLE = hello()


@given(st.integers(0, len(WHOLE) - 1))
def test_a_hello_cut_off_is_none(size: int) -> None:
    assert parse_client_hello(WHOLE[:size]) is None


@given(st.lists(st.tuples(st.integers(0, len(GREASED) - 1), st.integers(0, 255)), max_size=4))
def test_changed_bytes_raise_nothing(changes: list[tuple[int, int]]) -> None:
    data = bytearray(GREASED)
    for at, value in changes:
        data[at] = value
    found = parse_client_hello(bytes(data))
    assert found is None or found.marked().marked() == found.marked()
