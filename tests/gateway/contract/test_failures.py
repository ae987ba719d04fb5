"""What is durable, what is refused when it cannot be, and Codex's WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import aiohttp
from aiohttp import web

from tests.gateway.contract.hosts import serving
from tests.gateway.contract.outside import CLAUDE, Gateway, gateway, read_rows, upstreams
from wiretell.bench.gateway.processes import free_port, running
from wiretell.bench.gateway.servers import gateway_command

LIMITED = ("bash", "-c", 'ulimit -f 200; exec "$@"', "limited")
"""Files of at most 200 KB: what a full disk is, for one process and all below it."""


def _ask_12(door: Gateway) -> list[int]:
    """Ask twelve times with 120 KB that no packing makes less than half."""
    return [door.messages("m", metadata=os.urandom(60_000).hex()).status for _ in range(12)]


def _dropped(door: Gateway) -> float:
    """Return the visible counter of what was lost."""
    metrics = door.ask("/metrics").body.decode().splitlines()
    return sum(float(line.split()[-1]) for line in metrics if line.startswith("wiretell_log_dropped_total"))


def test_what_cannot_be_recorded_is_507(tmp_path: Path) -> None:
    """`on_log_failure = "refuse"` is the default; whatever was sent is in the log."""
    with serving() as host, gateway(tmp_path, "", upstreams(host), prefix=LIMITED) as door:
        statuses = _ask_12(door)
        assert statuses[0] == 200
        assert set(statuses) == {200, 507}
        answer = door.messages("m", metadata=os.urandom(60_000).hex())
        assert answer.status == 507
        assert answer.json()["type"] == "error"
        assert answer.headers["x-should-retry"] == "false"
        asked, dropped = len(host.asked), _dropped(door)
    with serving() as host, gateway(tmp_path, "", upstreams(host)):
        pass
    rows = read_rows(tmp_path / "exchanges")
    assert sum(row["status"] == 200 for row in rows) >= statuses.count(200)
    sent = sum(row["upstream"] is not None for row in rows)
    assert sent + dropped == asked, "what was sent, and paid, is in the log, or counted"


def test_what_cannot_be_recorded_passes_where_the_file_says_so(tmp_path: Path) -> None:
    """And is counted as dropped, or there when there is room again. Never silently lost."""
    with serving() as host, gateway(tmp_path, 'on_log_failure = "pass"', upstreams(host), prefix=LIMITED) as door:
        assert _ask_12(door) == [200] * 12
        dropped = _dropped(door)
    with serving() as host, gateway(tmp_path, "", upstreams(host)):
        pass
    assert len(read_rows(tmp_path / "exchanges")) + dropped == 12


def test_an_exchange_is_durable_before_its_last_byte(tmp_path: Path) -> None:
    """kill -9 of everything at the moment the answer is there; the log of the next start has it, once."""
    (tmp_path / "x").mkdir()
    with serving() as host:
        port = free_port()
        text = f'schema = 1\nlisten = "127.0.0.1:{port}"\nlog = "exchanges"\n{upstreams(host)}'
        (tmp_path / "gateway.toml").write_text(text)
        command = gateway_command("gateway.toml")
        with running("gateway", command, port, folder=tmp_path) as server:
            door = Gateway(port, tmp_path)
            for number in range(5):
                assert door.messages("m", ("x-claude-code-session-id", f"s{number}")).status == 200
            for pid in server.pids():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            server.process.wait(10)
        with running("gateway", command, port, folder=tmp_path):
            pass
    assert sorted(row["session"] for row in read_rows(tmp_path / "exchanges")) == [f"s{number}" for number in range(5)]


@contextlib.contextmanager
def _sockets() -> Iterator[tuple[int, list[str]]]:
    """A host that answers every message of a WebSocket at `/v1/responses` with two events."""
    heard: list[str] = []
    ready, loop, port = threading.Event(), asyncio.new_event_loop(), free_port()

    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            heard.append(message.data)
            await socket.send_str('{"type":"response.output_text.delta",  "delta":"H\\u0069"}')
            usage = '{"input_tokens":3000,"input_tokens_details":{"cached_tokens":2000},"output_tokens":300}'
            response = f'{{"id":"r","model":"gpt-5-mini","status":"completed","output":[],"usage":{usage}}}'
            await socket.send_str(f'{{"type":"response.completed","response":{response}}}')
        return socket

    async def main() -> None:
        app = web.Application()
        app.router.add_get("/v1/responses", serve)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        ready.set()
        await ended.wait()
        await runner.cleanup()

    ended = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(main()), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield port, heard
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        loop.close()


def test_codex_websocket_is_served_recorded_and_held_to_the_policy(tmp_path: Path) -> None:
    """Messages byte for byte both ways; a banned model gets an error and never reaches the host."""
    (tmp_path / "policy.toml").write_text(
        'schema = 1\n[[rule]]\nid = "b"\neffect = "ban"\nmodel = "banned-*"\nreason = "Not this one"\n'
    )

    async def talk(door: Gateway) -> tuple[list[str], str]:
        headers = {
            "authorization": "Bearer sk-own",
            "OpenAI-Beta": "responses_websockets=2026-02-06",
            "user-agent": "codex_exec/0.61.0",
        }
        good = '{"type":"response.create",  "model":"gpt-5-mini","input":"Hi","store":false,"unknown":[1.0]}'
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(
                f"ws://127.0.0.1:{door.port}/v1/responses", headers=headers, timeout=aiohttp.ClientWSTimeout(ws_close=5)
            ) as socket,
        ):
            await socket.send_str(good)
            answers = [await socket.receive_str(timeout=10) for _ in range(2)]
            await socket.send_str(good.replace("gpt-5-mini", "banned-1"))
            return [good, *answers], str((await socket.receive(timeout=10)).data)

    with _sockets() as (port, heard):
        tables = f'[upstream.openai]\nprotocol = "openai-responses"\nbase_url = "http://127.0.0.1:{port}/v1"\n'
        with gateway(tmp_path, 'policy = "policy.toml"', tables) as door:
            (good, first, second), refused = asyncio.run(talk(door))
    assert heard == [good]
    assert first == '{"type":"response.output_text.delta",  "delta":"H\\u0069"}'
    assert "response.completed" in second
    assert "Not this one" in refused
    rows = read_rows(tmp_path / "exchanges")
    assert sorted((row["model"], row["decision"], row["output_tokens"]) for row in rows) == [
        ("banned-1", "ban:b", 0),
        ("gpt-5-mini", "pass", 300),
    ]


def test_no_configuration_is_loopback_and_record_only(tmp_path: Path) -> None:
    """Every protocol to its official host: said at the start, with nothing sent. `/ui`, and a probe for balancers."""
    port = free_port()
    command = (*gateway_command("")[:4], "--listen", f"127.0.0.1:{port}", "--log", "exchanges")
    with running("gateway", command, port, folder=tmp_path):
        door = Gateway(port, tmp_path)
        assert door.ask("/healthz").status == 200
        page = door.ask("/ui")
        assert page.status in {200, 302, 303, 307, 308}
        assert door.ask("/ui", headers=[("user-agent", CLAUDE)], host="evil.example").status == 403
    said = (tmp_path / "gateway.out").read_text()
    for host in ("api.anthropic.com", "api.openai.com", "generativelanguage.googleapis.com"):
        assert host in said
