"""The ASGI application: which path is whose."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, replace
from posixpath import normpath
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

import msgspec

from wiretell.gateway.config.values import Upstream
from wiretell.gateway.door.auth import bare_host
from wiretell.gateway.door.exchange import Exchange
from wiretell.gateway.door.heads import fault_of, text_of
from wiretell.gateway.door.parts import Parts
from wiretell.gateway.door.server import CYCLE, Cycle
from wiretell.gateway.door.sockets import serve_socket
from wiretell.gateway.protocols import ALL, by_name, find
from wiretell.gateway.protocols.interface import Headers, Protocol, Served

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Page = Callable[[Scope, Receive, Send], Awaitable[None]]

_SERVED: Final = (
    "POST /v1/messages",
    "POST /v1/messages/count_tokens",
    "POST /v1/responses (also as a WebSocket)",
    "POST /v1/chat/completions",
    "POST /v1beta/models/MODEL:generateContent",
    "POST /v1beta/models/MODEL:streamGenerateContent",
    "GET /v1/models",
    "GET /v1beta/models",
    "GET /healthz",
)
_VERBS: Final = ("generateContent", "streamGenerateContent", "embedContent", "batchEmbedContents", "countTokens")
"""Of Gemini's paths: all that is not in lower case in a path that is served."""
_MOST_ENCODINGS: Final = 4
_NOT_SERVED: Final = (
    "This gateway does not serve that path. It passes conversations with models, and nothing that it could not record "
    "and count: no batches, files, embeddings or the like; send those to their host itself."
)


@dataclass(frozen=True, slots=True)
class Pages:
    """What is served beside the protocols; None: not served."""

    ui: Page | None = None
    """Everything below `/ui`."""
    metrics: Callable[[], Awaitable[tuple[str, bytes]]] | None = None
    """Content type and body of `/metrics`."""


class Door:
    """The application. For `server.DoorProtocol` alone: it needs `server.Cycle`."""

    def __init__(self, parts: Parts, pages: Pages) -> None:
        self._parts = parts
        self._pages = pages
        settings = parts.settings
        spoken = {protocol for upstream in settings.upstreams for protocol in upstream.protocols}
        self._among = None if settings.routes else spoken  # a route may lead any protocol to any upstream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one WebSocket."""
        if scope["type"] == "websocket":
            await serve_socket(self._parts, scope, receive, send)
            return
        cycle: Cycle = scope["extensions"][CYCLE]
        if fault := fault_of(cycle.target, cycle.raw_headers):
            _answer(cycle, 400, {"error": fault})
            return
        found = find(scope["method"], cycle.target.decode("latin-1"), cycle.raw_headers, self._among)
        if found is not None and _is_plain(scope["method"], *found):
            await Exchange(self._parts, cycle, *found).run()
            return
        official = self._called_by_name(cycle)
        if official is not None:
            served = Served("other", cycle.target.decode("latin-1"))
            await Exchange(self._parts, cycle, by_name(official.protocols[0]), served, official).run()
            return
        path = scope["path"]
        if path == "/healthz":
            await self._health(cycle)
        elif path == "/metrics" and self._pages.metrics is not None:
            await self._metrics(cycle, self._pages.metrics)
        elif (path == "/ui" or path.startswith("/ui/")) and self._pages.ui is not None:
            await self._pages.ui(scope, receive, send)
        else:
            _answer(cycle, 404, {"error": _NOT_SERVED, "serves": _SERVED})

    def _called_by_name(self, cycle: Cycle) -> Upstream | None:
        """Return the upstream that the client calls by its own host's name, as `wiretell run --official` has it.

        What no protocol serves goes there as well: an agent asks its official host for more than models. With the
        gateway's own key, with users or with a policy it does not, as nobody could say what it is asked to pay for;
        nor does what an upstream might take for a path that is served, and therefore decided on.
        """
        settings = self._parts.settings
        name = bare_host(text_of(cycle.raw_headers, b"host"))
        if name not in settings.hosts or settings.users or settings.policy is not None:
            return None
        if resembles(cycle.scope["method"], cycle.target.decode("latin-1")):
            return None
        for upstream in settings.upstreams:
            parts = urlsplit(upstream.base_url)
            if parts.hostname == name and upstream.key is None:
                return replace(upstream, base_url=f"{parts.scheme}://{parts.netloc}")
        return None

    async def _health(self, cycle: Cycle) -> None:
        """Say whether requests would be served: for a balancer, so without a key and without details."""
        failing = bool(self._parts.recorder.state().failing) and self._parts.settings.on_log_failure == "refuse"
        _answer(cycle, 503 if failing else 200, {"status": "failing: the log" if failing else "ok"})

    async def _metrics(self, cycle: Cycle, page: Callable[[], Awaitable[tuple[str, bytes]]]) -> None:
        """Give the numbers to this machine, or to an admin's key: they name users."""
        if not self._parts.settings.users and not self._parts.gate.host_allowed(cycle.raw_headers):
            _answer(cycle, 403, {"error": "The numbers are for this machine; the request named another host."})
            return
        if self._parts.settings.users and not self._is_admin(cycle.raw_headers):
            _answer(cycle, 401, {"error": "Send the key of a [[user]] with admin = true as a bearer token."})
            return
        content_type, body = await page()
        _give(cycle, 200, content_type.encode("ascii"), body)

    def _is_admin(self, headers: Headers) -> bool:
        for name, value in headers:
            if name.lower() == b"authorization":
                user = self._parts.gate.user_of(value.decode("latin-1").removeprefix("Bearer ").strip())
                return user is not None and user.admin
        return False


def resembles(method: str, target: str) -> bool:
    """Whether an upstream that reads paths loosely could take a target for one that a protocol serves.

    Loosely: percent-encoding undone (more than once), other case, slashes and dots resolved, parameters left out.
    """
    path = target.partition("?")[0].partition("#")[0]
    for _ in range(_MOST_ENCODINGS):
        path = unquote(path, errors="replace")
    if "%" in path:
        return True
    segments = (segment.partition(";")[0] for segment in path.replace("\\", "/").split("/"))
    lower = normpath("/" + "/".join(filter(None, map(str.strip, segments)))).lower()
    spelled = [lower, *(lower[: -len(verb)] + verb for verb in _VERBS if lower.endswith(verb.lower()))]
    return any(each.serves(method, quote(path, safe="/:")) is not None for each in ALL for path in spelled)


def _is_plain(method: str, _: Protocol, served: Served) -> bool:
    """Whether a request is no WebSocket's opening that forgot to ask for one."""
    return not (method == "GET" and served.operation == "generate")


def _answer(cycle: Cycle, status: int, document: object) -> None:
    _give(cycle, status, b"application/json", msgspec.json.encode(document) + b"\n")


def _give(cycle: Cycle, status: int, content_type: bytes, body: bytes) -> None:
    headers = ((b"content-type", content_type), (b"content-length", b"%d" % len(body)))
    cycle.start(cycle.prepare(status, b"", headers))
    cycle.finish(body)
