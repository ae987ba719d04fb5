"""One accepted TCP connection: the edge between a socket and the layers."""

from __future__ import annotations

import asyncio
import fcntl
import socket
import struct
import sys
import termios
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from wiretell.lab.sink.layers.interface import Layer, Timer

READ_BYTES: Final = 32 << 10
"""At a time. It bounds how long one agent holds up all else: so much holds some thousand small requests."""
MAX_UNSENT_BYTES: Final = 8 << 20
"""To an agent that asks and does not read."""
LINGER_S: Final = 2.0
"""After our last byte, for the agent to send its own: closing sooner could destroy what it has not read yet."""
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


class Link:
    """Reads when there is something, sends at once, and calls `ended` once when all is over.

    `took` is asked for each piece that arrives; when it says no, the connection is cut.
    """

    def __init__(
        self,
        connection: socket.socket,
        took: Callable[[int], bool],
        failed: Callable[[Exception], None],
        ended: Callable[[Link], None],
    ) -> None:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connection
        self._fd = connection.fileno()
        self._loop = asyncio.get_running_loop()
        self._took = took
        self._failed = failed
        self._ended = ended
        self._layer: Layer | None = None
        self._unsent = bytearray()
        self._closing = False
        self._timer: Timer | None = None
        self._peer_done = False
        """Whether the agent sent its end while something was still unsent."""
        self._open = True

    def start(self, layer: Layer) -> None:
        """Begin to read for this layer."""
        self._layer = layer
        self._loop.add_reader(self._fd, self.read)

    def read(self) -> bool:
        """Take what has arrived; return whether there was anything (the end counts)."""
        if not self._is_open() or self._layer is None or self._peer_done:
            return False
        try:
            data = self._socket.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:  # reset by the agent
            self.finish()
            return True
        if not data:
            self._take_end()
        elif not self._took(len(data)):
            self.finish(reset=True)
        else:
            self._guarded(lambda layer: layer.receive(data))
        return True

    def unread(self) -> int:
        """Return how many bytes have arrived and were not read."""
        count = bytearray(4)
        fcntl.ioctl(self._socket, termios.FIONREAD, count)
        return int.from_bytes(count, sys.byteorder)

    def send(self, data: bytes) -> None:
        """Send as much as the kernel takes, and the rest when it takes more."""
        if not self._is_open() or not data:
            return
        if self._unsent:
            self._unsent += data
            if len(self._unsent) > MAX_UNSENT_BYTES:
                self._unsent.clear()
                self._loop.call_soon(self._give_up)
        elif rest := data[self._push(data) :]:
            self._unsent += rest
            self._loop.add_writer(self._fd, self._push_more)

    def close(self) -> None:
        """Say that no more will be sent, once all is; then wait a little for the agent's own end."""
        if not self._closing:
            self._closing = True
            self._shut_when_sent()

    def finish(self, *, reset: bool = False) -> None:
        """Let the layer record what stands unfinished, and close the socket."""
        if not self._is_open():
            return
        self._loop.remove_reader(self._fd)
        self._guarded(lambda layer: layer.end())
        if not self._is_open():  # an exception of ours ended it already
            return
        self._open = False
        self._loop.remove_writer(self._fd)
        if self._timer is not None:
            self._timer.cancel()
        if reset:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._socket.close()
        self._ended(self)

    def _is_open(self) -> bool:
        return self._open

    def _take_end(self) -> None:
        """The agent sends no more; it may well still read."""
        if self._unsent:
            self._peer_done = True
            self._loop.remove_reader(self._fd)
        else:
            self.finish()

    def _guarded(self, call: Callable[[Layer], None]) -> None:
        """Call the layer; whatever goes wrong in it is a fault of ours, and costs one connection, not the sink."""
        layer = self._layer
        if layer is None:
            return
        try:
            call(layer)
        except Exception as error:
            self._layer = None
            self._failed(error)
            self.finish(reset=True)

    def _push(self, data: bytes | bytearray) -> int:
        """Return how much was sent."""
        try:
            return self._socket.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:  # the agent is gone; what it still sent is read, and reading will find the end
            return len(data)

    def _push_more(self) -> None:
        del self._unsent[: self._push(self._unsent)]
        if not self._unsent:
            self._loop.remove_writer(self._fd)
            if self._peer_done:
                self.finish()
            elif self._closing:
                self._shut_when_sent()

    def _shut_when_sent(self) -> None:
        if self._unsent or not self._is_open():
            return
        with suppress(OSError):  # the agent was faster
            self._socket.shutdown(socket.SHUT_WR)
        self._timer = self._loop.call_later(LINGER_S, self._give_up)

    def _give_up(self) -> None:
        self.finish(reset=True)
