"""What the commands make of a log: marks, check, statement, replay, evidence, erasure; their help and exit codes."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.contract.outside import cli, read_rows
from tests.gateway.contract.recorded import World
from wiretell.cli import run

LATER = """schema = 1
[[rule]]
id = "no-sonnets"
effect = "ban"
model = "claude-sonnet-*"
reason = "Dear"
[[budget]]
id = "two"
who = "user:ann"
requests = 2
per = "month"
"""


def test_marks_read_reads_the_log(world: World) -> None:
    """The tables, as any log of others: 1, a mark."""
    done = cli("marks", "read", world.log, "--scheme", "date-line", "--format", "json")
    assert done.returncode == 1, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == "wiretell/marks/1"
    assert len(document["marks"]) >= 2


def test_check_sees_a_changed_byte(world: World, tmp_path: Path) -> None:
    """0 while whole; 1 after."""
    assert run(["gateway", "check", "--log", str(world.log)]) == 0
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", str(world.log), str(copy)], check=True)
    segment = max((copy / "store").rglob("*.seg"), key=lambda path: path.stat().st_size)
    data = bytearray(segment.read_bytes())
    for place in (len(data) // 3, len(data) // 2, len(data) - 40):
        segment.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert run(["gateway", "check", "--log", str(copy)]) == 1, place


def _document(capfd: pytest.CaptureFixture[str], *arguments: str | Path) -> Any:
    capfd.readouterr()
    assert run([*map(str, arguments), "--format", "json"]) == 0
    return json.loads(capfd.readouterr().out)


def test_a_statement_is_reproducible_from_the_log(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    """Its sums are those of the tables, and twice the same bytes."""
    period = dt.datetime.now(dt.UTC).strftime("%Y-%m")
    asked = ("gateway", "statement", "--log", world.log, "--user", "ann", "--period", period)
    document = _document(capfd, *asked)
    mine = [row for row in world.rows.values() if row["user"] == "ann"]
    assert document["schema"] == "wiretell/statement/1"
    assert document["total"]["requests"] == len(mine)
    assert document["total"]["micro_usd"] == round(sum(row["cost_usd"] for row in mine) * 1e6)
    assert document["total"]["output_tokens"] == sum(row["output_tokens"] for row in mine)
    assert {line["model"] for line in document["lines"]} == {"claude-sonnet-4-5", "gpt-5-mini"}
    lines = sorted(f"{row['exchange_id']} {round(row['cost_usd'] * 1e6)}\n" for row in mine)
    assert document["digest"] == hashlib.sha256("".join(lines).encode()).hexdigest()
    assert document == _document(capfd, *asked)


def test_a_replay_says_what_a_new_policy_would_have_done(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    """To every request in the log; nothing is sent."""
    (world.folder / "new.toml").write_text(LATER)
    document = _document(capfd, "gateway", "replay", "--log", world.log, "--policy", world.folder / "new.toml")
    assert document["schema"] == "wiretell/replay/1"
    sonnets = sum(row["model"].startswith("claude-sonnet") for row in world.rows.values())
    assert document["requests"] == len(world.rows)
    assert document["rules"][0]["requests"] == document["banned"] == sonnets
    others = sum(row["user"] == "ann" and not row["model"].startswith("claude-sonnet") for row in world.rows.values())
    assert document["budgets"][0]["requests"] == others - 2


def test_evidence_is_signed_and_a_change_is_seen(
    world: World, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """0 whole, 1 changed; holds the bodies of one user and of nobody else."""
    key, public, export = tmp_path / "key.pem", tmp_path / "public.pem", tmp_path / "appeal.zip"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True, capture_output=True)
    subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", public], check=True, capture_output=True)
    period = dt.datetime.now(dt.UTC).strftime("%Y-%m")
    made = ["gateway", "evidence", "--log", str(world.log), "--user", "bob", "--key", str(key), "--output"]
    assert run([*made, str(export), "--period", period]) == 0
    verify = ["gateway", "evidence", "--public-key", str(public), "--verify"]
    assert run([*verify, str(export)]) == 0
    with zipfile.ZipFile(export) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert json.loads(parts["exchanges.jsonl"])["request_body"]["text"].encode() == world.sent["plain"]
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(changed, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data.replace(b"Why?", b"How?"))
    assert run([*verify, str(changed)]) == 1
    capfd.readouterr()


def test_evidence_without_a_period_is_of_all_time(world: World, tmp_path: Path) -> None:
    """What `--help` says: `--period PERIOD` (default: all)."""
    key, export = tmp_path / "key.pem", tmp_path / "all.zip"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True, capture_output=True)
    made = ["gateway", "evidence", "--log", str(world.log), "--user", "bob", "--key", str(key), "--output", str(export)]
    assert run(made) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["rebuild", "--log", "{log}", "no-such-id"],
        ["rebuild", "--log", "{log}/nowhere", "019b1c2e-5d1f-7a60-8f2e-3c1d5e6f7a80"],
        ["statement", "--log", "{log}", "--user", "ann", "--period", "2026-13"],
        ["replay", "--log", "{log}", "--policy", "{log}/none.toml"],
        ["evidence", "--verify", "{log}/none.zip"],
        ["check", "--log", "{log}/nowhere"],
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_wrong_use_is_2_and_one_sentence(world: World, arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing on standard output."""
    status = run(["gateway", *(part.format(log=world.log) for part in arguments)])
    out, error = capfd.readouterr()
    assert status == 2
    assert out == ""
    assert len(error.strip().splitlines()) == 1, error


@pytest.mark.parametrize("verb", ["", "rebuild", "check", "erase", "statement", "evidence", "replay", "preview"])
def test_help_has_examples(verb: str, capfd: pytest.CaptureFixture[str]) -> None:
    """And exit codes."""
    with pytest.raises(SystemExit) as ended:
        raise SystemExit(run(["gateway", *filter(None, [verb]), "--help"]))
    assert ended.value.code == 0
    out = capfd.readouterr().out
    assert "examples:" in out
    assert "exit codes:" in out
    assert "wiretell gateway" in out


def test_erased_users_are_gone_and_the_chain_holds(world: World, tmp_path: Path) -> None:
    """Erasure by user through destroyed keys, on a copy."""
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", str(world.log), str(copy)], check=True)
    help_ = cli("gateway", "erase", "--help").stdout
    done = cli("gateway", "erase", "--log", copy, "--user", "ann", *(["--yes"] if "--yes" in help_ else []))
    assert done.returncode == 0, done.stderr
    rows = read_rows(copy)
    assert len(rows) == len(world.rows)
    assert not any(row["user"] == "ann" for row in rows)
    identity = world.rows["marked"]["exchange_id"]
    assert cli("gateway", "rebuild", "--log", copy, identity).returncode == 3
    assert cli("gateway", "rebuild", "--log", copy, world.rows["plain"]["exchange_id"]).returncode == 0
    assert cli("gateway", "check", "--log", copy).returncode == 0
