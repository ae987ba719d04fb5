"""A gateway as a process of its own, and clients that see bytes."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as parquet

from wiretell.bench.gateway.processes import Server, free_port, running
from wiretell.bench.gateway.servers import gateway_command

_FILE: Final = """schema = 1
listen = "127.0.0.1:{port}"
log = "{log}"
{top}
[upstream.anthropic]
protocol = "anthropic-messages"
base_url = "http://127.0.0.1:{upstream}"
"""
BODY: Final = json.dumps(
    {
        "model": "claude-sonnet-4-5",
        "max_tokens": 100,
        "stream": True,
        "messages": [{"role": "user", "content": "Why does the test fail?"}],
    }
).encode()


@dataclass(slots=True)
class Gateway:
    """A running gateway, or one that was killed."""

    server: Server
    folder: Path
    log: Path

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.server.port

    def kill(self) -> None:
        """End it, its writer and whatever it started as no program can prevent."""
        for pid in self.server.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.server.process.wait(10)

    def metric(self, name: str) -> float:
        """Return a metric's value, summed over its labels; 0 where it is not there."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        found = [line for line in lines if re.match(rf"{name}(\{{|\s)", line)]
        return sum(float(line.rpartition(" ")[2]) for line in found)

    def said(self) -> str:
        """What it wrote to its standard error so far."""
        return (self.folder / "gateway.out").read_text(errors="replace")


@contextmanager
def started(
    folder: Path,
    upstream: int,
    top: str = "",
    *,
    prefix: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
    log: str = "exchanges",
) -> Iterator[Gateway]:
    """Start a gateway; `top` are lines of its file before the first table, `prefix` what starts it in its place."""
    folder.mkdir(exist_ok=True)
    port = free_port()
    (folder / "gateway.toml").write_text(_FILE.format(port=port, upstream=upstream, top=top, log=log))
    command = (*prefix, *gateway_command("gateway.toml"))
    with running("gateway", command, port, folder=folder, environment=environment) as server:
        yield Gateway(server, folder, folder / log)


def rows(log: Path) -> list[dict[str, Any]]:
    """Return every row of the log's Parquet."""
    return [row for path in sorted(log.glob("*/*.parquet")) for row in parquet.read_table(path).to_pylist()]


def check(log: Path) -> subprocess.CompletedProcess[str]:
    """Run `wiretell gateway check`."""
    program = gateway_command("")[:4]
    return subprocess.run([*program, "check", "--log", str(log)], capture_output=True, text=True, check=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client saw."""

    status: int
    """0 where none came."""
    body: bytes
    whole: bool
    """Whether the response ended as HTTP says it must."""
    seconds: float
    headers: Mapping[str, str]


def ask(
    port: int,
    play: str = "good",
    *,
    timeout_s: float = 30,
    headers: Mapping[str, str] | None = None,
    body: bytes = BODY,
) -> Answer:
    """Ask once and see what comes, to the end."""
    began = time.monotonic()
    fields = {
        "content-type": "application/json",
        "x-api-key": "sk-ant-none",
        "anthropic-version": "2023-06-01",
        "user-agent": "claude-cli/2.1.329 (external, cli)",
        "x-play": play,
        **(headers or {}),
    }
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/messages?beta=true", body, fields)
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:
            return _read(answer, answer.status, began)
    except urllib.error.HTTPError as error:
        return _read(error, error.code, began)
    except (OSError, ValueError, http.client.HTTPException):
        return Answer(0, b"", False, time.monotonic() - began, {})


def _read(answer: Any, status: int, began: float) -> Answer:
    body, whole = b"", True
    try:
        body = answer.read()
    except http.client.IncompleteRead as error:
        body, whole = error.partial, False
    except OSError:
        whole = False
    return Answer(status, body, whole, time.monotonic() - began, {k.lower(): v for k, v in answer.headers.items()})


def open_stream(port: int, play: str = "open") -> socket.socket:
    """Ask, wait for the first bytes of the answer's body, and keep the connection open."""
    client = socket.create_connection(("127.0.0.1", port), 30)
    client.sendall(
        b"POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1\r\nx-api-key: sk-ant-none\r\nanthropic-version: 2023-06-01\r\n"
        b"user-agent: claude-cli/2.1.329 (external, cli)\r\nx-play: %b\r\ncontent-length: %d\r\n\r\n%b"
        % (play.encode(), len(BODY), BODY)
    )
    seen = b""
    while b"message_start" not in seen:
        data = client.recv(65536)
        assert data, seen
        seen += data
    return client
