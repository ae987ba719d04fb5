"""Upstreams that stall, cut, trickle or send garbage; clients that leave or do not read; a log that fails."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from tests.gateway.door.harness import (
    EVENTS,
    MESSAGE,
    STREAM_HEAD,
    Client,
    ScriptedUpstream,
    Seen,
    Writer,
    chunk,
    door,
    post,
    run,
    streamed,
    upstream_at,
    whole,
)
from wiretell.gateway.config.values import Upstream


def _unused_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def test_unreachable_is_502_in_the_protocols_form(tmp_path: Path) -> None:
    async def work() -> None:
        async with door(tmp_path, upstream_at(_unused_port())) as gateway, Client(gateway.port) as client:
            answer = await client.ask(post(MESSAGE))
            assert answer.status == 502
            assert b'"type":"error"' in answer.body
            row = gateway.recorder.rows[0]
            assert (row.ended, row.status, row.output_tokens) == ("upstream-unreachable", 502, 0)

    run(work())


def test_silence_before_a_byte_is_504(tmp_path: Path) -> None:
    async def script(seen: Seen, _: Writer) -> None:
        await seen.left.wait()

    async def work() -> None:
        async with (
            ScriptedUpstream(script) as up,
            door(tmp_path, upstream_at(up.port), idle_timeout_s=0.3) as gateway,
            Client(gateway.port) as client,
        ):
            assert (await client.ask(post(MESSAGE))).status == 504
            assert gateway.recorder.rows[0].ended == "upstream-silent"
            assert up.seen[0].left.is_set() or await asyncio.wait_for(up.seen[0].left.wait(), 10)

    run(work())


@pytest.mark.parametrize("ending", ["cut", "silent", "garbage"])
def test_a_stream_that_breaks_off_is_cut_for_the_client_too(tmp_path: Path, ending: str) -> None:
    async def script(seen: Seen, writer: Writer) -> None:
        writer.write(STREAM_HEAD + chunk(EVENTS[0]) + chunk(EVENTS[1]) + chunk(EVENTS[2]))
        await writer.drain()
        await asyncio.sleep(0.05)
        if ending == "cut":
            writer.close()
        elif ending == "garbage":
            writer.write(b"zz\r\nnonsense")
            await writer.drain()
        await seen.left.wait()

    async def work() -> None:
        async with ScriptedUpstream(script) as up, door(tmp_path, upstream_at(up.port), idle_timeout_s=0.5) as gateway:
            async with Client(gateway.port) as client:
                answer = await client.ask(post(MESSAGE))
                assert answer.cut
                assert answer.body == b"".join(EVENTS[:3])
            row = (await gateway.closed(1))[0]
            assert row.ended == ("upstream-silent" if ending == "silent" else "upstream-cut")
            assert row.input_tokens == 25  # billed for what was seen
            assert row.output_tokens > 0

    run(work())


def test_what_came_before_a_cut_is_given_though_the_log_is_slow(tmp_path: Path) -> None:
    async def script(_: Seen, writer: Writer) -> None:
        writer.write(STREAM_HEAD + b"".join(map(chunk, EVENTS[:3])))
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.transport.abort()

    async def work() -> None:
        async with ScriptedUpstream(script) as up, door(tmp_path, upstream_at(up.port)) as gateway:
            gateway.recorder.begun_s = 0.3
            async with Client(gateway.port) as client:
                answer = await client.ask(post(MESSAGE))
                assert answer.cut and answer.body == b"".join(EVENTS[:3])
            assert (await gateway.closed(1))[0].ended == "upstream-cut"

    run(work())


def test_no_byte_goes_out_before_the_request_is_written(tmp_path: Path) -> None:
    async def work() -> None:
        async with ScriptedUpstream(streamed) as up, door(tmp_path, upstream_at(up.port)) as gateway:
            gateway.recorder.begun_s = 60.0
            async with Client(gateway.port) as client:
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(client.ask(post(MESSAGE)), 0.5)

    run(work())


def test_a_body_shorter_than_announced_is_cut(tmp_path: Path) -> None:
    async def script(_: Seen, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        await writer.drain()
        writer.close()

    async def work() -> None:
        async with ScriptedUpstream(script) as up, door(tmp_path, upstream_at(up.port)) as gateway:
            async with Client(gateway.port) as client:
                answer = await client.ask(post(MESSAGE))
                assert answer.cut
                assert answer.body == b"{"
            assert (await gateway.closed(1))[0].ended == "upstream-cut"

    run(work())


@pytest.mark.parametrize("garbage", [b"SSH-2.0-x\r\n\r\n", b"\x16\x03\x01", b"HTTP/1.1 abc\r\n\r\n", b""])
def test_garbage_instead_of_a_head_is_502(tmp_path: Path, garbage: bytes) -> None:
    async def script(_: Seen, writer: Writer) -> None:
        writer.write(garbage)
        await writer.drain()
        writer.close()

    async def work() -> None:
        async with (
            ScriptedUpstream(script) as up,
            door(tmp_path, upstream_at(up.port)) as gateway,
            Client(gateway.port) as client,
        ):
            assert (await client.ask(post(MESSAGE))).status == 502

    run(work())


def test_a_trickle_passes(tmp_path: Path) -> None:
    async def script(_: Seen, writer: Writer) -> None:
        for byte in STREAM_HEAD + b"".join(map(chunk, EVENTS)) + b"0\r\n\r\n":
            writer.write(bytes((byte,)))
            await asyncio.sleep(0)

    async def work() -> None:
        async with (
            ScriptedUpstream(script) as up,
            door(tmp_path, upstream_at(up.port)) as gateway,
            Client(gateway.port) as client,
        ):
            assert (await client.ask(post(MESSAGE))).body == b"".join(EVENTS)

    run(work())


def test_an_upstream_that_keeps_the_connection_open_after_its_end(tmp_path: Path) -> None:
    async def script(seen: Seen, writer: Writer) -> None:
        writer.write(STREAM_HEAD + b"".join(map(chunk, EVENTS)))
        await seen.left.wait()

    async def work() -> None:
        async with (
            ScriptedUpstream(script) as up,
            door(tmp_path, upstream_at(up.port)) as gateway,
            Client(gateway.port) as client,
        ):
            async with asyncio.timeout(10):
                answer = await client.ask(post(MESSAGE))
            assert answer.body == b"".join(EVENTS)
            assert not answer.cut

    run(work())


@pytest.mark.parametrize("when", ["before", "within"])
def test_a_client_that_leaves_ends_its_upstream(tmp_path: Path, when: str) -> None:
    async def script(seen: Seen, writer: Writer) -> None:
        if when == "within":
            writer.write(STREAM_HEAD + chunk(EVENTS[0]) + chunk(EVENTS[2]))
            await writer.drain()
        await seen.left.wait()

    async def work() -> None:
        async with ScriptedUpstream(script) as up, door(tmp_path, upstream_at(up.port)) as gateway:
            async with Client(gateway.port) as client:
                client.writer.write(post(MESSAGE))
                if when == "within":
                    await client.reader.readuntil(b"hello")
                await up.asked.wait()
            async with asyncio.timeout(10):
                await up.seen[0].left.wait()
            row = (await gateway.closed(1))[0]
            assert row.ended == "client-left"
            assert row.input_tokens == 25 if when == "within" else row.input_tokens == len(MESSAGE) // 4
            assert row.cost_usd

    run(work())


def test_a_slow_client_holds_up_its_own_upstream_alone(tmp_path: Path) -> None:
    """It is given what fits into buffers; the rest waits at its upstream, and others are served meanwhile."""
    size = 64 << 20
    sent = 0

    async def script(seen: Seen, writer: Writer) -> None:
        nonlocal sent
        if b"slow" not in seen.head:
            await streamed(seen, writer)
            return
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        piece = b"x" * 65536
        while sent < size:
            writer.write(piece)
            await writer.drain()
            sent += len(piece)

    async def work() -> None:
        async with (
            ScriptedUpstream(script) as up,
            door(tmp_path, upstream_at(up.port)) as gateway,
            Client(gateway.port) as slow,
            Client(gateway.port) as quick,
        ):
            slow.reader._limit = 1 << 16  # type: ignore[attr-defined]
            slow.writer.write(post(MESSAGE, "/v1/messages", "X-Is: slow"))
            held = -1
            while held != sent:  # until buffers are full, which tell nobody
                held = sent
                await asyncio.sleep(0.3)
            assert 0 < held < size // 2
            for _ in range(5):
                async with asyncio.timeout(10):
                    assert (await quick.ask(post(MESSAGE))).body == b"".join(EVENTS)
            assert sent == held

    run(work())


def test_a_log_that_fails_refuses(tmp_path: Path) -> None:
    async def work() -> None:
        async with ScriptedUpstream(whole(b"{}")) as up, door(tmp_path, upstream_at(up.port)) as gateway:
            gateway.recorder.failing_begin = "disk full"
            async with Client(gateway.port) as client:
                answer = await client.ask(post(MESSAGE))
                assert answer.status == 507
                assert b"disk full" in answer.body
                assert b"x-should-retry: false" in answer.head
                assert not up.seen
                health = await client.ask(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                assert health.status == 503

    run(work())


@pytest.mark.parametrize("at_once", [True, False])
def test_what_is_not_durable_is_not_given_out_whole(tmp_path: Path, at_once: bool) -> None:
    async def script(seen: Seen, writer: Writer) -> None:
        if at_once:
            writer.write(STREAM_HEAD + b"".join(map(chunk, EVENTS)) + b"0\r\n\r\n")
            return
        await streamed(seen, writer, pause_s=0.01)

    async def work() -> None:
        async with (
            ScriptedUpstream(script) as up,
            door(tmp_path, upstream_at(up.port)) as gateway,
            Client(gateway.port) as client,
        ):
            gateway.recorder.failing_end = "disk full"
            answer = await client.ask(post(MESSAGE))
            assert answer.cut or answer.status == 507
            assert b"message_stop" not in answer.body

    run(work())


def test_an_upstream_whose_certificate_proves_nothing(tmp_path: Path) -> None:
    """TLS to a server that speaks none."""

    async def work() -> None:
        async with ScriptedUpstream(whole(b"{}")) as up:
            upstream = Upstream("a", ("anthropic-messages",), f"https://127.0.0.1:{up.port}")
            async with door(tmp_path, upstream) as gateway, Client(gateway.port) as client:
                answer = await client.ask(post(MESSAGE))
                assert answer.status == 502

    run(work())


@pytest.mark.parametrize("how", ["silent-on-usage", "cut-before-the-head", "cut-before-the-first-event", "left"])
def test_where_no_usage_was_told_the_input_is_estimated(tmp_path: Path, how: str) -> None:
    """Four bytes a token: whoever leaves early, or makes an upstream fail, does not ask for nothing."""

    async def script(seen: Seen, writer: Writer) -> None:
        if how == "silent-on-usage":
            await whole(b'{"type":"message","content":[]}')(seen, writer)
        elif how == "left":
            await seen.left.wait()
        else:
            if how == "cut-before-the-first-event":
                writer.write(STREAM_HEAD + chunk(b": ping\n\n"))
                await writer.drain()
            writer.close()

    async def work() -> None:
        async with (
            ScriptedUpstream(script) as up,
            door(tmp_path, upstream_at(up.port)) as gateway,
        ):
            async with Client(gateway.port) as client:
                client.writer.write(post(MESSAGE))
                if how == "left":
                    await up.asked.wait()
                else:
                    await client.response()
            (row,) = await gateway.closed(1)
            assert (row.input_tokens, row.usage_reported) == (len(MESSAGE) // 4, False)
            assert row.cost_usd

    run(work())


def test_a_request_that_changes_nothing_is_sent_again_and_a_conversation_is_not(tmp_path: Path) -> None:
    """On a kept connection that the upstream closes when the next request comes."""

    async def script(seen: Seen, writer: Writer) -> None:
        if len(up.seen) == 2:
            writer.close()
        else:
            await whole(b"{}")(seen, writer)

    up = ScriptedUpstream(script)

    async def work(again: bytes, status: int, seen: int) -> None:
        async with up, door(tmp_path, upstream_at(up.port)) as gateway, Client(gateway.port) as client:
            up.seen.clear()
            assert (await client.ask(post(MESSAGE))).status == 200
            assert (await client.ask(again)).status == status
            assert len(up.seen) == seen

    run(work(b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n", 200, 3))
    run(work(post(MESSAGE), 502, 2))
