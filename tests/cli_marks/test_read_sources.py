"""`wiretell marks read`: what could not be read, what may not be overwritten, closed streams, files named twice."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli_marks.samples import QUOTED, as_json, printed, read_document
from wiretell.cli import run


@pytest.mark.parametrize("form", ["text", "json", "csv"])
@pytest.mark.parametrize("data", [bytes(range(256)) * 20, "Today\u2019s".encode("utf-16"), b"PAR1", b"\x1f\x8b\x08\0"])
def test_where_nothing_could_be_read_nothing_is_concluded(
    data: bytes, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "data"
    path.write_bytes(data)
    assert run(["marks", "read", str(path), "--format", form]) == 3
    captured = capsys.readouterr()
    assert "no mark found" not in captured.out.lower()
    if form == "text":
        assert captured.out.startswith(" NOTHING READ ")
    assert str(path) in (captured.err if form == "csv" else captured.out)


def test_a_folder_without_files_is_inconclusive(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["marks", "read", str(tmp_path), "--format", "json", "--at-least", "likely"]) == 3
    document = read_document(capsys)
    assert [source.form for source in document.sources] == ["unread"]


def test_an_empty_file_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert run(["marks", "read", str(tmp_path / "empty")]) == 0
    assert printed(capsys).startswith(" NO MARK FOUND ")


@pytest.mark.parametrize(("state", "code"), [("none", 0), ("known", 1)])
def test_what_was_not_examined_beside_what_was_is_in_the_headline(
    state: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.bin").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "b.json").write_bytes(as_json(state))
    assert run(["marks", "read", str(tmp_path), "--scheme", "date-line"]) == code
    assert "1 OF 2 SOURCES WAS NOT EXAMINED" in printed(capsys)


def test_help_tells_exit_code_3(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["marks", "read", "--help"])
    assert "3 nothing could be examined" in printed(capsys)


def test_a_quoted_glob_is_expanded(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["marks", "read", f"{log.parent}/*.jsonl", "--scheme", "date-line", "--format", "json"]) == 1
    document = read_document(capsys)
    assert [source.source for source in document.sources] == [str(log)]
    assert "'" in document.command
    assert run(["marks", "read", f"{log.parent}/*.har"]) == 2
    assert "matches nothing" in capsys.readouterr().err


def test_a_file_named_twice_is_counted_by_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "requests.jsonl"
    path.write_bytes(as_json("known") + b"\n" + as_json("none", QUOTED) + b"\n")
    command = ["marks", "read", str(path), str(path), "--scheme", "date-line", "--format", "json"]
    assert run([*command, "--at-least", "certain"]) == 1
    document = read_document(capsys)
    assert (document.total, [source.marks for source in document.sources]) == (2, [1, 1])
    assert document.marked_records == 2
    assert run(command) == 1
    every = read_document(capsys)
    assert (every.total, every.marked_records) == (4, 4)


@pytest.mark.parametrize("form", ["json", "csv", "text"])
def test_a_report_does_not_take_the_place_of_a_log(
    form: str, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = log.read_bytes()
    (tmp_path / "link").symlink_to(log)
    os.link(log, tmp_path / "hard")
    monkeypatch.chdir(tmp_path)
    for files, output in (([str(log)], str(log)), ([log.name], str(tmp_path / "link")), ([str(log)], "hard"),
                          ([str(tmp_path)], str(log)), (["*.jsonl"], log.name)):  # fmt: skip
        assert run(["marks", "read", *files, "--output", output, "--format", form]) == 2
        captured = capsys.readouterr()
        assert "is read as well" in captured.err and captured.err.count("\n") == 1
    with log.open("rb") as file:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(file))
        assert run(["marks", "read", "--output", str(log), "--format", form]) == 2
    assert log.read_bytes() == data
    assert run(["marks", "read", str(log), "--output", str(tmp_path / "new"), "--format", form]) == 1


def _run(log: Path, redirection: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    command = f'"$0" -m wiretell.cli marks read "$@" {redirection}'
    arguments = ["/bin/sh", "-c", command, sys.executable, str(log), "--scheme", "date-line", *words]
    return subprocess.run(arguments, capture_output=True, timeout=120, check=False)


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_a_closed_standard_output_is_one_sentence(form: str, log: Path) -> None:
    ended = _run(log, ">&-", "--format", form)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.startswith(b"wiretell: standard output is closed") and ended.stderr.count(b"\n") == 1


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_closed_standard_error_changes_nothing(form: str, log: Path) -> None:
    words = ["--format", form, "--at-least", "certain"]
    closed, usual = _run(log, "2>&-", *words), _run(log, "", *words)
    assert closed.returncode == usual.returncode == 1
    if form == "csv":
        assert closed.stdout == usual.stdout
    else:
        assert len(closed.stdout) > 1000
