"""`wiretell marks strip` end to end: bytes exact, edits told, marks elsewhere left alone."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.cli_marks.samples import QUOTED, STATES, as_json, printed
from wiretell import marks, report
from wiretell.cli import run
from wiretell.cli.marks import editing
from wiretell.report.marks_edits.document_v1 import EditsDocument


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("escaped", [False, True])
def test_stripping_gives_the_plain_form_and_changes_nothing_else(
    state: str, escaped: bool, typed: Any, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    typed(as_json(state, QUOTED, escaped=escaped))
    assert run(["marks", "strip"]) == 0
    assert capsysbinary.readouterr().out == as_json("none", QUOTED, escaped=escaped)


def test_a_har_is_json_and_its_bodies_are_stripped_in_their_strings(typed: Any, capsysbinary: Any) -> None:
    def archive(state: str) -> bytes:
        body = {"mimeType": "application/json", "text": as_json(state).decode()}
        entry = {"request": {"method": "POST", "url": "https://a.example/v1/messages", "postData": body}}
        return json.dumps({"log": {"version": "1.2", "entries": [entry]}}, indent=1).encode()

    typed(archive("labKw+cnTZ"))
    assert run(["marks", "strip"]) == 0
    assert capsysbinary.readouterr().out == archive("none")


def test_stripping_in_place_keeps_permissions_and_reports_the_edits(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.chmod(0o640)
    before = log.read_bytes()
    assert run(["marks", "strip", str(log), "--in-place", "--format", "json"]) == 0
    document = report.decode_any(printed(capsys).encode())
    assert isinstance(document, EditsDocument)
    after = log.read_bytes()
    assert (document.bytes_before, document.bytes_after) == (len(before), len(after))
    assert stat.S_IMODE(log.stat().st_mode) == 0o640
    assert {edit.line for edit in document.edits} == set(range(2, 9))
    for edit in document.edits:  # offsets count from the beginning of the file as it was
        assert before[edit.offset :].startswith(edit.before.encode())
    undone = after
    for edit in document.edits:
        assert undone[edit.offset :].startswith(edit.after.encode())
        undone = undone[: edit.offset] + edit.before.encode() + undone[edit.offset + len(edit.after.encode()) :]
    assert undone == before
    assert run(["marks", "strip", str(log), "--in-place"]) == 0
    assert "NOTHING CHANGED" in printed(capsys) and log.read_bytes() == after


def test_marks_elsewhere_are_left_alone_told_and_included_on_demand(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note, out = tmp_path / "note.txt", tmp_path / "out.txt"
    note.write_text(QUOTED, encoding="utf-8")
    assert run(["marks", "strip", str(note), "--output", str(out)]) == 0
    shown = printed(capsys)
    assert out.read_text(encoding="utf-8") == QUOTED
    assert "1 mark left alone" in shown and "--anywhere includes these" in shown
    assert run(["marks", "strip", str(note), "--output", str(out), "--anywhere"]) == 0
    assert out.read_text(encoding="utf-8") == "I wrote: Today's date is 2026-06-01. And the 2026/11/21."


def test_edits_are_written_beside_a_text_on_standard_output(
    log: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    edits = tmp_path / "edits.json"
    assert run(["marks", "strip", str(log), "--edits", str(edits)]) == 0
    captured = capsysbinary.readouterr()
    assert captured.out == marks_stripped(log) and captured.err == b""
    document = report.decode_any(edits.read_bytes())
    assert isinstance(document, EditsDocument) and document.edits
    assert run(["marks", "strip", str(log), "--edits", "-", "--output", str(tmp_path / "plain.jsonl")]) == 0
    assert report.decode_any(capsysbinary.readouterr().out) == document


def marks_stripped(path: Path) -> bytes:
    return b"".join(marks.strip(line).data for line in path.read_bytes().splitlines(keepends=True))


def test_edits_are_told_on_a_terminal(
    log: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(editing, "_is_terminal", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert run(["marks", "strip", str(log)]) == 0
    told = capsys.readouterr().err
    assert "date-line apostrophe" in told and "\x1b" not in told


def test_lines_are_records_even_where_some_are_broken(tmp_path: Path, capsysbinary: Any) -> None:
    path = tmp_path / "log"
    lines = [b'{"half": ', *(as_json("known", escaped=n % 2 == 0) for n in range(9)), b"", b"\xff\xfe no JSON", b"{}"]
    path.write_bytes(b"\r\n".join(lines))
    assert run(["marks", "strip", str(path)]) == 0
    plain = [as_json("none") if line.startswith(b'{"model') else line for line in lines]
    expected = b"\r\n".join(plain)
    assert capsysbinary.readouterr().out == expected


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"plain text", b"{}", b"[]\n", b'{"a": 1}\n{"b": 2}', b"\xc3\x28 broken\r"]
)
def test_a_text_without_marks_comes_out_as_it_went_in(data: bytes, typed: Any, capsysbinary: Any) -> None:
    typed(data)
    assert run(["marks", "strip", "--anywhere"]) == 0
    assert capsysbinary.readouterr().out == data
