"""Bans, warnings, budgets, users, routes and edits, as a client sees them."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.gateway.door.harness import (
    EVENTS,
    MESSAGE,
    Client,
    ScriptedUpstream,
    door,
    post,
    run,
    streamed,
    upstream_at,
    whole,
)
from wiretell.gateway.config.values import Route, User

_CLAUDE = "User-Agent: claude-cli/2.1.91 (external, cli)"
_KEY = "wt-user-key"
_USER = User("dev-017", hashlib.sha256(_KEY.encode()).digest(), ("search-team",))


def _policy(folder: Path, *tables: str) -> Path:
    path = folder / "wiretell-policy.toml"
    path.write_text("schema = 1\n" + "\n".join(tables))
    return path


def _ban(day: str, effect: str = "ban") -> str:
    return (
        f'[[rule]]\nid = "r"\neffect = "{effect}"\nproduct = "claude-code"\nfrom = {day}\n'
        'reason = "Hidden channel"\ninstead = "the approved agent"\n'
    )


@pytest.mark.parametrize(("day", "status"), [("2020-01-01", 451), ("2099-01-01", 200)])
def test_a_ban_holds_from_its_day(tmp_path: Path, day: str, status: int) -> None:
    async def work() -> None:
        async with (
            ScriptedUpstream(whole(b"{}")) as up,
            door(tmp_path, upstream_at(up.port), policy=_policy(tmp_path, _ban(day))) as gateway,
            Client(gateway.port) as client,
        ):
            for path in ("/v1/messages", "/v1/messages/count_tokens"):
                answer = await client.ask(post(MESSAGE, path, _CLAUDE))
                assert answer.status == status
            other = await client.ask(post(MESSAGE, "/v1/messages", "User-Agent: other/1"))
            assert other.status == 200
            if status == 451:
                said = json.loads(answer.body)["error"]["message"]
                assert "Hidden channel" in said
                assert "the approved agent" in said
                assert b"x-should-retry: false" in answer.head
                row = gateway.recorder.rows[0]
                assert (row.decision, row.ended, row.status) == ("ban:r", "refused", 451)
                assert row.upstream is None
                assert len(up.seen) == 1

    run(work())


def test_a_warning_passes_and_is_said(tmp_path: Path) -> None:
    async def work() -> None:
        policy = _policy(tmp_path, _ban("2020-01-01", "warn"))
        async with (
            ScriptedUpstream(whole(b"{}")) as up,
            door(tmp_path, upstream_at(up.port), policy=policy) as gateway,
            Client(gateway.port) as client,
        ):
            answer = await client.ask(post(MESSAGE, "/v1/messages", _CLAUDE))
            assert answer.status == 200
            assert b"x-wiretell-warning: " in answer.head
            assert gateway.recorder.rows[0].decision == "warn:r"
            assert gateway.recorder.rows[0].warnings

    run(work())


@pytest.mark.parametrize("reason", ["Скрытый канал", "隐蔽信道 100%", "plain, 100% ASCII"])
def test_a_warning_of_any_script_reaches_the_client(tmp_path: Path, reason: str) -> None:
    async def work() -> None:
        policy = _policy(tmp_path, _ban("2020-01-01", "warn").replace("Hidden channel", reason))
        async with (
            ScriptedUpstream(whole(b"{}")) as up,
            door(tmp_path, upstream_at(up.port), policy=policy) as gateway,
            Client(gateway.port) as client,
        ):
            answer = await client.ask(post(MESSAGE, "/v1/messages", _CLAUDE))
            (said,) = [line for line in answer.head.split(b"\r\n") if line.startswith(b"x-wiretell-warning: ")]
            text = said.partition(b": ")[2].decode("ascii")
            if text.startswith("UTF-8''"):  # RFC 8187
                text = unquote(text.removeprefix("UTF-8''"), errors="strict")
            assert reason in text
            assert text == gateway.recorder.rows[0].warnings[0]

    run(work())


def test_a_policy_is_read_again_whole_or_not_at_all(tmp_path: Path) -> None:
    async def work() -> None:
        policy = _policy(tmp_path)
        async with ScriptedUpstream(whole(b"{}")) as up, door(tmp_path, upstream_at(up.port), policy=policy) as gateway:
            watch = gateway.parts.policy

            async def status() -> int:
                watch._looked = 0.0
                async with Client(gateway.port) as client:
                    return (await client.ask(post(MESSAGE, "/v1/messages", _CLAUDE))).status

            assert await status() == 200
            _policy(tmp_path, _ban("2020-01-01"))
            assert await status() == 451
            policy.write_text("schema = 1\n[[rule]]\nid = 'half'")
            assert await status() == 451
            assert "stays in force" in watch.fault
            policy.unlink()
            assert await status() == 451
            _policy(tmp_path)
            os.utime(policy, (1, 1))
            assert await status() == 200
            assert not watch.fault

    run(work())


def test_a_hundred_in_parallel_cannot_overspend(tmp_path: Path) -> None:
    async def work() -> None:
        policy = _policy(tmp_path, '[[budget]]\nwho = "user:*"\nrequests = 30\nper = "day"')
        async with (
            ScriptedUpstream(streamed) as up,
            door(tmp_path, upstream_at(up.port, key="up"), policy=policy, users=(_USER,)) as gateway,
        ):

            async def one() -> int:
                async with Client(gateway.port) as client:
                    return (await client.ask(post(MESSAGE, "/v1/messages", f"x-api-key: {_KEY}"))).status

            statuses = await asyncio.gather(*(one() for _ in range(100)))
            assert sorted(statuses) == [200] * 30 + [429] * 70
            assert len(up.seen) == 30
            row = next(row for row in gateway.recorder.rows if row.status == 429)
            assert row.decision
            assert row.decision.startswith("budget:")
            standings = await gateway.parts.budgets._counters.all()
            assert [(each.spent, each.reserved) for each in standings] == [(30, 0)]

    run(work())


def test_money_is_settled_for_what_was_used(tmp_path: Path) -> None:
    async def work() -> None:
        policy = _policy(tmp_path, '[[budget]]\nwho = "org"\nusd = 1\nper = "day"')
        async with ScriptedUpstream(streamed) as up, door(tmp_path, upstream_at(up.port), policy=policy) as gateway:
            async with Client(gateway.port) as client:
                await client.ask(post(MESSAGE))
            row = gateway.recorder.rows[0]
            assert row.cost_usd is not None
            standings = await gateway.parts.budgets._counters.all()
            assert [(each.spent, each.reserved) for each in standings] == [(round(row.cost_usd * 1e6), 0)]

    run(work())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ((), 401),
        (("x-api-key: wrong",), 401),
        ((f"x-api-key: {_KEY}",), 200),
        ((f"Authorization: Bearer {_KEY}",), 200),
        ((f"x-api-key: {_KEY}", f"Authorization: Bearer {_KEY}"), 200),
        ((f"x-api-key: {_KEY}", "Authorization: Bearer other"), 401),
        ((f"x-wiretell-key: {_KEY}", "x-api-key: other"), 200),
        (("x-wiretell-key: wrong", f"x-api-key: {_KEY}"), 401),
    ],
)
def test_users_and_keys(tmp_path: Path, headers: tuple[str, ...], status: int) -> None:
    async def work() -> None:
        async with (
            ScriptedUpstream(whole(b"{}")) as up,
            door(tmp_path, upstream_at(up.port, key="upstream-key"), users=(_USER,)) as gateway,
        ):
            async with Client(gateway.port) as client:
                answer = await client.ask(post(MESSAGE, "/v1/messages", *headers))
            assert answer.status == status
            if status == 200:
                assert _KEY.encode() not in up.seen[0].head
                assert b"upstream-key" in up.seen[0].head
                row = gateway.recorder.rows[0]
                assert (row.user, row.groups, row.account) == ("dev-017", ("search-team",), "upstream:anthropic")
                assert _KEY not in str(row)
            else:
                assert not up.seen
                assert not gateway.recorder.closings

    run(work())


def test_a_users_key_passes_to_an_upstream_without_one_of_its_own(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            ScriptedUpstream(whole(b"{}")) as up,
            door(tmp_path, upstream_at(up.port), users=(_USER,)) as gateway,
            Client(gateway.port) as client,
        ):
            own = await client.ask(post(MESSAGE, "/v1/messages", f"x-api-key: {_KEY}"))
            assert own.status == 200
            assert f"x-api-key: {_KEY}".encode() in up.seen[0].head
            both = await client.ask(post(MESSAGE, "/v1/messages", f"x-wiretell-key: {_KEY}", "x-api-key: theirs"))
            assert both.status == 200
            assert _KEY.encode() not in up.seen[1].head
            assert b"x-api-key: theirs" in up.seen[1].head
            assert [row.user for row in gateway.recorder.rows] == ["dev-017", "dev-017"]
            assert _KEY not in str(gateway.recorder.rows)

    run(work())


@pytest.mark.parametrize(
    ("host", "headers", "status"),
    [
        ("127.0.0.1:8484", (), 200),
        ("localhost", (), 200),
        ("[::1]:1", (), 200),
        ("evil.example", (), 403),
        ("127.0.0.1.evil.example", (), 403),
        ("gateway.internal", (), 200),
        ("localhost", ("Origin: https://evil.example",), 403),
        ("localhost", ("Origin: null",), 403),
        ("localhost", ("Origin: http://localhost:8484",), 200),
        ("localhost", ("x-api-key: a", "Authorization: Bearer b"), 401),
    ],
)
def test_keyless_loopback(tmp_path: Path, host: str, headers: tuple[str, ...], status: int) -> None:
    async def work() -> None:
        async with (
            ScriptedUpstream(whole(b"{}")) as up,
            door(tmp_path, upstream_at(up.port), hosts=("gateway.internal",)) as gateway,
            Client(gateway.port) as client,
        ):
            answer = await client.ask(post(MESSAGE, "/v1/messages", *headers, host=host))
            assert answer.status == status

    run(work())


def test_too_large_is_413_before_all_of_it_came(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            ScriptedUpstream(whole(b"{}")) as up,
            door(tmp_path, upstream_at(up.port), max_body_bytes=1 << 20) as gateway,
        ):
            async with Client(gateway.port) as client:
                head = b"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999999\r\n\r\n"
                answer = await client.ask(head)
                assert answer.status == 413
            async with Client(gateway.port) as client:
                client.writer.write(
                    b"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                )
                for _ in range(20):
                    client.writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                assert (await client.response()).status == 413
            assert not up.seen

    run(work())


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"model":"a","model":"b"}', b"\xff"])
def test_a_body_that_is_no_request_is_400(tmp_path: Path, body: bytes) -> None:
    async def work() -> None:
        async with (
            ScriptedUpstream(whole(b"{}")) as up,
            door(tmp_path, upstream_at(up.port)) as gateway,
            Client(gateway.port) as client,
        ):
            assert (await client.ask(post(body))).status == 400
            assert not up.seen
            (row,) = gateway.recorder.rows
            assert (row.decision, row.ended, row.status) == ("refused:bad-request", "refused", 400)

    run(work())


def test_what_strangers_send_is_not_recorded(tmp_path: Path) -> None:
    user = User("dev-001", hashlib.sha256(b"own-key").digest())

    async def work() -> None:
        async with (
            ScriptedUpstream(whole(b"{}")) as up,
            door(tmp_path, upstream_at(up.port, key="theirs"), users=(user,), max_body_bytes=1 << 20) as gateway,
            Client(gateway.port) as client,
        ):
            assert (await client.ask(post(b"{", "/v1/messages", "x-api-key: no"))).status == 401
            assert not gateway.recorder.closings
            assert (await client.ask(post(b"{", "/v1/messages", "x-api-key: own-key"))).status == 400
            assert (await client.ask(post(b" " * (2 << 20), "/v1/messages", "x-api-key: own-key"))).status == 413
            assert [row.decision for row in gateway.recorder.rows] == ["refused:bad-request", "refused:too-large"]
            assert {row.user for row in gateway.recorder.rows} == {"dev-001"}

    run(work())


def test_every_row_reaches_the_live_feed_and_the_numbers(tmp_path: Path) -> None:
    async def work() -> None:
        async with ScriptedUpstream(streamed) as up, door(tmp_path, upstream_at(up.port)) as gateway:
            async with Client(gateway.port) as client:
                await client.ask(post(MESSAGE))
                await client.ask(post(b"{"))
            assert [row.status for row in gateway.parts.live.recent()] == [200, 400]
            text = gateway.metrics.render(gateway.recorder.state(), ()).decode()
            assert 'in_flight_requests{protocol="anthropic-messages"} 0.0' in text
            assert EVENTS

    run(work())


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: -5",
        "Transfer-Encoding: xchunked",
        "X: " + "a" * 400_000,
    ],
)
def test_what_two_sides_could_read_differently_is_refused(tmp_path: Path, head: str) -> None:
    async def work() -> None:
        async with (
            ScriptedUpstream(whole(b"{}")) as up,
            door(tmp_path, upstream_at(up.port)) as gateway,
            Client(gateway.port) as client,
        ):
            answer = await client.ask(f"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n".encode())
            assert answer.status == 400
            assert not up.seen

    run(work())


@pytest.mark.parametrize("path", ["//v1/messages", "/v1/../v1/messages", "/v1/%6dessages", "/v1/messages/", "/x"])
def test_paths_that_nobody_serves_are_404_and_say_what_is(tmp_path: Path, path: str) -> None:
    async def work() -> None:
        async with (
            ScriptedUpstream(whole(b"{}")) as up,
            door(tmp_path, upstream_at(up.port)) as gateway,
            Client(gateway.port) as client,
        ):
            answer = await client.ask(post(MESSAGE, path))
            assert answer.status == 404
            assert "POST /v1/messages" in json.loads(answer.body)["serves"]
            assert answer.head.lower().count(b"content-length") == 1
            refused = await client.ask(post(b"{"))
            assert refused.head.lower().count(b"content-length") == 1
            assert not up.seen

    run(work())


def test_an_official_host_by_its_own_name_gets_everything(tmp_path: Path) -> None:
    """As `wiretell run --official` sets it up: the name is among `hosts`, and is the upstream's."""

    async def work() -> None:
        async with ScriptedUpstream(whole(b"{}")) as up:
            async with (
                door(tmp_path, upstream_at(up.port), hosts=("127.0.0.1",)) as gateway,
                Client(gateway.port) as client,
            ):
                answer = await client.ask(b"GET /api/hello?a=%20 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert answer.status == 200
            assert up.seen[0].head.startswith(b"GET /api/hello?a=%20 HTTP/1.1\r\n")
            row = gateway.recorder.rows[0]
            assert (row.protocol, row.operation, row.upstream) == ("", "other", "anthropic")

    run(work())


def test_no_route_leads_to_a_banned_model(tmp_path: Path) -> None:
    policy = _policy(tmp_path, '[[rule]]\nid = "m"\neffect = "ban"\nmodel = "claude-opus-*"\n')

    async def work() -> None:
        routes = (Route("anthropic/claude-opus-5", model="claude-haiku-*"),)
        async with (
            ScriptedUpstream(whole(b"{}")) as up,
            door(tmp_path, upstream_at(up.port), policy=policy, routes=routes) as gateway,
            Client(gateway.port) as client,
        ):
            assert (await client.ask(post(MESSAGE))).status == 451
            assert not up.seen

    run(work())
