"""`wiretell run` as a user types it: a real gateway, a stand-in for an agent, a made-up vendor on loopback."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pyarrow.parquet
import pytest

from tests.gateway.running.test_run import AGENT, CLEAN
from wiretell.gateway.log import Store

ANSWER = (
    b'{"id":"m","type":"message","role":"assistant","model":"claude-x","content":[{"type":"text","text":"hello"}],'
    b'"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":2}}'
)


@pytest.fixture
def vendor() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(ANSWER)))
            self.end_headers()
            self.wfile.write(ANSWER)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_an_agent_said_is_on_record_when_it_has_ended(vendor: str, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "claude"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{AGENT}" "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    config = tmp_path / "gateway.toml"
    config.write_text(
        f'schema = 1\nlog = "record"\n[upstream.vendor]\nprotocol = "anthropic-messages"\nbase_url = "{vendor}"\n'
    )
    env = CLEAN | {"PATH": f"{program.parent}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "wiretell.cli", "run", "--config", str(config), "--", "claude", "model"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.encode()) == (0, ANSWER + b"\n"), done.stderr
    (line,) = done.stderr.splitlines()
    assert line.endswith(f"Record: {tmp_path / 'record'}.")
    rows = pyarrow.parquet.ParquetDataset([str(path) for path in (tmp_path / "record").glob("*/*.parquet")]).read()
    (row,) = rows.to_pylist()
    assert (row["client"], row["client_version"], row["status"]) == ("claude-code", "2.1.91", 200)
    with Store(tmp_path / "record") as store:
        stored = store.exchange(row["exchange_id"])
    assert stored.response_body == ANSWER
    assert b'"content": "hi"' in stored.request_body
