"""The page's live feed: server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from wiretell.gateway.ui.answers import head
from wiretell.gateway.ui.interface import Live, Receive, Send, Viewer
from wiretell.gateway.ui.view import of_row

STATE_EVERY_S: Final = 3.0
"""How often log and budgets are told; it also shows that the connection lives."""


def event(kind: str, value: Any) -> bytes:
    """Return one event. JSON holds no line ends, so none can be forged."""
    return b"event: " + kind.encode() + b"\ndata: " + msgspec.json.encode(value) + b"\n\n"


async def feed(
    receive: Receive,
    send: Send,
    live: Live,
    viewer: Callable[[], Viewer | None],
    state: Callable[[Viewer], Awaitable[dict[str, Any]]],
) -> None:
    """Send rows as they come and the state every few seconds, until the browser leaves or its session ends."""
    # nginx and its like would else collect what must flow
    headers = head("text/event-stream; charset=utf-8", (b"x-accel-buffering", b"no"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    gone = asyncio.ensure_future(_gone(receive))
    sending = (
        asyncio.ensure_future(_rows(send, live, viewer)),
        asyncio.ensure_future(_states(send, viewer, state)),
    )
    try:
        await asyncio.wait({gone, *sending}, return_when=asyncio.FIRST_COMPLETED)
        left = gone.done()
    finally:
        for task in (gone, *sending):
            task.cancel()
        await asyncio.gather(gone, *sending, return_exceptions=True)
    if not left:
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _rows(send: Send, live: Live, viewer: Callable[[], Viewer | None]) -> None:
    async for row in live.subscribe():
        if (who := viewer()) is None:
            return
        if who.may_see(row):
            await _send(send, event("row", of_row(row)))


async def _states(
    send: Send, viewer: Callable[[], Viewer | None], state: Callable[[Viewer], Awaitable[dict[str, Any]]]
) -> None:
    while (who := viewer()) is not None:
        await _send(send, event("state", await state(who)))
        await asyncio.sleep(STATE_EVERY_S)


async def _send(send: Send, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
