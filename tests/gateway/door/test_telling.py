"""What a gateway says: at its start, of its file, while it runs, and when it is told to end."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

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
    upstream_at,
)
from tests.gateway.door.test_serve import process
from tests.gateway.door.test_tls import certificate
from wiretell import cli
from wiretell.errors import UsageError
from wiretell.gateway import serve, telling
from wiretell.gateway.config.values import GatewaySettings, Route, User
from wiretell.gateway.door import watching
from wiretell.gateway.door.listening import tls_context
from wiretell.gateway.door.unrecorded import Unrecorded
from wiretell.gateway.log import Store
from wiretell.gateway.log.interface import LogState
from wiretell.gateway.translate import known_losses
from wiretell.model.policy import Budget, Policy, Rule

__all__ = ["certificate"]

_FILE = """schema = 1
listen = "127.0.0.1:0"
log = "exchanges"
[upstream.a]
protocol = "anthropic-messages"
base_url = "http://127.0.0.1:{port}"
[upstream.openai]
protocol = "openai-responses"
base_url = "http://127.0.0.1:{port}/v1"
key = "secret"
"""


def _file(folder: Path, port: int = 1, more: str = "") -> Path:
    path = folder / "wiretell-gateway.toml"
    path.write_text(_FILE.format(port=port) + more)
    return path


async def _until(said: list[str], word: str) -> None:
    async with asyncio.timeout(10):
        while not any(word in line for line in said):  # noqa: ASYNC110 - said by another task
            await asyncio.sleep(0.01)


def test_without_traffic_too_it_says_what_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy that is broken, and a log that cannot be written: each once when it begins, and once when it is over."""
    monkeypatch.setattr(serve, "_LOOK_S", 0.02)
    monkeypatch.setattr(watching, "_LOOK_S", 0.01)
    policy = tmp_path / "policy.toml"
    policy.write_text("schema = 1\n")
    settings = GatewaySettings(upstreams=(upstream_at(1),), port=0, policy=policy, counters="sqlite")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    said: list[str] = []

    async def work() -> None:
        async with serve.start(settings, say=said.append):
            policy.write_text('schema = 1\n[[rule]]\nid = "x"')
            await _until(said, "stays in force")
            policy.write_text('schema = 1\n[[rule]]\nid = "x"\neffect = "ban"\nproduct = "y"\n')
            await _until(said, "read again: 1 rule, 0 budgets.")
            with monkeypatch.context() as patched:
                patched.setattr(Unrecorded, "state", lambda _: LogState(failing="no space left"))
                await _until(said, "nothing can be recorded, requests are refused (507): no space left")
                await asyncio.sleep(0.1)
            await _until(said, "the log can be written again")

    run(work())
    assert len(said) == 4, said


def test_told_twice_to_end_it_ends_at_once(tmp_path: Path) -> None:
    async def hanging(seen: Seen, writer: Writer) -> None:
        writer.write(STREAM_HEAD + b"".join(map(chunk, EVENTS[:3])))
        await writer.drain()
        await seen.left.wait()

    async def work() -> None:
        async with (
            ScriptedUpstream(hanging) as up,
            process(_file(tmp_path, up.port)) as (gateway, port, _),
            Client(port) as client,
        ):
            client.writer.write(post(MESSAGE))
            await client.reader.readuntil(b"hello")
            assert gateway.stderr is not None
            gateway.send_signal(signal.SIGINT)
            assert b"ending" in await gateway.stderr.readline()  # two that come at once are one
            await asyncio.sleep(0.5)
            assert gateway.returncode is None  # a stream that runs may end first
            began = time.monotonic()
            gateway.send_signal(signal.SIGINT)
            assert await gateway.wait() == 0
            assert time.monotonic() - began < 20  # a stream may run on for 30

    run(work(), 60)
    with Store(tmp_path / "exchanges") as store:
        (found,) = store.exchanges()
    assert found.row.ended == "unfinished"
    assert b"hello" in found.response_body


def test_an_encrypted_key_and_a_foreign_one_are_sentences(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    form, kind = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (tmp_path / "locked").write_bytes(key.private_bytes(form, kind, serialization.BestAvailableEncryption(b"secret")))
    (tmp_path / "foreign").write_bytes(key.private_bytes(form, kind, serialization.NoEncryption()))
    with pytest.raises(UsageError, match="locked is encrypted; name a key without a password"):
        tls_context(certificate[0], tmp_path / "locked")
    with pytest.raises(UsageError, match="foreign is not that of"):
        tls_context(certificate[0], tmp_path / "foreign")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (["--lisen", "x"], "has no option --lisen; --listen?"),
        (["--lisen=x"], "has no option --lisen; --listen?"),
        (["--listen", "127.0.0.1:0", "--logs", "x"], "has no option --logs; --log?"),
        (["--zzzzzz"], "has no option --zzzzzz."),
        (["nonsense"], "VERB"),
        (["rebuild", "--loq", "x"], "rebuild"),
    ],
)
def test_an_unknown_option_is_named(given: list[str], named: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["gateway", *given]) == 2
    assert named in capsys.readouterr().err


def test_check_config_lists_what_is_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    route = '[[route]]\nmodel = "claude-*"\nto = "openai/gpt-5-mini"\n[[route]]\nmodel = "b"\nto = "a/claude-x"\n'
    config = _file(tmp_path, more=route)
    assert cli.run(["gateway", "--config", str(config), "--check-config", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    told = {(each["from"], each["to"], each["path"], each["effect"]) for each in document["losses"]}
    pairs = [
        ("anthropic-messages", "openai-responses"),
        ("openai-chat", "openai-responses"),
        ("openai-responses", "anthropic-messages"),
        ("openai-chat", "anthropic-messages"),
    ]
    assert told == {(a, b, loss.path, loss.effect) for a, b in pairs for loss in known_losses(a, b)}  # type: ignore[arg-type]  # plain strings
    assert {each["route"] for each in document["losses"]} == {"openai/gpt-5-mini", "a/claude-x"}
    lost = len({(a, b, path) for a, b, path, _ in told})
    assert any(f"(translation loses {lost} fields" in phrase for phrase in document["does"])
    assert cli.run(["gateway", "--config", str(config), "--check-config"]) == 0
    text = capsys.readouterr().out
    assert "the route to openai/gpt-5-mini translates anthropic-messages into openai-responses, and loses\n  /" in text
    assert all(each["effect"] in text for each in document["losses"])


def test_the_start_line_counts_and_says_whose_keys_pass() -> None:
    own, other = upstream_at(1, key="secret"), upstream_at(2, "openai-chat")
    user = User("ann", bytes(32))
    settings = GatewaySettings(upstreams=(own, other), users=(user,), policy=Path("p"))
    one = Policy(rules=(Rule("r", "ban"),), budgets=(Budget("b", "org", "requests", 1, "day"),))
    said = telling.summary(settings, one)
    assert "policy p (1 rule, 1 budget)" in said
    assert "1 user" in said
    assert any("http://127.0.0.1:1 (own key)" in each for each in said)
    assert any("http://127.0.0.1:2/v1 (users' own keys pass through)" in each for each in said)
    several = telling.summary(replace(settings, users=(user, user)), Policy())
    assert "policy p (0 rules, 0 budgets)" in several
    assert "2 users" in several
    alone = telling.summary(replace(settings, users=(), routes=(Route("openai/*"),)), Policy())
    assert not any("pass through" in each for each in alone)
    assert any(each.startswith("routes to openai/* (translation loses ") for each in alone)
