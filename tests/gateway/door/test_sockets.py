"""WebSockets of the Responses API, between aiohttp's client and aiohttp's server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.gateway.door.harness import Running, door, run, upstream_at

Ws = web.WebSocketResponse
CREATE = '{"type": "response.create",  "model":"gpt-5","input":[{"role":"user","content":"hi"}]}'
ANSWERS = (
    '{"type":"response.created","response":{"id":"r","model":"gpt-5-2026"}}',
    '{"type":"response.output_text.delta","delta":"hello"}',
    '{"type":"response.completed","response":{"id":"r","model":"gpt-5-2026",'
    '"usage":{"input_tokens":20,"input_tokens_details":{"cached_tokens":5},"output_tokens":6}}}',
)


class Upstream:
    def __init__(self, serve: Callable[[Ws, Upstream], Awaitable[None]], status: int = 101) -> None:
        self._serve = serve
        self._status = status
        self.heads: list[dict[str, str]] = []
        self.messages: list[Any] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.heads.append(dict(request.headers))
        if self._status != 101:
            return web.Response(status=self._status, body=b'{"error":"no sockets here"}', headers={"X-Why": "plan"})
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        await self._serve(socket, self)
        return socket

    async def __aenter__(self) -> Upstream:
        app = web.Application()
        app.router.add_get("/v1/responses", self.handle)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()


async def echo(socket: Ws, upstream: Upstream) -> None:
    async for message in socket:
        upstream.messages.append(message.data)
        if "response.create" in str(message.data):
            for answer in ANSWERS:
                await socket.send_str(answer)


@asynccontextmanager
async def opened(gateway: Running) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    url = f"http://127.0.0.1:{gateway.port}/v1/responses"
    headers = {"OpenAI-Beta": "responses_websockets=2026-02-06", "Authorization": "Bearer k", "session_id": "s1"}
    async with aiohttp.ClientSession() as session, session.ws_connect(url, headers=headers) as socket:
        yield socket


def test_messages_pass_and_each_request_is_an_exchange(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            Upstream(echo) as up,
            door(tmp_path, upstream_at(up.port, "openai-responses")) as gateway,
            opened(gateway) as socket,
        ):
            for _ in range(2):
                await socket.send_str(CREATE)
                assert [(await socket.receive()).data for _ in ANSWERS] == list(ANSWERS)
            await socket.close(code=1000)
            rows = await gateway.closed(2)
            assert up.messages == [CREATE, CREATE]
            assert up.heads[0]["OpenAI-Beta"] == "responses_websockets=2026-02-06"
            assert up.heads[0]["Authorization"] == "Bearer k"
            row = rows[0]
            assert (row.model, row.input_tokens, row.cache_read_tokens, row.output_tokens) == ("gpt-5", 15, 5, 6)
            assert (row.ended, row.session, row.operation, row.streamed) == ("complete", "s1", "generate", True)
            assert gateway.recorder.openings[row.exchange_id].body == CREATE.encode()
            assert gateway.recorder.response(row.exchange_id) == "".join(a + "\n" for a in ANSWERS).encode()

    run(work())


def test_the_last_message_waits_for_the_log(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            Upstream(echo) as up,
            door(tmp_path, upstream_at(up.port, "openai-responses")) as gateway,
            opened(gateway) as socket,
        ):
            gateway.recorder.gate.clear()
            await socket.send_str(CREATE)
            assert [(await socket.receive()).data for _ in ANSWERS[:-1]] == list(ANSWERS[:-1])
            last = asyncio.ensure_future(socket.receive())
            await asyncio.sleep(0.2)
            assert not last.done()
            gateway.recorder.gate.set()
            assert (await last).data == ANSWERS[-1]

    run(work())


def test_a_ban_is_an_event_and_the_socket_lives_on(tmp_path: Path) -> None:
    policy = tmp_path / "p.toml"
    policy.write_text('schema = 1\n[[rule]]\nid = "r"\neffect = "ban"\nmodel = "gpt-*"\nreason = "Notice 7"\n')

    async def work() -> None:
        async with (
            Upstream(echo) as up,
            door(tmp_path, upstream_at(up.port, "openai-responses"), policy=policy) as gateway,
            opened(gateway) as socket,
        ):
            await socket.send_str(CREATE)
            said = json.loads((await socket.receive()).data)
            assert said["type"] == "error"
            assert "Notice 7" in str(said)
            assert not up.messages
            await socket.send_str(CREATE.replace("gpt-5", "o9"))
            assert (await socket.receive()).data == ANSWERS[0]
            assert gateway.recorder.rows[0].decision == "ban:r"

    run(work())


def test_an_upstream_without_sockets_answers_by_itself(tmp_path: Path) -> None:
    async def work() -> None:
        async with Upstream(echo, 426) as up, door(tmp_path, upstream_at(up.port, "openai-responses")) as gateway:
            reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
            writer.write(
                b"GET /v1/responses HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            answer = await reader.read()
            assert answer.startswith(b"HTTP/1.1 426 ")
            assert b"x-why: plan" in answer.lower()
            assert answer.endswith(b'{"error":"no sockets here"}')
            writer.close()

    run(work())


def test_a_client_that_leaves_and_an_upstream_that_breaks_off(tmp_path: Path) -> None:
    async def half(socket: Ws, upstream: Upstream) -> None:
        async for _ in socket:
            await socket.send_str(ANSWERS[0])
            if upstream.messages:
                await socket.close(code=1011)
            upstream.messages.append("")

    async def work() -> None:
        async with Upstream(half) as up, door(tmp_path, upstream_at(up.port, "openai-responses")) as gateway:
            async with opened(gateway) as socket:
                await socket.send_str(CREATE)
                await socket.receive()
            assert (await gateway.closed(1))[0].ended == "client-left"
            async with opened(gateway) as socket:
                await socket.send_str(CREATE)
                assert (await socket.receive()).data == ANSWERS[0]
                assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
            assert (await gateway.closed(2))[1].ended == "upstream-cut"

    run(work())


def test_no_socket_without_a_known_path_or_upstream(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            Upstream(echo) as up,
            door(tmp_path, upstream_at(up.port, "anthropic-messages")) as gateway,
            aiohttp.ClientSession() as session,
        ):
            for path in ("/v1/responses", "/v1/other"):
                with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                    await session.ws_connect(f"http://127.0.0.1:{gateway.port}{path}")
                assert caught.value.status == 404

    run(work())
