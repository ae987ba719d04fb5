"""`wiretell marks write` end to end: a state goes in where it belongs, or nothing is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli_marks.samples import QUOTED, STATES, as_json, printed
from wiretell import marks, report
from wiretell.cli import run
from wiretell.report.marks_edits.document_v1 import EditsDocument


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("escaped", [False, True])
def test_writing_a_state_gives_the_text_in_that_state(
    state: str, escaped: bool, typed: Any, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    typed(as_json("none"))
    assert run(["marks", "write", "--state", state, "-", *(["--escaped"] if escaped else [])]) == 0
    assert capsysbinary.readouterr().out == as_json(state, escaped=escaped)


def test_without_a_file_the_sentence_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    for state in ("cnTZ+known", "known+cnTZ", "5"):
        assert run(["marks", "write", "--state", state, "--date", "2026-06-01"]) == 0
        assert printed(capsys) == "Today\u2019s date is 2026/06/01.\n"
    assert run(["marks", "write", "--state", "5", "--date", "2026-06-01", "--escaped"]) == 0
    assert printed(capsys) == '"Today\\u2019s date is 2026/06/01."\n'


def test_each_sentence_of_a_plain_text_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "notes.md"
    path.write_text("Today's date is 2026-06-01.\nToday's date is now 2026-06-02.\n", encoding="utf-8")
    assert run(["marks", "write", "--state", "cnTZ", str(path)]) == 0
    assert printed(capsys) == "Today's date is 2026/06/01.\nToday's date is now 2026-06-02.\n"


def test_a_text_that_shows_the_state_already_comes_out_as_it_is(typed: Any, capsysbinary: Any) -> None:
    typed(as_json("known"))
    assert run(["marks", "write", "--state", "known", "-"]) == 0
    assert capsysbinary.readouterr().out == as_json("known")


@pytest.mark.parametrize("data", [b"no such line", b"{}", json.dumps({"text": QUOTED}).encode(), b""])
def test_a_text_without_a_date_line_is_refused_and_nothing_is_written(
    data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "text", tmp_path / "out"
    path.write_bytes(data)
    assert run(["marks", "write", "--state", "known", str(path), "--output", str(out)]) == 2
    captured = capsys.readouterr()
    assert "holds no date line" in captured.err and captured.out == "" and not out.exists()


def test_what_was_written_is_reported_where_standard_output_is_free(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "request.json", tmp_path / "out.json"
    path.write_bytes(as_json("none"))
    assert run(["marks", "write", "--state", "6", str(path), "--output", str(out), "--format", "json"]) == 0
    document = report.decode_any(printed(capsys).encode())
    assert isinstance(document, EditsDocument)
    assert (document.verb, document.state, len(document.edits)) == ("write", "labKw+cnTZ", 3)


@pytest.mark.parametrize(
    "data", [b"Today's date is 2026-06-01.\n", as_json("none"), as_json("cnTZ", QUOTED), b"{}", b" ["]
)
@pytest.mark.parametrize("anywhere", [False, True])
def test_the_library_writes_what_the_command_writes(
    data: bytes, anywhere: bool, typed: Any, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    written = marks.write(data, "known", anywhere=anywhere)
    assert marks.write(data.decode(), "known", anywhere=anywhere).data == written.data.decode()
    typed(data)
    code = run(["marks", "write", "--state", "known", "-", *(["--anywhere"] if anywhere else [])])
    assert (code, capsysbinary.readouterr().out) == ((0, written.data) if b"Today" in data else (2, b""))
    assert bool(written.edits) == (b"Today" in data)
