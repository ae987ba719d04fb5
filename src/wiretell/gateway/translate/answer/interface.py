"""The two ends of an answer's way: what reads an upstream's protocol, and what writes a client's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

from wiretell.gateway.translate.answer.parts import Part, Step


class Reader(ABC):
    """Reads one answer. Takes any JSON objects, fails on none: what it does not know has no parts."""

    @abstractmethod
    def read(self, data: dict[str, Any]) -> Iterator[Part]:
        """Read the data of one event of a stream."""

    @abstractmethod
    def whole(self, body: dict[str, Any]) -> Iterator[Part]:
        """Read a whole answer."""


class Writer(ABC):
    """Writes one answer, given the steps of one `Sequencer` in their order."""

    @abstractmethod
    def write(self, step: Step) -> bytes:
        """Return the events of a stream for one step."""

    @abstractmethod
    def whole(self) -> dict[str, Any]:
        """Return the whole answer; all its steps were written."""


def count(usage: Mapping[str, Any], *names: str) -> int | None:
    """Return a number of tokens; None where there is none."""
    value: Any = usage
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
