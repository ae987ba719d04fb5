"""What a WebSocket's client may send: nothing passes that could not be read, decided on and recorded."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.gateway.door.harness import Client, Running, door, run, upstream_at
from tests.gateway.door.test_sockets import ANSWERS, CREATE, Upstream, Ws, echo, opened
from wiretell.gateway.door.refusing import RefusedError
from wiretell.gateway.door.turns import kind_of

_RULE = 'schema = 1\n[[rule]]\nid = "r"\neffect = "ban"\nmodel = "gpt-*"\n'
_GOOD = CREATE.replace("gpt-5", "o9")


async def _told(gateway: Running, message: str | bytes) -> tuple[dict[str, Any], bool]:
    """Return what the gateway says to a message, and whether the socket lives on."""
    async with opened(gateway) as socket:
        await (socket.send_str(message) if isinstance(message, str) else socket.send_bytes(message))
        said = json.loads((await socket.receive(timeout=5)).data)
        await socket.send_str(_GOOD)
        return said, (await socket.receive(timeout=5)).data == ANSWERS[0]


@pytest.mark.parametrize(
    ("message", "decision"),
    [
        (b'{"type":"response.create","model":"gpt-5"}', "refused:bad-request"),
        (b"\x00\xff", "refused:bad-request"),
        ("not json", "refused:bad-request"),
        ("", "refused:bad-request"),
        ('[{"type":"response.create","model":"gpt-5"}]', "refused:bad-request"),
        ('{"type":"response.create","model":"gpt-5","temperature":NaN}', "refused:bad-request"),
        ('{"type":"response.create","model":"gpt-5","x":"\t"}', "refused:bad-request"),
        ('{"type":"response.create","model":"gpt-5","x":01}', "refused:bad-request"),
        ('{"type":"response.create","model":"gpt-5"} x', "refused:bad-request"),
        ('\ufeff{"type":"response.create","model":"gpt-5"}', "refused:bad-request"),
        ('{"type":"x","type":"response.create","model":"gpt-5"}', "refused:bad-request"),
        ('{"type":"response.cancel","type":"response.create","model":"gpt-5"}', "refused:bad-request"),
        ('{"type":"response.create","model":"o9","model":"gpt-5"}', "refused:bad-request"),
        ('{"model":"gpt-5"}', "refused:bad-request"),
        ('{"type":7,"model":"gpt-5"}', "refused:bad-request"),
        ('{"type":"session.update","model":"gpt-5"}', "refused:bad-request"),
        ('{"type":"response.append","input":[]}', "refused:bad-request"),
        ('{"type":"response.cancel","model":"gpt-5","input":"x"}', "refused:bad-request"),
        ('{"type":"response.create","response":{"model":"gpt-5"}}', "refused:bad-request"),
        ('{"type":"response.create","model":"o9","response":{"model":"gpt-5"}}', "refused:bad-request"),
        ('{"type":"response.create","input":"x"}', "refused:bad-request"),
        ('{"\\u0074ype":"response.\\u0063reate","model":"gpt-5"}', "ban:r"),
        ('{"type":"response.create","model":"gpt-5","input":"\\ud800"}', "ban:r"),
        ('{"type":"response.create","model":"gpt-5","\\ud800":1}', "ban:r"),
    ],
)
def test_what_cannot_be_read_or_may_not_pass_is_refused_and_recorded(
    tmp_path: Path, message: str | bytes, decision: str
) -> None:
    policy = tmp_path / "p.toml"
    policy.write_text(_RULE)

    async def work() -> None:
        async with (
            Upstream(echo) as up,
            door(tmp_path, upstream_at(up.port, "openai-responses"), policy=policy) as gateway,
        ):
            said, lives = await _told(gateway, message)
            assert said["type"] == "error"
            assert lives
            assert up.messages == [_GOOD]
            row = gateway.recorder.rows[0]
            assert (row.decision, row.ended, row.upstream, row.session) == (decision, "refused", None, "s1")

    run(work())


@pytest.mark.parametrize("kind", ["response.cancel", "response.processed"])
def test_messages_that_ask_for_nothing_pass_and_are_recorded(tmp_path: Path, kind: str) -> None:
    """Even while a response runs, and without ending it."""
    aside = json.dumps({"type": kind, "response_id": "r"})

    async def script(socket: Ws, upstream: Upstream) -> None:
        async for message in socket:
            upstream.messages.append(message.data)
            for answer in ANSWERS[:1] if message.data == CREATE else ANSWERS[1:]:
                await socket.send_str(answer)

    async def work() -> None:
        async with (
            Upstream(script) as up,
            door(tmp_path, upstream_at(up.port, "openai-responses")) as gateway,
            opened(gateway) as socket,
        ):
            await socket.send_str(CREATE)
            assert (await socket.receive(timeout=5)).data == ANSWERS[0]
            await socket.send_str(aside)
            assert [(await socket.receive(timeout=5)).data for _ in ANSWERS[1:]] == list(ANSWERS[1:])
            assert up.messages == [CREATE, aside]
            first, second = sorted(await gateway.closed(2), key=lambda row: row.ts)
            assert (first.operation, first.output_tokens, first.ended) == ("generate", 6, "complete")
            assert (second.operation, second.output_tokens, second.ended) == ("other", 0, "complete")
            assert (second.upstream, second.status, second.response_bytes) == ("openai", 0, 0)
            assert gateway.recorder.openings[second.exchange_id].body == aside.encode()

    run(work())


def test_what_cannot_be_recorded_does_not_pass(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            Upstream(echo) as up,
            door(tmp_path, upstream_at(up.port, "openai-responses")) as gateway,
            opened(gateway) as socket,
        ):
            gateway.recorder.failing_begin = "disk full"
            for message in (CREATE, '{"type":"response.cancel"}'):
                await socket.send_str(message)
                assert "disk full" in (await socket.receive(timeout=5)).data
            assert not up.messages
            gateway.recorder.failing_begin = ""
            gateway.recorder.failing_end = "disk full"
            await socket.send_str('{"type":"response.cancel"}')
            said = await socket.receive(timeout=5)
            assert (said.type, said.data) == (aiohttp.WSMsgType.CLOSE, 1011)

    run(work())


def test_a_client_that_leaves_while_it_waits_leaves_nothing_behind(tmp_path: Path) -> None:
    """The second request waits for the first, which never ends."""

    async def script(socket: Ws, upstream: Upstream) -> None:
        async for message in socket:
            upstream.messages.append(message.data)

    async def work() -> None:
        async with Upstream(script) as up, door(tmp_path, upstream_at(up.port, "openai-responses")) as gateway:
            async with opened(gateway) as socket:
                await socket.send_str(CREATE)
                await socket.send_str(CREATE)
                while not up.messages:  # noqa: ASYNC110 - another server's list
                    await asyncio.sleep(0.01)
            (row,) = await gateway.closed(1)
            assert row.ended == "client-left"
            text = gateway.metrics.render(gateway.recorder.state(), ()).decode()
            assert 'in_flight_requests{protocol="openai-responses"} 0.0' in text

    run(work())


@pytest.mark.parametrize("header", ["Connection: authorization", "User-Agent: a\r\nUser-Agent: b"])
def test_an_ambiguous_opening_is_refused(tmp_path: Path, header: str) -> None:
    async def work() -> None:
        async with (
            Upstream(echo) as up,
            door(tmp_path, upstream_at(up.port, "openai-responses")) as gateway,
            Client(gateway.port) as client,
        ):
            answer = await client.ask(
                b"GET /v1/responses HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + header.encode()
                + b"\r\n\r\n"
            )
            assert answer.status == 400
            assert not up.heads

    run(work())


def test_what_waits_is_bounded(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            Upstream(lambda socket, _: _silent(socket)) as up,
            door(tmp_path, upstream_at(up.port, "openai-responses"), max_body_bytes=4000) as gateway,
            opened(gateway) as socket,
        ):
            for _ in range(4):
                await socket.send_str(CREATE + " " * 1000)
            said = await socket.receive(timeout=5)
            assert (said.type, said.data) == (aiohttp.WSMsgType.CLOSE, 1009)

    async def _silent(socket: Ws) -> None:
        async for _ in socket:
            pass

    run(work())


def test_kinds() -> None:
    assert kind_of(' {"x":1, "type" : "response.create","model":"m"} ') == "response.create"
    assert kind_of('{"response_id":"r","type":"response.processed"}') == "response.processed"
    with pytest.raises(RefusedError, match="text messages alone"):
        kind_of(b"{}")
