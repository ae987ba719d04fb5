"""A sink in a thread of its own, as a worker would have it, on loopback."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

import pytest

from wiretell.lab.sink import Authority, Sink, SinkLog

T = TypeVar("T")


class LiveSink:
    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._sink = Sink(authority)
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.udp_port = self.udp.getsockname()[1]
        self.finish_s = 0.0

    def start(self) -> None:
        self._thread.start()
        self.port = self._call(self._sink.start(tcp=0, udp53=[self.udp]))
        self.begin()

    def begin(self, base_host: str = "api.lab.test") -> None:
        async def call() -> None:
            self._sink.begin(time.monotonic(), base_host)

        self._call(call())

    def finish(self) -> SinkLog:
        started = time.monotonic()
        log = self._call(self._sink.finish())
        self.finish_s = time.monotonic() - started
        return log

    def stop(self) -> None:
        self._call(self._sink.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(30)


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority.create()


@pytest.fixture(scope="module")
def shared_sink(authority: Authority) -> Iterator[LiveSink]:
    live = LiveSink(authority)
    live.start()
    yield live
    live.stop()


@pytest.fixture
def sink(shared_sink: LiveSink) -> LiveSink:
    shared_sink.begin()
    return shared_sink
