"""What all tests of removals share."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is killed leaves what it wrote to the system: waiting for the disk would only take time."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
