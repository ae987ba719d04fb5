"""`wiretell gateway replay` says what a policy would have done, and changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.gateway.accounts import fakes
from tests.gateway.tables import samples
from wiretell.cli import run

POLICY = """
schema = 1
[[rule]]
id = "high-risk-software"
effect = "ban"
product = "claude-code"
versions = "<2.1.198"
from = 2026-07-10
[[budget]]
who = "user:*"
requests = 2
per = "day"
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    old = {"ts": samples.NOON - samples.DAY_US}
    rows = [fakes.spent(n, 0.1, ts=old["ts"] + n, request_bytes=100, max_tokens=10) for n in range(3)]
    rows += [fakes.spent(10 + n, 0.1) for n in range(4)]
    rows += [fakes.spent(20, 0.1, client_version="2.1.300", user="dev-018")]
    return fakes.write(tmp_path / "log", rows)


def test_bans_begin_on_their_day_and_budgets_run_out(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "new.toml"
    policy.write_text(POLICY)
    before = sorted(path.read_bytes() for path in log.rglob("*.parquet"))
    arguments = ["gateway", "replay", "--log", str(log), "--policy", str(policy)]
    assert run([*arguments, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    [rule], [budget] = document["rules"], document["budgets"]
    assert [(hit["who"], hit["requests"], hit["first"][:10]) for hit in rule["hits"]] == [
        ("user:dev-017", 4, "2026-07-10")
    ]
    assert [(hit["who"], hit["requests"]) for hit in budget["hits"]] == [("user:dev-017", 1)]
    assert (document["requests"], document["banned"], document["over_budget"]) == (8, 4, 1)
    assert run([*arguments, "--period", "2026-07-09", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["requests"] == 3
    assert run(arguments) == 0
    assert "4 banned and 1 over a budget" in " ".join(capsys.readouterr().out.split())
    assert sorted(path.read_bytes() for path in log.rglob("*.parquet")) == before


@pytest.mark.parametrize(("name", "content"), [("gone.toml", None), ("bad.toml", b"rule = "), ("bad.toml", b"\xff")])
def test_a_policy_that_is_none_is_one_sentence(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert run(["gateway", "replay", "--log", str(log), "--policy", str(tmp_path / name)]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
