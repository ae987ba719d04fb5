"""The command line: one sentence and the right exit code for whatever is typed."""

from __future__ import annotations

import argparse
import io
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.lab_plan.agents import AGENT
from wiretell import __version__, scan
from wiretell.cli import audit as audit_command
from wiretell.cli import run, running
from wiretell.cli.output import write_output
from wiretell.errors import AgentError, InternalError, NotSealedError, TargetError, UsageError, WiretellError
from wiretell.model.findings import Verdict
from wiretell.report.progress import Progress


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["audit"], "name a target"),
        (["nonsense"], "invalid choice"),
        (["audit", "x", "--seed", "many"], "--seed"),
        (["audit", "./no/such/folder"], "no/such/folder"),
        (["audit", "codex", "gemini-cli"], "unrecognized arguments: gemini-cli"),
        (["audit", "codex", "--", "/bin/true"], "one target at a time"),
        (["audit", "--"], "name a target"),
        (["audit", "codex", "--runs", "3"], "--runs"),
        (["audit", "--from", "/tmp", "--level", "timezone=Asia/Macau"], "--level"),
        (["doctor", "--", "x"], "no command"),
        (["audit", "codex", "--output", "/no/such/folder/report.html"], "does not exist"),
        (["audit", "codex", "--output", "/tmp"], "is a folder"),
        (["audit", "codex", "--workers", "0"], "--workers"),
        (["audit", "--from", "/no/such/save"], "/no/such/save"),
        (["audit", "codex", "--from", "/tmp"], "name no target"),
        (["audit", "pypi:thing==1.0"], "pypi"),
        (["audit", "codex", "--sweep", "hostname"], "base_url, timezone, locale, env:NAME"),
        (["audit", "codex", "--sweep", "env:TZ"], "timezone"),
        (["audit", "codex", "--sweep", "base_url", "--no-scan"], "--no-scan"),
        (["audit", "codex", "--priors", "some"], "--priors"),
        (["audit", "--from", "/tmp", "--sweep", "base_url"], "--sweep"),
        (["audit", "--from", "/tmp", "--no-scan"], "--no-scan"),
        (["audit", "--from", "/tmp", "--priors", "none"], "--priors"),
        (["bench", "lab", "--runs", "1"], "--runs"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    error = said(capsys)
    assert words in error and error.startswith("wiretell: ") and error.count("\n") == 1


@pytest.mark.parametrize("level", ["timezone=Mars/Base", "nonsense=1", "timezone", "base_url=ftp://x", "env:TZ=UTC"])
def test_a_level_that_cannot_be_is_refused_before_anything_runs(
    level: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wiretell-agent.toml").write_text(
        'schema = 1\n[agent]\nname = "x"\ncommand = ["true"]\nprotocol = "openai-chat"\n'
        '[agent.env]\nBASE = "{base_url}"\n'
    )
    assert run(["audit", str(tmp_path), "--level", level]) == 2
    assert said(capsys).count("\n") <= 2


def _parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    audit_command.add_to(parser.add_subparsers())
    return parser.parse_args(["audit", *words])


def _quiet() -> Progress:
    return Progress(io.StringIO())


def test_the_command_that_repeats_an_audit_names_scan_priors_and_sweeps() -> None:
    options = _parsed("./x", "--priors", "none", "--sweep", "base_url", "--sweep", "base_url")
    assert audit_command._repeat_command(options, AGENT) == (
        "wiretell audit npm:example-agent@1.0.0 --priors none --sweep base_url --seed 0"
    )
    assert "--no-scan" in audit_command._repeat_command(_parsed("./x", "--no-scan"), AGENT)


def test_a_scan_that_fails_costs_no_audit_and_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("a hostile file")

    monkeypatch.setattr(scan, "scan", broken, raising=False)
    (left,) = running.scanned(AGENT, _quiet(), wanted=True).not_examined
    assert "(the scan)" in left.what and "a hostile file" in left.why
    (left,) = running.scanned(AGENT, _quiet(), wanted=False).not_examined
    assert left.why == "--no-scan was given"


def test_a_program_of_the_system_is_not_read_with_all_its_neighbours() -> None:
    system = replace(AGENT, target=replace(AGENT.target, kind="command", root=Path("/usr/bin")))
    (left,) = running.scanned(system, _quiet(), wanted=True).not_examined
    assert "folder of the system" in left.why


@pytest.mark.lab
def test_a_plain_command_runs_after_two_dashes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "--protocol", "openai-chat", "--", "/bin/echo", "hello there"]) == 3
    out = " ".join(capsys.readouterr().out.split())
    assert "never sent a model request" in out and "hello there" in out
    assert "-- /bin/echo 'hello there'" in out


def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_output("through", str(pipe))
    assert os.read(reader, 100) == b"through\n" and pipe.is_fifo()
    os.close(reader)
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_output("new", str(tmp_path / "link"))
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "new\n"


def test_a_full_disk_is_said_in_one_sentence() -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        write_output("x" * 100_000, "/dev/full")


def test_no_command_prints_help_and_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    assert "audit" in capsys.readouterr().out


def test_the_version_is_told_before_any_command_is_imported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("wiretell.cli.build_parser", lambda *_: pytest.fail("commands are imported"))
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"wiretell {__version__}\n"


def test_agents_are_listed_for_people_and_machines(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["agents"]) == 0
    assert "claude-code" in capsys.readouterr().out
    assert run(["agents", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "wiretell/agents/1"
    assert {"claude-code", "codex", "gemini-cli", "qwen-code", "pi"} <= {row["name"] for row in document["agents"]}


def test_exit_codes_of_errors_and_verdicts_are_those_of_the_contract() -> None:
    codes = {UsageError: 2, TargetError: 2, NotSealedError: 3, AgentError: 3, InternalError: 4, WiretellError: 4}
    assert {kind: kind.exit_code for kind in codes} == codes
    assert {v: audit_command.exit_code(v) for v in Verdict} == {
        Verdict.COVERT: 1,
        Verdict.UNDECLARED: 0,
        Verdict.DECLARED: 0,
        Verdict.CLEAN: 0,
        Verdict.INCONCLUSIVE: 3,
    }


def test_a_report_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    write_output("first", str(path))
    with pytest.raises(UnicodeEncodeError):
        write_output("half \ud800", str(path))
    assert path.read_text() == "first\n" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", [UsageError, RuntimeError])
def test_no_name_in_an_error_steers_the_terminal(
    kind: type[Exception], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_options: argparse.Namespace) -> int:
        raise kind("x\x1b[31m\n\u202e\u009b.gz, and [U+001B] was drawn before.")

    monkeypatch.setattr("wiretell.cli.agents.call", broken)
    assert run(["agents"]) in (2, 4)
    error = said(capsys)
    assert "x[U+001B][31m[U+000A][U+202E][U+009B].gz, and [U+001B] was drawn before." in error
    assert error.rstrip("\n").isprintable() and error.count("\n") == 1


def test_an_error_is_no_output_where_standard_error_is_closed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr", None)
    assert run(["agents", "--output", "/no/such/folder/x"]) == 2
    assert capsys.readouterr().out == ""
