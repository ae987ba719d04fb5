"""The faults. Each function makes one in a folder of its own and says what was seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a fault."""

    fault: str
    choice: str
    """What the gateway is to do."""
    seen: str
    held: bool


Scenario = Callable[[Path], Seen]
