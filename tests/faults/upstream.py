"""A model host on a raw socket, which behaves as the request's header `x-play` asks."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final

Play = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_HEAD: Final = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
_PLAIN: Final = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: %d\r\n\r\n"
HUGE_BYTES: Final = 48 << 20


def events(words: int = 20) -> list[bytes]:
    """Return a streamed response, event by event."""
    usage = {"input_tokens": 1000, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0, "output_tokens": 1}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": []}
    rows: list[dict[str, object]] = [
        {"type": "message_start", "message": message | {"usage": usage}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": f"wörd {n} "}}
            for n in range(words)
        ),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": words * 2}},
        {"type": "message_stop"},
    ]
    return [b"event: %b\ndata: %b\n\n" % (str(row["type"]).encode(), json.dumps(row).encode()) for row in rows]


WHOLE: Final = b"".join(events())


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


async def _good(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD + b"".join(map(_chunk, events())) + b"0\r\n\r\n")


async def _open(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Half an answer, and the rest when the other side is gone."""
    half = events()[:8]
    writer.write(_HEAD + b"".join(map(_chunk, half)))
    await writer.drain()
    await reader.read(1)


async def _stall_before(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)


async def _cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD + b"".join(map(_chunk, events()[:8])))
    await writer.drain()
    writer.transport.abort()


async def _trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Every byte in a chunk and a segment of its own: each event is split at every place."""
    writer.write(_HEAD)
    for byte in WHOLE:
        writer.write(_chunk(bytes([byte])))
        await writer.drain()
        await asyncio.sleep(0)
    writer.write(b"0\r\n\r\n")


async def _no_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x16\x03\x01 this is no HTTP \r\n\r\n" * 20)


async def _endless_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    with contextlib.suppress(ConnectionError):
        for number in range(200_000):
            writer.write(b"x-%d: %b\r\n" % (number, b"y" * 200))
            await writer.drain()


async def _garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    data = b'event: \xff\xfe\x00data: {"usage":' + bytes(range(256)) * 40 + b"\n\n"
    writer.write(_PLAIN % len(data) + data)


async def _huge(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(_PLAIN % HUGE_BYTES)
    with contextlib.suppress(ConnectionError):
        for _ in range(HUGE_BYTES >> 20):
            writer.write(b"z" * (1 << 20))
            await writer.drain()


async def _error(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    words = b"Overloaded, \xe2\x80\x9ctry\xe2\x80\x9d  later"
    body = b'{"type":"error","error":{"type":"overloaded_error","message":"%b"}}' % words
    writer.write(b"HTTP/1.1 529 Overloaded\r\ncontent-type: application/json\r\nretry-after: 3\r\n")
    writer.write(b"content-length: %d\r\n\r\n%b" % (len(body), body))


PLAYS: Final[dict[bytes, Play]] = {
    b"good": _good,
    b"open": _open,
    b"stall": _stall_before,
    b"cut": _cut,
    b"trickle": _trickle,
    b"no-http": _no_http,
    b"endless-head": _endless_head,
    b"garbage": _garbage,
    b"huge": _huge,
    b"error": _error,
}


class Upstream:
    """A running host."""

    def __init__(self) -> None:
        self.port = 0
        self.asked = 0
        """Requests whose body had come."""
        self.open = 0
        """Connections."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, request by request."""
        self.open += 1
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:] if b": " in line)
        await reader.readexactly(int(fields.get(b"content-length", b"0")))
        self.asked += 1
        name = fields.get(b"x-play", b"good")
        await PLAYS[name](reader, writer)
        await writer.drain()
        return name in {b"good", b"trickle", b"garbage", b"error"}


@contextmanager
def running() -> Iterator[Upstream]:
    """Serve on loopback, in a thread with a loop of its own."""
    upstream, started, loop = Upstream(), threading.Event(), asyncio.new_event_loop()

    async def serve() -> None:
        server = await asyncio.start_server(upstream.serve, "127.0.0.1", 0, limit=1 << 22, backlog=1024)
        upstream.port = server.sockets[0].getsockname()[1]
        started.set()

    async def end() -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def work() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(serve())
        loop.run_forever()
        loop.run_until_complete(end())
        loop.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    started.wait(10)
    try:
        yield upstream
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
