"""Requests that the gateway answers by itself."""

from __future__ import annotations

from typing import Literal

Kind = Literal["ban", "budget", "auth", "bad-request", "too-large", "not-found", "log", "upstream"]


class RefusedError(Exception):
    """A request is answered with an error, in the form of the client's protocol. Never leaves the door."""

    def __init__(self, status: int, kind: Kind, sentence: str, decision: str = "") -> None:
        super().__init__(sentence)
        self.status = status
        self.kind: Kind = kind
        self.sentence = sentence
        """For the user."""
        self.decision = decision or f"refused:{kind}"
        """For the column `decision`."""
