"""The listening socket, and uvicorn behind it, without its signals, its log and its polling."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import ssl
from pathlib import Path
from typing import Any, Final

import uvicorn
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol

from wiretell.errors import UsageError
from wiretell.gateway.door.server import DoorProtocol

_BACKLOG: Final = 2048
_KEEPALIVE_S: Final = 75
"""Longer than agents keep idle connections, so that it is they who close them."""
_SILENT: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {"uvicorn": {"level": "CRITICAL", "propagate": False}},
}


def bound(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address. :raises UsageError: where it cannot be."""
    name = "127.0.0.1" if host == "localhost" else host
    sock = socket.socket(socket.AF_INET6 if ":" in name else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((name, port))
    except OSError as error:
        sock.close()
        raise UsageError(
            f"{host}:{port} cannot be listened on ({error.strerror}); name another with --listen."
        ) from None
    sock.setblocking(False)
    return sock


def take_descriptors() -> None:
    """Let this process open as many connections as it may: the usual limit of 1024 is for those who use select()."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # some systems say a limit that they do not grant
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def tls_context(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """Return TLS for the listening side. :raises UsageError: where certificate or key are of no use."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["http/1.1"])

    def encrypted() -> str:
        raise UsageError(f"[tls] {key or certificate} is encrypted; name a key without a password.")

    try:
        context.load_cert_chain(certificate, key, password=encrypted)
    except (OSError, ssl.SSLError) as error:
        if isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH":
            raise UsageError(f"[tls] the key {key or certificate} is not that of {certificate}.") from None
        raise UsageError(f"[tls] {certificate} and its key cannot be used ({error.strerror or error}).") from None
    return context


class Listener:
    """Serves an application on one socket."""

    def __init__(self, app: object, sock: socket.socket, *, tls: ssl.SSLContext | None, max_message: int) -> None:
        self._sock = sock
        config = uvicorn.Config(
            app,  # type: ignore[arg-type]  # an ASGI application
            http=DoorProtocol,
            ws=WSProtocol,
            ws_max_size=max_message,
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=_SILENT,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            backlog=_BACKLOG,
            timeout_keep_alive=_KEEPALIVE_S,
        )
        config.load()
        config.ssl = tls
        self._server = uvicorn.Server(config)
        self._server.lifespan = config.lifespan_class(config)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._sock.getsockname()[1])

    async def start(self) -> None:
        """Begin to take connections."""
        take_descriptors()
        await self._server.startup(sockets=[self._sock])

    async def stop(self, patience_s: float) -> None:
        """Take no more, let what runs end for so long, then end it; return when everything is accounted for."""
        self._server.config.timeout_graceful_shutdown = patience_s  # type: ignore[assignment]  # a float will do
        tasks = set(self._server.server_state.tasks)
        await self._server.shutdown(sockets=[self._sock])
        await asyncio.gather(*tasks, *self._server.server_state.tasks, return_exceptions=True)
        for connection in list(self._server.server_state.connections):
            connection.transport.close()

    def hurry(self) -> None:
        """End what runs now, where `stop` lets it run on."""
        self._server.force_exit = True
        for task in list(self._server.server_state.tasks):
            task.cancel()
