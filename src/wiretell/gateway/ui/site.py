"""`/ui` as an ASGI application: one page, its feed, an exchange in full, signing in. Nothing leaves this gateway."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import time
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from wiretell.errors import FormatError, UsageError, WiretellError
from wiretell.gateway.config.values import User
from wiretell.gateway.door.auth import address_of
from wiretell.gateway.log.reader import Stored
from wiretell.gateway.protocols.interface import Headers
from wiretell.gateway.telemetry.budgets import Level, levels
from wiretell.gateway.ui import answers, events, pages, view
from wiretell.gateway.ui.detail import detail, plain
from wiretell.gateway.ui.interface import Receive, Scope, Send, Sources, Viewer
from wiretell.gateway.ui.sessions import LASTS_S, Sessions

PREFIX: Final = "/ui"
MAX_FEEDS: Final = 64
"""Pages that follow live at a time; a further one polls."""
_STANDINGS_S: Final = 2.0
"""How long counters are believed: many pages cost the store no more than one."""
_FILES: Final = MappingProxyType(
    {"page.js": "text/javascript; charset=utf-8", "page.css": "text/css; charset=utf-8", "mark.svg": "image/svg+xml"}
)
_EXCHANGE: Final = re.compile(r"/exchange/([0-9a-f-]{1,64})(?:/(request|sent|response))?")


class Site:
    """The page of one gateway. With `users`, one must sign in, and sees one's own exchanges; an admin sees all."""

    def __init__(
        self,
        sources: Sources,
        *,
        users: Sequence[User] = (),
        host_allowed: Callable[[Headers], bool],
        secure: bool = False,
        trust_proxy: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`host_allowed` says whether Host and Origin are this gateway's own.

        `secure`: browsers come by TLS. `trust_proxy`: something before the gateway tells their addresses.
        """
        self._sources = sources
        self._has_users = bool(users)
        self._host_allowed = host_allowed
        self._secure = secure
        # the prefix lets a browser take the cookie from this host alone (RFC 6265bis section 4.1.3)
        self._cookie = "__Host-wiretell" if secure else "wiretell"
        self._trust_proxy = trust_proxy
        self._clock = clock
        self._sessions = Sessions(users, clock)
        self._feeds = 0
        self._levels: tuple[float, tuple[Level, ...]] = (float("-inf"), ())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request below `/ui`."""
        path = str(scope["path"]).removeprefix(PREFIX).rstrip("/") or "/"
        method = scope["method"]
        if not self._host_allowed(scope["headers"]):
            await answers.page(send, pages.told("This page is not for that name", pages.FOREIGN_HOST), 403)
        elif path.startswith("/static/"):
            await _static(send, path.removeprefix("/static/"))
        elif path in {"/sign-in", "/sign-out"} and self._has_users:
            await self._sign(scope, receive, send, path)
        elif method != "GET":
            await answers.answer(send, 405, "text/plain; charset=utf-8", b"GET alone.\n", (b"allow", b"GET"))
        elif (viewer := self._viewer(scope)) is None:
            await _ask(send, path)
        else:
            await self._show(scope, receive, send, path, viewer)

    async def _show(self, scope: Scope, receive: Receive, send: Send, path: str, viewer: Viewer) -> None:
        if path == "/":
            about = self._sources.about if viewer.sees_all else ()
            await answers.page(send, pages.front(viewer, about, signs_out=self._has_users))
        elif path == "/data.json":
            await _json(send, await self._data(viewer))
        elif path == "/events":
            await self._events(scope, receive, send)
        elif found := _EXCHANGE.fullmatch(path):
            await self._exchange(send, viewer, found[1], found[2])
        else:
            await answers.page(send, pages.told("There is no such page", pages.NO_PAGE), 404)

    def _viewer(self, scope: Scope) -> Viewer | None:
        """Return who asks; None: nobody who is signed in."""
        if not self._has_users:
            return Viewer(None, sees_all=True)
        session = answers.cookie(scope, self._cookie)
        return self._sessions.viewer(session) if session else None

    async def _data(self, viewer: Viewer) -> dict[str, Any]:
        rows = [row for row in self._sources.live.recent() if viewer.may_see(row)]
        ids = {row.exchange_id for row in rows}
        entries = await asyncio.to_thread(self._sources.ledger)
        shown = [view.of_entry(entry) for entry in entries if viewer.sees_all or entry.exchange_id in ids]
        state = await self._state(viewer)
        return {"rows": [view.of_row(row) for row in rows], "ledger": shown, **state}

    async def _state(self, viewer: Viewer) -> dict[str, Any]:
        """Return what changes by itself: log and budgets."""
        return {
            "log": view.of_state(self._sources.state(), viewer),
            "spans": view.of_spans(self._sources.spans(), viewer),
            "budgets": view.visible_levels(await self._running_levels(), viewer),
            "viewer": view.of_viewer(viewer),
        }

    async def _running_levels(self) -> tuple[Level, ...]:
        read, found = self._levels
        if self._clock() - read < _STANDINGS_S:
            return found
        try:
            standings = await self._sources.standings()
        except WiretellError:  # counters out of reach: the door decides what that means; here, the last ones known
            return found
        policy = self._sources.policy()
        found = levels(standings, policy.budgets, dt.datetime.now(dt.UTC), policy.timezone)
        self._levels = (self._clock(), found)
        return found

    async def _events(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._feeds >= MAX_FEEDS:
            # 204 tells a browser to stop; the page then asks for data.json now and then
            await answers.answer(send, 204, "text/plain", b"")
            return
        self._feeds += 1
        try:
            await events.feed(receive, send, self._sources.live, lambda: self._viewer(scope), self._state)
        finally:
            self._feeds -= 1

    async def _exchange(self, send: Send, viewer: Viewer, exchange_id: str, part: str | None) -> None:
        try:
            stored = await asyncio.to_thread(self._found, exchange_id)
        except WiretellError as error:  # damaged, erased, out of reach; whose it was cannot be told
            why = str(error) if viewer.sees_all else "Ask who runs this gateway."
            await answers.page(send, pages.told("This exchange cannot be read", why), 503)
            return
        if stored is None or not viewer.may_see(stored.row):  # which of both is nobody's business
            await answers.page(send, pages.told("There is no such exchange", pages.NO_EXCHANGE), 404)
        elif part:
            body = await asyncio.to_thread(_part, stored, part)
            file = f'attachment; filename="{exchange_id}-{part}.bin"'.encode()
            await answers.answer(send, 200, "application/octet-stream", body, (b"content-disposition", file))
        else:
            html = await asyncio.to_thread(lambda: pages.exchange(detail(stored), viewer))
            await answers.page(send, html)

    def _found(self, exchange_id: str) -> Stored | None:
        try:
            return self._sources.exchange(exchange_id)
        except FormatError:
            raise
        except UsageError:  # not in this log
            return None

    async def _sign(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        if scope["method"] == "GET" and path == "/sign-in":
            await answers.page(send, pages.sign_in())
        elif scope["method"] != "POST":
            await answers.answer(send, 405, "text/plain; charset=utf-8", b"POST alone.\n", (b"allow", b"POST"))
        elif not _is_own_form(scope):
            await answers.page(send, pages.told("That form was not of this page", pages.FOREIGN_FORM), 403)
        elif path == "/sign-out":
            self._sessions.sign_out(answers.cookie(scope, self._cookie))
            await answers.elsewhere(send, f"{PREFIX}/sign-in", self._set_cookie("", 0))
        else:
            await self._sign_in(scope, receive, send)

    async def _sign_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client") or ("", 0)
        address = address_of(scope["headers"], str(client[0]), trust_proxy=self._trust_proxy)
        if not self._sessions.may_try(address):
            await answers.page(send, pages.sign_in(pages.TOO_MANY_TRIES), 429, (b"retry-after", b"60"))
            return
        fields = await answers.form(receive)
        session = self._sessions.sign_in(fields.get("key", "").strip(), address) if fields else None
        if session is None:
            await answers.page(send, pages.sign_in(pages.UNKNOWN_KEY), 401)
        else:
            await answers.elsewhere(send, PREFIX, self._set_cookie(session, LASTS_S))

    def _set_cookie(self, value: str, seconds: int) -> answers.Pair:
        secure = "; Secure" if self._secure else ""
        text = f"{self._cookie}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
        return b"set-cookie", text.encode()


def _is_own_form(scope: Scope) -> bool:
    """Whether a posted form is of this page, by its Origin. A browser that sends none keeps the cookie to itself."""
    origin = answers.header(scope, b"origin")
    return not origin or urlsplit(origin).netloc == answers.header(scope, b"host")


def _part(stored: Stored, part: str) -> bytes:
    match part:
        case "request":
            return stored.request_text
        case "response":
            return stored.response_text
        case _:
            return plain(stored.sent_head, stored.sent_body or b"")[0]


async def _ask(send: Send, path: str) -> None:
    if path in {"/data.json", "/events"}:
        await answers.answer(send, 401, "application/json", b'{"error": "sign in at /ui/sign-in"}')
    else:
        await answers.elsewhere(send, f"{PREFIX}/sign-in")


async def _static(send: Send, name: str) -> None:
    if name not in _FILES:
        await answers.answer(send, 404, "text/plain; charset=utf-8", b"No such file.\n")
    else:
        await answers.answer(send, 200, _FILES[name], _file(name))


@cache
def _file(name: str) -> bytes:
    return (files("wiretell.gateway.ui") / "static" / name).read_bytes()


async def _json(send: Send, value: Any) -> None:
    await answers.answer(send, 200, "application/json", msgspec.json.encode(value))
