"""Where `strip` and `write` put things: never over what is read, never half, never with more rights than before."""

from __future__ import annotations

import base64
import errno
import json
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.cli_marks.samples import QUOTED, as_json
from wiretell import report
from wiretell.cli import run
from wiretell.cli.output import write_output
from wiretell.errors import UsageError
from wiretell.report import EditsDocument

MARKED = as_json("known+cnTZ", QUOTED)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a request, a symbolic link to it and one to nothing yet."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.json").write_bytes(MARKED)
    (tmp_path / "link.json").symlink_to("a.json")
    (tmp_path / "later.json").symlink_to("b.json")
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ["a.json", "--edits", "a.json"],
        ["a.json", "--edits", "./a.json"],
        ["a.json", "--edits", "link.json"],
        ["link.json", "--edits", "a.json"],
        ["a.json", "--output", "b.json", "--edits", "./b.json"],
        ["a.json", "--output", "b.json", "--edits", "later.json"],
        ["a.json", "--output", "b.json", "--edits", "a.json"],
    ],
)
@pytest.mark.parametrize("verb", [["strip"], ["write", "--state", "none"]])
def test_text_and_edits_never_go_to_one_file(
    verb: list[str], words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.iterdir())
    assert run(["marks", *verb, *words]) == 2
    assert "--edits names the file that" in capsys.readouterr().err
    assert (folder / "a.json").read_bytes() == MARKED and sorted(folder.iterdir()) == before


def test_edits_in_place_of_the_file_that_is_edited_are_refused(folder: Path) -> None:
    for name in ("a.json", "link.json"):
        assert run(["marks", "strip", "a.json", "--in-place", "--edits", name]) == 2
    assert (folder / "a.json").read_bytes() == MARKED


@pytest.mark.parametrize("stream", ["stdin", "stdout"])
def test_edits_over_what_the_shell_led_a_stream_to_are_refused(stream: str, folder: Path) -> None:
    words = [sys.executable, "-m", "wiretell.cli", "marks", "strip", "--edits", "b.json"]
    (folder / "b.json").write_bytes(MARKED)
    with (folder / "b.json").open("r+b") as file:
        streams: dict[str, Any] = {"stdin": file} if stream == "stdin" else {"stdout": file}
        words += ["a.json"] if stream == "stdout" else []
        done = subprocess.run(
            words, stderr=subprocess.PIPE, text=True, check=False, **({"stdout": subprocess.DEVNULL} | streams)
        )
    assert done.returncode == 2 and "--edits names the file that" in done.stderr
    assert (folder / "b.json").read_bytes() == MARKED


def test_two_reports_may_go_to_dev_null(folder: Path) -> None:
    assert run(["marks", "strip", "a.json", "--output", "/dev/null", "--edits", "/dev/null"]) == 0


def test_a_pipe_is_not_edited_in_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(folder / "pipe")
    assert run(["marks", "strip", "pipe", "--in-place"]) == 2
    assert "needs a file" in capsys.readouterr().err


# ---------------------------------------------------------------- owner, permissions, names


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_keeps_owner_group_and_permissions(folder: Path) -> None:
    os.chown(folder / "a.json", 1234, 4321)
    (folder / "a.json").chmod(0o4750)
    assert run(["marks", "strip", "link.json", "--in-place"]) == 0
    after = (folder / "a.json").stat()
    assert (after.st_uid, after.st_gid, stat.S_IMODE(after.st_mode)) == (1234, 4321, 0o4750)
    assert (folder / "link.json").is_symlink()


@pytest.mark.parametrize(("group_kept", "mode"), [(True, 0o750), (False, 0o700)])
def test_another_owner_gets_nothing_by_it(
    group_kept: bool, mode: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fchown(_handle: int, owner: int, _group: int) -> None:
        if owner != -1 or not group_kept:
            raise PermissionError(errno.EPERM, "not allowed")

    monkeypatch.setattr(os, "fchown", fchown)
    (folder / "a.json").chmod(0o6750)
    assert run(["marks", "strip", "a.json", "--in-place"]) == 0
    assert stat.S_IMODE((folder / "a.json").stat().st_mode) == mode


def test_a_report_keeps_the_permissions_of_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")
    path.chmod(0o600)
    write_output("new", str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and path.read_text() == "new\n"


def test_names_of_one_file_are_not_parted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.link(folder / "a.json", folder / "same.json")
    for words in (["--in-place"], ["--output", "same.json"]):
        assert run(["marks", "strip", "a.json", *words]) == 2
        assert "one of 2 names of one file" in capsys.readouterr().err
    with pytest.raises(UsageError, match="hard links"):
        write_output("report", str(folder / "same.json"))
    assert (folder / "a.json").read_bytes() == MARKED == (folder / "same.json").read_bytes()


def test_a_link_to_itself_is_no_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "loop").symlink_to("loop")
    assert run(["marks", "strip", "a.json", "--output", "loop"]) in (0, 2)
    assert "internal error" not in capsys.readouterr().err


# ---------------------------------------------------------------- what cannot be written


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--in-place", "--edits", "/dev/full"], "the text was not written either"),
        (["--output", "b.json", "--edits", "/dev/full"], "the text was not written either"),
        (["--edits", "/dev/full"], "the text itself was written"),
    ],
)
def test_where_the_edits_cannot_be_written_it_is_said_what_became_of_the_text(
    words: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["marks", "strip", "a.json", *words]) == 2
    captured = capsys.readouterr()
    assert "/dev/full cannot be written" in captured.err and said in captured.err and captured.err.count("\n") == 1
    assert (folder / "a.json").read_bytes() == MARKED and not (folder / "b.json").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["strip", "a.json"],
        ["strip", "a.json", "--in-place"],
        ["write", "--state", "known", "a.json"],
        ["write", "--state", "known"],
        ["schemes"],
        ["explain", "--timezone", "UTC"],
    ],
)
def test_a_closed_standard_output_is_one_sentence(words: list[str], folder: Path) -> None:
    command = f"{sys.executable} -m wiretell.cli marks {' '.join(words)} >&-"
    done = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("wiretell: standard output is closed;") and done.stderr.count("\n") == 1
    assert (folder / "a.json").read_bytes() == MARKED


def test_no_room_for_a_text_that_waits_is_not_blamed_on_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Full(tempfile.SpooledTemporaryFile[bytes]):
        def write(self, _data: Any) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", Full)
    assert run(["marks", "write", "--state", "known", "a.json"]) == 2
    error = capsys.readouterr().err
    assert "No space left" in error and "TMPDIR" in error and "a.json" not in error and "cannot be read" not in error


# ---------------------------------------------------------------- what is still in the text


def test_what_is_left_alone_is_said_where_nobody_sees_a_report(folder: Path, capsysbinary: Any) -> None:
    for words in ([], ["--edits", "edits.json"]):
        assert run(["marks", "strip", "a.json", *words]) == 0
        captured = capsysbinary.readouterr()
        assert captured.out == as_json("none", QUOTED)
        assert captured.err.startswith(b"wiretell: 1 mark left alone") and captured.err.count(b"\n") == 1
    assert run(["marks", "strip", "a.json", "--anywhere"]) == 0
    assert capsysbinary.readouterr().err == b""


def test_a_body_in_base64_is_not_edited_and_that_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packed = {"mimeType": "application/json", "text": base64.b64encode(MARKED).decode(), "encoding": "base64"}
    entry = {"request": {"method": "POST", "postData": packed}, "response": {"content": packed}}
    archive = json.dumps({"log": {"version": "1.2", "entries": [entry, {"request": "odd"}, entry]}})
    (folder / "a.har").write_text(archive)
    assert run(["marks", "strip", "a.har", "--edits", "edits.json"]) == 0
    captured = capsys.readouterr()
    assert captured.out == archive
    assert "not examined: what the bodies of 2 requests hold: in base64, which is not edited" in captured.err
    assert captured.err.count("\n") == 1
    document = report.decode_any((folder / "edits.json").read_bytes())
    assert isinstance(document, EditsDocument)
    assert [left.what for left in document.not_examined] == [
        "what the bodies of 2 requests hold",
        "what the bodies of 2 answers hold",
    ]
