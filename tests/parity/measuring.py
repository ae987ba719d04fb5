"""One conversation, direct and through the gateway."""

from __future__ import annotations

import json
import tempfile
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.parity import host
from wiretell.bench.gateway.bodies import conversation
from wiretell.bench.gateway.processes import free_port, running
from wiretell.bench.gateway.servers import gateway_command

_FILE = """schema = 1
listen = "127.0.0.1:{port}"
log = "exchanges"
[upstream.anthropic]
protocol = "anthropic-messages"
base_url = "http://127.0.0.1:{host}"
{edit}
"""
_STRIP = '[edit]\nstrip_marks = ["date-line"]'


@dataclass(frozen=True, slots=True)
class Parity:
    """What the model's host saw of one conversation."""

    name: str
    direct: float
    """Share of input tokens read from the cache."""
    through: float
    same_bytes: int
    """Requests that came byte for byte as the client sent them."""
    other_bytes: int
    ledger: tuple[dict[str, Any], ...]

    @property
    def points(self) -> float:
        """Difference in percentage points."""
        return abs(self.direct - self.through) * 100


def measure(turns: int, seed: int) -> list[Parity]:
    """Compare stripping off and on, with a marked date line and with a plain one."""
    found = []
    for state in ("none", "known+cnTZ"):
        asked = list(conversation(turns, seed, state))
        with host.running() as bare:
            ask(asked, bare.port)
        for name, edit in (("stripping off", ""), ("stripping on", _STRIP)):
            found.append(_through(f"{name}, date line {'marked' if state != 'none' else 'plain'}", asked, bare, edit))
    return found


def ask(bodies: Iterable[bytes], port: int) -> None:
    """Send each request and read its whole answer."""
    headers = {
        "content-type": "application/json",
        "x-api-key": "sk-ant-none",
        "anthropic-version": "2023-06-01",
        "user-agent": "claude-cli/2.1.91 (external, cli)",
    }
    for body in bodies:
        with urllib.request.urlopen(
            urllib.request.Request(f"http://127.0.0.1:{port}/v1/messages?beta=true", body, headers)
        ) as answer:
            assert b"message_stop" in answer.read()


def _through(name: str, asked: list[bytes], bare: host.Host, edit: str) -> Parity:
    with tempfile.TemporaryDirectory() as folder, host.running() as behind:
        port = free_port()
        Path(folder, "gateway.toml").write_text(_FILE.format(port=port, host=behind.port, edit=edit))
        with running("gateway", gateway_command("gateway.toml"), port, folder=Path(folder)):
            ask(asked, port)
        ledger = Path(folder, "exchanges", "ledger.jsonl")
        entries = [json.loads(line) for line in ledger.read_text().splitlines()] if ledger.exists() else []
    same = sum(a == b for a, b in zip(asked, behind.bodies, strict=True))
    return Parity(name, bare.read_share, behind.read_share, same, len(asked) - same, tuple(entries))
