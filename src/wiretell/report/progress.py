"""How far some work is: a bar with the time left on a terminal, nothing elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from wiretell.report.glyphs import shorten, visible

_NOTE_SHOWN = 40


class Progress:
    """Shows the phases of some work on a stream, normally standard error.

    Use it as a context manager. Its methods may be called from several threads. Nothing is left on a terminal but the
    notes: a finished or broken-off bar removes itself.
    """

    def __init__(self, stream: TextIO) -> None:
        self._bar = _bar(stream) if stream.isatty() else None
        self._task: TaskID | None = None

    def __enter__(self) -> Progress:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def phase(self, name: str, total: int) -> None:
        """Begin a phase of `total` steps; the one before ends."""
        if self._bar is None:
            return
        name = visible(name)
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(name, total=total, note="")

    def advance(self, n: int = 1, note: str = "") -> None:
        """Count `n` steps as done; `note` says for a moment what is going on, on a terminal only."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, advance=n, note=shorten(note, _NOTE_SHOWN))

    def status(self, text: str) -> None:
        """Say for a moment what is going on, on a terminal only; may be called often."""
        if self._bar is None:
            return
        if self._task is None:
            self._task = self._bar.add_task("reading", total=None, note="")
        self._bar.update(self._task, note=shorten(visible(text), _NOTE_SHOWN))

    def note(self, text: str) -> None:
        """Print a line that stays, on a terminal only."""
        if self._bar is not None:
            self._bar.console.print(visible(text), markup=False, highlight=False, emoji=False)


def _bar(stream: TextIO) -> Bar:
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[note]}", style="dim", markup=False),
    )
    return Bar(*columns, console=Console(file=stream), transient=True)
