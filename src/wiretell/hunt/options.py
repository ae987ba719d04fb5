"""What a hunt is asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class HuntOptions:
    """One hunt."""

    logs: tuple[Path, ...]
    """Files, folders (read whole) or what a glob gave."""
    allow: Path | None = None
    """Agreed groups (docs/formats/hunt-allow.md)."""
    engine: Literal["duckdb", "spark"] = "duckdb"
    state: Path | None = None
    """Folder of daily roll-ups: what stands there is not read again."""
    window_days: int = 60
    """With `state`: days that are looked at together, up to the newest."""
    memory_mb: int | None = None
    """For the engine; None: 60 % of the machine's, at most 6 GB."""
    threads: int | None = None
    seed: int = 0
