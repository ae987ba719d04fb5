"""A stand-in for an agent, started as `wiretell run` starts one. No real agent is ever started here."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from wiretell.cli import run
from wiretell.gateway.config.values import GatewaySettings
from wiretell.gateway.running.session import settings_for

AGENT = Path(__file__).with_name("agent.py")
CLEAN = {
    name: value for name, value in os.environ.items() if "proxy" not in name.lower() and name != "ANTHROPIC_BASE_URL"
}


def drive(
    way: str, *words: str, env: dict[str, str] | None = None, given: str = ""
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.gateway.running.drive", way, sys.executable, str(AGENT), *words]
    return subprocess.run(command, env=CLEAN | (env or {}), input=given, capture_output=True, text=True, timeout=60)


def test_the_agent_gets_all_that_is_the_users_and_the_gateways_address() -> None:
    done = drive("custom", "tell", "-p", "hi there", env={"MINE": "1"}, given="typed")
    document = json.loads(done.stdout)
    assert document["arguments"] == ["-p", "hi there"]
    assert document["input"] == "typed"
    assert document["env"]["MINE"] == "1"
    url = document["env"]["ANTHROPIC_BASE_URL"]
    before, after = done.stderr.splitlines()
    assert url in before
    assert "itself a custom host" in before
    assert "97 KB" in before
    assert before.endswith("Record: record.")
    assert "nothing of claude-code came through the gateway" in after


@pytest.mark.parametrize(("said", "code"), [("7", 7), ("killed", 137)])
def test_the_exit_code_is_the_agents(said: str, code: int) -> None:
    assert drive("custom", said).returncode == code


def test_by_its_official_name_the_gateway_gets_the_request() -> None:
    done = drive("official", "official")
    assert done.stdout == "/v1/models Host: api.anthropic.com\n", done.stderr
    before, after = done.stderr.splitlines()
    assert "reaches api.anthropic.com by name" in before
    assert "HTTPS_PROXY" in before
    assert after == "connections recorded: api.anthropic.com 1."


def test_a_run_without_connections_says_so() -> None:
    assert drive("official", "0").stderr.splitlines()[1] == "connections recorded: none to api.anthropic.com."


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_reach_the_agent(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "tests.gateway.running.drive", "custom", sys.executable, str(AGENT), "wait"]
    with subprocess.Popen(
        command, env=CLEAN, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.read() == f"{number.name}\n"
        assert process.wait(30) == 9


def test_ctrl_c_in_a_terminal_reaches_the_agent_and_ends_nothing_else() -> None:
    pid, terminal = pty.fork()
    if pid == 0:  # in the terminal
        command = [sys.executable, "-m", "tests.gateway.running.drive", "custom", sys.executable, str(AGENT), "wait"]
        os.execve(sys.executable, command, CLEAN)
    seen = b""
    while b"ready" not in seen:
        seen += os.read(terminal, 4096)
    os.write(terminal, b"\x03")
    with contextlib.suppress(OSError):  # the terminal's other side has closed
        while data := os.read(terminal, 4096):
            seen += data
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
    os.close(terminal)
    assert seen.count(b"SIGINT") == 1
    assert b"nothing of claude-code came through" in seen  # its own end was in order


def test_an_own_base_url_ends_it_before_anything_starts() -> None:
    done = drive("custom", "0", env={"ANTHROPIC_BASE_URL": "http://127.0.0.1:1"})
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1


def test_a_gateway_of_ones_own_is_for_this_machine() -> None:
    file = GatewaySettings(
        upstreams=(), host="0.0.0.0", port=443, tls_certificate=Path("x"), hosts=("a",), log=Path("l")
    )
    made = settings_for(file, None, official=("api.anthropic.com",))
    assert (made.host, made.port, made.tls_certificate, made.log) == ("127.0.0.1", 0, None, Path("l"))
    assert made.hosts == ("a", "api.anthropic.com")
    assert settings_for(file, Path("own")).log == Path("own")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["run"], "Name the program after --"),
        (["run", "--", "vim"], "no agent that `wiretell run` knows"),
        (["run", "--gateway", "http://127.0.0.1:9", "--official", "--", "claude"], "give it alone"),
        (["run", "--gateway", "http://127.0.0.1:9", "--", "claude"], "No gateway answers"),
        (["run", "--gateway", "127.0.0.1:9", "--", "claude"], "no gateway's address"),
    ],
)
def test_wrong_use_is_one_sentence(arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    said = capsys.readouterr().err
    assert why in said
    assert said.count("\n") == 1


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["run", "--help"])
    assert "wiretell run -- claude" in capsys.readouterr().out


def test_its_memory_is_closed_to_others_and_the_agent_is_as_without() -> None:
    script = """
import ctypes, resource, subprocess, sys
from wiretell.gateway.running import child
before = resource.getrlimit(resource.RLIMIT_CORE)
child.hide_memory()
assert resource.getrlimit(resource.RLIMIT_CORE) == before
dumpable = "import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), subprocess.check_output([sys.executable, "-c", dumpable], text=True))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["0", "1"]
