"""A proxy for one agent: connections to the official model hosts end here and go to the gateway, others pass unread.

The agent asks it by CONNECT (RFC 9110 section 9.3.6), because HTTPS_PROXY is set in its environment. To the agent, its
model's host keeps its name; it can see the variable, and that another authority than usual signed the certificate.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import Counter
from collections.abc import Callable, Collection
from typing import Final

MAX_HEAD_BYTES: Final = 16 << 10
_HEAD_S: Final = 15.0
"""For the CONNECT, and for the TLS handshake."""
_CONNECT_S: Final = 30.0
_PIECE_BYTES: Final = 64 << 10
_HTTPS: Final = 443

Leaf = Callable[[str], ssl.SSLContext]
"""Gives a server's TLS context with a certificate for a host."""


class OfficialProxy:
    """Listens on loopback while it is open."""

    def __init__(self, gateway_port: int, hosts: Collection[str], leaf: Leaf) -> None:
        self._gateway_port = gateway_port
        self._hosts = frozenset(hosts)
        self._leaf = leaf
        self._server: asyncio.Server | None = None
        self._running: set[asyncio.Task[None]] = set()
        self.led: Counter[str] = Counter()
        """Connections that went to the gateway, by host."""
        self.passed: Counter[str] = Counter()
        """Connections that passed unread, by host."""
        self.refused: Counter[str] = Counter()
        """Of `led`, those whose certificate the agent did not take."""

    async def __aenter__(self) -> OfficialProxy:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=MAX_HEAD_BYTES)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """What HTTPS_PROXY is set to."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, ssl.SSLError, asyncio.CancelledError):
            pass  # either side may leave at any moment; at the end of the run, all do
        finally:
            self._running.discard(task)
            await _close(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _HEAD_S)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            return
        asked = connect_target(head)
        if asked is None:
            await _say(writer, b"405 Method Not Allowed")
            return
        host, port = asked
        if host in self._hosts and port == _HTTPS:
            await self._lead(host, reader, writer)
        else:
            await self._pass(host, port, reader, writer)

    async def _lead(self, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """End TLS as the host, and let what is inside go to the gateway."""
        self.led[host] += 1
        await _say(writer, b"200 Connection established")
        try:
            await writer.start_tls(self._leaf(host), ssl_handshake_timeout=_HEAD_S)
        except (OSError, ssl.SSLError):
            self.refused[host] += 1
            return
        await _join(reader, writer, *await asyncio.open_connection("127.0.0.1", self._gateway_port))

    async def _pass(self, host: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Connect to where the agent wants, and look at nothing."""
        self.passed[host] += 1
        try:
            far = await asyncio.wait_for(asyncio.open_connection(host, port), _CONNECT_S)
        except (OSError, TimeoutError):
            await _say(writer, b"502 Bad Gateway")
            return
        await _say(writer, b"200 Connection established")
        await _join(reader, writer, *far)


def connect_target(head: bytes) -> tuple[str, int] | None:
    """Return the host (lower case) and port that a CONNECT asks for; None where it is none."""
    words = head.split(b"\r\n", 1)[0].split(b" ")
    if len(words) != 3 or words[0] != b"CONNECT" or not words[2].startswith(b"HTTP/1."):
        return None
    try:
        host, _, port = words[1].decode("ascii").rpartition(":")
    except UnicodeDecodeError:
        return None
    bare = host.removeprefix("[").removesuffix("]").rstrip(".").lower()
    if not bare or not port.isdecimal() or not 0 < int(port[:6]) < 1 << 16:
        return None
    return bare, int(port)


async def _join(
    near: asyncio.StreamReader,
    near_writer: asyncio.StreamWriter,
    far: asyncio.StreamReader,
    far_writer: asyncio.StreamWriter,
) -> None:
    """Carry bytes both ways until both sides have ended, or one has that cannot end by itself."""
    ways = {
        asyncio.ensure_future(_carry(near, far_writer)),
        asyncio.ensure_future(_carry(far, near_writer)),
    }
    try:
        done, waiting = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        if waiting and all(way.exception() is None and way.result() for way in done):
            await asyncio.wait(waiting)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        await _close(far_writer)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Carry bytes one way to their end; return whether the other way can go on alone."""
    while data := await reader.read(_PIECE_BYTES):
        writer.write(data)
        await writer.drain()
    if not writer.can_write_eof():  # TLS
        return False
    writer.write_eof()
    return True


async def _say(writer: asyncio.StreamWriter, status: bytes) -> None:
    writer.write(b"HTTP/1.1 " + status + b"\r\n\r\n")
    await writer.drain()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError, ssl.SSLError, asyncio.CancelledError, TimeoutError):
        await asyncio.wait_for(writer.wait_closed(), 1.0)
