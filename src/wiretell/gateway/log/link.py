"""The door's end of the stream to the writer, and the writer's process."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, cast

import msgspec

import wiretell
from wiretell.errors import UsageError
from wiretell.gateway.log import pipe
from wiretell.gateway.log.interface import LogError
from wiretell.gateway.log.pipe import Done, Hello, Message, Ready, Refused, Say, Splitter

_MODULE = "wiretell.gateway.log.writer"
_SOCKET_BYTES = 4 << 20
_REFUSED_SECONDS = 5.0
"""A writer that cannot start ends by itself; after so long it is killed."""


class Link(asyncio.Protocol):
    """One started writer."""

    def __init__(self, on_done: Callable[[Done], None], on_lost: Callable[[Link], None]) -> None:
        """`on_lost` is called when the writer is gone, however that came."""
        self._on_done = on_done
        self._on_lost = on_lost
        self._splitter = Splitter()
        self._transport: asyncio.Transport | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @classmethod
    async def started(cls, hello: Hello, on_done: Callable[[Done], None], on_lost: Callable[[Link], None]) -> Link:
        """Start a writer and wait until it can write. :raises LogError: UsageError: if it cannot."""
        link = cls(on_done, on_lost)
        ours, theirs = socket.socketpair()
        with theirs:
            for end in (ours, theirs):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BYTES)
            try:
                link._process = _spawned(theirs)
            except OSError as error:
                ours.close()
                raise LogError(f"the log's writer cannot be started: {error.strerror}.") from None
        ours.setblocking(False)
        await asyncio.get_running_loop().create_connection(lambda: link, sock=ours)
        link.send(pipe.message(Say.HELLO, 0, hello))
        try:
            await link.ready
        except BaseException:
            link.close()
            await link.ended(_REFUSED_SECONDS)
            raise
        return link

    @property
    def pid(self) -> int:
        """Process id of the writer."""
        return self._process.pid if self._process is not None else 0

    def send(self, message: Message) -> None:
        """Send a message; returns at once."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.writelines(pipe.pieces(message))

    def close(self) -> None:
        """Close the stream: the writer writes what it has and ends."""
        if self._transport is not None:
            self._transport.close()

    async def ended(self, within_s: float) -> None:
        """Wait until the writer's process has ended; after `within_s` seconds it is killed."""
        if self._process is None:
            return
        loop = asyncio.get_running_loop()
        until = loop.time() + within_s
        while self._process.poll() is None:
            if loop.time() > until:
                self._process.kill()
            await asyncio.sleep(0.01)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Take what the writer says."""
        self._splitter.feed(data)
        for message in self._splitter.messages():
            if message.say == Say.DONE:
                self._on_done(msgspec.msgpack.decode(message.meta, type=Done))
            elif message.say == Say.READY and not self.ready.done():
                self.ready.set_result(msgspec.msgpack.decode(message.meta, type=Ready))
            elif message.say == Say.REFUSED and not self.ready.done():
                refused = msgspec.msgpack.decode(message.meta, type=Refused)
                self.ready.set_exception((UsageError if refused.in_use else LogError)(refused.reason))

    def connection_lost(self, _exc: Exception | None) -> None:
        """The writer is gone."""
        if not self.gone.done():
            self.gone.set_result(None)
        if not self.ready.done():
            self.ready.set_exception(LogError("the log's writer ended before it could write; see what it said."))
        self._on_lost(self)


_FINDS_LIBRARIES: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""By which a Python that was moved finds its own library."""


def _spawned(end: socket.socket) -> subprocess.Popen[bytes]:
    """Start a writer: of the door's surroundings it gets nothing but what it needs to run."""
    source = str(Path(wiretell.__file__).parent.parent)
    environment = {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(dict.fromkeys((source, *filter(None, sys.path)))),
        "LC_ALL": "C.UTF-8",
        **{name: os.environ[name] for name in _FINDS_LIBRARIES if name in os.environ},
    }
    return subprocess.Popen(
        [sys.executable, "-P", "-m", _MODULE, str(end.fileno())],
        env=environment,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=[end.fileno()],
        start_new_session=True,  # Ctrl-C of the terminal is the door's; the writer ends when the door says so
    )
