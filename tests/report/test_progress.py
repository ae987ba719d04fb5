from __future__ import annotations

import io

import pytest

from tests.report.hostile import NASTY
from wiretell.report import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _work(stream: io.StringIO, note: str = "Asia/Shanghai") -> str:
    with Progress(stream) as progress:
        progress.phase("calibration", 8)
        progress.advance(8)
        progress.phase("array", 24)
        for _ in range(24):
            progress.advance(note=note)
        progress.note(f"one run was repeated {note}")
    return stream.getvalue()


def test_elsewhere_than_on_a_terminal_nothing_is_said() -> None:
    assert _work(io.StringIO()) == ""


def test_a_terminal_shows_how_far_and_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    drawn = _work(Terminal())
    assert "array" in drawn
    assert "24/24" in drawn
    assert "one run was repeated" in drawn


@pytest.mark.parametrize("note", NASTY)
def test_notes_cannot_steer_a_terminal(note: str) -> None:
    assert "\x1b[2J" not in _work(Terminal(), note)
    assert "\x1b]0" not in _work(Terminal(), note)


def test_a_broken_off_bar_gives_the_terminal_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = Terminal()
    with pytest.raises(KeyboardInterrupt), Progress(stream) as progress:
        progress.phase("array", 3)
        raise KeyboardInterrupt
    assert stream.getvalue().rindex("\x1b[?25h") > stream.getvalue().rindex("\x1b[?25l")


def test_steps_before_the_first_phase_are_no_error() -> None:
    for stream in (io.StringIO(), Terminal()):
        with Progress(stream) as progress:
            progress.advance()
