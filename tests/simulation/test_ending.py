"""A simulation that is broken off, or finds the disk full, leaves nothing behind."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from wiretell.errors import UsageError
from wiretell.simulation import preset, run, simulate

SMALL = {"accounts": 60, "days": 3}


def _begun(folder: Path, ended: Any) -> None:
    until = time.monotonic() + 60
    while not any(folder.glob("made/deep/.making-*/log/*/*.parquet")):
        assert ended() is None and time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_nothing_behind(number: signal.Signals, tmp_path: Path) -> None:
    words = ("hunt", "simulate", "--preset", "small", "--days", "300", "--output", str(tmp_path / "made" / "deep"))
    command = [sys.executable, "-m", "wiretell.cli", *words]
    before = signal.signal(
        signal.SIGINT, signal.SIG_DFL
    )  # a shell's background jobs ignore it, and so do their children
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        _begun(tmp_path, process.poll)
        process.send_signal(number)
        out, error = process.communicate(timeout=60)
    assert process.returncode == 130 and out == "" and error.startswith("wiretell: interrupted")
    assert error.count("\n") == 1 and not list(tmp_path.iterdir())


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("part", ["day", "truth"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing_behind(
    part: str, workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = getattr(run, part).write

    def full(*arguments: Any) -> Any:
        if part == "truth" or arguments[1] == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(*arguments)

    monkeypatch.setattr(getattr(run, part), "write", full)
    (tmp_path / "there").mkdir()
    for name in ("new/deep", "there"):
        with pytest.raises(UsageError, match="No space left on device"):
            simulate(preset("small", workers=workers, **SMALL), tmp_path / name)
    assert [path.name for path in tmp_path.rglob("*")] == ["there"]


def test_what_was_there_stays(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(UsageError, match="not empty"):
        simulate(preset("small", **SMALL), tmp_path)
    assert (tmp_path / "mine").read_text() == "x"


def test_nothing_but_log_and_truth_is_left(tmp_path: Path) -> None:
    found = simulate(preset("small", **SMALL), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "truth"] and found.log == tmp_path / "log"
