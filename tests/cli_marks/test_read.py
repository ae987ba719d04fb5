"""`wiretell marks read` end to end: what is found, counted, listed, left out, and said."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.cli_marks.samples import QUOTED, STATES, as_json, printed, read_document
from wiretell.cli import run
from wiretell.cli.marks import read


def test_reading_finds_every_state_and_exits_with_1(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["marks", "read", str(log), "--scheme", "date-line", "--format", "json", "--workers", "1"]) == 1
    document = read_document(capsys)
    assert [mark.state for mark in document.marks] == list(STATES)[1:]
    assert [mark.where.line for mark in document.marks] == [2, 3, 4, 5, 6, 7, 8]
    assert {mark.where.path for mark in document.marks} == {"/messages/0/content/1/text"}
    assert sum(sum(row.unmarked.values()) for row in document.summary) == 1
    assert document.command == f"wiretell marks read {log} --scheme date-line"
    data = log.read_bytes()
    for mark in document.marks:
        spelled = data[mark.where.offset : mark.where.offset + mark.where.length].decode()
        symbol = STATES[mark.state][0]
        assert symbol == "'" or spelled.startswith((symbol, f"\\u{ord(symbol):04x}")), mark


def test_reading_a_plain_text_finds_nothing_and_says_what_it_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "request.json").write_bytes(as_json("none"))
    assert run(["marks", "read", str(tmp_path / "request.json"), "--scheme", "date-line"]) == 0
    shown = " ".join(printed(capsys).split())
    assert shown.startswith("NO MARK FOUND")
    assert "1 record read for date-line. In 1 place a mark could have been written and none was" in shown


def test_standard_input_is_read_where_no_file_is_named(typed: Any, capsys: pytest.CaptureFixture[str]) -> None:
    typed(as_json("labKw"))
    assert run(["marks", "read"]) == 1
    shown = printed(capsys)
    assert "standard input:1, /messages/0/content/1/text" in shown
    assert "Today[U+02BC]s date is 2026-06-01." in shown and "\u02bc" not in shown


def test_marks_that_are_less_sure_are_left_out_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "requests.jsonl"
    path.write_bytes(as_json("known+cnTZ") + b"\n" + as_json("none", QUOTED) + b"\n")
    command = ["marks", "read", str(path), "--scheme", "date-line", "--format", "json"]
    assert run(command) == 1
    every = read_document(capsys)
    assert every.total == 2
    assert run([*command, "--at-least", "certain"]) == 1
    sure = read_document(capsys)
    assert sure.total == 1 and sure.marks == every.marks[:1]
    assert sure.certainties == {"certain": 1} and sure.counts == {"date-line:known+cnTZ": 1}
    assert [source.marks for source in sure.sources] == [1]
    assert "1 mark less sure than certain" in {left.what for left in sure.not_examined}
    path.write_bytes(as_json("none", QUOTED) + b"\n")
    assert run([*command, "--at-least", "certain"]) == 0
    assert "1 mark less sure than certain" in {left.what for left in read_document(capsys).not_examined}


def test_the_limit_bounds_what_is_listed_and_not_what_is_counted(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for more in ([], ["--at-least", "likely"]):
        command = ["marks", "read", str(log), "--scheme", "date-line", "--limit", "2", "--format", "json", *more]
        assert run(command) == 1
        document = read_document(capsys)
        assert (document.total, len(document.marks), document.not_listed) == (7, 2, 5)


def test_a_table_has_a_row_for_every_mark(log: Path, tmp_path: Path) -> None:
    table = tmp_path / "marks.csv"
    command = ["marks", "read", str(log), "--scheme", "date-line", "--format", "csv", "--limit", "1"]
    assert run([*command, "--output", str(table)]) == 1
    lines = table.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("scheme,state,") and len(lines) == 8
    assert [line.split(",")[1] for line in lines[1:]] == list(STATES)[1:]


def test_a_table_says_on_standard_error_what_it_has_no_place_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "requests.jsonl"
    path.write_bytes(as_json("none", QUOTED) + b"\n")
    assert run(["marks", "read", str(path), "--format", "csv", "--scheme", "date-line", "--at-least", "certain"]) == 0
    captured = capsys.readouterr()
    assert captured.out.count("\n") == 1
    assert "not examined: 1 mark less sure than certain" in captured.err


def test_parquet_is_written_to_a_file_and_never_to_a_terminal(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    table = tmp_path / "marks.parquet"
    command = ["marks", "read", str(log), "--scheme", "date-line", "--format", "parquet"]
    assert run([*command, "--output", str(table)]) == 1
    assert parquet.read_table(table).column("state").to_pylist() == list(STATES)[1:]
    monkeypatch.setattr("sys.stdout", SimpleNamespace(isatty=lambda: True))
    assert run(command) == 2
    assert "no text for a terminal" in capsys.readouterr().err


def test_a_table_on_a_terminal_cannot_steer_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "requests.jsonl"
    path.write_bytes(as_json("known", "a\u200b\u200bb\x1b[2J\u202e") + b"\n")
    monkeypatch.setattr(read, "_is_terminal", lambda path: path == "-")
    assert run(["marks", "read", str(path), "--format", "csv"]) == 1
    shown = printed(capsys)
    assert "\x1b" not in shown and "\u2019" in shown and shown.startswith("scheme,state,")
    assert shown.isascii() or {char for char in shown if not char.isascii()} == {"\u2019"}


def test_a_table_that_cannot_be_read_leaves_no_half_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["marks", "read", str(tmp_path / "none.jsonl"), "--format", "csv", "--output", str(tmp_path / "out.csv")]
    assert run(command) == 2
    assert list(tmp_path.iterdir()) == []
