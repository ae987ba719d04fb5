from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable

import pytest

from wiretell.gateway.running.official import OfficialProxy
from wiretell.lab.sink.authority import Authority

HOST = "api.anthropic.com"
AUTHORITY = Authority.create()


def leaf(host: str) -> ssl.SSLContext:
    context = AUTHORITY.leaf_context(host)
    context.set_alpn_protocols(["http/1.1"])
    return context


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(b"<" + data + b">")
        await writer.drain()
    writer.write(b"end")
    writer.close()


def with_proxy(check: Callable[[OfficialProxy, int], Awaitable[None]]) -> None:
    """Run a check with a proxy whose gateway says everything twice, and the port of that."""

    async def whole() -> None:
        server = await asyncio.start_server(_echo, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with OfficialProxy(port, {HOST}, leaf) as proxy:
            await check(proxy, port)
        server.close()

    asyncio.run(asyncio.wait_for(whole(), 20))


async def connect(proxy: OfficialProxy, target: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(proxy.url.rpartition(":")[2]))
    writer.write(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    return reader, writer, await reader.readuntil(b"\r\n\r\n")


def test_an_official_host_ends_here_by_its_name_and_goes_to_the_gateway() -> None:
    async def check(proxy: OfficialProxy, _: int) -> None:
        reader, writer, said = await connect(proxy, f"{HOST}:443")
        assert said.startswith(b"HTTP/1.1 200")
        context = ssl.create_default_context(cadata=AUTHORITY.pem.decode())
        context.set_alpn_protocols(["h2", "http/1.1"])
        await writer.start_tls(context, server_hostname=HOST)
        assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "http/1.1"
        writer.write(b"POST /v1/messages")
        assert await reader.readexactly(19) == b"<POST /v1/messages>"
        assert proxy.led == {HOST: 1}
        assert not proxy.passed
        writer.close()

    with_proxy(check)


def test_an_agent_that_does_not_take_the_certificate_is_counted() -> None:
    async def check(proxy: OfficialProxy, _: int) -> None:
        _reader, writer, _said = await connect(proxy, f"{HOST}:443")
        with pytest.raises(ssl.SSLError):
            await writer.start_tls(ssl.create_default_context(), server_hostname=HOST)
        for _ in range(100):
            if proxy.refused:
                break
            await asyncio.sleep(0.02)
        assert proxy.refused == {HOST: 1}

    with_proxy(check)


def test_any_other_host_passes_unread_to_its_end() -> None:
    async def check(proxy: OfficialProxy, port: int) -> None:
        reader, writer, said = await connect(proxy, f"127.0.0.1:{port}")
        assert said.startswith(b"HTTP/1.1 200")
        writer.write(b"\x16\x03\x01 not looked at")
        writer.write_eof()  # the other way goes on
        assert await reader.read() == b"<\x16\x03\x01 not looked at>end"
        assert proxy.passed == {"127.0.0.1": 1}
        assert not proxy.led
        writer.close()

    with_proxy(check)


def test_an_official_host_on_another_port_is_another_host() -> None:
    async def check(proxy: OfficialProxy, _: int) -> None:
        proxy._hosts = frozenset({"localhost"})
        _reader, writer, said = await connect(proxy, "localhost:9")
        assert said.startswith(b"HTTP/1.1 502")  # nobody listens there
        assert proxy.passed == {"localhost": 1}
        writer.close()

    with_proxy(check)


@pytest.mark.parametrize("asked", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\r\n\r\n", b"CONNECT x HTTP/1.1\r\n\r\n"])
def test_what_is_no_connect_is_refused(asked: bytes) -> None:
    async def check(proxy: OfficialProxy, _: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(proxy.url.rpartition(":")[2]))
        writer.write(asked)
        assert (await reader.read()).startswith(b"HTTP/1.1 405")
        writer.close()

    with_proxy(check)


def test_a_head_without_end_is_cut_off() -> None:
    async def check(proxy: OfficialProxy, _: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(proxy.url.rpartition(":")[2]))
        writer.write(b"x" * (64 << 10))
        with contextlib.suppress(ConnectionResetError):  # the rest was not read
            assert await reader.read() == b""
        writer.close()

    with_proxy(check)


def test_open_connections_end_with_the_run() -> None:
    async def whole() -> None:
        server = await asyncio.start_server(_echo, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with OfficialProxy(port, {HOST}, leaf) as proxy:
            reader, writer, _ = await connect(proxy, f"127.0.0.1:{port}")
        assert await reader.read() == b""
        writer.close()
        server.close()

    asyncio.run(asyncio.wait_for(whole(), 20))
