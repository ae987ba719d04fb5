"""What is served beside the protocols, and the socket that all of it is served on."""

from __future__ import annotations

import asyncio
import hashlib
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.door.harness import Client, door, run, upstream_at
from wiretell.gateway.config.values import User
from wiretell.gateway.door import server
from wiretell.gateway.door.app import Door, Pages
from wiretell.gateway.door.listening import Listener, bound, take_descriptors


@asynccontextmanager
async def _serving(folder: Path, pages: Pages, **more: Any) -> AsyncIterator[int]:
    async with door(folder, upstream_at(1, key="theirs"), **more) as gateway:
        listener = Listener(Door(gateway.parts, pages), bound("127.0.0.1", 0), tls=None, max_message=1 << 20)
        await listener.start()
        try:
            yield listener.port
        finally:
            await listener.stop(0.2)


async def _numbers() -> tuple[str, bytes]:
    return "text/plain", b"numbers"


@pytest.mark.parametrize(
    ("users", "headers", "status"),
    [
        ((), "Host: localhost", 200),
        ((), "Host: evil.test", 403),
        ((), "Host: localhost\r\nOrigin: http://evil.test", 403),
        (("u",), "Host: evil.test", 401),
        (("u",), "Host: localhost\r\nAuthorization: Bearer k", 401),
        (("admin",), "Host: evil.test\r\nAuthorization: Bearer k", 200),
    ],
)
def test_who_sees_the_numbers(tmp_path: Path, users: tuple[str, ...], headers: str, status: int) -> None:
    known = tuple(User(name, hashlib.sha256(b"k").digest(), admin=name == "admin") for name in users)

    async def work() -> None:
        async with _serving(tmp_path, Pages(metrics=_numbers), users=known) as port, Client(port) as client:
            answer = await client.ask(f"GET /metrics HTTP/1.1\r\n{headers}\r\n\r\n".encode())
            assert answer.status == status
            assert (answer.body == b"numbers") == (status == 200)

    run(work())


def test_a_form_that_stalls_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "BODY_IDLE_S", 0.2)
    told: list[str] = []

    async def page(_: object, receive: Any, __: object) -> None:
        while (event := await receive())["type"] == "http.request" and event["more_body"]:
            pass
        told.append(event["type"])

    async def work() -> None:
        async with _serving(tmp_path, Pages(ui=page)) as port, Client(port) as client:
            client.writer.write(b"POST /ui/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc")
            async with asyncio.timeout(10):
                assert not (await client.reader.read()).startswith(b"HTTP/1.1 2")
            assert told == ["http.disconnect"]

    run(work())


def test_as_many_descriptors_as_there_may_be() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    lower = min(before[0], 900)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lower, before[1]))
    try:
        take_descriptors()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
