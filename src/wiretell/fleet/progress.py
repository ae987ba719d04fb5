"""How long work tells how far it is. `wiretell.report.progress` does it on a terminal."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """What is told while something takes long."""

    def phase(self, name: str, total: int) -> None:
        """Begin a phase."""
        ...

    def advance(self, n: int = 1, note: str = "") -> None:
        """Count steps as done."""
        ...

    def status(self, text: str) -> None:
        """Say for a moment what is going on."""
        ...
