"""Requests that mean one thing to the gateway and another to an upstream, or lead its key elsewhere."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gateway.door.harness import (
    MESSAGE,
    Client,
    ScriptedUpstream,
    Seen,
    Writer,
    chunk,
    door,
    post,
    read_message,
    run,
    upstream_at,
    whole,
)
from wiretell.gateway.config.values import Upstream, User
from wiretell.gateway.door import server
from wiretell.gateway.door.app import resembles
from wiretell.gateway.door.upstream import HttpUpstreams, Question, UpstreamError, _bytes, _url
from wiretell.gateway.protocols import find

_INNER = b'POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 18\r\n\r\n{"model":"banned"}'


@pytest.mark.parametrize(
    "named",
    [
        *("transfer-encoding", "Transfer-Encoding", "close, content-length", "host", "authorization", "x-api-key"),
        *("x-wiretell-key", "cookie", "user-agent", "content-encoding", "keep-alive\r\nConnection: transfer-encoding"),
    ],
)
def test_connection_cannot_take_away_what_was_decided_on(tmp_path: Path, named: str) -> None:
    async def work() -> None:
        async with (
            ScriptedUpstream(whole(b"{}")) as up,
            door(tmp_path, upstream_at(up.port, key="theirs")) as gateway,
            Client(gateway.port) as client,
        ):
            head = f"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nx-api-key: k\r\nConnection: {named}\r\n"
            client.writer.write(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(_INNER) + b"0\r\n\r\n")
            assert (await client.response()).status == 400
            assert not up.seen

    run(work())


def test_what_is_sent_is_framed_by_the_body_that_was_read(tmp_path: Path) -> None:
    """A body where none is usual stays a body: the upstream sees one request."""

    async def work() -> None:
        async with (
            ScriptedUpstream(whole(b"{}")) as up,
            door(tmp_path, upstream_at(up.port)) as gateway,
            Client(gateway.port) as client,
        ):
            head = b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nx-api-key: k\r\nTransfer-Encoding: chunked\r\n\r\n"
            await client.ask(head + chunk(_INNER[:9]) + chunk(_INNER[9:]) + b"0\r\n\r\n")
            await client.ask(post(MESSAGE))
            assert [seen.body for seen in up.seen] == [_INNER, MESSAGE]
            assert b"Content-Length: %d\r\n" % len(_INNER) in up.seen[0].head
            assert b"ransfer-" not in up.seen[0].head

    run(work())


_NAMES = st.sampled_from([b"Content-Length", b"content-length", b"Transfer-Encoding", b"X-A", b"Host"])


@given(st.lists(st.tuples(_NAMES, st.sampled_from([b"0", b"7", b"chunked", b""])), max_size=6), st.binary(max_size=40))
def test_every_question_is_framed_once(headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    async def read(sent: bytes) -> tuple[bytes, bytes, bytes]:
        reader = asyncio.StreamReader()
        reader.feed_data(sent)
        reader.feed_eof()
        return (*await read_message(reader), await reader.read())

    question = Question("POST", "http://127.0.0.1:1", "/v1/messages", headers, body)
    head, got, rest = run(read(b"".join(_bytes(question))))
    assert (head, got, rest) == (question.head, body, b"")


@pytest.mark.parametrize("value", [b"a\r\nContent-Length: 3", b"a\nb", b"a\rb"])
def test_a_head_that_could_be_read_otherwise_is_not_sent(value: bytes) -> None:
    with pytest.raises(ValueError, match="framed once"):
        _bytes(Question("POST", "http://127.0.0.1:1", "/v1/messages", [(b"X-A", value)], b"abc"))


@pytest.mark.parametrize("below", ["pany://x/y", "@evil.test/", "evil.test", ":1/", "*", ""])
def test_no_target_leads_the_key_to_another_host(below: str) -> None:
    with pytest.raises(ValueError, match="slash"):
        Question("GET", "https://api.example.com", below, [])


@pytest.mark.parametrize("below", ["//evil.test/x", "/@evil.test/", "/a?b=c&d=%2F", "/\\evil.test", "/a#b"])
def test_urls_are_built_of_parts(below: str) -> None:
    url = _url(Question("GET", "https://api.example.com:8443/v1", below, []))
    assert (url.host, url.port, url.scheme) == ("api.example.com", 8443, "https")
    assert url.raw_path.startswith("/v1/")


@pytest.mark.parametrize("target", ["pany://x/y", "*", "http://evil.test/x", "http://127.0.0.1/v1/messages"])
def test_a_target_is_a_path(tmp_path: Path, target: str) -> None:
    async def work() -> None:
        async with (
            ScriptedUpstream(whole(b"{}")) as up,
            door(tmp_path, upstream_at(up.port), hosts=("127.0.0.1",)) as gateway,
            Client(gateway.port) as client,
        ):
            answer = await client.ask(f"OPTIONS {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            assert answer.status == 400
            assert not up.seen

    run(work())


_OTHER = "GET /api/hello"
_LOOSE = (
    *("//v1/messages", "/v1/messages/", "/v1/%6dessages", "/v1/%256dessages", "/V1/Messages", "/v1/./messages", "/%"),
    *(
        "/x/../v1/messages",
        "/v1/messages;a=b",
        "/v1%2Fmessages",
        "/v1\\messages",
        "/v1/x/%2e%2e/messages",
        "/v1/messages#x",
    ),
    *("/v1beta/models/m:GENERATECONTENT", "/v1beta//models/m:generateContent", "/chat/completions/", "/v1/messages%20"),
)


@pytest.mark.parametrize("target", _LOOSE)
def test_loose_spellings_of_served_paths_are_known(target: str) -> None:
    assert find("POST", target) is None
    assert resembles("POST", target)


@pytest.mark.parametrize("target", ["/api/hello?a=%20", "/v1/messages/batches", "/", "/v1/files/a%20b", "/v1/complete"])
def test_other_paths_are_others(target: str) -> None:
    assert not resembles("POST", target)


@pytest.mark.parametrize(
    ("upstream", "more", "asked", "status"),
    [
        ({}, {}, _OTHER, 200),
        ({}, {}, "POST //v1/messages", 404),
        ({"key": "theirs"}, {}, _OTHER, 404),
        ({}, {"users": (User("u", hashlib.sha256(b"k").digest()),)}, _OTHER, 404),
        ({}, {"policy": "p.toml"}, _OTHER, 404),
    ],
)
def test_other_paths_pass_only_where_nothing_is_decided(
    tmp_path: Path, upstream: dict[str, Any], more: dict[str, Any], asked: str, status: int
) -> None:
    if "policy" in more:
        (tmp_path / "p.toml").write_text("schema = 1\n")
        more = {"policy": tmp_path / "p.toml"}

    async def work() -> None:
        async with (
            ScriptedUpstream(whole(b"{}")) as up,
            door(tmp_path, upstream_at(up.port, **upstream), hosts=("127.0.0.1",), **more) as gateway,
            Client(gateway.port) as client,
        ):
            head = f"{asked} HTTP/1.1\r\nHost: 127.0.0.1\r\nx-api-key: k\r\nContent-Length: 0\r\n\r\n"
            assert (await client.ask(head.encode())).status == status
            assert len(up.seen) == (status == 200)

    run(work())


def test_a_listing_whose_body_cannot_be_read_is_refused(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            ScriptedUpstream(whole(b"{}")) as up,
            door(tmp_path, upstream_at(up.port)) as gateway,
            Client(gateway.port) as client,
        ):
            head = b"GET /v1/models HTTP/1.1\r\nHost: a.localhost\r\nx-api-key: k\r\nContent-Encoding: gzip\r\n"
            assert (await client.ask(head + b"Content-Length: 2\r\n\r\n{}")).status == 400
            assert not up.seen

    run(work())


def test_trailers_are_no_headers(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            ScriptedUpstream(whole(b"{}")) as up,
            door(tmp_path, upstream_at(up.port)) as gateway,
            Client(gateway.port) as client,
        ):
            head = b"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            client.writer.write(head)
            await asyncio.sleep(0.05)
            client.writer.write(chunk(MESSAGE) + b"0\r\nX-Api-Key: late\r\nHost: evil.test\r\n\r\n")
            assert (await client.response()).status == 200
            assert b"late" not in up.seen[0].head
            row = gateway.recorder.rows[0]
            opening = gateway.recorder.openings[row.exchange_id]
            assert opening.head == head[:-2]
            assert (await client.ask(post(MESSAGE, "/v1/messages", "X-Api-Key: mine"))).status == 200
            assert b"X-Api-Key: mine" in up.seen[1].head

    run(work())


@pytest.mark.parametrize("framing", ["length", "chunks"])
@pytest.mark.parametrize("pieces", [1, 30])
def test_an_upgrade_to_anything_else_is_ignored(tmp_path: Path, framing: str, pieces: int) -> None:
    """The body is read as a body, and not as the next request."""
    body = b'{"model":"m","x":"GET / HTTP/1.1\\r\\n"}'
    head = (
        b"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        b"HTTP2-Settings: AAMAAABk\r\nX-Mine: 1\r\n"
    )
    framed = b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    if framing == "chunks":
        framed = b"Transfer-Encoding: chunked\r\n\r\n" + chunk(body[:5]) + chunk(body[5:]) + b"0\r\n\r\n"

    async def work() -> None:
        async with (
            ScriptedUpstream(whole(b"{}")) as up,
            door(tmp_path, upstream_at(up.port)) as gateway,
            Client(gateway.port) as client,
        ):
            whole_request = head + framed
            for _ in range(2):
                size = -(-len(whole_request) // pieces)
                for at in range(0, len(whole_request), size):
                    client.writer.write(whole_request[at : at + size])
                    await asyncio.sleep(0.001)
                assert (await client.response()).status == 200
            assert [seen.body for seen in up.seen] == [body, body]
            assert b"Upgrade" not in up.seen[0].head
            assert b"X-Mine: 1\r\n" in up.seen[0].head
            (opening, _) = gateway.recorder.openings.values()
            assert b"\r\nUpgrade: h2c\r\n" in opening.head

    run(work())


def test_requests_behind_upgrades_in_one_piece_are_answered_in_turn(tmp_path: Path) -> None:
    ask = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"
    socket = ask.replace(b"Upgrade: x", b"Upgrade: websocket")

    async def work() -> None:
        async with door(tmp_path, upstream_at(1)) as gateway, Client(gateway.port) as client:
            client.writer.write(ask * 3 + socket + post(b"", "/nothing") + b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n")
            assert [(await client.response()).status for _ in range(6)] == [200, 200, 200, 200, 404, 400]
            assert await client.reader.read() == b""

    run(work())


@pytest.mark.parametrize(
    "header", ["User-Agent: a\r\nUser-Agent: b", "Host: a", "Content-Encoding: gzip\r\ncontent-encoding: x"]
)
def test_what_is_decided_on_stands_there_once(tmp_path: Path, header: str) -> None:
    async def work() -> None:
        async with (
            ScriptedUpstream(whole(b"{}")) as up,
            door(tmp_path, upstream_at(up.port)) as gateway,
            Client(gateway.port) as client,
        ):
            assert (await client.ask(post(MESSAGE, "/v1/messages", header))).status == 400
            assert not up.seen

    run(work())


@pytest.mark.parametrize(
    ("cookie", "sent"),
    [
        ("wiretell=secret", None),
        ("a=1; wiretell=secret; b=2", "a=1; b=2"),
        ("__Host-wiretell=secret;c=3", "c=3"),
        ("wiretell-theme=dark; xwiretell=1", "wiretell-theme=dark; xwiretell=1"),
    ],
)
def test_the_pages_cookie_stays_here(tmp_path: Path, cookie: str, sent: str | None) -> None:
    async def work() -> None:
        async with (
            ScriptedUpstream(whole(b"{}")) as up,
            door(tmp_path, upstream_at(up.port)) as gateway,
            Client(gateway.port) as client,
        ):
            await client.ask(post(MESSAGE, "/v1/messages", f"Cookie: {cookie}"))
            lines = [line for line in up.seen[0].head.split(b"\r\n") if line.startswith(b"Cookie:")]
            assert lines == ([] if sent is None else [f"Cookie: {sent}".encode()])

    run(work())


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (b"HTTP/1.1 200", b"HTTP/1.1 200 OK"),
        (b"HTTP/1.1 999 ", b"HTTP/1.1 999 "),
        (b"HTTP/1.1 999", b"HTTP/1.1 999 "),
        (b"HTTP/1.1 600 Odd", b"HTTP/1.1 600 Odd"),
        (b"HTTP/1.1 200 O\x1b[31mK\xff\x07", b"HTTP/1.1 200 O[31mK\xff"),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade", b"HTTP/1.1 502 Bad Gateway"),
    ],
)
def test_odd_statuses_pass(tmp_path: Path, line: bytes, wanted: bytes) -> None:
    async def script(_: Seen, writer: Writer) -> None:
        writer.write(line + b"\r\nContent-Length: 2\r\n\r\n{}")

    async def work() -> None:
        async with (
            ScriptedUpstream(script) as up,
            door(tmp_path, upstream_at(up.port)) as gateway,
            Client(gateway.port) as client,
        ):
            answer = await client.ask(post(MESSAGE))
            assert answer.head.partition(b"\r\n")[0] == wanted

    run(work())


@pytest.mark.parametrize("sent", [b"", b"\r\n", b"POST /v1/mess", b"POST /healthz HTTP/1.1\r\nX: 1\r\n"])
def test_a_head_must_come_in_time_however_slowly_it_drips(
    tmp_path: Path, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits is told so; who drips on may lose the sentence, by a reset, but not keep the connection."""
    monkeypatch.setattr(server, "HEAD_S", 0.3)
    wanted = b"HTTP/1.1 408 " if sent.strip() else b""

    async def work() -> None:
        healthy = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        async with door(tmp_path, upstream_at(1)) as gateway:
            for first, drips in itertools.product((b"", healthy), (False, True)):
                async with Client(gateway.port) as client:
                    if first:
                        assert (await client.ask(first)).status == 200
                        if not sent:
                            continue  # idle between two requests
                    client.writer.write(sent)
                    await _ended(client, drips=drips)

    async def _ended(client: Client, *, drips: bool) -> None:
        drip = asyncio.create_task(_drip(client)) if drips else None
        try:
            async with asyncio.timeout(10):
                said = await client.reader.read()
            assert said.startswith(wanted)
            assert bool(said) == bool(wanted)
        except ConnectionResetError:
            assert drips  # what comes after the end takes away what was said and not yet read
        finally:
            if drip is not None:
                drip.cancel()

    async def _drip(client: Client) -> None:
        while client_sends := sent.strip():
            await asyncio.sleep(0.05)
            client.writer.write(client_sends[:1].lower())

    run(work())


def test_a_body_that_stalls_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wiretell.gateway.door.asking.BODY_IDLE_S", 0.2)
    user = User("u", hashlib.sha256(b"k").digest())

    async def work() -> None:
        up = Upstream("a", ("anthropic-messages",), "http://127.0.0.1:1")
        async with door(tmp_path, up, users=(user,)) as gateway, Client(gateway.port) as client:
            client.writer.write(post(MESSAGE, "/v1/messages", "x-api-key: k")[:-10])
            answer = await client.response()
            assert answer.status == 408
            assert await client.reader.read() == b""
            assert gateway.recorder.rows[0].ended == "refused"

    run(work())


def test_an_unasked_change_of_protocol_is_no_answer() -> None:
    async def script(_: Seen, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")

    async def work() -> None:
        async with ScriptedUpstream(script) as up:
            clients = HttpUpstreams(connect_timeout_s=1, idle_timeout_s=1)
            with pytest.raises(UpstreamError, match="nobody had asked"):
                await clients.ask(Question("GET", f"http://127.0.0.1:{up.port}", "/", []))
            await clients.close()

    run(work())
