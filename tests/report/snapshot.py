"""Whole outputs kept as files. A test that fails prints the difference and how to accept it."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "snapshots"
DOCS = Path(__file__).parents[2] / "docs" / "formats"
SOURCE = Path(__file__).parents[2] / "src" / "wiretell"


def check(path: Path, actual: str) -> None:
    """Compare with the kept file, or write it where UPDATE_SNAPSHOTS is set."""
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(actual, encoding="utf-8")
    expected = path.read_text(encoding="utf-8") if path.exists() else ""
    if actual == expected:
        return
    lines = difflib.unified_diff(expected.splitlines(), actual.splitlines(), "kept", "now", lineterm="", n=2)
    shown = "\n".join(list(lines)[:200])
    pytest.fail(f"{path.name} differs:\n{shown}\n\nIf that is wanted: UPDATE_SNAPSHOTS=1 make test", pytrace=False)
