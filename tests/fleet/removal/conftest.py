"""What all tests of removals share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is killed leaves what it wrote to the system: waiting for the disk would only take time."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture(autouse=True)
def _usual_mask() -> Iterator[None]:
    """Journals that a group may write to are not believed: tests write some by hand."""
    before = os.umask(0o022)
    yield
    os.umask(before)
