"""What OpenAI's two protocols share: where they are served, errors, where keys stand, how cached tokens count."""

from __future__ import annotations

from typing import ClassVar

from wiretell.gateway.protocols import credentials, refusals, targets
from wiretell.gateway.protocols.decoding import clamped
from wiretell.gateway.protocols.interface import Headers, Protocol, Refusal, Served
from wiretell.model.exchange import Usage


class OpenAI(Protocol):
    """A protocol of OpenAI's. Its `base_url` ends in `/v1`, so clients may call with that prefix or without."""

    posts: ClassVar[tuple[str, ...]] = ()
    """Paths below `/v1` that models answer to."""
    sockets: ClassVar[tuple[str, ...]] = ()
    """Those that a WebSocket may be opened on: a GET."""

    def serves(self, method: str, target: str) -> Served | None:
        """Return what a request target is to this protocol. A GET of a socket's path is a WebSocket's opening."""
        if (parts := targets.split(target)) is None:
            return None
        path, query = parts
        below = path.removeprefix("/v1") if path.startswith("/v1/") else path
        if method == "POST" and below in self.posts:
            return Served("generate", below + query)
        if method == "HEAD" and path == "/":
            return Served("probe", path + query)
        if method == "GET" and below in self.sockets:
            return Served("generate", below + query, stream=True)
        if method == "GET" and (model := targets.model_listing(below, "/models")) is not None:
            return Served("models", below + query, model)
        return None

    def refusal(self, status: int, kind: str, message: str) -> Refusal:
        """Return an error."""
        return refusals.openai(status, kind, message)

    def keys(self, headers: Headers, target: str) -> tuple[str, ...]:
        """Return the distinct credentials in a request."""
        return credentials.keys(headers, target)

    def with_key(self, headers: Headers, target: str, key: str) -> tuple[list[tuple[bytes, bytes]], str]:
        """Return headers and target with `key` as a bearer token."""
        return credentials.replaced(headers, target, credentials.bearer(key))


def usage(prompt: int | None, cached: int | None, output: int | None) -> Usage:
    """Return usage of which the prompt includes what was cached. Without an output it is not final."""
    read = None if cached is None else clamped(cached)
    return Usage(
        input_tokens=max(clamped(prompt) - (read or 0), 0),
        cache_read_tokens=read,
        output_tokens=clamped(output),
        reported=output is not None,
    )
