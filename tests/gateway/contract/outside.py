"""A gateway as a process, a client that writes its own headers, and the gateway's commands."""

from __future__ import annotations

import hashlib
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as parquet

from tests.gateway.contract.hosts import Host
from wiretell.bench.gateway.processes import free_port, running

CLAUDE: Final = "claude-cli/2.1.150 (external, cli)"
TEXT: Final = "Why does the test fail?"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client saw."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body, decoded."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway."""

    port: int
    folder: Path

    @property
    def log(self) -> Path:
        """Where it records."""
        return self.folder / "exchanges"

    def ask(
        self,
        target: str,
        body: object = None,
        headers: Sequence[tuple[str, str]] = (),
        *,
        method: str | None = None,
        host: str | None = None,
    ) -> Answer:
        """Ask once and read the answer to its end; `body` is bytes, or what becomes JSON."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.putrequest(
                method or ("POST" if body is not None else "GET"), target, skip_host=True, skip_accept_encoding=True
            )
            connection.putheader("host", host or f"127.0.0.1:{self.port}")
            for name, value in headers:
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("content-type", "application/json")
                connection.putheader("content-length", str(len(data)))
            connection.endheaders(data if body is not None else None)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def messages(
        self, model: str = "claude-sonnet-4-5", *headers: tuple[str, str], key: str = "sk-own", **fields: object
    ) -> Answer:
        """Ask as a Messages client does."""
        own = [("x-api-key", key), ("anthropic-version", "2023-06-01"), *headers]
        if not any(name == "user-agent" for name, _ in headers):
            own.append(("user-agent", CLAUDE))
        return self.ask("/v1/messages?beta=true", message(model, **fields), own)

    def rows(self, wanted: Callable[[list[dict[str, Any]]], bool], within_s: float = 60) -> list[dict[str, Any]]:
        """Return the rows of the log as soon as they are as `wanted`, or those that are there after `within_s`."""
        deadline = time.monotonic() + within_s
        while True:
            found = read_rows(self.log)
            if wanted(found) or time.monotonic() > deadline:
                return found
            time.sleep(0.2)

    def row(self, session: str) -> dict[str, Any]:
        """Return the row of a session, as soon as it is there."""
        found = [
            row
            for row in self.rows(lambda rows: any(r["session"] == session for r in rows))
            if row["session"] == session
        ]
        assert len(found) == 1, found
        return found[0]


def message(model: str, **fields: object) -> dict[str, object]:
    """Return the body of a Messages request."""
    return {"model": model, "max_tokens": 100, "messages": [{"role": "user", "content": TEXT}], **fields}


PROTOCOLS: Final[dict[str, tuple[str, Callable[[str], dict[str, object]]]]] = {
    "anthropic-messages": ("/v1/messages", message),
    "count_tokens": ("/v1/messages/count_tokens", message),
    "openai-chat": (
        "/v1/chat/completions",
        lambda model: {"model": model, "max_tokens": 100, "messages": [{"role": "user", "content": TEXT}]},
    ),
    "openai-responses": ("/v1/responses", lambda model: {"model": model, "max_output_tokens": 100, "input": TEXT}),
    "gemini": (
        "/v1beta/models/{model}:generateContent",
        lambda model: {
            "contents": [{"role": "user", "parts": [{"text": TEXT}]}],
            "generationConfig": {"maxOutputTokens": 100},
        },
    ),
}


def request(protocol: str, model: str) -> tuple[str, dict[str, object]]:
    """Return target and body of a request."""
    target, body = PROTOCOLS[protocol]
    return target.format(model=model), body(model)


def said(protocol: str, answer: Answer) -> str:
    """Return the sentence of an error that is in the form of `protocol`."""
    error = answer.json()
    if protocol in {"anthropic-messages", "count_tokens"}:
        assert error["type"] == "error"
        assert isinstance(error["error"]["type"], str)
    elif protocol == "gemini":
        assert error["error"]["code"] == answer.status
        assert isinstance(error["error"]["status"], str)
    else:
        assert {"message", "type", "code"} <= set(error["error"])
    text = error["error"]["message"]
    assert isinstance(text, str)
    return text


def upstreams(anthropic: Host, openai: Host | None = None, gemini: Host | None = None, key: str = "") -> str:
    """Return the tables of upstreams, OpenAI's for both of its protocols; all with a key of their own, or none."""
    text = f'[upstream.anthropic]\nprotocol = "anthropic-messages"\nbase_url = "http://127.0.0.1:{anthropic.port}"\n'
    if openai:
        for name, protocol in (("openai", "openai-responses"), ("chat", "openai-chat")):
            text += f'[upstream.{name}]\nprotocol = "{protocol}"\nbase_url = "http://127.0.0.1:{openai.port}/v1"\n'
    if gemini:
        text += f'[upstream.gemini]\nprotocol = "gemini"\nbase_url = "http://127.0.0.1:{gemini.port}"\n'
    if key:
        text = text.replace("\nbase_url", f'\nkey = "{key}"\nbase_url')
    return text


def user(name: str, *groups: str) -> str:
    """Return a `[[user]]` whose key is `key-NAME`."""
    digest = hashlib.sha256(f"key-{name}".encode()).hexdigest()
    return f'[[user]]\nname = "{name}"\nkey_sha256 = "{digest}"\ngroups = {json.dumps(list(groups))}\n'


@contextmanager
def gateway(
    folder: Path, top: str, tables: str, *, prefix: Sequence[str] = (), environment: Mapping[str, str] | None = None
) -> Iterator[Gateway]:
    """Start `wiretell gateway` on a file of `top`, the keys before the first table, and `tables`."""
    folder.mkdir(exist_ok=True)
    port = free_port()
    text = f'schema = 1\nlisten = "127.0.0.1:{port}"\nlog = "exchanges"\n{top}\n{tables}'
    (folder / "wiretell-gateway.toml").write_text(text)
    command = [*prefix, sys.executable, "-m", "wiretell.cli", "gateway", "--config", "wiretell-gateway.toml"]
    with running("gateway", command, port, folder=folder, environment=environment):
        yield Gateway(port, folder)


def cli(
    *arguments: str | Path, folder: Path | None = None, text: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run wiretell."""
    command = [sys.executable, "-m", "wiretell.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, input=text, capture_output=True, text=True, timeout=60, check=False)


def read_rows(log: Path) -> list[dict[str, Any]]:
    """Return every row of a log's tables, by time; what is moved while it is read is read again."""
    for _ in range(20):
        try:
            tables = [parquet.read_table(path).to_pylist() for path in sorted(log.glob("*/*.parquet"))]
        except FileNotFoundError:
            continue
        return sorted((row for rows in tables for row in rows), key=lambda row: row["exchange_id"])
    raise AssertionError("the tables move faster than they are read")


def ledger(log: Path) -> list[dict[str, Any]]:
    """Return the ledger's entries."""
    path = log / "ledger.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def until(true: Callable[[], bool], within_s: float = 30) -> bool:
    """Return whether something comes true in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.1)
    return False
