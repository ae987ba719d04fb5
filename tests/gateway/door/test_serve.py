"""The whole gateway as a process: started, told to end, killed and started again."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.gateway.door.harness import (
    EVENTS,
    MESSAGE,
    STREAM_HEAD,
    Client,
    ScriptedUpstream,
    Seen,
    Writer,
    chunk,
    post,
    run,
    streamed,
)
from wiretell import cli
from wiretell.gateway.log import Store

_BUDGET = 'schema = 1\n[[budget]]\nwho = "org"\ntokens = 1_000_000\nper = "month"\n'


def _write(folder: Path, port: int) -> Path:
    (folder / "policy.toml").write_text(_BUDGET)
    path = folder / "wiretell-gateway.toml"
    path.write_text(
        f'schema = 1\nlisten = "127.0.0.1:0"\nlog = "exchanges"\npolicy = "policy.toml"\n[upstream.a]\n'
        f'protocol = "anthropic-messages"\nbase_url = "http://127.0.0.1:{port}"\n'
    )
    return path


@asynccontextmanager
async def process(config: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, int, str]]:
    """Start a gateway; give its process, port and start line."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "wiretell.cli", "gateway", "--config", str(config),
        stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert started.stderr is not None
    try:
        line = ""
        while "listening on" not in line:
            line = (await started.stderr.readline()).decode()
            assert line, "it ended"
        found = re.search(r"listening on http://127\.0\.0\.1:(\d+)", line)
        assert found
        yield started, int(found[1]), line
    finally:
        with contextlib.suppress(ProcessLookupError):
            started.kill()
        await started.wait()


def test_started_told_to_end_and_everything_is_in_the_log(tmp_path: Path) -> None:
    async def work() -> None:
        async with ScriptedUpstream(lambda seen, writer: streamed(seen, writer, 0.02)) as up:
            config = _write(tmp_path, up.port)
            async with process(config) as (gateway, port, line), Client(port) as client:
                assert str(tmp_path / "exchanges") in line
                assert "(0 rules, 1 budget)" in line
                assert (await client.ask(post(MESSAGE))).body == b"".join(EVENTS)
                up.asked.clear()
                running = asyncio.create_task(client.ask(post(MESSAGE)))
                await up.asked.wait()
                gateway.send_signal(signal.SIGTERM)
                assert (await running).body == b"".join(EVENTS)  # a stream that runs may end first
                assert await gateway.wait() == 0
            with Store(tmp_path / "exchanges") as store:
                found = list(store.exchanges())
                assert [each.request_body for each in found] == [MESSAGE, MESSAGE]
                assert [each.response_body for each in found] == [b"".join(EVENTS)] * 2
                assert [each.sent_body for each in found] == [MESSAGE, MESSAGE]
                whole = {(each.row.request_sha256, each.row.sent_sha256) for each in found}
                assert whole == {(hashlib.sha256(MESSAGE).hexdigest(),) * 2}
                assert not any(each.lost for each in found)

    run(work(), 60)


def test_killed_with_a_stream_open_the_budget_is_settled_for_what_was_seen(tmp_path: Path) -> None:
    async def hanging(seen: Seen, writer: Writer) -> None:
        writer.write(STREAM_HEAD + b"".join(map(chunk, EVENTS[:3])))
        await writer.drain()
        await seen.left.wait()

    async def work() -> None:
        async with ScriptedUpstream(hanging) as up:
            config = _write(tmp_path, up.port)
            async with process(config) as (gateway, port, _), Client(port) as client:
                client.writer.write(post(MESSAGE))
                await client.reader.readuntil(b"hello")
                await asyncio.sleep(0.3)
                gateway.kill()
                await gateway.wait()
            async with process(config) as (gateway, _, line):
                assert "1 exchange of an earlier run was unfinished" in line
                gateway.send_signal(signal.SIGTERM)
                await gateway.wait()
        with sqlite3.connect(tmp_path / "exchanges" / "budgets.sqlite") as db:
            ((spent, reserved),) = db.execute("SELECT spent, reserved FROM counter").fetchall()
        assert reserved == 0
        assert 35 < spent < 60  # 25 + 7 + 3 of the prompt, and what little was said
        with Store(tmp_path / "exchanges") as store:
            assert [each.row.ended for each in store.exchanges()] == ["unfinished"]

    run(work(), 60)


def test_check_config(tmp_path: Path, capsys: object) -> None:
    config = _write(tmp_path, 1)
    assert cli.run(["gateway", "--config", str(config), "--check-config"]) == 0
    assert not (tmp_path / "exchanges").exists()
    (tmp_path / "policy.toml").write_text("schema = 1\n[[rule]]\nid = 'x'")
    assert cli.run(["gateway", "--config", str(config), "--check-config"]) == 2
    assert cli.run(["gateway", "--listen", "0.0.0.0:1", "--log", str(tmp_path / "l"), "--check-config"]) == 2
    assert cli.run(["gateway", "--listen", "nonsense", "--check-config"]) == 2


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    async def work() -> None:
        async with ScriptedUpstream(streamed) as up:
            config = _write(tmp_path, up.port)
            config.write_text(config.read_text().replace("127.0.0.1:0", f"127.0.0.1:{up.port}"))
            ended = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "wiretell.cli", "gateway", "--config", str(config),
                stderr=asyncio.subprocess.PIPE, env={**os.environ},
            )  # fmt: skip
            _, said = await ended.communicate()
            assert ended.returncode == 2
            assert said.decode().count("\n") == 1
            assert "name another with --listen" in said.decode()

    run(work(), 60)
