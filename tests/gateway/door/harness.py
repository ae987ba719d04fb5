"""A door on a free port, a scripted upstream on raw sockets, a recorder in memory, a raw client."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import uvloop

from wiretell.gateway.config.values import GatewaySettings, Upstream
from wiretell.gateway.counters import counters
from wiretell.gateway.door.app import Door, Pages
from wiretell.gateway.door.auth import Gatekeeper
from wiretell.gateway.door.budgets import Budgets
from wiretell.gateway.door.identity import Hasher
from wiretell.gateway.door.listening import Listener, bound
from wiretell.gateway.door.parts import Parts
from wiretell.gateway.door.upstream import HttpUpstreams
from wiretell.gateway.door.watching import PolicyWatch
from wiretell.gateway.edits import Editor
from wiretell.gateway.edits.pins import Pins
from wiretell.gateway.log.interface import Closing, LogError, LogState, Opening, Recorder
from wiretell.gateway.telemetry import Metrics
from wiretell.model.exchange import Row
from wiretell.policy import prices

T = TypeVar("T")
Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Script = Callable[["Seen", Writer], Awaitable[None]]


def run(work: Coroutine[Any, Any, T], timeout_s: float = 30.0) -> T:
    async def bounded() -> T:
        async with asyncio.timeout(timeout_s):
            return await work

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(bounded())


@dataclass
class Seen:
    """One request as the upstream got it."""

    head: bytes
    body: bytes
    left: asyncio.Event = field(default_factory=asyncio.Event)


async def read_message(reader: Reader) -> tuple[bytes, bytes]:
    """Return head (without the empty line) and framed body of one message, raw; empty at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        return error.partial, b""
    lower = head.lower()
    if b"transfer-encoding: chunked" in lower:
        body = b""
        while True:
            line = await reader.readuntil(b"\r\n")
            data = await reader.readexactly(int(line, 16) + 2)
            body += data[:-2]
            if int(line, 16) == 0:
                return head[:-2], body
    length = 0
    for line in lower.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return head[:-2], await reader.readexactly(length) if length else b""


class ScriptedUpstream:
    """Gives each request to the script, which writes what it likes."""

    def __init__(self, script: Script, tls: ssl.SSLContext | None = None) -> None:
        self._script = script
        self._tls = tls
        self.seen: list[Seen] = []
        self.asked = asyncio.Event()

    async def __aenter__(self) -> ScriptedUpstream:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        self._tasks: set[asyncio.Task[None]] = set()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: Reader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while True:
                head, body = await read_message(reader)
                if not head:
                    break
                seen = Seen(head, body)
                self.seen.append(seen)
                self.asked.set()
                watch = asyncio.create_task(self._watch(reader, seen))
                try:
                    await self._script(seen, writer)
                    await writer.drain()
                finally:
                    watch.cancel()
                    await asyncio.gather(watch, return_exceptions=True)
                if writer.is_closing():
                    break
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _watch(self, reader: Reader, seen: Seen) -> None:
        while not reader.at_eof():  # noqa: ASYNC110 - a reader tells of its end to nobody
            await asyncio.sleep(0.01)
        seen.left.set()


class MemoryRecorder(Recorder):
    """Keeps everything; `end` waits for `gate`, and fails where told."""

    def __init__(self) -> None:
        self.openings: dict[str, Opening] = {}
        self.parts: dict[str, list[bytes]] = {}
        self.closings: list[Closing] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.failing_begin = ""
        self.failing_end = ""
        self.on_end: Callable[[Closing], None] = lambda _: None
        self.begun_s = 0.0
        """How long a request takes to be written."""

    async def start(self) -> None:
        return

    def begin(self, opening: Opening) -> None:
        if self.failing_begin:
            raise LogError(self.failing_begin)
        self.openings[opening.row.exchange_id] = opening

    async def begun(self, exchange_id: str) -> None:
        await asyncio.sleep(self.begun_s)

    def part(self, exchange_id: str, data: bytes) -> None:
        self.parts.setdefault(exchange_id, []).append(data)

    async def end(self, closing: Closing) -> None:
        await self.gate.wait()
        self.on_end(closing)
        if self.failing_end:
            raise LogError(self.failing_end)
        self.closings.append(closing)

    def state(self) -> LogState:
        return LogState(failing=self.failing_begin)

    async def stop(self) -> None:
        return

    def response(self, exchange_id: str) -> bytes:
        return b"".join(self.parts.get(exchange_id, []))

    @property
    def rows(self) -> list[Row]:
        return [closing.row for closing in self.closings]


@dataclass
class Running:
    port: int
    parts: Parts
    recorder: MemoryRecorder
    metrics: Metrics

    async def closed(self, count: int) -> list[Row]:
        """Return the rows once so many exchanges are recorded."""
        async with asyncio.timeout(10):
            while len(self.recorder.closings) < count:  # noqa: ASYNC110 - rows come from another task
                await asyncio.sleep(0.005)
        return self.recorder.rows


def upstream_at(port: int, protocol: str = "anthropic-messages", name: str = "", **more: Any) -> Upstream:
    base = f"http://127.0.0.1:{port}" + ("/v1" if protocol.startswith("openai") else "")
    return Upstream(name or protocol.partition("-")[0], (protocol,), base, **more)  # type: ignore[arg-type]


@asynccontextmanager
async def door(
    folder: Path,
    *upstreams: Upstream,
    tls: ssl.SSLContext | None = None,
    trusts: ssl.SSLContext | None = None,
    **more: Any,
) -> AsyncIterator[Running]:
    """Run a door in front of upstreams. `tls`: its own; `trusts`: by which it believes upstreams."""
    settings = replace(GatewaySettings(upstreams=upstreams, port=0, idle_timeout_s=20.0), **more)
    recorder, metrics = MemoryRecorder(), Metrics()
    counted = counters("sqlite", folder)
    await counted.open("")
    clients = HttpUpstreams(connect_timeout_s=2.0, idle_timeout_s=settings.idle_timeout_s, tls=trusts)
    parts = Parts(
        settings=settings,
        recorder=recorder,
        upstreams=clients,
        policy=PolicyWatch(settings.policy),
        budgets=Budgets(counted, prices.shipped(), refuse_on_failure=True),
        editor=Editor(settings.strip_marks, settings.context),
        pins=Pins.load(settings.pins) if settings.pins else None,
        hasher=Hasher.of_folder(folder),
        gate=Gatekeeper(settings),
        metrics=metrics,
    )
    listener = Listener(Door(parts, Pages()), bound("127.0.0.1", 0), tls=tls, max_message=settings.max_body_bytes)
    await listener.start()
    try:
        yield Running(listener.port, parts, recorder, metrics)
    finally:
        parts.live.close()
        await listener.stop(0.2)
        await clients.close()
        await counted.close()


@dataclass
class Response:
    head: bytes
    body: bytes
    cut: bool = False

    @property
    def status(self) -> int:
        return int(self.head.split(b" ", 2)[1])


class Client:
    """One raw connection to a door."""

    def __init__(self, port: int, trusts: ssl.SSLContext | None = None) -> None:
        self._port = port
        self._trusts = trusts

    async def __aenter__(self) -> Client:
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", self._port, limit=1 << 26, ssl=self._trusts
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()

    async def ask(self, data: bytes) -> Response:
        self.writer.write(data)
        return await self.response()

    async def response(self) -> Response:
        head = await self.reader.readuntil(b"\r\n\r\n")
        body = b""
        lower = head.lower()
        try:
            if b"transfer-encoding: chunked" in lower:
                while True:
                    size = int(await self.reader.readuntil(b"\r\n"), 16)
                    body += (await self.reader.readexactly(size + 2))[:-2]
                    if size == 0:
                        return Response(head[:-2], body)
            if b"content-length:" in lower:
                length = int(lower.partition(b"content-length:")[2].partition(b"\r\n")[0])
                while len(body) < length:
                    piece = await self.reader.read(length - len(body))
                    if not piece:
                        return Response(head[:-2], body, cut=True)
                    body += piece
                return Response(head[:-2], body)
            return Response(head[:-2], await self.reader.read())
        except asyncio.IncompleteReadError as error:
            return Response(head[:-2], body + error.partial, cut=True)


def post(body: bytes, path: str = "/v1/messages", *headers: str, host: str = "127.0.0.1") -> bytes:
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


MESSAGE = b'{"model":"claude-haiku-4-5","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"hi"}]}'
EVENTS = (
    b'event: message_start\ndata: {"type":"message_start","message":{"id":"m","type":"message","role":"assistant",'
    b'"model":"claude-haiku-4-5-20251001","content":[],"usage":{"input_tokens":25,"cache_read_input_tokens":7,'
    b'"cache_creation_input_tokens":3,"output_tokens":1}}}\n\n',
    b'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text",'
    b'"text":""}}\n\n',
    b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta",'
    b'"text":"hello"}}\n\n',
    b'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n',
    b'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},'
    b'"usage":{"output_tokens":12}}\n\n',
    b'event: message_stop\ndata: {"type":"message_stop"}\n\n',
)
STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nX-Odd-Case: 1\r\n\r\n"
)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def streamed(_: Seen, writer: Writer, pause_s: float = 0.0) -> None:
    """Answer with the events, one chunk each."""
    writer.write(STREAM_HEAD)
    for event in EVENTS:
        writer.write(chunk(event))
        await writer.drain()
        await asyncio.sleep(pause_s)
    writer.write(b"0\r\n\r\n")


def whole(body: bytes, status: bytes = b"200 OK", *headers: bytes) -> Script:
    """Answer with one body."""

    async def script(_: Seen, writer: Writer) -> None:
        lines = [b"HTTP/1.1 " + status, b"Content-Type: application/json", *headers, b"Content-Length: %d" % len(body)]
        writer.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)

    return script
