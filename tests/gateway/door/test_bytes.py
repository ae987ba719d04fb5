"""What goes through is what came, both ways."""

from __future__ import annotations

import asyncio
import gzip
import json
from pathlib import Path

import pytest
import zstandard

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

_ANSWER = json.dumps({"model": "m", "usage": {"input_tokens": 3, "output_tokens": 4}}).encode()


def test_heads_and_bodies_pass_as_they_are(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            ScriptedUpstream(whole(_ANSWER, b"200 Fine By Me", b"X-Odd-CASE: a  b", b"x-odd-case: two")) as up,
            door(tmp_path, upstream_at(up.port)) as gateway,
            Client(gateway.port) as client,
        ):
            head = (
                b"POST /v1/messages?beta=true&x=%%2F HTTP/1.1\r\nAccept: */*\r\nHOST: localhost\r\n"
                b"x-API-key: k\r\nX-Dup: 1\r\nanthropic-beta: a,b\r\nx-dup: 2\r\nX-Umlaut: \xc3\xa4\xff\r\n"
                b"Connection: keep-alive, x-private\r\nX-Private: gone\r\nTE: trailers\r\n"
                b"Content-Length: %d\r\n\r\n" % len(MESSAGE)
            )
            answer = await client.ask(head + MESSAGE)
            assert answer.head == (
                b"HTTP/1.1 200 Fine By Me\r\nContent-Type: application/json\r\nX-Odd-CASE: a  b\r\n"
                b"x-odd-case: two\r\nContent-Length: %d\r\n" % len(_ANSWER)
            )
            assert answer.body == _ANSWER
            assert up.seen[0].body == MESSAGE
            assert up.seen[0].head == (
                b"POST /v1/messages?beta=true&x=%%2F HTTP/1.1\r\nAccept: */*\r\nHOST: 127.0.0.1:%d\r\n"
                b"x-API-key: k\r\nX-Dup: 1\r\nanthropic-beta: a,b\r\nx-dup: 2\r\nX-Umlaut: \xc3\xa4\xff\r\n"
                b"Content-Length: %d\r\n" % (up.port, len(MESSAGE))
            )
            closing = gateway.recorder.closings[0]
            assert closing.response_head == answer.head
            assert closing.sent_head == up.seen[0].head
            opening = gateway.recorder.openings[closing.row.exchange_id]
            assert opening.head == head[:-2]
            assert opening.body == MESSAGE
            assert gateway.recorder.response(closing.row.exchange_id) == _ANSWER

    run(work())


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
def test_chunked_and_large_bodies(tmp_path: Path, size: int) -> None:
    body = MESSAGE[:-1] + b',"x":"' + b"y" * size + b'"}'

    async def work() -> None:
        async with (
            ScriptedUpstream(whole(b"z" * size)) as up,
            door(tmp_path, upstream_at(up.port)) as gateway,
            Client(gateway.port) as client,
        ):
            head = b"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            client.writer.write(head)
            for start in range(0, len(body), 50_000):
                client.writer.write(chunk(body[start : start + 50_000]))
                await client.writer.drain()
            client.writer.write(b"0\r\n\r\n")
            assert (await client.response()).body == b"z" * size
            assert up.seen[0].body == body
            assert b"Transfer-Encoding" not in up.seen[0].head
            assert b"Content-Length: %d\r\n" % len(body) in up.seen[0].head
            assert (await client.ask(post(body))).body == b"z" * size
            assert up.seen[1].body == body

    run(work())


def test_events_arrive_one_by_one_and_the_last_waits_for_the_log(tmp_path: Path) -> None:
    """Each event is with the client before the next is sent; the last is held until the log has it."""

    async def work() -> None:
        step = asyncio.Semaphore(0)

        async def script(_: Seen, writer: Writer) -> None:
            writer.write(STREAM_HEAD)
            for event in EVENTS:
                writer.write(chunk(event))
                await step.acquire()
            writer.write(b"0\r\n\r\n")

        async with ScriptedUpstream(script) as up, door(tmp_path, upstream_at(up.port)) as gateway:
            gateway.recorder.gate.clear()
            async with Client(gateway.port) as client:
                client.writer.write(post(MESSAGE))
                await client.reader.readuntil(b"\r\n\r\n")
                for event in EVENTS[:-1]:
                    async with asyncio.timeout(10):
                        assert await client.reader.readexactly(len(chunk(event))) == chunk(event)
                    step.release()
                step.release()
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.6):
                        await client.reader.readexactly(1)
                gateway.recorder.gate.set()
                rest = chunk(EVENTS[-1]) + b"0\r\n\r\n"
                assert await client.reader.readexactly(len(rest)) == rest
                assert gateway.recorder.rows[0].output_tokens == 12

    run(work())


def test_a_stream_cut_at_every_byte_comes_out_whole(tmp_path: Path) -> None:
    body = b"".join(EVENTS)

    async def work() -> None:
        at = 0  # where the next answer is cut

        async def script(_: Seen, writer: Writer) -> None:
            raw = STREAM_HEAD + chunk(body[:at] or b"\n") + chunk(body[at:]) + b"0\r\n\r\n"
            writer.write(raw[: len(STREAM_HEAD) + at])
            await asyncio.sleep(0)
            writer.write(raw[len(STREAM_HEAD) + at :])

        async with (
            ScriptedUpstream(script) as up,
            door(tmp_path, upstream_at(up.port)) as gateway,
            Client(gateway.port) as client,
        ):
            for at in range(1, len(body) - 1, 3):  # noqa: B007 - the script reads it
                answer = await client.ask(post(MESSAGE))
                assert answer.body == body
            assert {row.output_tokens for row in gateway.recorder.rows} == {12}
            assert {row.ended for row in gateway.recorder.rows} == {"complete"}

    run(work())


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_codings_stay_and_are_read(tmp_path: Path, coding: str) -> None:
    packed = gzip.compress if coding == "gzip" else zstandard.compress
    answer, request = packed(_ANSWER), packed(MESSAGE)

    async def work() -> None:
        async with (
            ScriptedUpstream(whole(answer, b"200 OK", b"Content-Encoding: " + coding.encode())) as up,
            door(tmp_path, upstream_at(up.port)) as gateway,
            Client(gateway.port) as client,
        ):
            got = await client.ask(post(request, "/v1/messages", f"Content-Encoding: {coding}"))
            assert got.body == answer
            assert up.seen[0].body == request
            row = gateway.recorder.rows[0]
            assert (row.model, row.input_tokens, row.output_tokens) == ("claude-haiku-4-5", 3, 4)

    run(work())


def test_a_bomb_stops_the_reading_and_not_the_passing(tmp_path: Path) -> None:
    async def work() -> None:
        bomb = gzip.compress(b"\0" * (9 << 20))
        async with (
            ScriptedUpstream(whole(_ANSWER)) as up,
            door(tmp_path, upstream_at(up.port), max_body_bytes=8 << 20) as gateway,
            Client(gateway.port) as client,
        ):
            got = await client.ask(post(bomb, "/v1/messages", "Content-Encoding: gzip"))
            assert got.status == 400
            assert not up.seen

    run(work())


def test_errors_pass_verbatim_and_cost_nothing(tmp_path: Path) -> None:
    body = b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'

    async def work() -> None:
        async with (
            ScriptedUpstream(whole(body, b"529 Overloaded", b"retry-after: 3")) as up,
            door(tmp_path, upstream_at(up.port)) as gateway,
            Client(gateway.port) as client,
        ):
            got = await client.ask(post(MESSAGE))
            assert (got.status, got.body) == (529, body)
            assert b"retry-after: 3" in got.head
            row = gateway.recorder.rows[0]
            assert (row.status, row.cost_usd, row.output_tokens) == (529, None, 0)

    run(work())


def test_probe_models_and_redirects(tmp_path: Path) -> None:
    async def work() -> None:
        async def script(seen: Seen, writer: Writer) -> None:
            if seen.head.startswith(b"HEAD"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")
            else:
                writer.write(b"HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")

        async with ScriptedUpstream(script) as up, door(tmp_path, upstream_at(up.port)) as gateway:
            async with Client(gateway.port) as client:
                client.writer.write(b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                head = await client.reader.readuntil(b"\r\n\r\n")
                assert b"Content-Length: 999" in head
                client.writer.write(b"GET /v1/models?limit=1000 HTTP/1.1\r\nHost: localhost\r\nx-api-key: k\r\n\r\n")
                head = await client.reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:1/")
            rows = await gateway.closed(2)
            assert [row.operation for row in rows] == ["probe", "models"]

    run(work())


def test_keep_alive_old_clients_and_many_in_a_row(tmp_path: Path) -> None:
    async def work() -> None:
        async with ScriptedUpstream(streamed) as up, door(tmp_path, upstream_at(up.port)) as gateway:
            async with Client(gateway.port) as client:
                client.writer.write(post(MESSAGE) + post(MESSAGE))  # pipelined
                for _ in range(2):
                    assert (await client.response()).body == b"".join(EVENTS)
            async with Client(gateway.port) as client:
                old = post(MESSAGE).replace(b"HTTP/1.1", b"HTTP/1.0", 1)
                answer = await client.ask(old)
                assert answer.body == b"".join(EVENTS)
                assert b"ransfer-" not in answer.head

    run(work())
