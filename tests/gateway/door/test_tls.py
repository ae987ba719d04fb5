"""TLS on both sides, by a certificate made for the test."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.gateway.door.harness import (
    EVENTS,
    MESSAGE,
    STREAM_HEAD,
    Client,
    ScriptedUpstream,
    Seen,
    Writer,
    chunk,
    door,
    post,
    run,
    streamed,
)
from wiretell.gateway.config.values import Upstream
from wiretell.gateway.door.listening import tls_context


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the files of a self-signed certificate for 127.0.0.1, and of its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


def test_events_pass_by_tls_one_by_one(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    own, trusts = tls_context(*certificate), ssl.create_default_context(cafile=certificate[0])

    async def work() -> None:
        step = asyncio.Semaphore(0)

        async def script(_: Seen, writer: Writer) -> None:
            writer.write(STREAM_HEAD)
            for event in EVENTS:
                writer.write(chunk(event))
                await step.acquire()
            writer.write(b"0\r\n\r\n")

        async with ScriptedUpstream(script, own) as up:
            upstream = Upstream("a", ("anthropic-messages",), f"https://127.0.0.1:{up.port}")
            async with (
                door(tmp_path, upstream, tls=own, trusts=trusts) as gateway,
                Client(gateway.port, trusts) as client,
            ):
                for _ in range(2):  # the second by the same connections
                    client.writer.write(post(MESSAGE))
                    head = await client.reader.readuntil(b"\r\n\r\n")
                    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
                    for event in EVENTS[:-1]:
                        async with asyncio.timeout(10):
                            assert await client.reader.readexactly(len(chunk(event))) == chunk(event)
                        step.release()
                    step.release()
                    rest = chunk(EVENTS[-1]) + b"0\r\n\r\n"
                    assert await client.reader.readexactly(len(rest)) == rest
                assert [row.output_tokens for row in await gateway.closed(2)] == [12, 12]
                assert len(up.seen) == 2

    run(work())


@pytest.mark.parametrize("size", [1, 3_000_000])
def test_large_bodies_by_tls(tmp_path: Path, certificate: tuple[Path, Path], size: int) -> None:
    own, trusts = tls_context(*certificate), ssl.create_default_context(cafile=certificate[0])
    body = MESSAGE[:-1] + b',"x":"' + b"y" * size + b'"}'

    async def work() -> None:
        async with ScriptedUpstream(streamed, own) as up:
            upstream = Upstream("a", ("anthropic-messages",), f"https://127.0.0.1:{up.port}")
            async with (
                door(tmp_path, upstream, tls=own, trusts=trusts) as gateway,
                Client(gateway.port, trusts) as client,
            ):
                assert (await client.ask(post(body))).body == b"".join(EVENTS)
                assert up.seen[0].body == body

    run(work())


@pytest.mark.parametrize("trusted", [True, False])
def test_an_upstream_is_believed_by_its_certificate_alone(
    tmp_path: Path, certificate: tuple[Path, Path], trusted: bool
) -> None:
    own = tls_context(*certificate)
    trusts = ssl.create_default_context(cafile=certificate[0]) if trusted else None

    async def work() -> None:
        async with ScriptedUpstream(streamed, own) as up:
            upstream = Upstream("a", ("anthropic-messages",), f"https://127.0.0.1:{up.port}")
            async with door(tmp_path, upstream, trusts=trusts) as gateway, Client(gateway.port) as client:
                answer = await client.ask(post(MESSAGE))
                assert answer.status == (200 if trusted else 502)
                if not trusted:
                    assert b"could not prove who it is" in answer.body
                    assert not up.seen

    run(work())


def test_plain_text_to_a_door_with_tls_gets_nothing(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    async def work() -> None:
        async with (
            ScriptedUpstream(streamed) as up,
            door(
                tmp_path,
                Upstream("a", ("anthropic-messages",), f"http://127.0.0.1:{up.port}"),
                tls=tls_context(*certificate),
            ) as gateway,
            Client(gateway.port) as client,
        ):
            client.writer.write(post(MESSAGE))
            assert b"200" not in await _read(client.reader.read)
            assert not up.seen

    run(work())


async def _read(read: Callable[[], Awaitable[bytes]]) -> bytes:
    try:
        return await read()
    except ConnectionError:
        return b""
