"""`wiretell marks`: one sentence and exit code 2 for what cannot be done, help, readers that go away."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli_marks.samples import as_json, printed
from wiretell.cli import run


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["read", "no/such/file"], "no/such/file"),
        (["read", "--scheme", "date-lime"], "did you mean 'date-line'"),
        (["read", "--limit", "-1"], "--limit"),
        (["read", "--workers", "0"], "--workers"),
        (["read", "--at-least", "sure"], "--at-least"),
        (["read", "-", "--column", "text"], "--column"),
        (["read", "--output", "/no/such/folder/x"], "does not exist"),
        (["strip", "no/such/file"], "no/such/file"),
        (["strip", "--scheme", "nonsense"], "nonsense"),
        (["strip", "--in-place"], "needs a FILE"),
        (["strip", "x", "--in-place", "--output", "y"], "two places"),
        (["strip", "--format", "json"], "give --output PATH"),
        (["strip", "--edits", "-"], "give --output PATH"),
        (["strip", "x", "--output", "y", "--edits", "y"], "name two"),
        (["strip", "."], "is a folder"),
        (["write"], "--state"),
        (["write", "--state", "8"], "no state '8'"),
        (["write", "--state", "known+nonsense"], "known+labKw"),
        (["write", "--state", "1", "--scheme", "invisible"], "only reads and strips"),
        (["write", "--state", "1", "--date", "June"], "2026-06-01"),
        (["write", "--state", "1", "x", "--date", "2026-06-01"], "--date"),
        (["write", "--state", "1", "--edits", "x"], "name a FILE"),
        (["write", "--state", "1", "no/such/file"], "no/such/file"),
        (["explain", "--timezone", "Asia/Shangai"], "did you mean Asia/Shanghai?"),
        (["explain", "--timezone", "\x1b[2J"], "Asia/Shanghai"),
        (["explain", "--base-url", "::", "--timezone", "UTC"], "no URL"),
        (["explain", "--runtime", "deno"], "--runtime"),
        (["schemes", "extra"], "extra"),
        (["nonsense"], "nonsense"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_2(
    arguments: list[str], words: str, typed: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(b"")
    assert run(["marks", *arguments]) == 2
    captured = capsys.readouterr()
    assert words in captured.err and captured.err.startswith("wiretell: ")
    assert captured.err.count("\n") == 1 and captured.out == "" and "\x1b" not in captured.err


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PAR1\0\0\0\0", "Parquet"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        ("Today's".encode("utf-16"), "UTF-16"),
        (bytes(range(256)) * 40, "binary"),
    ],
)
@pytest.mark.parametrize("verb", [["strip"], ["write", "--state", "1"]])
def test_what_is_no_text_is_refused_and_left_as_it_is(
    verb: list[str], data: bytes, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "data"
    path.write_bytes(data)
    assert run(["marks", *verb, str(path), "--output", str(path)]) == 2
    assert words in capsys.readouterr().err
    assert path.read_bytes() == data and list(tmp_path.iterdir()) == [path]


def test_without_a_verb_help_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["marks"]) == 2
    assert "explain" in printed(capsys)


@pytest.mark.parametrize("verb", ["read", "strip", "write", "explain", "schemes"])
def test_help_shows_examples_and_exit_codes(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["marks", verb, "--help"])
    shown = printed(capsys)
    assert ended.value.code == 0 and "examples:" in shown and "exit codes:" in shown


def test_a_full_disk_is_said_in_one_sentence(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_bytes((as_json("known", "x" * 100) + b"\n") * 500)
    for verb in (["strip", str(log)], ["read", str(log), "--format", "csv", "--workers", "1"]):
        assert run(["marks", *verb, "--output", "/dev/full"]) == 2
        error = capsys.readouterr().err
        assert "/dev/full cannot be written" in error and error.count("\n") == 1


@pytest.mark.parametrize("verb", [["strip"], ["read", "--format", "csv"], ["write", "--state", "1", "-"]])
def test_a_reader_that_goes_away_early_is_no_failure(verb: list[str], tmp_path: Path) -> None:
    """Of a text much longer than a pipe holds, the first bytes are taken."""
    path = tmp_path / "long.jsonl"
    path.write_bytes((as_json("known", "x" * 1000) + b"\n") * 2000)
    read_end, write_end = os.pipe()
    with path.open("rb") as stdin:
        process = subprocess.Popen(
            [sys.executable, "-m", "wiretell.cli", "marks", *verb],
            stdin=stdin,
            stdout=write_end,
            stderr=subprocess.PIPE,
        )
    os.close(write_end)
    assert os.read(read_end, 10)
    os.close(read_end)
    _, error = process.communicate(timeout=120)
    assert process.returncode in (0, 1) and error == b""
