"""Asks an ASGI application as a browser would."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from wiretell.gateway.ui import Site


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(site: Site, path: str, *, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
    return asyncio.run(asked(site, path, method=method, body=body, **headers))


async def asked(site: Site, path: str, *, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
    got = Answer()

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            got.status = message["status"]
            got.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            got.body += message.get("body", b"")

    await site(scope(path, method, headers), receive, send)
    return got


def scope(path: str, method: str, headers: dict[str, str]) -> dict[str, Any]:
    pairs = [
        (name.replace("_", "-").encode(), value.encode()) for name, value in ({"host": "gw:8484"} | headers).items()
    ]
    return {"type": "http", "path": path, "method": method, "headers": pairs, "client": ("192.0.2.1", 5000)}


def sign_in(site: Site, key: str) -> str:
    """Return the cookie of a new session."""
    answer = ask(site, "/ui/sign-in", method="POST", body=f"key={key}".encode())
    assert answer.status == 303
    return answer.headers["set-cookie"].partition(";")[0]
