"""A log in a file, and bytes on standard input."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from tests.cli_marks.samples import STATES, as_json


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log in JSON Lines: each state once, every second line with escapes."""
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"".join(as_json(state, escaped=n % 2 == 0) + b"\n" for n, state in enumerate(STATES)))
    return path


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put bytes on standard input."""

    def put(data: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))

    return put
