"""What a walk lists, and what it remembers, made visible."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fleet.walk.worlds import SETTLED_NS
from wiretell.fleet.walk import listing, memory


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The folders that were listed; what was just made counts as settled after some milliseconds."""
    monkeypatch.setattr(memory, "_SETTLED_NS", SETTLED_NS)
    paths: list[bytes] = []
    real = listing.read

    def read(path: bytes, *rest: Any, **also: Any) -> Any:
        paths.append(path)
        return real(path, *rest, **also)

    monkeypatch.setattr(listing, "read", read)
    return paths
